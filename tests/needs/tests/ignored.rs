//! The test runner counts a test as ignored if something that it needs is missing, and names what.

use cf_aig_needs::{in_each, needs};
use std::process::Command;

/// What the test runner of this file prints for one of its tests.
fn runner(args: &[&str]) -> String {
    let this = std::env::current_exe().expect("this test binary");
    let output = Command::new(this).args(args).output().expect("it runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[needs(sh, a_program_that_does_not_exist, CF_AIG_A_VARIABLE_THAT_IS_NOT_SET)]
#[test]
fn needs_what_is_missing() {
    panic!("it ran, and what it needs is missing");
}

#[needs(cargo)]
#[test]
fn needs_what_is_present() {}

#[in_each(sh, a_shell_that_does_not_exist)]
fn runs_in(shell: &str) {
    assert_eq!(shell, "sh", "it ran, and this shell is missing");
}

#[test]
fn a_function_is_a_test_for_each_program_and_a_missing_program_is_ignored() {
    let said = runner(&["runs_in::"]);
    assert!(said.contains("test runs_in::sh ... ok"), "{said}");
    let why = "ignored, no a_shell_that_does_not_exist on PATH";
    assert!(said.contains(&format!("test runs_in::a_shell_that_does_not_exist ... {why}")), "{said}");
}

#[test]
fn a_test_without_what_it_needs_is_ignored_not_passed() {
    let said = runner(&["--exact", "needs_what_is_missing"]);
    let why = "no a_program_that_does_not_exist on PATH; CF_AIG_A_VARIABLE_THAT_IS_NOT_SET is not set";
    assert!(said.contains(&format!("ignored, {why}")), "{said}");
    assert!(said.contains("0 passed; 0 failed; 1 ignored"), "{said}");
}

#[test]
fn a_test_with_what_it_needs_runs() {
    let said = runner(&["--exact", "needs_what_is_present"]);
    assert!(said.contains("1 passed; 0 failed; 0 ignored"), "{said}");
}

#[test]
fn an_ignored_test_can_be_run_all_the_same() {
    let said = runner(&["--exact", "needs_what_is_missing", "--ignored"]);
    assert!(said.contains("0 passed; 1 failed"), "{said}");
}
