//! A private HOME, project and environment for each test.

use cf_aig_emulator::{Emulator, GATEWAY_TOKEN};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

/// Longer than any command that a test runs takes, on a machine ten times slower.
const PATIENCE: Duration = Duration::from_secs(600);

/// A temporary place. Every process started through it sees only these variables.
pub struct Sandbox {
    dir: TempDir,
    cf_aig: PathBuf,
    vars: BTreeMap<String, String>,
}

/// The result of a process.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; -1 if a signal ended it.
    pub code: i32,
    /// Its stdout.
    pub stdout: String,
    /// Its stderr.
    pub stderr: String,
}

impl Ran {
    /// Its stdout as JSON; panics with both streams if it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("no JSON ({e}): {self:?}"))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Sandbox {
    /// Creates a sandbox. `cf_aig` is the helper's binary; `CF_AIG_TEST_BINARY` overrides it for all tests,
    /// for example with the static build of a release. Panics if no folder can be created.
    pub fn new(cf_aig: impl Into<PathBuf>) -> Self {
        Self::running(std::env::var_os("CF_AIG_TEST_BINARY").map_or_else(|| cf_aig.into(), PathBuf::from))
    }

    /// The same with this binary, whatever the variable: a script around another sandbox's binary.
    pub fn running(cf_aig: impl Into<PathBuf>) -> Self {
        let cf_aig = cf_aig.into();
        let dir = tempfile::Builder::new().prefix("cf-aig-").tempdir().expect("a folder for the sandbox");
        for name in ["home", "project", "data"] {
            std::fs::create_dir(dir.path().join(name)).expect("folders in the sandbox");
        }
        let mut sandbox = Self { dir, cf_aig, vars: BTreeMap::new() };
        let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".to_owned());
        let (home, data) = (sandbox.home(), sandbox.data());
        sandbox
            .set("PATH", path)
            .set("HOME", home.to_string_lossy())
            .set("CLAUDE_PLUGIN_DATA", data.to_string_lossy());
        sandbox
    }

    /// The empty HOME.
    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// The project folder, in which every process starts.
    pub fn project(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    /// `${CLAUDE_PLUGIN_DATA}`.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// `$CLAUDE_ENV_FILE`, once [`Sandbox::with_env_file`] has set it.
    pub fn env_file(&self) -> PathBuf {
        self.dir.path().join("sessionstart-hook-0.sh")
    }

    /// The plugin's folder: a copy, because the client writes type declarations into a folder that it loads
    /// a mod from.
    pub fn plugin(&self) -> PathBuf {
        let copy = self.dir.path().join("plugin");
        if !copy.exists() {
            for part in [".claude-plugin", "hooks", "skills", "helper/cf-aig", "helper/bring"] {
                copy_tree(&crate::plugin_root().join(part), &copy.join(part));
            }
        }
        copy
    }

    /// Answers the dialogs of a first interactive start: the theme, trust in the project, and the use of
    /// the current `ANTHROPIC_API_KEY`, which the client remembers by its last 20 characters.
    pub fn onboard(&self) {
        let file = self.home().join(".claude.json");
        let known = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut state: serde_json::Value = known.unwrap_or_else(|| serde_json::json!({}));
        let project = self.project().to_string_lossy().into_owned();
        state["hasCompletedOnboarding"] = true.into();
        state["hasSeenAutoDefaultNotice"] = true.into();
        state["projects"][project]["hasTrustDialogAccepted"] = true.into();
        if let Some(key) = self.vars.get("ANTHROPIC_API_KEY") {
            let end = serde_json::Value::from(&key[key.len().saturating_sub(20)..]);
            let approved = &mut state["customApiKeyResponses"]["approved"];
            // what was approved before stays so
            let mut keys = approved.as_array().cloned().unwrap_or_default();
            if !keys.contains(&end) {
                keys.push(end);
            }
            *approved = keys.into();
            state["customApiKeyResponses"]["rejected"] = serde_json::json!([]);
        }
        std::fs::write(file, state.to_string()).expect("the client's state is written");
    }

    /// Writes a settings file, such as `home/.claude/settings.json`; the path is relative to the sandbox.
    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let file = self.dir.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap_or(self.dir.path())).expect("its folder");
        std::fs::write(&file, text).expect("a file in the sandbox");
        file
    }

    /// The helper's binary.
    pub fn cf_aig(&self) -> &Path {
        &self.cf_aig
    }

    /// The variables of processes that are started here.
    pub fn vars(&self) -> &BTreeMap<String, String> {
        &self.vars
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.vars.insert(name.to_owned(), value.into());
        self
    }

    /// Unsets a variable.
    pub fn unset(&mut self, name: &str) -> &mut Self {
        self.vars.remove(name);
        self
    }

    /// Gives hooks an environment file.
    pub fn with_env_file(&mut self) -> &mut Self {
        let path = self.env_file().to_string_lossy().into_owned();
        self.set("CLAUDE_ENV_FILE", path)
    }

    /// Configures the emulator's first gateway, and its token.
    pub fn with_gateway(&mut self, emulator: &Emulator) -> &mut Self {
        self.set("CF_AIG_GATEWAY_ORIGIN", emulator.gateway_origin())
            .set("CF_AIG_API_ORIGIN", emulator.api_origin())
            .set("CLOUDFLARE_ACCOUNT_ID", cf_aig_emulator::ACCOUNT_ID)
            .set("CF_AIG_GATEWAY_ID", cf_aig_emulator::GATEWAY_ID)
            .set("CF_AIG_TOKEN", GATEWAY_TOKEN)
    }

    /// A command with this sandbox's environment and folder.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.vars).current_dir(self.project());
        command
    }

    /// Runs the helper with nothing on stdin.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        self.run_with(args, b"")
    }

    /// Runs the helper with nothing on stdin, and stops it after `limit`: `None` means that it had to be
    /// stopped.
    pub fn run_within<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        limit: Duration,
    ) -> Option<Ran> {
        let mut command = self.command(&self.cf_aig);
        command.args(args);
        feed_within(&mut command, b"", limit)
    }

    /// Runs the helper with these bytes on stdin.
    pub fn run_with<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>, stdin: &[u8]) -> Ran {
        let mut command = self.command(&self.cf_aig);
        command.args(args);
        feed(command, stdin)
    }

    /// Runs the SessionStart hook as Claude Code does.
    pub fn hook(&self, source: &str) -> Ran {
        let input = serde_json::json!({
            "session_id": "11111111-2222-3333-4444-555555555555",
            "transcript_path": self.home().join("transcript.jsonl"),
            "cwd": self.project(),
            "hook_event_name": "SessionStart",
            "source": source,
        });
        self.run_with(["session-start"], input.to_string().as_bytes())
    }
}

