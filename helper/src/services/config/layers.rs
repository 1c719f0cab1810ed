//! What `setup` adds to the sources of the configuration.

use crate::base::secret::Secret;
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::upstream::Upstream;
use std::path::PathBuf;

/// What only `setup` knows: its own options come before the environment, and the file that it writes comes after
/// the plugin's options, in the place of Claude Code's other files.
#[derive(Debug)]
pub struct SetupLayer<'a> {
    /// Its options.
    pub wanted: &'a RequestedRoute,
    /// The file's current values.
    pub file: FileRoute,
}

/// The route that the user asked `setup` for, besides [`super::Flags`].
#[derive(Debug, Clone, Default)]
pub struct RequestedRoute {
    /// Who is to serve Claude Code; `None` for whoever does now.
    pub provider: Option<RequestedProvider>,
    /// The provider's own key, from stdin, its variable or a prompt.
    pub key: Option<Secret>,
    /// In the format of `CF_AIG_PROVIDERS`.
    pub providers: Option<String>,
    /// In the format of `CF_AIG_METADATA`.
    pub metadata: Option<String>,
    /// A gateway token from stdin or a prompt; overrides all others.
    pub token: Option<Secret>,
    /// Leave the gateway token out of the file: each user supplies one.
    pub without_token: bool,
}

/// Who is to serve Claude Code.
#[derive(Debug, Clone)]
pub enum RequestedProvider {
    /// Anthropic, whoever does now.
    Anthropic,
    /// Another provider.
    Upstream(Upstream),
}

impl RequestedRoute {
    /// The requested provider other than Anthropic.
    pub fn upstream(&self) -> Option<&Upstream> {
        match &self.provider {
            Some(RequestedProvider::Upstream(upstream)) => Some(upstream),
            Some(RequestedProvider::Anthropic) | None => None,
        }
    }
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
