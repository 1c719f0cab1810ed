//! A test that runs a part of itself in a separate process, to be killed, starved or demoted.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

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

/// The line that the child printed after this word, after it has ended.
pub(crate) fn answer(mut command: Command, word: &str) -> String {
    let output = command.output().expect("the child starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find_map(|line| line.split_once(word)).map(|(_, rest)| rest.trim().to_owned());
    line.unwrap_or_else(|| panic!("no answer, {}: {text}", output.status))
}

/// What a child that works in rounds prints when it has started, and after each round.
pub(crate) const ROUND: &str = "ROUND DONE";

/// Kills children that work in rounds, each at a random moment within its first rounds.
pub(crate) struct Killer {
    random: u64,
    window: Duration,
}

impl Killer {
    /// Measures the length of a round with one child that does a few, at the current speed of this machine.
    pub(crate) fn of(command: Command) -> Self {
        const ROUNDS: u32 = 10;
        let (mut child, mut lines) = start(command);
        let begin = Instant::now();
        for _ in 0..ROUNDS {
            wait_for_round(&mut lines);
        }
        let window = begin.elapsed() / ROUNDS * 2;
        end(&mut child);
        Self { random: 0x2545_f491_4f6c_dd1d, window }
    }

    pub(crate) fn kill_one(&mut self, command: Command) {
        let (mut child, _lines) = start(command);
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        // the moment is the experiment; this does not wait for anything
        std::thread::sleep(self.window.mul_f64((self.random >> 11) as f64 / (1_u64 << 53) as f64));
        end(&mut child);
    }
}

fn start(mut command: Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.spawn().expect("the child starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    wait_for_round(&mut lines);
    (child, lines)
}

fn wait_for_round(lines: &mut BufReader<ChildStdout>) {
    assert!(lines.lines().any(|line| line.expect("text").contains(ROUND)), "the child ended");
}

fn end(child: &mut Child) {
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}
