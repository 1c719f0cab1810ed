//! Where the configuration comes from.

use super::value::Flags;
use crate::base::secret::Secret;
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::upstream::Upstream;
use crate::services::user_settings::UserSettings;
use crate::system::env::ProcessEnv;
use std::path::PathBuf;

/// The sources of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct ConfigLayers<'a> {
    /// The command line.
    pub flags: &'a Flags,
    /// What only `setup` knows.
    pub setup: Option<&'a SetupLayer<'a>>,
    /// The environment.
    pub env: &'a ProcessEnv,
    /// Claude Code's settings files, and the plugin's options in them.
    pub settings: &'a UserSettings,
}

/// What only `setup` knows: its own options come before the environment, and the file that it writes comes after
/// the plugin's options, in the place of Claude Code's other files.
#[derive(Debug)]
pub struct SetupLayer<'a> {
    /// In the format of `CF_AIG_PROVIDERS`.
    pub providers: Option<&'a str>,
    /// In the format of `CF_AIG_METADATA`.
    pub metadata: Option<&'a str>,
    /// From stdin or a prompt.
    pub token: Option<&'a Secret>,
    /// The file gets no gateway token.
    pub without_token: bool,
    /// The provider that was asked for.
    pub provider: Option<RequestedProvider<'a>>,
    /// The user has entered that provider's key.
    pub has_key: bool,
    /// The file's current values.
    pub file: FileRoute,
}

/// Who is to serve Claude Code.
#[derive(Debug, Clone, Copy)]
pub enum RequestedProvider<'a> {
    /// Anthropic, whoever does now.
    Anthropic,
    /// Another provider.
    Upstream(&'a Upstream),
}

/// The route that a settings file holds now.
#[derive(Debug)]
pub struct FileRoute {
    /// The file.
    pub path: PathBuf,
    /// `ANTHROPIC_BASE_URL`.
    pub base_url: Option<String>,
    /// `ANTHROPIC_CUSTOM_HEADERS`.
    pub headers: Option<String>,
    /// The gateway token that an earlier setup wrote in the place of a provider key, and its mode.
    pub paying: Option<(AuthMode, Secret)>,
}
