//! Which of several sources of a variable wins, for each surface. Pure.
//!
//! Measured with `claude -p` of 2.1.330 and loopback servers, with a different server in each source, and
//! tested by `tests/client/explain.rs`:
//!
//! - a mod that sets a variable wins over everything, unless managed settings contain anything (an empty
//!   file, `{}` and `{"env":{}}` do not count): then it is refused
//! - managed > `--settings` > local > project > user > the process's own environment; a file in
//!   `managed-settings.d` wins over `managed-settings.json`
//! - each variable is decided separately and as a whole: headers from two sources are not merged. An
//!   empty value is a value: it hides that of a weaker source
//! - `apiKeyHelper` follows the same order; `""` switches it off; one that is not a string counts as absent
//! - with `CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST` in the environment (in a settings file it does
//!   nothing) no settings file counts, managed ones included, nor does `apiKeyHelper`; a mod does
//! - a project's `.env` is not read
//! - before a mod runs, a client with a key and Anthropic's own base URL already sends
//!   `GET /api/claude_code/settings` and `…/policy_limits` there, with that key
//!
//! - background sessions (`--bg`, `/bg`) are routed by a mod and by settings files; variables of a later
//!   shell do not reach them
//! - in a client with the Desktop app's variables, a mod's base URL counts; the app itself was not tested
//!
//! Documented by Anthropic, but could not be tested: cloud sessions ignore the gateway variables.
//! UNVERIFIED: that VS Code's own variables come after settings files, and that a terminal's variables have
//! no effect there.

mod request;
mod variables;

pub use request::{ClientRefusal, ClientRequest, Credential, Prediction, predict};
pub use variables::{API_KEY_HELPER, Shown, Topic, VARIABLES, Variable, variable};

use crate::base::named::named;
use std::fmt;
use std::path::PathBuf;

named! {
    /// A kind of source that can set a variable.
    pub enum SourceKind {
        /// The plugin's mod, inside the client.
        Mod = "mod" => "the plugin's mod",
        /// Managed settings.
        Managed = "managed" => "managed settings",
        /// The file or text given with `--settings`.
        CommandLine = "command-line" => "--settings",
        /// `.claude/settings.local.json`
        Local = "local" => "local settings",
        /// `.claude/settings.json`
        Project = "project" => "project settings",
        /// `~/.claude/settings.json`
        User = "user" => "user settings",
        /// The environment of this process.
        Process = "process" => "the environment",
        /// A shell startup file.
        ShellFile = "shell-file" => "a shell startup file",
        /// The script that runs before every Bash command, `$CLAUDE_ENV_FILE`.
        EnvFile = "env-file" => "the environment file of Bash commands",
        /// `claudeCode.environmentVariables` of VS Code.
        VsCode = "vscode" => "VS Code's settings",
        /// `.env` of the project.
        DotEnv = "dotenv" => "the project's .env",
        /// A sign-in profile in `~/.config/anthropic`.
        Profile = "profile" => "the sign-in profile",
    }
}

impl SourceKind {
    /// True for the client's settings files.
    fn is_settings(self) -> bool {
        matches!(
            self,
            SourceKind::Managed
                | SourceKind::CommandLine
                | SourceKind::Local
                | SourceKind::Project
                | SourceKind::User
        )
    }
}

named! {
    /// Where the variables apply, this session first.
    pub enum Surface {
        /// The surrounding session; outside a session, a client started from here.
        Session = "session" => "this session",
        /// A session started later, from a new terminal.
        NextSession = "next-session" => "the next session",
        /// Programs that Bash commands of the session start.
        Bash = "bash" => "Bash programs",
        /// A session started with `--bg`.
        Background = "background" => "background sessions",
        /// VS Code's own session.
        VsCode = "vscode" => "VS Code",
        /// The Desktop app.
        Desktop = "desktop" => "Desktop",
        /// Claude Code on the web.
        Cloud = "cloud" => "cloud sessions",
    }
}

