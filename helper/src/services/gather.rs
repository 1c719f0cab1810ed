//! Gathers what a command starts from: the one place that reads settings files, sign-ins and the state folder
//! for a [`Context`].

use crate::facts::gateway::auth::AuthMode;
use crate::services::client_files::{config_dir, project};
use crate::services::config::{Config, ConfigLayers, Flags};
use crate::services::context::Context;
use crate::services::profile::Profile;
use crate::services::session::{DefaultCredential, Plugin, SessionInputs, has_login, mode};
use crate::services::state::StateFolder;
use crate::services::trust::Trust;
use crate::services::user_settings::UserSettings;
use crate::system::env::ProcessEnv;
use crate::system::home;
use std::path::PathBuf;

/// The context of a command.
pub fn context(env: &ProcessEnv, flags: &Flags) -> Context {
    session_context(env, flags, None, None)
}

/// The context in a session whose id and folder Claude Code passed, if it did.
pub fn session_context(
    env: &ProcessEnv,
    flags: &Flags,
    session_id: Option<String>,
    cwd: Option<String>,
) -> Context {
    let Machine { settings, plugin, mut around, config_dir } = Machine::read(env, session_id, cwd);
    let config = Config::resolve(&ConfigLayers { flags, setup: None, env, settings: &settings });
    // only there would a base URL by itself send a login elsewhere
    if around.credential == DefaultCredential::LoginOrNone && mode(&config, &around) == Some(AuthMode::OwnKey)
    {
        let home = home::folder(env);
        around.login |= has_login(config_dir.as_deref(), home.as_deref()) || Profile::find(env).is_some();
    }
    context_of(env, config, around, plugin, settings)
}

/// What is on this machine, before anything is configured.
pub(crate) struct Machine {
    pub(crate) settings: UserSettings,
    pub(crate) plugin: Plugin,
    pub(crate) around: SessionInputs,
    config_dir: Option<PathBuf>,
}

impl Machine {
    pub(crate) fn read(env: &ProcessEnv, session_id: Option<String>, cwd: Option<String>) -> Self {
        let cwd = cwd.or_else(|| env.current_dir().map(|d| d.to_string_lossy().into_owned()));
        let project = project(env).or_else(|| cwd.clone().map(PathBuf::from));
        let config_dir = config_dir(env);
        let settings = UserSettings::read(env, project.as_deref(), || Trust::read(env));
        let mut plugin = Plugin::gather(env, &settings, config_dir.as_deref());
        // a client that is started here reads the files of this folder
        let here = env.current_dir().filter(|here| project.as_deref() != Some(here));
        if here.is_some() {
            plugin.will_read(&UserSettings::read(env, here, || Trust::read(env)));
        }
        let around = SessionInputs::gather(env, &settings, session_id, cwd);
        Self { settings, plugin, around, config_dir }
    }
}

/// The context of this configuration.
pub(crate) fn context_of(
    env: &ProcessEnv,
    config: Config,
    around: SessionInputs,
    plugin: Plugin,
    settings: UserSettings,
) -> Context {
    Context {
        env: env.clone(),
        config,
        around,
        plugin,
        state: StateFolder::find(env),
        settings,
        extra_roots: env.filled("NODE_EXTRA_CA_CERTS"),
    }
}
