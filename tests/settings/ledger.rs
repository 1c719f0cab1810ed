//! Off undoes exactly what setup wrote, and nothing else.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use cf_aig::services::ledger::{Error, Ledger, Outcome, Undo};
use cf_aig::services::settings_files::git::Exclude;
use cf_aig::services::settings_files::write;
use cf_aig::services::settings_files::{Document, Edit, Key, Target};
use serde_json::json;
use tempfile::TempDir;

use crate::child;

const URL: &str = "ANTHROPIC_BASE_URL";
const TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";

/// A home with a settings file and a ledger.
pub(crate) struct Home {
    dir: TempDir,
    pub(crate) ledger: Ledger,
}

impl Home {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().expect("a folder");
        let ledger = Ledger::at(dir.path().join("state/cf-aig/ledger.json"));
        Self { dir, ledger }
    }

    pub(crate) fn with(settings: impl AsRef<[u8]>) -> Self {
        let home = Self::new();
        fs::write(home.settings(), settings).expect("a file");
        home
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    pub(crate) fn settings(&self) -> PathBuf {
        self.path("settings.json")
    }

    pub(crate) fn now(&self) -> Option<String> {
        fs::read_to_string(self.settings()).ok()
    }

    pub(crate) fn setup(&self, edits: &[Edit]) {
        setup(&self.ledger, &self.settings(), edits).expect("written");
    }

    pub(crate) fn plan_undo(&self) -> Undo {
        let target = Target::resolve(&self.settings()).expect("it resolves");
        self.ledger.plan_undo(&target).expect("it can be planned").expect("something is owned")
    }

    pub(crate) fn off(&self) -> Vec<Outcome> {
        let undo = self.plan_undo();
        self.ledger.undo(&undo).expect("undone");
        undo.restored().keys.iter().map(|(_, outcome)| *outcome).collect()
    }

    /// Another program edits the file.
    pub(crate) fn foreign(&self, edit: impl FnOnce(String) -> String) {
        fs::write(self.settings(), edit(self.now().expect("a file"))).expect("a file");
    }

    fn state(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.path("state/cf-aig"))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

fn setup(ledger: &Ledger, path: &Path, edits: &[Edit]) -> Result<(), Error> {
    let target = Target::resolve(path)?;
    let document = target.read()?.map_or_else(|| Ok(Document::absent()), |bytes| Document::parse(&bytes));
    let change = document.expect("valid").plan(edits).expect("a plan");
    ledger.apply(&target, &change, None)
}

fn undo(ledger: &Ledger, path: &Path) -> Result<(), Error> {
    match ledger.plan_undo(&Target::resolve(path)?)? {
        Some(undo) => ledger.undo(&undo),
        None => Ok(()),
    }
}

fn routing() -> Vec<Edit> {
    vec![
        Edit::set_env(URL, "https://gateway.ai.cloudflare.com/v1/a/g/anthropic"),
        Edit::set_secret("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-authorization: Bearer s3cret"),
        Edit::set_env("ANTHROPIC_API_KEY", ""),
        Edit { key: Key::top("statusLine"), value: json!({"type": "command"}), secret: false },
    ]
}

#[test]
fn off_after_setup_gives_back_the_bytes() {
    for before in [
        "{}",
        "{ }\n",
        "",
        " \r\n",
        "\u{feff}",
        "{\"env\":{}}",
        "{\n  \"env\": {\n  }\n}\n",
        "{\"env\":{\"ANTHROPIC_API_KEY\":\"sk-\\u0061\"},\"statusLine\":{ \"x\" : 1 },\"a\":1}",
        "{\n\t\"env\" : {\n\t\t\"ANTHROPIC_API_KEY\" : \"sk\",\n\n\t\t\"ANTHROPIC_BASE_URL\": \"https:\\/\\/x\"\n\t}\n}",
        "{\"a\":1,\r\n\"env\":{\"A\":\"1\" , \"ANTHROPIC_API_KEY\":\"k\" , \"B\":\"2\" } , \"a\":2 }",
    ] {
        let home = Home::with(before);
        home.setup(&routing());
        assert_ne!(home.now().as_deref(), Some(before));
        assert!(
            home.off().iter().all(|outcome| matches!(outcome, Outcome::Undone | Outcome::AlreadyAsBefore))
        );
        assert_eq!(home.now().as_deref(), Some(before));
    }
}

#[test]
fn off_removes_everything_that_setup_created_and_the_ledger() {
    let home = Home::new();
    let path = home.path("project/.claude/settings.local.json");
    setup(&home.ledger, &path, &routing()).expect("written");
    assert_eq!(json!(home.ledger.files().expect("readable")[0])["file"], "absent");
    undo(&home.ledger, &path).expect("undone");
    assert!(!home.path("project").exists());
    assert_eq!(home.state(), ["ledger.lock"]);
}

#[test]
fn a_folder_that_has_got_other_files_stays() {
    let home = Home::new();
    let path = home.path("project/.claude/settings.local.json");
    setup(&home.ledger, &path, &routing()).expect("written");
    fs::write(home.path("project/notes"), "mine").expect("a file");
    undo(&home.ledger, &path).expect("undone");
    assert!(!home.path("project/.claude").exists());
    assert!(home.path("project/notes").exists());
}

#[test]
fn a_created_file_with_something_else_in_it_stays() {
    let home = Home::new();
    home.setup(&routing());
    home.foreign(|text| text.replacen('{', "{\n  \"model\": \"opus\",", 1));
    home.off();
    assert_eq!(home.now().as_deref(), Some("{\n  \"model\": \"opus\"\n}\n"));
}

#[test]
fn a_key_that_the_user_changed_is_left_alone() {
    let home = Home::with("{\"env\":{\"ANTHROPIC_AUTH_TOKEN\":\"theirs\"}}");
    home.setup(&[Edit::set_env(URL, "https://a"), Edit::set_secret(TOKEN, "ours")]);
    home.foreign(|text| text.replace("https://a", "https://mine"));
    assert_eq!(home.off(), [Outcome::ChangedSince, Outcome::Undone]);
    let left = "{\"env\":{\"ANTHROPIC_AUTH_TOKEN\":\"theirs\",\"ANTHROPIC_BASE_URL\":\"https://mine\"}}";
    assert_eq!(home.now().as_deref(), Some(left));
    assert!(home.ledger.files().expect("readable").is_empty());
}

#[test]
fn a_key_that_the_user_removed_stays_removed() {
    let home = Home::with("{\"env\":{\"ANTHROPIC_BASE_URL\":\"https://old\",\"A\":\"1\"}}");
    home.setup(&[Edit::set_env(URL, "https://a"), Edit::set_secret(TOKEN, "ours")]);
    home.foreign(|_| "{\"env\":{\"A\":\"1\"}}".to_owned());
    assert_eq!(home.off(), [Outcome::ChangedSince, Outcome::AlreadyAsBefore]);
    assert_eq!(home.now().as_deref(), Some("{\"env\":{\"A\":\"1\"}}"));
}

#[test]
fn a_key_that_the_user_put_back_himself_stays_once() {
    let home = Home::with("{\"env\":{\"ANTHROPIC_API_KEY\":\"k\"}}");
    home.setup(&[Edit::set_env("ANTHROPIC_API_KEY", "")]);
    home.foreign(|_| "{\"env\":{\"ANTHROPIC_API_KEY\":\"k\"}}".to_owned());
    assert_eq!(home.off(), [Outcome::AlreadyAsBefore]);
    assert_eq!(home.now().as_deref(), Some("{\"env\":{\"ANTHROPIC_API_KEY\":\"k\"}}"));
}

#[test]
fn a_file_or_an_env_that_the_user_removed_stays_removed() {
    for left in [None, Some(""), Some("{\"model\":\"opus\"}")] {
        let home = Home::with("{\"env\":{\"ANTHROPIC_BASE_URL\":\"https://old\"}}");
        home.setup(&[Edit::set_env(URL, "https://a"), Edit::set_secret(TOKEN, "ours")]);
        match left {
            Some(text) => home.foreign(|_| text.to_owned()),
            None => fs::remove_file(home.settings()).expect("a file"),
        }
        assert_eq!(home.off(), [Outcome::ChangedSince, Outcome::AlreadyAsBefore]);
        assert_eq!(home.now().as_deref(), left);
    }
}

#[test]
fn other_edits_made_meanwhile_stay() {
    let home = Home::with("{\n  \"env\": {\n    \"A\": \"1\"\n  }\n}\n");
    home.setup(&routing());
    home.foreign(|text| {
        let text = text.replace("\"A\": \"1\"", "\"B\": \"2\",\n    \"A\": \"one\"");
        text.replacen("{\n", "{\n  \"hooks\": {},\n", 1).replace("  ", "\t")
    });
    home.off();
    let expected = "{\n\t\"hooks\": {},\n\t\"env\": {\n\t\t\"B\": \"2\",\n\t\t\"A\": \"one\"\n\t}\n}\n";
    assert_eq!(home.now().as_deref(), Some(expected));
}

#[test]
fn an_added_number_does_not_prevent_the_undo() {
    let home = Home::with("{\"env\":{\"A\":\"1\"}}");
    home.setup(&[Edit::set_env(URL, "https://a")]);
    home.foreign(|text| text.replace("}}", ",\"N\":5}}"));
    home.off();
    assert_eq!(home.now().as_deref(), Some("{\"env\":{\"A\":\"1\",\"N\":5}}"));
}

#[test]
fn a_file_that_the_client_no_longer_reads_is_not_touched_and_not_forgotten() {
    let home = Home::with("{}");
    home.setup(&[Edit::set_env(URL, "https://a")]);
    home.foreign(|text| text.replacen('{', "{ // mine\n", 1));
    let target = Target::resolve(&home.settings()).expect("it resolves");
    let refused = home.ledger.plan_undo(&target).expect_err("a comment");
    assert!(refused.to_string().ends_with("Claude Code ignores this whole file"), "{refused}");
    home.foreign(|text| text.replacen("{ // mine\n", "{", 1));
    assert_eq!(home.off(), [Outcome::Undone]);
    assert_eq!(home.now().as_deref(), Some("{}"));
}

#[test]
fn setup_again_keeps_what_was_there_first() {
    let before = "{\"env\": {\"ANTHROPIC_BASE_URL\": \"https://old\", \"ANTHROPIC_API_KEY\": \"k\"}}";
    let home = Home::with(before);
    home.setup(&routing());
    home.setup(&routing());
    home.setup(&[Edit::set_env(URL, "https://b"), Edit::set_secret("ANTHROPIC_API_KEY", "placeholder")]);
    home.setup(&[Edit::set_env(URL, ""), Edit::set_secret(TOKEN, "t")]);
    home.setup(&[Edit::set_env(URL, "https://c"), Edit::set_env("ANTHROPIC_API_KEY", "")]);
    assert!(home.off().iter().all(|outcome| matches!(outcome, Outcome::Undone | Outcome::AlreadyAsBefore)));
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
    let target = Target::resolve(&home.settings()).expect("it resolves");
    assert!(home.ledger.plan_undo(&target).expect("readable").is_none());
}

#[test]
fn the_ledger_holds_no_secret_and_is_readable_only_by_its_owner() {
    let home =
        Home::with("{\"env\":{\"ANTHROPIC_API_KEY\":\"sk-ant-0ld\",\"ANTHROPIC_AUTH_TOKEN\":\"0ld-too\"}}");
    home.setup(&[
        Edit::set_secret(TOKEN, "n3w"),
        Edit::set_env(URL, "https://gateway.example/anthropic"),
        Edit::set_env("ANTHROPIC_API_KEY", ""),
    ]);
    assert_eq!(home.state(), ["ledger.json", "ledger.key", "ledger.lock"]);
    for name in home.state() {
        let path = home.path("state/cf-aig").join(name);
        let bytes = fs::read(&path).expect("a file");
        for secret in ["sk-ant-0ld", "0ld-too", "n3w"] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "{}", path.display());
        }
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(
        fs::metadata(home.path("state/cf-aig")).expect("a folder").permissions().mode() & 0o777,
        0o700
    );
    let ledger = fs::read_to_string(home.path("state/cf-aig/ledger.json")).expect("a file");
    assert!(ledger.starts_with("{\n  \"schema\": 2,"), "{ledger}");
    assert!(ledger.contains("https://gateway.example/anthropic"), "what is no secret is readable");
    let shown = format!("{:?} {:?}", home.plan_undo(), home.ledger.files());
    assert!(!shown.contains("0ld") && !shown.contains("n3w"), "{shown}");
}

