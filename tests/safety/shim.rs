//! The shim that makes system calls fail, compiled here; see `shim.c`.

use cf_aig_harness::{Ran, Sandbox, say_aloud};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The compiled shim. If it is not available, prints that `what` is not tested.
pub(crate) fn find(what: &str) -> Option<&'static Path> {
    static SHIM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match SHIM.get_or_init(build) {
        Ok(path) => Some(path),
        Err(why) => {
            say_aloud(&format!("SKIPPED, {why}: {what}"));
            None
        }
    }
}

fn build() -> Result<PathBuf, String> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err("the shim is for Linux on x86_64".to_owned());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("shim-{}.so", std::process::id()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/safety/shim.c");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&path).arg(source).arg("-ldl");
    match cc.stderr(Stdio::null()).status() {
        Ok(status) if status.success() => {}
        _ => return Err("there is no C compiler that builds the shim".to_owned()),
    }
    // a sandbox may refuse system call filters
    let mut probe = Command::new("/bin/true");
    probe.env("LD_PRELOAD", &path).env("CF_AIG_FAULT", "0 before");
    match probe.status() {
        Ok(status) if status.success() => Ok(path),
        _ => Err("system calls cannot be filtered here".to_owned()),
    }
}

/// Runs the helper with a fault.
pub(crate) fn run(shim: &Path, sandbox: &Sandbox, fault: &str, report: Option<&Path>, args: &[&str]) -> Ran {
    let mut command = sandbox.command(sandbox.cf_aig());
    command.env("LD_PRELOAD", shim).env("CF_AIG_FAULT", fault).args(args);
    if let Some(report) = report {
        command.env("CF_AIG_FAULT_REPORT", report);
    }
    cf_aig_harness::sandbox::feed(command, b"")
}

/// How many system calls the same run makes without a fault.
pub(crate) fn count(shim: &Path, sandbox: &Sandbox, args: &[&str]) -> usize {
    let report = sandbox.home().with_file_name("calls");
    let ran = run(shim, sandbox, "0 before", Some(&report), args);
    assert_eq!(ran.code, 0, "{ran:?}");
    let calls = std::fs::read_to_string(&report).expect("a report").lines().count();
    std::fs::remove_file(report).expect("a report");
    assert!(calls > 20, "{calls} calls");
    calls
}
