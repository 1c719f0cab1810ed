//! The project's files: what git takes, no secret gets into.

use super::{bytes, fails, ok, settings, variable};
use crate::Rig;
use cf_aig_emulator::GATEWAY_TOKEN;
use std::process::Command;

fn git(rig: &Rig, arguments: &[&str]) {
    let mut command: Command = rig.sandbox.command("git");
    let identity = ["-c", "user.name=n", "-c", "user.email=e@example.com"];
    let status = command.args(identity).args(arguments).status().expect("git");
    assert!(status.success(), "{arguments:?}");
}

fn repository() -> Rig {
    let rig = Rig::new();
    git(&rig, &["init", "-q"]);
    rig
}

#[test]
fn a_secret_never_gets_into_a_file_that_git_would_take() {
    let rig = repository();
    let said = fails(&rig, "setup --yes --scope project", 7);
    assert!(said.contains("use --scope local"), "{said}");
    let said = fails(&rig, "setup --yes --scope local", 7);
    assert!(said.contains("--exclude adds `/.claude/settings.local.json`"), "{said}");
    assert!(!rig.sandbox.project().join(".claude").exists());
}

#[test]
fn a_tracked_local_file_is_refused_even_with_exclude() {
    let rig = repository();
    rig.sandbox.write("project/.claude/settings.local.json", "{}");
    git(&rig, &["add", "-f", ".claude"]);
    assert!(fails(&rig, "setup --yes --scope local --exclude", 7).contains("git tracks it"));
    assert_eq!(bytes(settings(&rig, "local")).as_deref(), Some(&b"{}"[..]));
}

#[test]
fn an_exclude_goes_with_the_file_and_off_takes_it_back() {
    let rig = repository();
    let exclude = rig.sandbox.project().join(".git/info/exclude");
    let before = bytes(exclude.clone());
    let said = ok(&rig, "setup --yes --scope local --exclude");
    assert!(said.contains("is added to .git/info/exclude"), "{said}");
    assert!(
        String::from_utf8(bytes(exclude.clone()).expect("a file"))
            .expect("text")
            .contains("/.claude/settings.local.json\n")
    );
    ok(&rig, "setup --yes --scope local --metadata team=x");
    ok(&rig, "off --yes");
    assert_eq!(bytes(exclude), before);
}

#[test]
fn a_file_for_the_team_holds_no_token_and_hides_nobodys() {
    let rig = repository();
    ok(&rig, "setup --yes");
    ok(&rig, "setup --yes --scope project --without-token");
    let text = String::from_utf8(bytes(settings(&rig, "project")).expect("a file")).expect("text");
    assert!(!text.contains(GATEWAY_TOKEN) && !text.contains("HEADERS"), "{text}");
    assert_eq!(variable(&rig, "project", "ANTHROPIC_BASE_URL"), Some(rig.emulator.base_url("anthropic")));
}

#[test]
fn a_project_names_itself_in_the_gateways_log() {
    let rig = Rig::new();
    ok(&rig, "setup --yes --scope local");
    let headers = variable(&rig, "local", "ANTHROPIC_CUSTOM_HEADERS").expect("headers");
    assert!(headers.ends_with("cf-aig-metadata: {\"project\":\"project\"}"), "{headers}");
}

#[test]
fn a_stronger_file_that_says_otherwise_is_named() {
    let rig = Rig::new();
    rig.sandbox.write(
        "project/.claude/settings.local.json",
        r#"{"env": {"ANTHROPIC_BASE_URL": "https://other.example"}}"#,
    );
    let said = ok(&rig, "setup --yes");
    assert!(
        said.contains("settings.local.json sets ANTHROPIC_BASE_URL otherwise, and wins in this folder"),
        "{said}"
    );
}

#[test]
fn the_home_folder_is_no_project() {
    let mut rig = Rig::new();
    let home = rig.sandbox.home().to_string_lossy().into_owned();
    rig.sandbox.set("CLAUDE_PROJECT_DIR", home);
    assert!(fails(&rig, "setup --yes --scope project", 2).contains("--scope user"));
}
