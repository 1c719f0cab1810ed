//! A plugin's folder as the client installs it, without a binary, in places with hostile names.

use cf_aig_harness::{Ran, plugin_root, sandbox::feed};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The programs that the launcher may find on PATH besides cargo.
const TOOLS: &[&str] = &[
    "sh",
    "cat",
    "chmod",
    "cp",
    "env",
    "find",
    "gzip",
    "ln",
    "mkdir",
    "mv",
    "nohup",
    "rm",
    "rmdir",
    "setsid",
    "sha256sum",
    "sleep",
    "tar",
    "uname",
];

/// Everything that a shell could misinterpret.
pub(crate) const HOSTILE: &str = "it's \"a\" $HOME `touch canary` $(touch canary) \\ [x]* ; -n ~ \u{e9}";

/// The version of everything.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) struct Plugin {
    dir: TempDir,
    vars: BTreeMap<&'static str, String>,
}

impl Plugin {
    /// Only the launcher, without its executable bit. Cargo is not installed.
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("cf-aig-").tempdir().expect("a folder");
        let mut plugin = Self { dir, vars: BTreeMap::new() };
        for folder in
            [plugin.root().join("helper"), plugin.data(), plugin.home(), plugin.tools(), plugin.log()]
        {
            fs::create_dir_all(folder).expect("folders");
        }
        fs::create_dir_all(plugin.project()).expect("a folder");
        for name in ["helper/cf-aig", "helper/bring"] {
            let script = plugin.root().join(name);
            fs::copy(plugin_root().join(name), &script).expect("the launcher");
            fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).expect("its mode");
        }
        let path = std::env::var_os("PATH").expect("PATH");
        for tool in TOOLS {
            let found = std::env::split_paths(&path).map(|dir| dir.join(tool)).find(|file| file.is_file());
            if let Some(file) = found {
                symlink(file, plugin.tools().join(tool)).expect("a link");
            }
        }
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        let (tools, home, data) = (text(plugin.tools()), text(plugin.home()), text(plugin.data()));
        plugin.set("PATH", tools).set("HOME", home).set("CLAUDE_PLUGIN_DATA", data);
        plugin
    }

    fn place(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("{name} {HOSTILE}"))
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.place("plugin")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.place("data")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.place("home")
    }

    /// Where the client starts: not in the plugin's folder.
    pub(crate) fn project(&self) -> PathBuf {
        self.place("project")
    }

    pub(crate) fn tools(&self) -> PathBuf {
        self.place("tools")
    }

    /// What the fake cargo leaves behind.
    pub(crate) fn log(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    /// Where npm puts the binary of this machine's package.
    pub(crate) fn packaged(&self) -> PathBuf {
        self.root().join("node_modules/@cf-aig").join(platform()).join(VERSION).join("cf-aig")
    }

    /// Where the launcher keeps its lock and works.
    pub(crate) fn launcher(&self) -> PathBuf {
        self.data().join("launcher")
    }

    /// Where the binary of this version belongs.
    pub(crate) fn built(&self) -> PathBuf {
        self.data().join("bin").join(VERSION).join("cf-aig")
    }

    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        self.vars.insert(name, value.into());
        self
    }

    pub(crate) fn unset(&mut self, name: &'static str) -> &mut Self {
        self.vars.remove(name);
        self
    }

    /// A program that prints its name, its arguments and its input, and exits with 7.
    pub(crate) fn binary_at(&self, path: &Path, name: &str) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("its folder");
        script(
            path,
            &format!(
                "[ \"$1\" = --version ] && echo cf-aig {VERSION} && exit; echo {name}; for a; do printf '<%s>' \"$a\"; done; cat; exit 7"
            ),
        );
    }

    /// Runs `sh <root>/helper/cf-aig ARGS…` as hooks and skills do.
    pub(crate) fn command(&self, shell: &str, args: &[&str]) -> Command {
        let mut command = Command::new(which(shell));
        command.env_clear().envs(&self.vars).current_dir(self.project());
        command.arg(self.root().join("helper/cf-aig")).args(args);
        command
    }

    pub(crate) fn run(&self, shell: &str, args: &[&str]) -> Ran {
        feed(self.command(shell, args), b"{}")
    }

    /// Everything in the project that was not there at first: must be empty.
    pub(crate) fn strangers(&self) -> usize {
        fs::read_dir(self.project()).expect("the project").count()
    }
}

/// This machine's platform, as in package names.
pub(crate) fn platform() -> String {
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    format!("{system}-{machine}")
}

/// An executable shell script.
///
/// Another process writes it: a program that another test starts at this moment would inherit our open file, and
/// until it lets go of it the script is "busy" and does not run.
pub(crate) fn script(path: &Path, text: &str) {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "cat >\"$1\" && chmod 755 \"$1\"", "sh"]).arg(path);
    let ran = feed(command, format!("#!/bin/sh\n{text}\n").as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "a script");
}

