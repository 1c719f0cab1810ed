//! The project's files: no secret is written to a file that git would add.

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
fn a_secret_is_never_written_to_a_file_that_git_tracks() {
    let rig = repository();
    let said = fails(&rig, "setup --yes --scope project", 7);
    assert!(said.contains("use --scope local") && !said.contains("--exclude"), "{said}");
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
fn off_removes_the_git_exclude_that_setup_added() {
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
fn a_local_file_without_a_secret_is_written_with_a_note_about_git() {
    let rig = repository();
    let said = ok(&rig, "setup --yes --scope local --without-token");
    assert!(said.contains("note      git would add "), "{said}");
    assert!(said.contains("--exclude adds `/.claude/settings.local.json` to .git/info/exclude"), "{said}");
    git(&rig, &["add", "-f", ".claude"]);
    ok(&rig, "setup --yes --scope local --without-token --metadata team=x");
    let said = ok(&rig, "setup --yes --scope project --without-token");
    assert!(!said.contains("git would add"), "{said}");
}

#[test]
fn a_team_file_holds_no_token_and_keeps_each_users_own() {
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
fn a_conflicting_file_of_higher_precedence_is_named() {
    let rig = Rig::new();
    rig.sandbox.write(
        "project/.claude/settings.local.json",
        r#"{"env": {"ANTHROPIC_BASE_URL": "https://other.example"}}"#,
    );
    let said = ok(&rig, "setup --yes --without-token");
    assert!(
        said.contains("settings.local.json sets ANTHROPIC_BASE_URL to other values, and wins in this folder"),
        "{said}"
    );
}

#[test]
fn no_token_is_written_where_another_file_routes_elsewhere() {
    let elsewhere = [
        r#"{"env": {"ANTHROPIC_BASE_URL": "https://other.example"}}"#,
        r#"{"env": {"ANTHROPIC_BASE_URL": ""}}"#,
        r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1"}}"#,
    ];
    for (file, scope) in
        [("settings.json", "user"), ("settings.local.json", "user"), ("settings.local.json", "project")]
    {
        for text in elsewhere {
            for auth in ["own-key", "stored-key"] {
                let rig = Rig::new();
                rig.sandbox.write(&format!("project/.claude/{file}"), text);
                let before = bytes(settings(&rig, scope));
                let said = fails(&rig, &format!("setup --yes --scope {scope} --auth {auth}"), 5);
                assert!(said.contains("would send the gateway token"), "{text} in {file}: {said}");
                assert_eq!(bytes(settings(&rig, scope)), before, "{text} in {file}");
            }
        }
    }
}

#[test]
fn the_home_folder_is_not_a_project() {
    let mut rig = Rig::new();
    let home = rig.sandbox.home().to_string_lossy().into_owned();
    rig.sandbox.set("CLAUDE_PROJECT_DIR", home);
    assert!(fails(&rig, "setup --yes --scope project", 2).contains("--scope user"));
}

/// A fake git in front of the real one.
#[cfg(unix)]
fn replace_git(rig: &mut Rig, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let program = rig.sandbox.write("bin/git", script);
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let bin = program.parent().expect("a folder").to_string_lossy().into_owned();
    let path = format!("{bin}:{}", rig.sandbox.vars()["PATH"]);
    rig.sandbox.set("PATH", path);
}

#[test]
#[cfg(unix)]
fn no_secret_is_written_where_gits_state_is_unknown() {
    let gits = [
        "#!/bin/sh\nexit 128\n",
        "#!/bin/sh\necho fatal: detected dubious ownership >&2; exit 128\n",
        "#!/bin/sh\nkill -9 $$\n",
        // reports that the file is not tracked, and fails when asked whether it is ignored
        "#!/bin/sh\ncase \"$*\" in *ls-files*) exit 1;; *) exit 128;; esac\n",
    ];
    let lines = [
        "setup --yes --scope local",
        "setup --yes --scope local --exclude",
        "setup --yes --scope project",
        "setup --yes --scope project --exclude",
        "setup --yes --scope local --auth stored-key --json",
        "setup --yes --scope user",
    ];
    let mut refused = 0;
    for git_script in gits {
        for line in lines {
            let mut rig = repository();
            // the home folder may be a repository too
            std::fs::create_dir_all(rig.sandbox.home().join(".git")).expect("a folder");
            replace_git(&mut rig, git_script);
            let said = fails(&rig, line, 7);
            assert!(said.contains("it is unknown whether git tracks it"), "{git_script} {line}: {said}");
            for scope in ["user", "project", "local"] {
                assert_eq!(bytes(settings(&rig, scope)), None, "{git_script} {line}");
            }
            refused += 1;
        }
    }
    assert_eq!(refused, gits.len() * lines.len());
}

#[test]
fn a_folder_that_setup_created_for_two_files_is_removed_with_the_last_one() {
    let rig = Rig::new();
    let folder = rig.sandbox.project().join(".claude");
    for scopes in [["project", "local"], ["local", "project"]] {
        for scope in scopes {
            ok(&rig, &format!("setup --yes --without-token --scope {scope}"));
        }
        assert!(folder.is_dir());
        ok(&rig, "off --yes");
        assert!(!folder.exists(), "{scopes:?}");
    }
}
