//! The process's surroundings, read once: environment, settings files, state folder.

use crate::facts::gateway::GatewayUrl;
use crate::facts::gateway::auth::AuthMode;
use crate::services::client_files::config_dir;
use crate::services::config::{Config, Flags};
use crate::services::env_file::{HELD_BACK, SWITCHED_OFF};
use crate::services::probe::{self, Outcome, Target};
use crate::services::session::{Credential, Decision, Plugin, Surroundings, decide, has_login, mode};
use crate::services::state::State;
use crate::services::trust::Trust;
use crate::services::user_settings::UserSettings;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What every command starts from.
#[derive(Debug, Clone)]
pub struct Context {
    /// The resolved configuration.
    pub config: Config,
    /// The session around this process.
    pub around: Surroundings,
    /// The plugin's standing in the client.
    pub plugin: Plugin,
    /// What is remembered.
    pub state: State,
    /// Settings files of user and project.
    pub settings: UserSettings,
    extra_roots: Option<String>,
}

/// A variable of this process. Values that are no Unicode count as absent: nothing of ours is.
pub fn var(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// True where `/cloudflare off` switched this session off: the mod says so in the client's environment.
/// [`HELD_BACK`] is not the user's choice and ends by itself.
pub fn switched_off() -> bool {
    var(SWITCHED_OFF).is_some_and(|v| !v.is_empty() && v != HELD_BACK)
}

/// How a probe came out.
#[derive(Debug)]
pub struct Probed {
    /// The verdict.
    pub outcome: Outcome,
    /// How long it took; `None` when a recent success was remembered instead.
    pub took: Option<Duration>,
}

impl Context {
    /// Gathers it. `session_id` and `cwd` are what a hook was told.
    pub fn gather(flags: &Flags, session_id: Option<String>, cwd: Option<String>) -> Self {
        let cwd = cwd.or_else(|| std::env::current_dir().ok().map(|d| d.to_string_lossy().into_owned()));
        let project =
            var("CLAUDE_PROJECT_DIR").filter(|d| !d.is_empty()).or_else(|| cwd.clone()).map(PathBuf::from);
        let config_dir = config_dir(var);
        let settings = UserSettings::read(&var, project.as_deref(), || Trust::read(&var));
        let mut plugin = Plugin::gather(&var, &settings, config_dir.as_deref(), switched_off());
        // a client that is started from here reads the files of this folder
        let here = std::env::current_dir().ok().filter(|here| project.as_deref() != Some(here));
        if here.is_some() {
            plugin.will_read(&UserSettings::read(&var, here.as_deref(), || Trust::read(&var)));
        }
        let config = Config::resolve(flags, &var, &settings);
        let mut around = Surroundings::gather(&var, &settings, session_id, cwd);
        // only there a base URL by itself would carry a login away
        if around.credential == Credential::LoginOrNone && mode(&config, &around) == Some(AuthMode::OwnKey) {
            let home = crate::base::home::folder(var);
            around.login |= has_login(config_dir.as_deref(), home.as_deref());
        }
        let state = State::find(&var);
        Self {
            config,
            around,
            plugin,
            state,
            settings,
            extra_roots: var("NODE_EXTRA_CA_CERTS").filter(|p| !p.is_empty()),
        }
    }

    /// Whether and how this session is routed.
    pub fn decide(&self) -> Decision {
        decide(&self.config, &self.around, &self.plugin)
    }

    /// `NODE_EXTRA_CA_CERTS`, which the client honours too.
    pub fn extra_roots(&self) -> Option<&str> {
        self.extra_roots.as_deref()
    }

    /// Asks the gateway, unless a success of the last minutes is remembered. Of many sessions that
    /// start at once, one asks and the others wait for its answer; where that does not come soon,
    /// each asks for itself, and all are done within `limit`.
    pub fn probe(&self, url: &GatewayUrl, limit: Duration) -> Probed {
        let start = Instant::now();
        let entry = self.remembered(url);
        let fresh = || entry.as_ref().is_some_and(probe::cache::Entry::is_fresh);
        if fresh() {
            return Probed { outcome: Outcome::Good, took: None };
        }
        let turn = entry.as_ref().and_then(|entry| entry.turn(limit / 2));
        if turn.is_some() && fresh() {
            return Probed { outcome: Outcome::Good, took: None };
        }
        let probed = self.ask_within(url, limit.saturating_sub(start.elapsed()));
        match (&entry, probed.outcome.is_good()) {
            (Some(entry), true) => entry.remember(),
            // another session had its answer meanwhile
            (Some(_), false) if fresh() => return Probed { outcome: Outcome::Good, took: None },
            (Some(entry), false) => entry.forget(),
            (None, _) => {}
        }
        probed
    }

    /// A success that is remembered counts no longer: a request has failed since.
    pub fn forget_probe(&self, url: &GatewayUrl) {
        if let Some(entry) = self.remembered(url) {
            entry.forget();
        }
    }

    fn remembered(&self, url: &GatewayUrl) -> Option<probe::cache::Entry> {
        let token = self.config.gateway_token.as_ref().map(|t| t.value.clone());
        self.state.dir().map(|dir| probe::cache::Entry::new(dir, url, token.as_ref()))
    }

    /// Asks the gateway now.
    pub fn ask(&self, url: &GatewayUrl) -> Probed {
        self.ask_within(url, probe::LIMIT)
    }

    fn ask_within(&self, url: &GatewayUrl, limit: Duration) -> Probed {
        let target = Target {
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