/// The full path of a program, because the launcher's PATH is not ours.
fn which(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("PATH");
    let found = std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file());
    found.unwrap_or_else(|| program.into())
}

/// Longer than anything here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// An expected event; waiting for it ends with a panic instead of never.
pub(crate) struct Event {
    what: &'static str,
    over: Receiver<()>,
}

impl Event {
    fn new(what: &'static str, happens: impl FnOnce() + Send + 'static) -> Self {
        let (done, over) = channel();
        std::thread::spawn(move || {
            happens();
            let _ = done.send(());
        });
        Self { what, over }
    }

    pub(crate) fn wait(self) {
        self.over.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("waited in vain for {}", self.what));
    }
}

/// A cargo that reports its start and waits for the test to tell it how to end.
pub(crate) struct FakeCargo<'a> {
    plugin: &'a Plugin,
    alive: PathBuf,
}

impl<'a> FakeCargo<'a> {
    pub(crate) fn install(plugin: &'a Plugin) -> Self {
        let log = plugin.log();
        for name in ["started", "verdict", "alive"] {
            assert!(Command::new("mkfifo").arg(log.join(name)).status().expect("mkfifo").success());
        }
        let text = format!(
            "me={}\necho $$ >>\"$me/pids\"\nprintf '%s\\n' \"$@\" >\"$me/argv\"\npwd >\"$me/cwd\"\n\
             env -0 >\"$me/env\"\necho compiling\n\
             while [ $# -gt 0 ]; do [ \"$1\" = --target-dir ] && out=$2; shift; done\n\
             echo go >\"$me/started\"\nread -r verdict <\"$me/verdict\"\n\
             [ \"$verdict\" = good ] || {{ echo \"error: $verdict\" >&2; exit 101; }}\n\
             mkdir -p \"$out/release\"\ncp \"$me/result\" \"$out/release/cf-aig\"",
            log.display()
        );
        script(&plugin.tools().join("cargo"), &text);
        script(&log.join("result"), "echo built; for a; do printf '<%s>' \"$a\"; done");
        Self { plugin, alive: log.join("alive") }
    }

    /// The launcher, with an open pipe that everything it starts inherits.
    pub(crate) fn run(&self, shell: &str, args: &[&str]) -> Ran {
        let launcher = self.plugin.command(shell, args);
        let mut command = Command::new(which("sh"));
        command.env_clear().envs(&self.plugin.vars).current_dir(self.plugin.project());
        command.args(["-c", "exec 9>\"$1\"; shift; exec \"$@\"", "sh"]).arg(&self.alive);
        command.arg(launcher.get_program()).args(launcher.get_args());
        feed(command, b"{}")
    }

    /// Occurs when everything that the launchers started from now on has ended.
    pub(crate) fn all_over(&self) -> Event {
        let alive = self.alive.clone();
        Event::new("the end of the build", move || drop(fs::read(alive).expect("the pipe")))
    }

    /// Waits until cargo has started.
    pub(crate) fn started(&self) {
        let pipe = self.plugin.log().join("started");
        Event::new("the start of cargo", move || drop(fs::read(pipe).expect("the pipe"))).wait();
    }

    /// Lets it end.
    pub(crate) fn ends(&self, verdict: &str) {
        let (pipe, verdict) = (self.plugin.log().join("verdict"), format!("{verdict}\n"));
        Event::new("cargo to listen", move || fs::write(pipe, verdict).expect("the pipe")).wait();
    }

    /// The process that holds the lock.
    pub(crate) fn owner(&self) -> String {
        fs::read_to_string(self.plugin.launcher().join("lock")).expect("the lock").trim().to_owned()
    }

    /// The process ids of all builds.
    pub(crate) fn pids(&self) -> Vec<String> {
        let text = fs::read_to_string(self.plugin.log().join("pids")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) fn wrote(&self, name: &str) -> String {
        fs::read_to_string(self.plugin.log().join(name)).expect("cargo was started")
    }
}

impl Drop for FakeCargo<'_> {
    /// A failed test leaves nothing waiting.
    fn drop(&mut self) {
        if std::thread::panicking() {
            for pid in self.pids() {
                signal("-9", &pid);
            }
        }
    }
}

/// Stops a process that the test itself had started, and waits until it has ended, though perhaps not yet
/// been reaped: a process is listed until process 1 reaps it.
pub(crate) fn kill(pid: &str) {
    signal("-9", pid);
    let limit = Instant::now() + LIMIT;
    let is_dead = || fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    while signal("-0", pid) && !is_dead() {
        assert!(Instant::now() < limit, "{pid} does not end");
    }
}

/// False if there is no such process.
fn signal(which: &str, pid: &str) -> bool {
    let status = Command::new("kill").args([which, pid]).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
