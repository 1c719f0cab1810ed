//! Every source of a routing variable, and what else decides between them.

use super::files;
use super::places::{start_files, vscode_files};
use super::shell::{self, ShellLanguage};
use super::warning::Warning;
use crate::facts::claude_code::client::is_on;
use crate::facts::claude_code::precedence::{
    API_KEY_HELPER, Conditions, Idle, Source, SourceKind, SourceValue, Surface, VARIABLES, winner,
};
use crate::facts::gateway::auth::Value;
use crate::services::client_files::{self, Folder, SettingsFile, config_dir, project};
use crate::services::context::Context;
use crate::services::env_file;
use crate::services::profile::Profile;
use crate::services::session::NotRouted;
use crate::services::user_settings::{no_mods, says_something};
use crate::system::env::ProcessEnv;
use crate::system::{file, home};
use std::path::{Path, PathBuf};

/// Claude Code sets it for commands in its Bash sandbox.
pub const SANDBOX: &str = "SANDBOX_RUNTIME";

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Sources {
    /// Every source of one of the variables. Of two of the same kind, the later one wins.
    pub sources: Vec<Source>,
    /// What else decides.
    pub conditions: Conditions,
    /// What keeps an installed plugin from routing, if the user has to act.
    pub obstacle: Option<NotRouted>,
    /// Problems found while reading.
    pub warnings: Vec<Warning>,
    /// This process runs inside a Claude Code session.
    pub in_session: bool,
    /// It runs in the sandbox of the session's Bash commands.
    pub sandboxed: bool,
}

/// The folder of a client that is started here.
pub fn folder(env: &ProcessEnv) -> Option<PathBuf> {
    project(env).or_else(|| env.current_dir().map(Path::to_owned))
}

/// The sources around this process, with what the plugin's mod would set. `given` is the value of the client's
/// `--settings`: a file, or the JSON itself.
pub fn around(context: &Context, given: Option<&str>) -> Sources {
    let env = &context.env;
    let project = folder(env);
    let project = project.as_deref();
    // without it, the context has read the same files
    let files = given.map(|_| client_files::read(&Folder { env, project, given, managed: None }));
    let files = files.as_deref().unwrap_or(context.settings.files());
    gather(env, project, files, |picture| picture.add_mod(context))
}

/// The same without the plugin.
pub fn without_plugin(context: &Context) -> Sources {
    gather(&context.env, folder(&context.env).as_deref(), context.settings.files(), |_| {})
}

/// Reads all sources for a client in this folder. `files` are its settings files, weakest first; `plugin` adds what
/// the plugin's mod would set.
pub fn gather(
    env: &ProcessEnv,
    folder: Option<&Path>,
    files: &[SettingsFile],
    plugin: impl FnOnce(&mut Sources),
) -> Sources {
    let mut picture = Sources {
        in_session: env.filled("CLAUDECODE").is_some(),
        sandboxed: env.filled(SANDBOX).is_some(),
        ..Sources::default()
    };
    picture.add_settings(files);
    if env.var("CLAUDE_CONFIG_DIR").is_some_and(|dir| dir.is_empty()) {
        picture.warnings.push(Warning::empty_config_dir());
    }
    picture.add_process(env);
    picture.add_scripts(env, folder);
    plugin(&mut picture);
    picture.mark_inherited();
    picture.sources.extend(of_profile(env));
    picture.add_conditions(env);
    picture.decide_gateway_mode();
    picture
}

/// The environment of the Desktop app. Its own variables come before those of settings files; a
/// repository's files and managed settings do not set a provider (measured with 2.1.332 outside the
/// app).
const DESKTOP: [&str; 3] = ["claude-desktop", "claude-desktop-3p", "local-agent"];

/// The variables that gateway mode accepts from everywhere except a repository's files.
const OF_GATEWAY_MODE: [&str; 2] = ["ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN"];

impl Sources {
    fn add_settings(&mut self, files: &[SettingsFile]) {
        // the strongest kind first; within a kind, the stronger one stays last
        for kind in [
            SourceKind::Managed,
            SourceKind::CommandLine,
            SourceKind::Local,
            SourceKind::Project,
            SourceKind::User,
        ] {
            for file in files.iter().filter(|file| file.kind == kind) {
                let sources = files::look(file, &mut self.warnings);
                self.sources.extend(sources);
            }
        }
        self.obstacle = files.iter().rev().find_map(|file| match file.kind {
            SourceKind::Managed if says_something(file) => Some(NotRouted::Managed(file.path.clone())),
            _ => no_mods(file).map(|key| NotRouted::HooksOff { key, file: file.path.clone() }),
        });
        self.conditions.mod_refused = self.obstacle.as_ref().map(ToString::to_string);
    }

