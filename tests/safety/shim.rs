//! The shim that makes system calls fail, compiled here; see `shim.c`.

use cf_aig_harness::{Ran, Sandbox};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The compiled shim, for a test marked `#[needs(shim)]`.
pub(crate) fn path() -> &'static Path {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(build)
}

fn build() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("shim-{}.so", std::process::id()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/safety/shim.c");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&path).arg(source).arg("-ldl");
    assert!(cc.status().is_ok_and(|status| status.success()), "a C compiler that builds the shim");
    path
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
