//! A test that runs a part of itself in a process of its own, to be killed, starved or demoted.

use std::path::Path;
use std::process::{Command, Stdio};

const PART: &str = "CF_AIG_TEST_PART";
const ARGUMENT: &str = "CF_AIG_TEST_ARGUMENT";

/// A command that runs the test `name` of this binary as the given part.
pub(crate) fn command(name: &str, part: &str, argument: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a running test has a path"));
    part_of(&mut command, name, part, argument);
    command
}

/// The same, wrapped in a shell script that ends in `exec "$@"`.
pub(crate) fn in_shell(script: &str, name: &str, part: &str, argument: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(std::env::current_exe().expect("a running test has a path"));
    part_of(&mut command, name, part, argument);
    command
}

pub(crate) fn part_of(command: &mut Command, name: &str, part: &str, argument: &Path) {
    command
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env(PART, part)
        .env(ARGUMENT, argument)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
}

/// In the child: the argument, when this process is to run `part`.
pub(crate) fn asked_for(part: &str) -> Option<std::path::PathBuf> {
    let asked = std::env::var_os(PART)? == part;
    asked.then(|| std::env::var_os(ARGUMENT).expect("a part has an argument").into())
}

/// The line that the child printed with this word in front, after it has ended.
pub(crate) fn answer(mut command: Command, word: &str) -> String {
    let output = command.output().expect("the child starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.split_once(word)).map(|(_, rest)| rest.trim().to_owned());
    line.unwrap_or_else(|| panic!("no answer, {}: {text}", output.status))
}
