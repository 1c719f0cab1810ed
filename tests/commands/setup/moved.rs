//! Off where the settings file is not at the place where setup wrote it: a link took its place or was
//! replaced, it leads elsewhere, or the file is gone.

use super::{bytes, fails, ok, run, settings, variable};
use crate::Rig;
use cf_aig_emulator::GATEWAY_TOKEN;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

const BEFORE: &str = "{\n  \"env\": { \"ANTHROPIC_AUTH_TOKEN\": \"my-own\" }\n}\n";

/// A setup whose file had a value of the user's.
fn rig() -> Rig {
    let rig = Rig::new();
    rig.sandbox.write("home/.claude/settings.json", BEFORE);
    ok(&rig, "setup --yes --auth stored-key");
    rig
}

/// A file in the user's folder of dotfiles.
fn dotfile(rig: &Rig) -> PathBuf {
    let folder = rig.sandbox.home().join("dotfiles");
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join("settings.json")
}

/// Links the user's settings to a dotfile, in place of what is there. Returns the link's path.
fn link_to(rig: &Rig, dotfile: &str) -> PathBuf {
    let file = settings(rig, "user");
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    let _ = std::fs::remove_file(&file);
    symlink(format!("../dotfiles/{dotfile}"), &file).expect("a link");
    file
}

/// A setup that wrote to a dotfile through a link, with the paths of both.
fn rig_with_link() -> (Rig, PathBuf, PathBuf) {
    let rig = Rig::new();
    let linked = dotfile(&rig);
    std::fs::write(&linked, BEFORE).expect("a file");
    let file = link_to(&rig, "settings.json");
    ok(&rig, "setup --yes --auth stored-key");
    (rig, file, linked)
}

/// A setup whose file was moved to the dotfiles since, with a link to it; and the paths of both.
fn rig_moved_behind_a_link() -> (Rig, PathBuf, PathBuf) {
    let rig = rig();
    let moved = dotfile(&rig);
    std::fs::rename(settings(&rig, "user"), &moved).expect("moved");
    let file = link_to(&rig, "settings.json");
    (rig, file, moved)
}

#[test]
fn off_restores_a_file_that_became_a_link_since() {
    let (rig, file, moved) = rig_moved_behind_a_link();
    ok(&rig, "off --yes");
    assert_eq!(bytes(moved).as_deref(), Some(BEFORE.as_bytes()));
    assert!(file.is_symlink());
    assert_eq!(ok(&rig, "off --all"), "setup has written nothing here\n");
}

#[test]
fn off_restores_both_files_if_a_link_was_replaced_by_a_file() {
    let (rig, file, linked) = rig_with_link();
    std::fs::remove_file(&file).expect("a link");
    std::fs::copy(&linked, &file).expect("a file");
    ok(&rig, "off --yes");
    assert_eq!(bytes(file).as_deref(), Some(BEFORE.as_bytes()));
    assert_eq!(bytes(linked).as_deref(), Some(BEFORE.as_bytes()));
    assert_eq!(ok(&rig, "off --all"), "setup has written nothing here\n");
}

#[test]
fn a_second_setup_through_a_new_link_is_undone_to_what_was_before_the_first() {
    let (rig, _, moved) = rig_moved_behind_a_link();
    ok(&rig, "setup --yes --auth unified-billing");
    ok(&rig, "off --yes");
    assert_eq!(bytes(moved).as_deref(), Some(BEFORE.as_bytes()));
}

#[test]
fn after_the_home_folder_moved_nothing_is_forgotten() {
    let mut rig = rig();
    let (home, moved) = (rig.sandbox.home(), rig.sandbox.home().with_file_name("moved"));
    std::fs::rename(&home, &moved).expect("moved");
    rig.sandbox.set("HOME", moved.to_string_lossy());
    let said = fails(&rig, "off --all --yes", 5);
    assert!(said.contains("moved, deleted or not mounted"), "{said}");
    std::fs::rename(&moved, &home).expect("moved back");
    rig.sandbox.set("HOME", home.to_string_lossy());
    ok(&rig, "off --yes");
    assert_eq!(bytes(settings(&rig, "user")).as_deref(), Some(BEFORE.as_bytes()));
}

