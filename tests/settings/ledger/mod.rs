//! Off undoes exactly what setup wrote, and nothing else.
#![cfg(unix)]

mod record;

use std::fs;
use std::path::{Path, PathBuf};

use cf_aig::services::ledger::{Ledger, LedgerError, Secrets, Undo, UndoOutcome};
use cf_aig::services::settings_files::{Document, Edit, EditableFile, Key};
use serde_json::json;
use tempfile::TempDir;

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
        let target = EditableFile::resolve(&self.settings()).expect("it resolves");
        self.ledger.plan_undo(&target, Secrets::Keep).expect("it can be planned").expect("something is owned")
    }

    pub(crate) fn off(&self) -> Vec<UndoOutcome> {
        let undo = self.plan_undo();
        self.ledger.undo(&undo).expect("undone");
        undo.keys.iter().map(|(_, outcome)| *outcome).collect()
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

/// Whether every key is as it was before `setup`.
pub(crate) fn undone(outcomes: &[UndoOutcome]) -> bool {
    outcomes.iter().all(|outcome| matches!(outcome, UndoOutcome::Undone | UndoOutcome::AlreadyAsBefore))
}

fn setup(ledger: &Ledger, path: &Path, edits: &[Edit]) -> Result<(), LedgerError> {
    let target = EditableFile::resolve(path)?;
    let document = target.read()?.map_or_else(|| Ok(Document::absent()), |bytes| Document::parse(&bytes));
    let change = document.expect("valid").plan(edits).expect("a plan");
    ledger.apply(&target, &change, None)
}

fn undo(ledger: &Ledger, path: &Path) -> Result<(), LedgerError> {
    match ledger.plan_undo(&EditableFile::resolve(path)?, Secrets::Keep)? {
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
        assert!(undone(&home.off()));
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
    assert_eq!(home.off(), [UndoOutcome::ChangedSince, UndoOutcome::Undone]);
    let left = "{\"env\":{\"ANTHROPIC_AUTH_TOKEN\":\"theirs\",\"ANTHROPIC_BASE_URL\":\"https://mine\"}}";
    assert_eq!(home.now().as_deref(), Some(left));
    assert!(home.ledger.files().expect("readable").is_empty());
}

#[test]
fn a_key_that_the_user_removed_stays_removed() {
    let home = Home::with("{\"env\":{\"ANTHROPIC_BASE_URL\":\"https://old\",\"A\":\"1\"}}");
    home.setup(&[Edit::set_env(URL, "https://a"), Edit::set_secret(TOKEN, "ours")]);
    home.foreign(|_| "{\"env\":{\"A\":\"1\"}}".to_owned());
    assert_eq!(home.off(), [UndoOutcome::ChangedSince, UndoOutcome::AlreadyAsBefore]);
    assert_eq!(home.now().as_deref(), Some("{\"env\":{\"A\":\"1\"}}"));
}

#[test]
fn a_key_that_the_user_put_back_himself_stays_once() {
    let home = Home::with("{\"env\":{\"ANTHROPIC_API_KEY\":\"k\"}}");
    home.setup(&[Edit::set_env("ANTHROPIC_API_KEY", "")]);
    home.foreign(|_| "{\"env\":{\"ANTHROPIC_API_KEY\":\"k\"}}".to_owned());
    assert_eq!(home.off(), [UndoOutcome::AlreadyAsBefore]);
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
        assert_eq!(home.off(), [UndoOutcome::ChangedSince, UndoOutcome::AlreadyAsBefore]);
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
    let target = EditableFile::resolve(&home.settings()).expect("it resolves");
    let refused = home.ledger.plan_undo(&target, Secrets::Keep).expect_err("a comment");
    assert!(refused.to_string().ends_with("Claude Code ignores this whole file"), "{refused}");
    home.foreign(|text| text.replacen("{ // mine\n", "{", 1));
    assert_eq!(home.off(), [UndoOutcome::Undone]);
    assert_eq!(home.now().as_deref(), Some("{}"));
}
