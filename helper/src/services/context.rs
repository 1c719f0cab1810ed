//! The state of the process, read once: environment, settings files, state folder.

use crate::facts::gateway::GatewayUrl;
use crate::facts::gateway::auth::AuthMode;
use crate::services::client_files::{config_dir, project};
use crate::services::config::{Config, Flags};
use crate::services::env_file::{HELD_BACK, SWITCHED_OFF};
use crate::services::probe::{self, ProbeOutcome, ProbeTarget};
use crate::services::profile::Profile;
use crate::services::session::{Decision, DefaultCredential, Plugin, SessionInputs, decide, has_login, mode};
use crate::services::state::StateFolder;
use crate::services::trust::Trust;
use crate::services::user_settings::UserSettings;
use crate::system::env::ProcessEnv;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The starting point of every command.
#[derive(Debug, Clone)]
pub struct Context {
    /// The environment of the process.
    pub env: ProcessEnv,
    /// The resolved configuration.
    pub config: Config,
    /// The session around this process.
    pub around: SessionInputs,
    /// The plugin's state in the client.
    pub plugin: Plugin,
    /// Stored state.
    pub state: StateFolder,
    /// Settings files of user and project.
    pub settings: UserSettings,
    extra_roots: Option<String>,
}

/// True if `/cloudflare off` switched this session off: the mod sets this in the client's
/// environment. [`HELD_BACK`] is not the user's choice and ends by itself.
pub fn switched_off(env: &ProcessEnv) -> bool {
    env.var(SWITCHED_OFF).is_some_and(|v| !v.is_empty() && v != HELD_BACK)
}

/// The result of a probe.
#[derive(Debug)]
pub struct Probed {
    /// The verdict.
    pub outcome: ProbeOutcome,
    /// How long it took; `None` if a recent success was cached.
    pub took: Option<Duration>,
}

impl Context {
    /// Gathers the context. `session_id` and `cwd` come from a hook's input.
    pub fn gather(env: &ProcessEnv, flags: &Flags, session_id: Option<String>, cwd: Option<String>) -> Self {
        let cwd = cwd.or_else(|| env.current_dir().map(|d| d.to_string_lossy().into_owned()));
        let project = project(env).or_else(|| cwd.clone().map(PathBuf::from));
        let config_dir = config_dir(env);
        let settings = UserSettings::read(env, project.as_deref(), || Trust::read(env));
        let mut plugin = Plugin::gather(env, &settings, config_dir.as_deref(), switched_off(env));
        // a client that is started here reads the files of this folder
        let here = env.current_dir().filter(|here| project.as_deref() != Some(here));
        if here.is_some() {
            plugin.will_read(&UserSettings::read(env, here, || Trust::read(env)));
        }
        let config = Config::resolve(flags, env, &settings);
        let mut around = SessionInputs::gather(env, &settings, session_id, cwd);
        // only there would a base URL by itself send a login elsewhere
        if around.credential == DefaultCredential::LoginOrNone
            && mode(&config, &around) == Some(AuthMode::OwnKey)
        {
            let home = crate::system::home::folder(env);
            around.login |= has_login(config_dir.as_deref(), home.as_deref()) || Profile::find(env).is_some();
        }
        let state = StateFolder::find(env);
        Self {
            env: env.clone(),
            config,
            around,
            plugin,
            state,
            settings,
            extra_roots: env.var("NODE_EXTRA_CA_CERTS").filter(|p| !p.is_empty()),
        }
    }

    /// Whether and how this session is routed.
    pub fn decide(&self) -> Decision {
        decide(&self.config, &self.around, &self.plugin)
    }

    /// `NODE_EXTRA_CA_CERTS`, which the client also uses.
    pub fn extra_roots(&self) -> Option<&str> {
        self.extra_roots.as_deref()
    }

    /// Probes the gateway, unless a success of the last minutes is cached. If many sessions start
    /// at once, one probes and the others wait for its result; if that takes too long, each probes
    /// for itself, all within `limit`.
    pub fn probe(&self, url: &GatewayUrl, limit: Duration) -> Probed {
        let start = Instant::now();
        let entry = self.remembered(url);
        let fresh = || entry.as_ref().is_some_and(probe::cache::CachedSuccess::is_fresh);
        if fresh() {
            return Probed { outcome: ProbeOutcome::Good, took: None };
        }
        let turn = entry.as_ref().and_then(|entry| entry.turn(limit / 2));
        if turn.is_some() && fresh() {
            return Probed { outcome: ProbeOutcome::Good, took: None };
        }
        let probed = self.ask_within(url, limit.saturating_sub(start.elapsed()));
        match (&entry, probed.outcome.is_good()) {
            (Some(entry), true) => entry.remember(),
            // another session stored its result in the meantime
            (Some(_), false) if fresh() => return Probed { outcome: ProbeOutcome::Good, took: None },
            (Some(entry), false) => entry.forget(),
            (None, _) => {}
        }
        probed
    }

    /// Forgets a cached success, because a request has failed since.
    pub fn forget_probe(&self, url: &GatewayUrl) {
        if let Some(entry) = self.remembered(url) {
            entry.forget();
        }
    }

    fn remembered(&self, url: &GatewayUrl) -> Option<probe::cache::CachedSuccess> {
        let token = self.config.gateway_token.as_ref().map(|t| t.value.clone());
        self.state.dir().map(|dir| probe::cache::CachedSuccess::new(dir, url, token.as_ref()))
    }

    /// Probes the gateway now.
    pub fn ask(&self, url: &GatewayUrl) -> Probed {
        self.ask_within(url, probe::LIMIT)
    }

    fn ask_within(&self, url: &GatewayUrl, limit: Duration) -> Probed {
        let target = ProbeTarget {
            url: url.clone(),
            gateway_token: self.config.gateway_token.as_ref().map(|t| t.value.clone()),
            extra_roots: self.extra_roots.clone(),
            mode: mode(&self.config, &self.around),
        };
        let start = Instant::now();
        let outcome = probe::run(target, limit);
        Probed { outcome, took: Some(start.elapsed()) }
    }
}