#[test]
fn a_project_that_is_gone_does_not_touch_the_users_file() {
    for scope in ["", " --scope user", " --all"] {
        let mut rig = Rig::new();
        ok(&rig, "setup --yes --scope project --without-token");
        std::fs::remove_dir_all(rig.sandbox.project().join(".claude")).expect("the settings");
        rig.sandbox.write("home/.claude/settings.json", BEFORE);
        ok(&rig, "setup --yes --auth stored-key");
        let elsewhere = rig.sandbox.home().join("elsewhere");
        std::fs::create_dir(&elsewhere).expect("a folder");
        rig.sandbox.set("CLAUDE_PROJECT_DIR", elsewhere.to_string_lossy());
        ok(&rig, &format!("off{scope} --yes"));
        assert_eq!(bytes(settings(&rig, "user")).as_deref(), Some(BEFORE.as_bytes()), "{scope}");
    }
}

#[test]
fn a_link_that_leads_to_another_file_since_has_two_files_to_undo() {
    let rig = Rig::new();
    let first = dotfile(&rig);
    let second = first.with_file_name("second.json");
    std::fs::write(&first, r#"{"env":{"ANTHROPIC_BASE_URL":"https://old.example"}}"#).expect("a file");
    std::fs::write(&second, "{}").expect("a file");
    for dotfile in ["settings.json", "second.json"] {
        link_to(&rig, dotfile);
        ok(&rig, "setup --yes");
    }
    ok(&rig, "off --all --yes");
    let text = |path: &PathBuf| std::fs::read_to_string(path).expect("a file");
    assert_eq!(text(&first), r#"{"env":{"ANTHROPIC_BASE_URL":"https://old.example"}}"#);
    assert_eq!(text(&second), "{}");
}

#[test]
fn a_gateway_that_stood_there_before_is_restored_and_is_no_leftover() {
    let rig = Rig::new();
    let url = "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/old/anthropic";
    let before = format!(r#"{{"env":{{"ANTHROPIC_BASE_URL":"{url}"}}}}"#);
    rig.sandbox.write("home/.claude/settings.json", &before);
    ok(&rig, "setup --yes");
    ok(&rig, "off --yes");
    assert_eq!(variable(&rig, "user", "ANTHROPIC_BASE_URL").as_deref(), Some(url));
}

#[test]
fn what_cannot_be_reached_is_not_forgotten() {
    let (rig, _, linked) = rig_with_link();
    let (folder, away) = (linked.parent().expect("a folder"), rig.sandbox.home().join("away"));
    std::fs::rename(folder, &away).expect("not mounted");
    let ran = run(&rig, "off --all --yes");
    assert!(ran.code != 0 && ran.stderr.contains("whose folder does not exist"), "{ran:?}");
    std::fs::rename(away, folder).expect("mounted");
    ok(&rig, "off --yes");
    assert_eq!(bytes(linked).as_deref(), Some(BEFORE.as_bytes()));
}

#[test]
fn a_gateway_that_setup_did_not_record_is_named() {
    let rig = Rig::new();
    let url = "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/team/anthropic";
    let text =
        format!(r#"{{"env":{{"ANTHROPIC_BASE_URL":"{url}","ANTHROPIC_AUTH_TOKEN":"{GATEWAY_TOKEN}"}}}}"#);
    rig.sandbox.write("home/.claude/settings.json", &text);
    let ran = run(&rig, "off --yes");
    let named = "gateway stays: env.ANTHROPIC_BASE_URL in ~/.claude/settings.json";
    assert!(ran.code == 5 && ran.stdout.contains(named), "{ran:?}");
    assert_eq!(variable(&rig, "user", "ANTHROPIC_BASE_URL").as_deref(), Some(url));
}