    fn add_process(&mut self, env: &ProcessEnv) {
        for row in VARIABLES.iter().filter(|row| row.name != API_KEY_HELPER) {
            // a Bash program has the base URL of the hook's block, and next to it the client's own
            let own = env.var(env_file::CLIENT_BASE_URL).filter(|_| row.name == "ANTHROPIC_BASE_URL");
            let value = match own {
                Some(own) => Some(own).filter(|own| !own.is_empty()),
                None => env.var(row.name),
            };
            self.sources.extend(value.map(|value| Source::new(row.name, SourceKind::Process, value)));
        }
    }

    fn add_scripts(&mut self, env: &ProcessEnv, folder: Option<&Path>) {
        let in_folder = |name: &str| folder.map(|dir| dir.join(name));
        let home = home::folder(env);
        for (path, language) in home.iter().flat_map(|home| start_files(home, env)) {
            self.add_script(&path, SourceKind::ShellFile, language);
        }
        let of_user = home.iter().flat_map(|home| vscode_files(home, env));
        for path in of_user.chain(in_folder(".vscode/settings.json")) {
            self.sources.extend(files::vscode(&path));
        }
        if let Some(path) = in_folder(".env") {
            self.add_script(&path, SourceKind::DotEnv, ShellLanguage::Posix);
        }
        let noted = || env.filled("CLAUDE_ENV_FILE").map(PathBuf::from);
        if let Some(path) = session_env_file(env).or_else(noted) {
            self.add_script(&path, SourceKind::EnvFile, ShellLanguage::Posix);
        }
    }

    /// What the mod sets, or would set if nothing prevented it, and what prevents it.
    fn add_mod(&mut self, context: &Context) {
        let decision = context.decide();
        // in this session only, or in any
        let (off_here, refused) = match &decision.not_by_plugin {
            Some(why @ NotRouted::SwitchedOff) => (Some(why.to_string()), None),
            why => (None, why.as_ref().map(ToString::to_string)),
        };
        let is_shown = refused.is_none() || decision.obstacle().is_some();
        if let Some(route) = decision.route.as_ref().ok().filter(|_| is_shown) {
            let from = context.config.url.as_ref().map(|url| url.source.to_string());
            let text = |value: &Value| SourceValue::Text(value.reveal().to_owned());
            let set = route.anthropic.set.iter().map(|(name, value)| (*name, text(value)));
            let unset = route.anthropic.unset.iter().map(|name| (*name, SourceValue::Unset));
            for (name, held) in set.chain(unset) {
                let Some(row) = VARIABLES.iter().find(|row| row.name == name) else { continue };
                let source = Source::new(row.name, SourceKind::Mod, "");
                self.sources.push(Source { held, from: from.clone(), ..source });
            }
        }
        // the files' settings for mods include the file of --settings, which only this report knows
        self.obstacle = decision.obstacle().cloned().or(self.obstacle.take());
        let by_obstacle = self.obstacle.as_ref().map(ToString::to_string);
        self.conditions.mod_refused = refused.or(by_obstacle);
        self.conditions.mod_off_here = off_here;
    }

    fn add_conditions(&mut self, env: &ProcessEnv) {
        self.conditions.managed_by_host =
            env.var("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST").is_some_and(|v| is_on(&v))
                || env.filled("CLAUDE_CODE_HOST_AUTH_ENV_VAR").is_some();
        let of_process = || self.sources.iter().filter(|source| source.kind == SourceKind::Process);
        let tunnel = |source: &Source| source.name == "ANTHROPIC_UNIX_SOCKET" && source.text() != Some("");
        self.conditions.tunnelled = of_process().any(tunnel);
        let desktop = env.filled("CLAUDE_CODE_ENTRYPOINT").is_some_and(|v| DESKTOP.contains(&v.as_str()));
        self.conditions.desktop = desktop.then(|| of_process().map(|source| source.name).collect());
    }

