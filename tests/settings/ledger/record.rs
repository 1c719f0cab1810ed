//! The record of what setup wrote: what it holds, when it is refused, and that nothing interrupts it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use cf_aig::services::ledger::{Ledger, LedgerError, Secrets};
use cf_aig::services::settings_files::git::Exclude;
use cf_aig::services::settings_files::write;
use cf_aig::services::settings_files::{Document, Edit, EditableFile};

use super::{Home, TOKEN, URL, routing, setup, undo, undone};
use crate::child;

#[test]
fn setup_again_keeps_what_was_there_first() {
    let before = "{\"env\": {\"ANTHROPIC_BASE_URL\": \"https://old\", \"ANTHROPIC_API_KEY\": \"k\"}}";
    let home = Home::with(before);
    home.setup(&routing());
    home.setup(&routing());
    home.setup(&[Edit::set_env(URL, "https://b"), Edit::set_secret("ANTHROPIC_API_KEY", "placeholder")]);
    home.setup(&[Edit::set_env(URL, ""), Edit::set_secret(TOKEN, "t")]);
    home.setup(&[Edit::set_env(URL, "https://c"), Edit::set_env("ANTHROPIC_API_KEY", "")]);
    assert!(undone(&home.off()));
    // both keys were emptied on the way
    assert_eq!(home.now().as_deref(), Some(before));
}

#[test]
fn a_value_that_the_user_set_between_two_setups_is_what_off_gives_back() {
    let home = Home::with("{\"env\":{\"A\":\"1\"}}");
    home.setup(&[Edit::set_env(URL, "https://a")]);
    home.foreign(|text| text.replace("https://a", "https://mine"));
    home.setup(&[Edit::set_env(URL, "https://b")]);
    home.off();
    assert_eq!(
        home.now().as_deref(),
        Some("{\"env\":{\"A\":\"1\",\"ANTHROPIC_BASE_URL\":\"https://mine\"}}")
    );
}

#[test]
fn a_value_that_was_there_already_is_not_owned() {
    let home = Home::with("{\"env\":{\"ANTHROPIC_BASE_URL\":\"https://a\"}}");
    home.setup(&[Edit::set_env(URL, "https://a")]);
    assert!(home.ledger.files().expect("readable").is_empty());
    let target = EditableFile::resolve(&home.settings()).expect("it resolves");
    assert!(home.ledger.plan_undo(&target, Secrets::Keep).expect("readable").is_none());
}