impl Surface {
    /// The sources that count there, strongest first.
    pub fn order(self) -> &'static [SourceKind] {
        use SourceKind::{
            CommandLine, EnvFile, Local, Managed, Mod, Process, Profile, Project, ShellFile, User,
            VsCode as Code,
        };
        match self {
            Surface::Session => &[Mod, Managed, CommandLine, Local, Project, User, Process, Profile],
            Surface::NextSession => {
                &[Mod, Managed, CommandLine, Local, Project, User, ShellFile, Process, Profile]
            }
            Surface::Bash => &[EnvFile, Mod, Managed, CommandLine, Local, Project, User, Process],
            // the environment is the one in which the first background session was started
            Surface::Background => &[Mod, Managed, CommandLine, Local, Project, User, Profile],
            Surface::VsCode => &[Managed, Local, Project, User, Code],
            // not tested here: in a client with the app's variables, a mod sets the base URL
            Surface::Desktop => &[Mod],
            Surface::Cloud => &[],
        }
    }
}

/// The value of a variable in a source.
#[derive(Clone, PartialEq, Eq)]
pub enum SourceValue {
    /// This value, which may be empty.
    Text(String),
    /// Not set.
    Unset,
    /// Only a shell can compute it.
    Computed,
}

/// A source that sets a variable.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// The variable, as in [`VARIABLES`].
    pub name: &'static str,
    /// The kind of source.
    pub kind: SourceKind,
    /// The value.
    pub held: SourceValue,
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// The line in it, from 1.
    pub line: Option<usize>,
    /// Surfaces for which it does not count although its kind does, and why.
    pub idle: Option<Idle>,
    /// Where the source got the value from, in words.
    pub from: Option<String>,
}

/// Why a source does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idle {
    /// A phrase, such as `assigned, but not exported`.
    pub why: String,
    /// Where it does not count; `None` means everywhere.
    pub only: Option<Surface>,
}

impl Source {
    /// A value from a source without a file.
    pub fn new(name: &'static str, kind: SourceKind, value: impl Into<String>) -> Self {
        let held = SourceValue::Text(value.into());
        Self { name, kind, held, file: None, line: None, idle: None, from: None }
    }

    /// The value, if it is known.
    pub fn text(&self) -> Option<&str> {
        match &self.held {
            SourceValue::Text(text) => Some(text),
            SourceValue::Unset | SourceValue::Computed => None,
        }
    }

    /// Why it does not count for `surface`, if the reason is in the source itself.
    fn idle_for(&self, surface: Surface) -> Option<&str> {
        let idle = self.idle.as_ref()?;
        idle.only.is_none_or(|only| only == surface).then_some(idle.why.as_str())
    }
}

/// Values may be credentials.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.name, self.kind.id())
    }
}

/// Conditions that affect precedence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST` of the process is on.
    pub managed_by_host: bool,
    /// Why the client would not let the mod set anything, in this session or in any.
    pub mod_refused: Option<String>,
    /// Why the mod sets nothing in this session only.
    pub mod_off_here: Option<String>,
    /// `ANTHROPIC_UNIX_SOCKET` of the process: every request goes through that socket.
    pub tunnelled: bool,
    /// A client of the Desktop app, and the variables that the app set for it.
    pub desktop: Option<Vec<&'static str>>,
}

impl Conditions {
    /// Why a source does not count for a surface, whatever the other sources are; `None` if it does.
    pub fn excludes<'a>(&'a self, source: &'a Source, surface: Surface) -> Option<&'a str> {
        if let Some(why) = source.idle_for(surface) {
            return Some(why);
        }
        let here = matches!(surface, Surface::Session | Surface::Bash);
        if source.kind == SourceKind::Mod {
            let off = self.mod_off_here.as_deref().filter(|_| here);
            return self.mod_refused.as_deref().or(off);
        }
        if !here || !source.kind.is_settings() {
            return None;
        }
        if self.managed_by_host {
            return Some(
                "the host process manages the provider (CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST), so settings do not count",
            );
        }
        if self.tunnelled && BEHIND_A_SOCKET.contains(&source.name) {
            return Some("with ANTHROPIC_UNIX_SOCKET, Claude Code ignores it in settings files");
        }
        let given = self.desktop.as_ref().filter(|_| source.name != API_KEY_HELPER)?;
        let of_provider = !matches!(source.kind, SourceKind::User | SourceKind::CommandLine)
            && source.name != "ANTHROPIC_CUSTOM_HEADERS"
            && variable(source.name).is_some_and(|row| row.topic != Topic::Network);
        match () {
            () if given.contains(&source.name) => Some("the Desktop app sets its own value for the client"),
            () if of_provider => Some("the Desktop app ignores providers in these settings"),
            () => None,
        }
    }
}

