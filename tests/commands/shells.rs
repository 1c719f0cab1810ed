//! The real shells, in a folder where any side effect is visible.

use cf_aig::base::quote::Shell as Reader;
use cf_aig_harness::say_aloud;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use tempfile::TempDir;

/// A shell on this machine.
pub(crate) struct Shell {
    /// The program.
    pub(crate) name: &'static str,
    /// The printed dialect.
    pub(crate) reads: Reader,
    /// Options that prevent it from reading startup files.
    quiet: &'static [&'static str],
    /// How to source a file and then print the whole environment.
    source: &'static str,
}

const POSIX: &str = ". ./script; exec env -0";

pub(crate) const SHELLS: &[Shell] = &[
    Shell { name: "bash", reads: Reader::Bash, quiet: &["--norc", "--noprofile"], source: POSIX },
    Shell { name: "dash", reads: Reader::Bash, quiet: &[], source: POSIX },
    Shell { name: "zsh", reads: Reader::Zsh, quiet: &["-f"], source: POSIX },
    Shell {
        name: "fish",
        reads: Reader::Fish,
        quiet: &["--no-config"],
        source: "source ./script; exec env -0",
    },
    Shell {
        name: "pwsh",
        reads: Reader::Powershell,
        quiet: &["-NoProfile", "-NonInteractive"],
        source: ". ([scriptblock]::Create((Get-Content -Raw -Encoding utf8 ./script))); env -0",
    },
];

/// True if the program is on this machine; otherwise prints a message once.
pub(crate) fn has(name: &'static str) -> bool {
    static MISSED: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|dir| dir.join(name).is_file());
    let mut missed = MISSED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !found && !missed.contains(&name) {
        missed.push(name);
        say_aloud(&format!("SKIPPED, {name} is not installed: all tests that need it"));
    }
    found
}

/// An empty folder to run in.
pub(crate) struct Cage {
    dir: TempDir,
}

impl Cage {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["here", "home"] {
            std::fs::create_dir(dir.path().join(name)).expect("a folder");
        }
        Self { dir }
    }

    /// The program with an environment of only PATH, a HOME and the variable to unset.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let home = self.dir.path().join("home");
        command.env_clear().current_dir(self.dir.path().join("here")).stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", home);
        command.env("NOT_WANTED", "1").env("LC_ALL", "C.UTF-8");
        command
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join("here").join(name), text).expect("a file");
    }

    /// The folder's content except the script.
    pub(crate) fn strangers(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path().join("here")).expect("a folder");
        let names = entries.map(|e| e.expect("an entry").file_name().to_string_lossy().into_owned());
        names.filter(|name| name != "script").collect()
    }
}

impl Shell {
    /// The environment after the script; `None` if there is no such shell. The script prints nothing.
    pub(crate) fn environment(&self, cage: &Cage, script: &str) -> Option<BTreeMap<String, String>> {
        if !has(self.name) {
            return None;
        }
        cage.write("script", script);
        let output =
            cage.command(self.name).args(self.quiet).args(["-c", self.source]).output().expect("it runs");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaint.is_empty(), "{}: {complaint}\n{script}", self.name);
        let text = String::from_utf8(output.stdout).expect("UTF-8, as it went in");
        let pairs = text.split_terminator('\0').map(|pair| pair.split_once('=').expect("name=value"));
        let seen: BTreeMap<_, _> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert!(
            !seen.contains_key("NOT_WANTED") || !script.contains("NOT_WANTED"),
            "{}: not unset",
            self.name
        );
        Some(seen)
    }
}

/// What shellcheck finds at this severity and above; `None` if it is not installed. Single quotes prevent
/// expansion of `$`, `~` and the like (SC2016, SC1003, SC1112, SC2088) on purpose.
pub(crate) fn shellcheck(script: &str, severity: &str) -> Option<String> {
    if !has("shellcheck") {
        return None;
    }
    let mut command = Cage::new().command("shellcheck");
    command.args([
        "--shell=sh",
        "--format=gcc",
        "--exclude=SC2016,SC1003,SC1112,SC2088",
        "--severity",
        severity,
        "-",
    ]);
    command.current_dir("/").stdin(Stdio::piped());
    let ran = cf_aig_harness::sandbox::feed(command, script.as_bytes());
    Some(ran.stdout + &ran.stderr)
}
