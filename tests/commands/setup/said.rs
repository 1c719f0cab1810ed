//! What setup and off print is what happens to the file.

use super::{bytes, fails, ok, run, settings};
use crate::Rig;
use serde_json::Value;
use std::collections::BTreeMap;

/// The keys of the user's `env`, with their values.
fn keys(rig: &Rig) -> BTreeMap<String, Value> {
    let text = bytes(settings(rig, "user")).unwrap_or_else(|| b"{}".to_vec());
    let file: Value = serde_json::from_slice(&text).expect("strict JSON");
    let env = file["env"].as_object().cloned().unwrap_or_default();
    env.into_iter().map(|(name, value)| (format!("env.{name}"), value)).collect()
}

/// The keys on the line that begins like this.
fn said<'a>(text: &'a str, begins: &str) -> Vec<&'a str> {
    let line = text.lines().find_map(|line| line.strip_prefix(begins)).unwrap_or_default();
    line.trim_start_matches(": ").split(", ").filter(|key| !key.is_empty()).collect()
}

#[test]
fn each_written_and_each_removed_key_is_named_and_no_other() {
    let ways = [
        "",
        " --without-token",
        " --auth stored-key",
        " --auth own-key --providers openai",
        " --auth own-key --keep-nonessential-traffic",
        " --auth unified-billing",
        " --metadata none",
    ];
    let mut checked = 0;
    for first in ways {
        for second in ways {
            let rig = Rig::new();
            ok(&rig, &format!("setup --yes{first}"));
            let before = keys(&rig);
            let dry = rig.sandbox.run(format!("setup --json --dry-run{second}").split(' '));
            if dry.code != 0 {
                continue; // stored-key stays in the file and needs the token
            }
            let json = dry.json();
            checked += 1;
            let text = ok(&rig, &format!("setup --yes{second}"));
            let after = keys(&rig);
            let written: Vec<_> = after
                .iter()
                .filter(|(key, value)| before.get(*key) != Some(value))
                .map(|(key, _)| key.as_str())
                .collect();
            let removed: Vec<_> =
                before.keys().filter(|key| !after.contains_key(*key)).map(String::as_str).collect();
            let sorted = |mut keys: Vec<&str>| {
                keys.sort_unstable();
                keys.into_iter().map(str::to_owned).collect::<Vec<_>>()
            };
            let what = format!("setup{first}, then setup{second}:\n{text}");
            let text = text.replace("\n          ", " ");
            assert_eq!(sorted(said(&text, "wrote ~/.claude/settings.json")), written, "{what}");
            assert_eq!(sorted(said(&text, "removed from ~/.claude/settings.json")), removed, "{what}");
            let changes = json["changes"].as_array().expect("a list").clone();
            let with = |action: &str| {
                let of: Vec<_> = changes.iter().filter(|c| c["action"] == action).collect();
                sorted(of.iter().filter_map(|c| c["key"].as_str()).collect())
            };
            assert_eq!(with("remove"), removed, "{json:#}");
            assert_eq!([with("add"), with("replace")].concat().len(), written.len(), "{what}{json:#}");
        }
    }
    assert!(checked > 40, "{checked} of 49");
}

#[test]
fn a_setup_that_changes_nothing_says_so_and_nothing_else() {
    let rig = Rig::new();
    ok(&rig, "setup --yes");
    let text = ok(&rig, "setup --yes");
    assert!(text.contains("is already up to date"), "{text}");
    assert!(!text.contains("--- ") && !text.contains("running sessions"), "{text}");
    let json = run(&rig, "setup --yes --json").json();
    assert_eq!(json["applied"], false, "{json:#}");
    assert!(
        json["changes"].as_array().expect("a list").iter().all(|change| change["action"] == "keep"),
        "{json:#}"
    );
}

#[test]
fn off_says_that_there_is_nothing_to_undo() {
    let rig = Rig::new();
    for line in ["off", "off --dry-run", "off --yes"] {
        assert_eq!(ok(&rig, line), "setup has written nothing here\n", "{line}");
    }
    assert_eq!(run(&rig, "off --json --yes").json()["applied"], false);
}

#[test]
fn off_does_not_claim_to_restore_a_file_that_the_user_removed() {
    let rig = Rig::new();
    rig.sandbox.write("home/.claude/settings.json", "{}\n");
    ok(&rig, "setup --yes");
    std::fs::remove_file(settings(&rig, "user")).expect("the file");
    let text = ok(&rig, "off --yes");
    assert_eq!(text, "nothing to restore in ~/.claude/settings.json: the file no longer exists\n");
}

#[test]
fn off_that_cannot_read_the_file_says_nothing_about_sessions() {
    let rig = Rig::new();
    ok(&rig, "setup --yes");
    std::fs::write(settings(&rig, "user"), "{,").expect("a file");
    let ran = run(&rig, "off --yes");
    assert!(ran.code == 5 && !ran.stdout.contains("running sessions"), "{ran:?}");
}

#[test]
fn the_hint_of_a_declined_change_names_no_flag_that_the_command_lacks() {
    let rig = Rig::new();
    assert!(!fails(&rig, "setup", 1).contains("--dry-run"));
    rig.sandbox.write("home/.claude/settings.json", "{\n  // mine\n  \"env\": {}\n}");
    let said = fails(&rig, "doctor --fix", 1);
    assert!(said.contains("add --yes") && !said.contains("--dry-run"), "{said}");
}

#[test]
fn a_label_without_a_value_is_named() {
    let mut rig = Rig::new();
    rig.sandbox.unset("USER").unset("USERNAME");
    let text = ok(&rig, "setup --yes --metadata session,user,project,a=b");
    assert!(text.contains("labels without a value here are not written: session, user, project"), "{text}");
    rig.sandbox.set("USER", "ann");
    let text = ok(&rig, "setup --yes --metadata user,a=b");
    assert!(!text.contains("without a value"), "{text}");
}

#[test]
fn the_help_lists_the_labels_that_the_error_lists() {
    let rig = Rig::new();
    let said = fails(&rig, "setup --metadata wrong", 2);
    let listed = said.split("must be one of ").nth(1).expect("a list").lines().next().expect("a line");
    let help = ok(&rig, "setup --help");
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for label in listed.trim_end_matches(['.', ')']).split(", ") {
        assert!(help.contains(label), "{label}: {help}");
    }
}

#[test]
fn an_exclude_that_changes_nothing_is_reported() {
    let rig = Rig::new();
    let text = ok(&rig, "setup --yes --exclude");
    assert!(text.contains("--exclude has no effect"), "{text}");
}