/// What settings files do not set if every request goes through a socket.
const BEHIND_A_SOCKET: [&str; 4] =
    ["ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];

/// The source that decides a variable on a surface. Its value may be "not set". Of two sources of the same
/// kind, the later one in `sources` wins.
pub fn winner<'a>(
    name: &str,
    sources: &'a [Source],
    surface: Surface,
    conditions: &Conditions,
) -> Option<&'a Source> {
    surface.order().iter().find_map(|kind| {
        let of_kind =
            |s: &&Source| s.name == name && s.kind == *kind && conditions.excludes(s, surface).is_none();
        sources.iter().rev().find(of_kind)
    })
}

/// Why `winner` wins, as a sentence about its kind.
pub fn why_it_wins(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Mod => "the mod sets the session's own environment, which overrides everything else",
        SourceKind::Managed => "managed settings override every other source",
        SourceKind::CommandLine => "--settings overrides settings files and the environment",
        SourceKind::Local => "local settings override project and user settings and the environment",
        SourceKind::Project => "project settings override user settings and the environment",
        SourceKind::User => "user settings override the environment",
        SourceKind::Process => "no settings file sets it, so the environment counts",
        SourceKind::ShellFile => "no settings file sets it, so what a new terminal exports counts",
        SourceKind::EnvFile => "Bash commands run this script first",
        SourceKind::VsCode => "VS Code starts the client with it, and no settings file sets it",
        SourceKind::DotEnv => "",
        SourceKind::Profile => "nothing else sets it, so the sign-in profile's URL counts",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "ANTHROPIC_BASE_URL";

    fn wins(kinds: &[SourceKind], surface: Surface, conditions: &Conditions) -> Option<SourceKind> {
        let sources: Vec<_> = kinds.iter().map(|kind| Source::new(URL, *kind, kind.id())).collect();
        winner(URL, &sources, surface, conditions).map(|s| s.kind)
    }

    #[test]
    fn each_place_hides_the_ones_behind_it() {
        for surface in Surface::ALL {
            let order = surface.order();
            for at in 0..order.len() {
                assert_eq!(wins(&order[at..], surface, &Conditions::default()), Some(order[at]));
            }
        }
    }

    #[test]
    fn an_empty_value_hides_a_weaker_one() {
        let sources =
            [Source::new(URL, SourceKind::User, ""), Source::new(URL, SourceKind::Process, "https://x")];
        let winner = winner(URL, &sources, Surface::Session, &Conditions::default()).unwrap();
        assert_eq!(winner.text(), Some(""));
    }

    #[test]
    fn a_refused_mod_and_a_host_that_decides_leave_the_others() {
        let all = [SourceKind::Mod, SourceKind::Managed, SourceKind::User, SourceKind::Process];
        let refused = Conditions { mod_refused: Some("managed".to_owned()), ..Conditions::default() };
        assert_eq!(wins(&all, Surface::Session, &refused), Some(SourceKind::Managed));
        let host = Conditions { managed_by_host: true, ..Conditions::default() };
        assert_eq!(
            wins(&[SourceKind::User, SourceKind::Process], Surface::Session, &host),
            Some(SourceKind::Process)
        );
        assert_eq!(
            wins(&[SourceKind::Mod, SourceKind::Process], Surface::Session, &host),
            Some(SourceKind::Mod)
        );
    }

    #[test]
    fn cloud_sessions_ignore_local_files_desktop_uses_the_mod_and_dotenv_is_never_read() {
        let all = [SourceKind::Mod, SourceKind::Managed, SourceKind::Process];
        assert_eq!(wins(&all, Surface::Cloud, &Conditions::default()), None);
        assert_eq!(wins(&all, Surface::Desktop, &Conditions::default()), Some(SourceKind::Mod));
        assert_eq!(wins(&all[1..], Surface::Desktop, &Conditions::default()), None);
        for surface in Surface::ALL {
            assert_eq!(wins(&[SourceKind::DotEnv], surface, &Conditions::default()), None);
        }
    }

    #[test]
    fn a_debug_print_shows_no_value() {
        assert!(
            !format!("{:?}", Source::new("ANTHROPIC_API_KEY", SourceKind::User, "hunter2"))
                .contains("hunter2")
        );
    }
}
