//! Every source of a routing variable, and what else decides between them.

use super::files;
use super::shell::{self, ShellLanguage};
use super::warning::Warning;
use crate::facts::claude_code::client::is_on;
use crate::facts::claude_code::precedence::{
    API_KEY_HELPER, Conditions, Idle, Source, SourceKind, SourceValue, Surface, VARIABLES, winner,
};
use crate::services::client_files::{self, Folder, SettingsFile};
use crate::services::env_file;
use crate::services::profile::Profile;
use crate::services::session::NotRouted;
use crate::services::user_settings::{no_mods, says_something};
use crate::system::env::ProcessEnv;
use crate::system::{file, home};
use std::path::{Path, PathBuf};

/// Claude Code sets it for commands in its Bash sandbox.
pub const SANDBOX: &str = "SANDBOX_RUNTIME";

/// Where to look.
pub struct SearchedPlaces<'a> {
    /// The process environment.
    pub env: &'a ProcessEnv,
    /// The project folder.
    pub project: Option<PathBuf>,
    /// The folder of managed settings; `None` means the platform's.
    pub managed: Option<PathBuf>,
    /// The value of `--settings` on the client's command line: a file, or the JSON itself.
    pub settings_flag: Option<String>,
    /// The environment file that the hook recorded for this client.
    pub env_file: Option<PathBuf>,
}

/// What the mod would do.
#[derive(Debug, Default)]
pub struct ModPlan {
    /// What it sets, or would set if nothing prevented it.
    pub sets: Vec<Source>,
    /// Why it sets nothing in any session.
    pub refused: Option<String>,
    /// Why it sets nothing in this session only.
    pub off_here: Option<String>,
    /// What keeps an installed plugin from routing, if the user has to act.
    pub obstacle: Option<NotRouted>,
}

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

/// Reads all sources. `plan` is what the mod would set.
pub fn gather(places: &SearchedPlaces<'_>, plan: ModPlan) -> Sources {
    let files = client_files::read(&Folder {
        env: places.env,
        project: places.project.as_deref(),
        given: places.settings_flag.as_deref(),
        managed: places.managed.as_deref(),
    });
    gather_with(places, &files, plan)
}