/// Runs a command with these bytes on stdin. Panics if it cannot be started, or does not end: a test that
/// waits for ever does not say what it waits for.
pub fn feed(mut command: Command, stdin: &[u8]) -> Ran {
    feed_within(&mut command, stdin, PATIENCE)
        .unwrap_or_else(|| panic!("no end after {PATIENCE:?}: {command:?}"))
}

/// The same, and kills the command after `limit`: `None` means that it was killed.
fn feed_within(command: &mut Command, stdin: &[u8], limit: Duration) -> Option<Ran> {
    let (ahead, rest) = stdin.split_at(stdin.len().min(A_PIPE_HOLDS));
    let (reader, mut input) = pipe_holding(ahead);
    command.stdin(reader).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    // or it would keep the pipe's reading end open
    command.stdin(Stdio::null());
    let rest = rest.to_vec();
    // while its output is read: a process that writes before it has read everything would wait for ever.
    // A process that does not read its input may close it.
    std::thread::spawn(move || drop(input.write_all(&rest)));
    let (mut output, mut errors) =
        (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let stderr = std::thread::spawn(move || read(&mut errors));
        let stdout = read(&mut output);
        let _ = done.send((stdout, stderr.join().unwrap_or_default()));
    });
    let Ok((stdout, stderr)) = ended.recv_timeout(limit) else {
        let _ = child.kill();
        let _ = child.wait();
        return None;
    };
    let code = child.wait().expect("its end").code().unwrap_or(-1);
    Some(Ran { code, stdout, stderr })
}

fn read(from: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = from.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a pipe takes without a reader, on every system.
const A_PIPE_HOLDS: usize = 4 << 10;

/// A pipe for a command's stdin that already holds these bytes, and its writing end. A command that waits
/// for its input only a short time gets it also on a busy machine.
pub fn pipe_holding(bytes: &[u8]) -> (PipeReader, PipeWriter) {
    assert!(bytes.len() <= A_PIPE_HOLDS, "more than a pipe holds");
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(bytes).expect("the pipe takes it");
    (reader, writer)
}

/// Copies a file, or a folder with its contents; does nothing if the source does not exist.
pub fn copy_tree(from: &Path, to: &Path) {
    if let Ok(entries) = std::fs::read_dir(from) {
        for entry in entries.filter_map(Result::ok) {
            copy_tree(&entry.path(), &to.join(entry.file_name()));
        }
    } else if from.is_file() {
        std::fs::create_dir_all(to.parent().unwrap_or(to)).expect("a folder for the copy");
        std::fs::copy(from, to).expect("the copy");
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::Sandbox;
    use std::time::Duration;

    #[test]
    fn a_command_over_its_limit_is_killed() {
        let sandbox = Sandbox::new("/bin/sh");
        assert!(sandbox.run_within(["-c", "exec sleep 1000"], Duration::from_millis(50)).is_none());
        let ran = sandbox.run_within(["-c", "echo out; echo err >&2; exit 3"], Duration::from_secs(30));
        let ran = ran.expect("it ends by itself");
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (3, "out\n", "err\n"));
    }

    #[test]
    fn a_command_that_writes_as_much_as_it_reads_ends() {
        let sandbox = Sandbox::new("/bin/sh");
        let (more_than_a_pipe_holds, limit) = (vec![b'x'; 1 << 20], Duration::from_secs(60));
        let mut command = sandbox.command("/bin/sh");
        command.args(["-c", "cat"]);
        let ran =
            super::feed_within(&mut command, &more_than_a_pipe_holds, limit).expect("it ends by itself");
        assert_eq!(ran.stdout.len(), more_than_a_pipe_holds.len());
    }
}