#[test]
fn the_diff_of_an_undo_shows_no_secret() {
    let home = Home::with("{\n  \"env\": {\n    \"ANTHROPIC_AUTH_TOKEN\": \"0ld\"\n  }\n}\n");
    home.setup(&[Edit::set_secret(TOKEN, "n3w")]);
    assert_eq!(
        home.plan_undo().diff("settings.json", &|_, _| None),
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
    let target = Target::resolve(&home.settings()).expect("it resolves");
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
    assert!(matches!(refused, Err(Error::File(write::Error::Changed { .. }))), "{refused:?}");
    assert_eq!(fs::read_to_string(&exclude.file).expect("a file"), "");
    assert!(home.ledger.files().expect("readable").is_empty());
}

#[test]
fn a_write_that_fails_leaves_the_ledger_as_it_was() {
    let home = Home::with("{}");
    home.setup(&[Edit::set_env(URL, "https://a")]);
    let files = home.ledger.files().expect("readable");
    let target = Target::resolve(&home.settings()).expect("it resolves");
    let stale = Document::parse(b"{}").expect("valid").plan(&[Edit::set_env("B", "2")]).expect("a plan");
    assert!(matches!(
        home.ledger.apply(&target, &stale, None),
        Err(Error::File(write::Error::Changed { .. }))
    ));
    assert_eq!(home.ledger.files().expect("readable"), files);
}

#[test]
fn an_undo_whose_plan_is_stale_is_refused() {
    let home = Home::with("{}");
    home.setup(&[Edit::set_env(URL, "https://a")]);
    let stale = home.plan_undo();
    home.setup(&[Edit::set_env("B", "2")]);
    assert!(matches!(home.ledger.undo(&stale), Err(Error::Changed)));
    let stale = home.plan_undo();
    home.foreign(|text| format!("{text}\n"));
    assert!(matches!(home.ledger.undo(&stale), Err(Error::File(write::Error::Changed { .. }))));
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
fn a_damaged_or_newer_ledger_is_not_overwritten() {
    for (text, expected) in
        [("{\"schema\":3,\"pages\":[]}", "newer"), ("{\"schema\":1,", "damaged"), ("", "damaged")]
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
fn a_lost_key_is_reported_and_nothing_is_guessed() {
    let home = Home::with("{}");
    home.setup(&routing());
    fs::remove_file(home.path("state/cf-aig/ledger.key")).expect("a file");
    let target = Target::resolve(&home.settings()).expect("it resolves");
    assert!(matches!(home.ledger.plan_undo(&target), Err(Error::KeyLost { .. })));
    assert!(matches!(setup(&home.ledger, &home.settings(), &routing()), Err(Error::KeyLost { .. })));
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
    const NAME: &str = "ledger::killed_at_any_moment_off_still_gives_back_the_bytes";
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