/// The same with settings files that were already read, weakest first.
pub(super) fn gather_with(places: &SearchedPlaces<'_>, files: &[SettingsFile], plan: ModPlan) -> Sources {
    let filled = |name: &str| places.env.filled(name);
    let home = home::folder(places.env);
    let mut picture = Sources {
        in_session: filled("CLAUDECODE").is_some(),
        sandboxed: filled(SANDBOX).is_some(),
        ..Sources::default()
    };
    picture.conditions.managed_by_host =
        places.env.var("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST").is_some_and(|v| is_on(&v))
            || filled("CLAUDE_CODE_HOST_AUTH_ENV_VAR").is_some();

    let in_project = |name: &str| places.project.as_ref().map(|dir| dir.join(name));
    // the strongest kind first; within a kind, the stronger one stays last
    for kind in [
        SourceKind::Managed,
        SourceKind::CommandLine,
        SourceKind::Local,
        SourceKind::Project,
        SourceKind::User,
    ] {
        for file in files.iter().filter(|file| file.kind == kind) {
            let sources = files::look(file, &mut picture.warnings);
            picture.sources.extend(sources);
        }
    }
    if places.env.var("CLAUDE_CONFIG_DIR").is_some_and(|dir| dir.is_empty()) {
        picture.warnings.push(Warning::empty_config_dir());
    }
    picture.obstacle = files.iter().rev().find_map(|file| match file.kind {
        SourceKind::Managed if says_something(file) => Some(NotRouted::Managed(file.path.clone())),
        _ => no_mods(file).map(|key| NotRouted::HooksOff { key, file: file.path.clone() }),
    });
    for row in VARIABLES.iter().filter(|row| row.name != API_KEY_HELPER) {
        // a Bash program has the base URL of the hook's block, and next to it the client's own
        let own = places.env.var(env_file::CLIENT_BASE_URL).filter(|_| row.name == "ANTHROPIC_BASE_URL");
        let value = match own {
            Some(own) => Some(own).filter(|own| !own.is_empty()),
            None => places.env.var(row.name),
        };
        if let Some(value) = value {
            picture.sources.push(Source::new(row.name, SourceKind::Process, value));
        }
    }
    if let Some(home) = &home {
        for (path, language) in start_files(home, places.env) {
            picture.add_script(&path, SourceKind::ShellFile, language);
        }
        for path in vscode_files(home, places.env) {
            picture.sources.extend(files::vscode(&path));
        }
    }
    if let Some(path) = in_project(".vscode/settings.json") {
        picture.sources.extend(files::vscode(&path));
    }
    if let Some(path) = in_project(".env") {
        picture.add_script(&path, SourceKind::DotEnv, ShellLanguage::Posix);
    }
    let env_file = places.env_file.clone().or_else(|| filled("CLAUDE_ENV_FILE").map(PathBuf::from));
    if let Some(path) = env_file {
        picture.add_script(&path, SourceKind::EnvFile, ShellLanguage::Posix);
    }
    picture.sources.extend(plan.sets);
    // the files' settings for mods include the file of --settings, which only this report knows
    picture.obstacle = plan.obstacle.or(picture.obstacle.take());
    let by_obstacle = picture.obstacle.as_ref().map(ToString::to_string);
    picture.conditions.mod_refused = plan.refused.or(by_obstacle);
    picture.conditions.mod_off_here = plan.off_here;
    picture.mark_inherited();
    picture.sources.extend(of_profile(places.env));
    picture.conditions.tunnelled =
        picture.holds_in_process("ANTHROPIC_UNIX_SOCKET", |value| !value.is_empty());
    let desktop = filled("CLAUDE_CODE_ENTRYPOINT").is_some_and(|v| DESKTOP.contains(&v.as_str()));
    if desktop {
        let process = picture.sources.iter().filter(|source| source.kind == SourceKind::Process);
        picture.conditions.desktop = Some(process.map(|source| source.name).collect());
    }
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
    fn holds_in_process(&self, name: &str, test: impl Fn(&str) -> bool) -> bool {
        let mut of_process = self.sources.iter().filter(|s| s.kind == SourceKind::Process && s.name == name);
        of_process.any(|source| source.text().is_some_and(&test))
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

/// The startup files of the login shell, in reading order; of all shells if the login shell is
/// unknown.
fn start_files(home: &Path, env: &ProcessEnv) -> Vec<(PathBuf, ShellLanguage)> {
    let shell = env.var("SHELL").unwrap_or_default();
    let shell = shell.rsplit('/').next().unwrap_or_default();
    let zsh = env.var("ZDOTDIR").filter(|d| !d.is_empty()).map_or_else(|| home.to_owned(), PathBuf::from);
    let known = ["bash", "zsh", "fish", "pwsh"].contains(&shell);
    let wanted = |name: &str| !known || shell == name;
    let mut files = Vec::new();
    if wanted("zsh") {
        files.extend(
            [".zshenv", ".zprofile", ".zshrc", ".zlogin"].map(|name| (zsh.join(name), ShellLanguage::Posix)),
        );
    }
    if wanted("bash") {
        files.extend(
            [".profile", ".bash_profile", ".bashrc"].map(|name| (home.join(name), ShellLanguage::Posix)),
        );
    }
    if wanted("fish") {
        let dir = config_home(home, env).join("fish");
        let snippets = std::fs::read_dir(dir.join("conf.d")).into_iter().flatten().filter_map(Result::ok);
        let mut snippets: Vec<_> = snippets.map(|entry| entry.path()).collect();
        snippets.sort();
        files.extend(snippets.into_iter().map(|path| (path, ShellLanguage::Fish)));
        files.push((dir.join("config.fish"), ShellLanguage::Fish));
    }
    if wanted("pwsh") || cfg!(windows) {
        files
            .extend(powershell_profiles(home, env).into_iter().map(|path| (path, ShellLanguage::Powershell)));
    }
    files
}

/// The user's configuration folder, according to the XDG specification.
fn config_home(home: &Path, env: &ProcessEnv) -> PathBuf {
    env.var("XDG_CONFIG_HOME").filter(|d| !d.is_empty()).map_or_else(|| home.join(".config"), PathBuf::from)
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

/// This user's PowerShell profiles, as its page "about_Profiles" lists them; the Documents folder
/// may be in OneDrive.
fn powershell_profiles(home: &Path, env: &ProcessEnv) -> Vec<PathBuf> {
    let folders = if cfg!(windows) {
        let documents = [home.join("Documents"), home.join("OneDrive").join("Documents")];
        let editions = ["WindowsPowerShell", "PowerShell"];
        documents.iter().flat_map(|dir| editions.map(|edition| dir.join(edition))).collect()
    } else {
        vec![config_home(home, env).join("powershell")]
    };
    let names = ["profile.ps1", "Microsoft.PowerShell_profile.ps1"];
    folders.iter().flat_map(|dir: &PathBuf| names.map(|name| dir.join(name))).collect()
}

/// VS Code's user settings.
fn vscode_files(home: &Path, env: &ProcessEnv) -> Vec<PathBuf> {
    let base = if cfg!(target_os = "macos") {
        home.join("Library/Application Support")
    } else if cfg!(windows) {
        env.var("APPDATA").map_or_else(|| home.join("AppData/Roaming"), PathBuf::from)
    } else {
        config_home(home, env)
    };
    ["Code", "Code - Insiders", "VSCodium"].map(|app| base.join(app).join("User/settings.json")).to_vec()
}

/// The value of a source, for comparisons.
pub(crate) fn same_value(a: &Source, b: &Source) -> bool {
    matches!((&a.held, &b.held), (SourceValue::Text(x), SourceValue::Text(y)) if x == y)
}
