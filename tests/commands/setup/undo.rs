//! Off after setup: the same bytes, in every file, from anywhere.

use super::{bytes, fails, ok, run, settings, variable};
use crate::Rig;
use insta::assert_snapshot;
use std::path::Path;

#[test]
fn off_gives_every_file_of_the_corpus_back_byte_for_byte() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/settings/corpus");
    let rig = Rig::new();
    let mut seen = 0;
    for entry in std::fs::read_dir(corpus).expect("a corpus") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let original = std::fs::read(&path).expect("a file");
        let file = settings(&rig, "user");
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(&file, &original).expect("a file");
        for line in ["setup --yes --providers openai", "setup --yes --auth own-key --metadata user,team=x"] {
            ok(&rig, line);
        }
        assert_ne!(bytes(file.clone()), Some(original.clone()), "{path:?}");
        ok(&rig, "off --yes");
        assert_eq!(bytes(file), Some(original), "{path:?}");
        seen += 1;
    }
    assert!(seen > 10, "{seen} files");
}

#[test]
fn what_setup_created_is_gone_after_off() {
    let rig = Rig::new();
    ok(&rig, "setup --yes --scope local");
    ok(&rig, "setup --yes");
    ok(&rig, "off --yes");
    assert!(!rig.sandbox.project().join(".claude").exists() && !rig.sandbox.home().join(".claude").exists());
    assert_eq!(ok(&rig, "off"), "setup has written nothing here\n");
}

#[test]
fn off_works_from_another_shell_and_another_folder() {
    let mut rig = Rig::new();
    ok(&rig, "setup --yes");
    ok(&rig, "setup --yes --scope local");
    for name in ["CLAUDE_PLUGIN_DATA", "CLOUDFLARE_ACCOUNT_ID", "CF_AIG_TOKEN", "CF_AIG_GATEWAY_ORIGIN"] {
        rig.sandbox.unset(name);
    }
    let elsewhere = rig.sandbox.home().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    rig.sandbox.set("CLAUDE_PROJECT_DIR", elsewhere.to_string_lossy());
    let said = ok(&rig, "off --yes");
    assert!(said.contains("1 more file elsewhere"), "{said}");
    assert!(bytes(settings(&rig, "user")).is_none() && bytes(settings(&rig, "local")).is_some());
    ok(&rig, "off --yes --all");
    assert!(bytes(settings(&rig, "local")).is_none());
}

#[test]
fn a_key_that_was_changed_since_is_left_alone_and_reported() {
    let rig = Rig::new();
    ok(&rig, "setup --yes --providers openai");
    let file = settings(&rig, "user");
    let text = std::fs::read_to_string(&file).expect("a file");
    let url = rig.emulator.base_url("openai");
    std::fs::write(&file, text.replace(&url, "https://mine.example/v1")).expect("a file");
    let ran = run(&rig, "off --yes --json");
    assert_eq!(ran.code, 5, "{ran:?}");
    assert_snapshot!(rig.steady(&ran.stdout), @r#"
    {
      "schema": 1,
      "applied": true,
      "changes": [
        {
          "file": "~/.claude/settings.json",
          "key": "env.ANTHROPIC_BASE_URL",
          "action": "remove"
        },
        {
          "file": "~/.claude/settings.json",
          "key": "env.ANTHROPIC_CUSTOM_HEADERS",
          "action": "remove"
        },
        {
          "file": "~/.claude/settings.json",
          "key": "env.OPENAI_BASE_URL",
          "action": "keep",
          "why": "changed since setup"
        },
        {
          "file": "~/.claude/settings.json",
          "key": "env.CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
          "action": "remove"
        }
      ],
      "undo": "cf-aig setup",
      "notes": []
    }
    "#);
    assert_eq!(variable(&rig, "user", "OPENAI_BASE_URL").as_deref(), Some("https://mine.example/v1"));
    assert_eq!(variable(&rig, "user", "ANTHROPIC_BASE_URL"), None);
}

#[test]
fn nothing_is_restored_without_confirmation() {
    let rig = Rig::new();
    ok(&rig, "setup --yes");
    let before = bytes(settings(&rig, "user"));
    assert!(fails(&rig, "off", 1).contains("add --yes"));
    let shown = ok(&rig, "off --dry-run");
    assert!(shown.contains("-    \"ANTHROPIC_BASE_URL\""), "{shown}");
    assert_eq!(bytes(settings(&rig, "user")), before);
}

#[test]
fn one_scope_is_undone_without_the_others() {
    let rig = Rig::new();
    ok(&rig, "setup --yes");
    ok(&rig, "setup --yes --scope local");
    ok(&rig, "off --yes --scope local");
    assert!(bytes(settings(&rig, "user")).is_some() && bytes(settings(&rig, "local")).is_none());
}

#[test]
fn a_file_that_is_broken_now_does_not_keep_the_others_from_being_undone() {
    let rig = Rig::new();
    ok(&rig, "setup --yes");
    ok(&rig, "setup --yes --scope local");
    std::fs::write(settings(&rig, "user"), "{,").expect("a file");
    let said = fails(&rig, "off --yes", 5);
    assert!(said.contains("settings.json: line 1"), "{said}");
    assert!(bytes(settings(&rig, "local")).is_none());
}
