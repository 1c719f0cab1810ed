//! The real Claude Code client, started only in a sandbox.

use crate::print_uncaptured;
use crate::sandbox::{Ran, Sandbox};
use crate::terminal::Terminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where the client is.
#[derive(Debug, Clone)]
pub struct Client {
    path: PathBuf,
}

/// The result of a headless run.
#[derive(Debug)]
pub struct Headless {
    /// The process.
    pub ran: Ran,
    /// The `result` object of `--output-format json`.
    pub result: serde_json::Value,
}

impl Headless {
    /// The text that the client printed.
    pub fn text(&self) -> &str {
        self.result.get("result").and_then(serde_json::Value::as_str).unwrap_or_default()
    }
}

impl Client {
    /// Finds `CF_AIG_CLIENT`, else `claude` on PATH.
    pub fn find() -> Option<Self> {
        Self::named("CF_AIG_CLIENT").or_else(|| on_path("claude")).map(|path| Self { path })
    }

    /// The same for a test marked `#[needs(client)]`. Panics if there is none.
    pub fn needed() -> Self {
        Self::find().expect("no Claude Code client (set CF_AIG_CLIENT, or put claude on PATH)")
    }

    /// A second client, found only through a variable, for a test marked `#[needs(VARIABLE)]`. Panics if it
    /// is not set.
    pub fn needed_as(variable: &str) -> Self {
        let path = Self::named(variable).unwrap_or_else(|| panic!("{variable} is not the path of a client"));
        Self { path }
    }

    /// This binary.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn named(variable: &str) -> Option<PathBuf> {
        std::env::var_os(variable).map(PathBuf::from).filter(|p| p.is_file())
    }

    /// The binary.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The client in a sandbox: its variables, and those that keep the client quiet.
    pub fn command(&self, sandbox: &Sandbox) -> Command {
        let mut command = sandbox.command(&self.path);
        command
            .env_remove("CLAUDE_PLUGIN_DATA")
            .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
            .env("DISABLE_AUTOUPDATER", "1")
            .env("TERM", "xterm-256color");
        if !sandbox.vars().contains_key("CF_AIG_BIN") {
            command.env("CF_AIG_BIN", sandbox.cf_aig());
        }
        command
    }

    /// Runs `claude -p PROMPT` with the plugin loaded from its folder. Killed after `limit`.
    pub fn headless(&self, sandbox: &Sandbox, prompt: &str, more: &[&str], limit: Duration) -> Headless {
        let plugin = sandbox.plugin();
        let more: Vec<_> = ["--plugin-dir".as_ref(), plugin.as_os_str()]
            .into_iter()
            .chain(more.iter().map(std::ffi::OsStr::new))
            .collect();
        self.headless_as_installed(sandbox, prompt, &more, limit)
    }

    /// The same with only those plugins that are installed in the sandbox's HOME.
    pub fn headless_as_installed<S: AsRef<std::ffi::OsStr>>(
        &self,
        sandbox: &Sandbox,
        prompt: &str,
        more: &[S],
        limit: Duration,
    ) -> Headless {
        let mut command = self.command(sandbox);
        command.args(["-p", prompt, "--output-format", "json"]).args(more);
        let ran = run_for(command, limit);
        let result = ran.stdout.lines().rev().find_map(|l| serde_json::from_str(l).ok()).unwrap_or_default();
        Headless { ran, result }
    }

    /// Starts an interactive session with the plugin loaded from its folder. The first-run dialogs are
    /// already answered and the project is trusted.
    pub fn interactive(&self, sandbox: &Sandbox, more: &[&str]) -> Terminal {
        Terminal::start(&self.interactive_command(sandbox, more))
    }

    /// The command of [`Client::interactive`], for a terminal of another size.
    pub fn interactive_command(&self, sandbox: &Sandbox, more: &[&str]) -> Command {
        sandbox.onboard();
        let mut command = self.command(sandbox);
        command.arg("--plugin-dir").arg(sandbox.plugin()).args(more);
        command
    }

    /// Runs any other command of the client, such as `plugin validate`.
    pub fn run(&self, sandbox: &Sandbox, args: &[&str], limit: Duration) -> Ran {
        let mut command = self.command(sandbox);
        command.args(args);
        run_for(command, limit)
    }
}

/// Runs a command to its end, or kills it after `limit`.
pub fn run_for(mut command: Command, limit: Duration) -> Ran {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let pid = child.id();
    let (done, over) = std::sync::mpsc::channel::<()>();
    let watchdog = std::thread::spawn(move || {
        let started = Instant::now();
        if over.recv_timeout(limit) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            print_uncaptured(&format!("killed after {:?}", started.elapsed()));
            let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
        }
    });
    let output = child.wait_with_output().expect("its output");
    let _ = done.send(());
    let _ = watchdog.join();
    output.into()
}

pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}