    /// `CLAUDE_CODE_USE_GATEWAY`, measured with 2.1.332: it takes effect if a base URL and a token
    /// are set outside the repository's files. Then those files' values are ignored, no
    /// `apiKeyHelper` runs and no `ANTHROPIC_API_KEY` is sent. Otherwise it has no effect.
    fn decide_gateway_mode(&mut self) {
        const SWITCH: &str = "CLAUDE_CODE_USE_GATEWAY";
        if !self.value(SWITCH, Surface::Session).is_some_and(is_on) {
            return;
        }
        let of_folder = |kind: SourceKind| matches!(kind, SourceKind::Project | SourceKind::Local);
        let others: Vec<Source> = self.sources.iter().filter(|s| !of_folder(s.kind)).cloned().collect();
        let stands = |name: &&str| {
            let found = winner(name, &others, Surface::Session, &self.conditions);
            found.is_some_and(|source| {
                source.kind != SourceKind::Mod && source.text().is_some_and(|text| !text.trim().is_empty())
            })
        };
        let acts = OF_GATEWAY_MODE.iter().all(stands);
        for source in &mut self.sources {
            let why = match acts {
                true if OF_GATEWAY_MODE.contains(&source.name) && of_folder(source.kind) => {
                    "with CLAUDE_CODE_USE_GATEWAY, Claude Code ignores it in a repository's files"
                }
                false if source.name == SWITCH => {
                    "it takes effect only if a base URL and ANTHROPIC_AUTH_TOKEN are set outside the repository's files"
                }
                _ => continue,
            };
            source.idle = source.idle.take().or(Some(Idle { why: why.to_owned(), only: None }));
        }
    }

    fn add_script(&mut self, path: &Path, kind: SourceKind, language: ShellLanguage) {
        // a shell startup file of this size is something else
        let Ok(text) = file::read_up_to(path, 1 << 20) else { return };
        let text = String::from_utf8_lossy(&text);
        for found in shell::assignments(&text, language) {
            let Some(row) = VARIABLES.iter().find(|row| row.name == found.name) else { continue };
            let idle = match kind {
                SourceKind::ShellFile if !found.exported => Some("assigned, but not exported"),
                SourceKind::DotEnv => Some("Claude Code does not read .env files"),
                _ => None,
            };
            let ours = kind == SourceKind::EnvFile && env_file::has_block(text.as_bytes());
            self.sources.push(Source {
                name: row.name,
                kind,
                held: found.held,
                file: Some(path.to_owned()),
                line: Some(found.line),
                idle: idle.map(|why| Idle { why: why.to_owned(), only: None }),
                from: ours.then(|| "the plugin's hook".to_owned()),
            });
        }
    }

    /// A process in a session has the session's variables, whatever set them. A value that another
    /// source also has was inherited from there, and a new terminal will not have it.
    fn mark_inherited(&mut self) {
        if !self.in_session {
            return;
        }
        let inside = [
            SourceKind::Mod,
            SourceKind::Managed,
            SourceKind::Local,
            SourceKind::Project,
            SourceKind::User,
            SourceKind::EnvFile,
        ];
        let elsewhere: Vec<_> = self.sources.iter().filter(|s| inside.contains(&s.kind)).cloned().collect();
        for source in self.sources.iter_mut().filter(|s| s.kind == SourceKind::Process) {
            let origin = elsewhere.iter().find(|s| s.name == source.name && s.held == source.held);
            if let Some(origin) = origin {
                let why = format!("this process got it from {}", origin.kind.label());
                source.idle = Some(Idle { why, only: Some(Surface::NextSession) });
            }
        }
    }

    /// The source that decides a variable on a surface.
    pub fn winner(&self, name: &str, surface: Surface) -> Option<&Source> {
        winner(name, &self.sources, surface, &self.conditions)
    }

    /// The value in effect on a surface, if it is known.
    pub fn value(&self, name: &str, surface: Surface) -> Option<&str> {
        self.winner(name, surface)?.text()
    }
}

/// The environment file of the surrounding session, if the hook wrote to one.
fn session_env_file(env: &ProcessEnv) -> Option<PathBuf> {
    env_file::of_session(&config_dir(env)?, &env.var("CLAUDE_CODE_SESSION_ID")?).next()
}

/// The base URL of the sign-in profile that a client would use.
fn of_profile(env: &ProcessEnv) -> Option<Source> {
    let profile = Profile::find(env)?;
    let held = SourceValue::Text(profile.base_url?);
    Some(Source {
        held,
        file: Some(profile.file),
        ..Source::new("ANTHROPIC_BASE_URL", SourceKind::Profile, "")
    })
}

/// The value of a source, for comparisons.
pub(crate) fn same_value(a: &Source, b: &Source) -> bool {
    matches!((&a.held, &b.held), (SourceValue::Text(x), SourceValue::Text(y)) if x == y)
}