#[test]
fn the_ledger_holds_no_secret_that_setup_wrote_and_is_readable_only_by_its_owner() {
    let home =
        Home::with("{\"env\":{\"ANTHROPIC_API_KEY\":\"sk-ant-0ld\",\"ANTHROPIC_AUTH_TOKEN\":\"0ld-too\"}}");
    home.setup(&[
        Edit::set_secret(TOKEN, "n3w"),
        Edit::set_env(URL, "https://gateway.example/anthropic"),
        Edit::set_env("ANTHROPIC_API_KEY", ""),
    ]);
    assert_eq!(home.state(), ["ledger.json", "ledger.lock"]);
    for name in home.state() {
        let path = home.path("state/cf-aig").join(name);
        let bytes = fs::read(&path).expect("a file");
        assert!(!bytes.windows(3).any(|part| part == b"n3w"), "{}", path.display());
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(
        fs::metadata(home.path("state/cf-aig")).expect("a folder").permissions().mode() & 0o777,
        0o700
    );
    let ledger = fs::read_to_string(home.path("state/cf-aig/ledger.json")).expect("a file");
    assert!(ledger.starts_with("{\n  \"schema\": 3,"), "{ledger}");
    assert!(ledger.contains("https://gateway.example/anthropic"), "values that are not secret stay readable");
    let shown = format!("{:?} {:?}", home.plan_undo(), home.ledger.files());
    assert!(!shown.contains("0ld") && !shown.contains("n3w"), "{shown}");
}

#[test]
fn the_diff_of_an_undo_shows_no_secret() {
    let home = Home::with("{\n  \"env\": {\n    \"ANTHROPIC_AUTH_TOKEN\": \"0ld\"\n  }\n}\n");
    home.setup(&[Edit::set_secret(TOKEN, "n3w")]);
    assert_eq!(
        home.plan_undo().diff("settings.json"),
        "--- settings.json\n+++ settings.json\n@@ -1,5 +1,5 @@\n {\n   \"env\": {\n-    \"ANTHROPIC_AUTH_TOKEN\": \"[redacted]\"\n+    \"ANTHROPIC_AUTH_TOKEN\": \"[redacted] (new)\"\n   }\n }\n"
    );
}

#[test]
fn the_mode_comes_back_unless_someone_else_set_it_or_a_key_stays() {
    let mode = |home: &Home| fs::metadata(home.settings()).expect("a file").permissions().mode() & 0o777;
    let chmod = |home: &Home, bits| {
        fs::set_permissions(home.settings(), fs::Permissions::from_mode(bits)).expect("chmod");
    };
    let secret = [Edit::set_secret(TOKEN, "t")];
    let open = || {
        let home = Home::with("{}");
        chmod(&home, 0o664);
        home.setup(&secret);
        home.setup(&secret);
        assert_eq!(mode(&home), 0o600);
        home
    };
    let home = open();
    home.off();
    assert_eq!(mode(&home), 0o664);

    let home = open();
    chmod(&home, 0o640);
    home.off();
    assert_eq!(mode(&home), 0o640);

    let home = open();
    home.foreign(|text| text.replace("\"t\"", "\"mine\""));
    home.off();
    assert_eq!(mode(&home), 0o600);
}

#[test]
fn a_line_for_git_goes_with_the_settings() {
    let home = Home::with("{}");
    let exclude = Exclude { file: home.path("repo/.git/info/exclude"), line: "/settings.json".to_owned() };
    let target = EditableFile::resolve(&home.settings()).expect("it resolves");
    let plan =
        || Document::parse(b"{}").expect("valid").plan(&[Edit::set_secret(TOKEN, "t")]).expect("a plan");
    home.ledger.apply(&target, &plan(), Some(&exclude)).expect("written");
    assert_eq!(fs::read_to_string(&exclude.file).expect("a file"), "/settings.json\n");
    home.off();
    assert_eq!(fs::read_to_string(&exclude.file).expect("a file"), "");

    fs::write(&exclude.file, "/settings.json\n").expect("a file");
    home.ledger.apply(&target, &plan(), Some(&exclude)).expect("written");
    home.off();
    assert_eq!(
        fs::read_to_string(&exclude.file).expect("a file"),
        "/settings.json\n",
        "it is the user's own"
    );

    fs::write(&exclude.file, "").expect("a file");
    home.foreign(|_| "{ }".to_owned());
    let refused = home.ledger.apply(&target, &plan(), Some(&exclude));
    assert!(matches!(refused, Err(LedgerError::File(write::WriteError::Changed { .. }))), "{refused:?}");
    assert_eq!(fs::read_to_string(&exclude.file).expect("a file"), "");
    assert!(home.ledger.files().expect("readable").is_empty());
}

#[test]
fn a_write_that_fails_leaves_the_ledger_as_it_was() {
    let home = Home::with("{}");
    home.setup(&[Edit::set_env(URL, "https://a")]);
    let files = home.ledger.files().expect("readable");
    let target = EditableFile::resolve(&home.settings()).expect("it resolves");
    let stale = Document::parse(b"{}").expect("valid").plan(&[Edit::set_env("B", "2")]).expect("a plan");
    assert!(matches!(
        home.ledger.apply(&target, &stale, None),
        Err(LedgerError::File(write::WriteError::Changed { .. }))
    ));
    assert_eq!(home.ledger.files().expect("readable"), files);
}

#[test]
fn an_undo_whose_plan_is_stale_is_refused() {
    let home = Home::with("{}");
    home.setup(&[Edit::set_env(URL, "https://a")]);
    let stale = home.plan_undo();
    home.setup(&[Edit::set_env("B", "2")]);
    assert!(matches!(home.ledger.undo(&stale), Err(LedgerError::Changed)));
    let stale = home.plan_undo();
    home.foreign(|text| format!("{text}\n"));
    assert!(matches!(home.ledger.undo(&stale), Err(LedgerError::File(write::WriteError::Changed { .. }))));
    assert_eq!(home.off().len(), 2);
    assert_eq!(home.now().as_deref(), Some("{}\n"));
}

#[test]
fn a_file_is_recognized_by_every_path_to_it() {
    let home = Home::new();
    fs::create_dir_all(home.path("dotfiles")).expect("a folder");
    fs::write(home.path("dotfiles/claude.json"), "{}").expect("a file");
    symlink("dotfiles/claude.json", home.settings()).expect("a link");
    home.setup(&routing());
    let record = &home.ledger.files().expect("readable")[0];
    assert_eq!(record.given, home.settings());
    undo(&home.ledger, &home.path("state/../dotfiles/claude.json")).expect("undone");
    assert_eq!(home.now().as_deref(), Some("{}"));
    assert!(fs::symlink_metadata(home.settings()).expect("a link").is_symlink());
}

#[test]
fn a_damaged_ledger_or_that_of_another_version_is_not_overwritten() {
    for (text, expected) in
        [("{\"schema\":4,\"pages\":[]}", "schema 4"), ("{\"schema\":3,", "damaged"), ("", "damaged")]
    {
        let home = Home::with("{}");
        home.setup(&routing());
        let path = home.path("state/cf-aig/ledger.json");
        fs::write(&path, text).expect("a file");
        let before = home.now();
        let refused = setup(&home.ledger, &home.settings(), &[Edit::set_env("B", "2")]).expect_err("refused");
        assert!(refused.to_string().contains(expected), "{refused}");
        assert_eq!(fs::read_to_string(&path).expect("a file"), text);
        assert_eq!(home.now(), before);
    }
}

#[test]
fn projects_at_work_at_the_same_time_do_not_disturb_each_other() {
    let home = Home::new();
    let path = |project: usize| home.path(&format!("project{project}/settings.json"));
    let before = |project: usize| format!("{{\"project\": {project}}}\n");
    for project in 0..6 {
        fs::create_dir(home.path(&format!("project{project}"))).expect("a folder");
        fs::write(path(project), before(project)).expect("a file");
    }
    std::thread::scope(|scope| {
        for project in 0..6 {
            let (path, ledger) = (path(project), home.ledger.clone());
            scope.spawn(move || {
                for round in 0..8 {
                    setup(&ledger, &path, &[Edit::set_env(URL, &format!("https://{round}"))])
                        .expect("written");
                    if round % 2 == 1 {
                        undo(&ledger, &path).expect("undone");
                    }
                }
                setup(&ledger, &path, &[Edit::set_secret(TOKEN, "t")]).expect("written");
            });
        }
    });
    assert_eq!(home.ledger.files().expect("readable").len(), 6);
    for project in 0..6 {
        undo(&home.ledger, &path(project)).expect("undone");
        assert_eq!(fs::read_to_string(path(project)).expect("a file"), before(project));
    }
    assert_eq!(home.state(), ["ledger.lock"]);
}

#[test]
fn killed_at_any_moment_off_still_gives_back_the_bytes() {
    const NAME: &str = "ledger::record::killed_at_any_moment_off_still_gives_back_the_bytes";
    const KILLS: u32 = 300;
    let before = format!(
        "{{\n  \"env\": {{\n    \"ANTHROPIC_API_KEY\": \"k\",\n    \"ANTHROPIC_AUTH_TOKEN\": \"0ld\"\n  }},\n  \"filler\": \"{}\"\n}}\n",
        "x".repeat(50_000)
    );
    if let Some(path) = child::asked_for("set up and off") {
        let ledger = Ledger::at(path.with_file_name("state").join("ledger.json"));
        println!("{}", child::ROUND);
        for round in 0.. {
            let mut edits = routing();
            edits.push(Edit::set_secret(TOKEN, &format!("t{round}")));
            setup(&ledger, &path, &edits).expect("written");
            edits.push(Edit::set_env(URL, &format!("https://{round}")));
            setup(&ledger, &path, &edits).expect("written");
            undo(&ledger, &path).expect("undone");
            println!("{}", child::ROUND);
        }
    }

    let home = Home::with(&before);
    let ledger = Ledger::at(home.path("state/ledger.json"));
    let (mut set_up, mut as_before) = (0, 0);
    let command = || child::command(NAME, "set up and off", &home.settings());
    let mut killer = child::Killer::of(command());
    undo(&ledger, &home.settings()).expect("undone");
    for _ in 0..KILLS {
        killer.kill_one(command());
        *if home.now().as_ref() == Some(&before) { &mut as_before } else { &mut set_up } += 1;
        undo(&ledger, &home.settings()).expect("undone");
        assert_eq!(home.now().as_ref(), Some(&before));
        assert!(ledger.files().expect("readable").is_empty());
    }
    assert!(set_up > 0 && as_before > 0, "{set_up} and {as_before}: the kills missed");
}
