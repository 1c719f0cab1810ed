//! The real shells, in a folder where any side effect is visible.

use cf_aig::base::quote::Shell as Reader;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
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

const SHELLS: &[Shell] = &[
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

/// The shell of this name.
pub(crate) fn named(name: &str) -> &'static Shell {
    SHELLS.iter().find(|shell| shell.name == name).expect("a shell of the table")
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
    /// The environment after the script, which must print nothing.
    pub(crate) fn environment(&self, cage: &Cage, script: &str) -> BTreeMap<String, String> {
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
        seen
    }
}

/// What shellcheck finds at this severity and above. Single quotes prevent expansion of `$`, `~` and the like (SC2016, SC1003, SC1112, SC2088) on purpose.
pub(crate) fn shellcheck(script: &str, severity: &str) -> String {
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
    ran.stdout + &ran.stderr
}
