//! A plan changes what it must, in the file's own style, and nothing else.

use cf_aig::services::settings_files::{Action, Document, Edit, Key, PlanError, SettingsChange};
use serde_json::json;

fn plan(text: &str, edits: &[Edit]) -> SettingsChange {
    Document::parse(text.as_bytes()).expect("valid").plan(edits).expect("a plan")
}

fn after(text: &str, edits: &[Edit]) -> String {
    plan(text, edits).after().expect("a file").to_owned()
}

fn set(text: &str) -> String {
    after(text, &[Edit::set_env("K", "v")])
}

#[test]
fn a_new_file_is_two_space_json() {
    let change =
        Document::absent().plan(&[Edit::set_env("A", "1"), Edit::set_env("B", "2")]).expect("a plan");
    assert_eq!(change.before(), None);
    assert_eq!(change.after(), Some("{\n  \"env\": {\n    \"A\": \"1\",\n    \"B\": \"2\"\n  }\n}\n"));
}

#[test]
fn a_variable_is_added_in_the_style_of_its_neighbours() {
    for (before, expected) in [
        ("{\"env\":{\"A\":\"1\"}}", "{\"env\":{\"A\":\"1\",\"K\":\"v\"}}"),
        ("{\"env\": {\"A\": \"1\"}}", "{\"env\": {\"A\": \"1\", \"K\": \"v\"}}"),
        ("{ \"env\" : { \"A\" : \"1\" } }", "{ \"env\" : { \"A\" : \"1\", \"K\" : \"v\" } }"),
        ("{\n  \"env\": { \"A\": \"1\" }\n}\n", "{\n  \"env\": { \"A\": \"1\", \"K\": \"v\" }\n}\n"),
        (
            "{\r\n\t\"env\": {\r\n\t\t\"A\": \"1\"\r\n\t}\r\n}",
            "{\r\n\t\"env\": {\r\n\t\t\"A\": \"1\",\r\n\t\t\"K\": \"v\"\r\n\t}\r\n}",
        ),
        (
            "{\n  \"env\": {\n\n      \"A\": \"1\"\n  }}",
            "{\n  \"env\": {\n\n      \"A\": \"1\",\n      \"K\": \"v\"\n  }}",
        ),
        (
            "{\"env\":{\"A\":\"1\"  ,  \"B\":\"2\"  }}",
            "{\"env\":{\"A\":\"1\"  ,  \"B\":\"2\",  \"K\":\"v\"  }}",
        ),
        ("{\"env\":{},\"a\":1}", "{\"env\":{\"K\":\"v\"},\"a\":1}"),
        (
            "{\n    \"env\": {},\n    \"a\": 1\n}",
            "{\n    \"env\": {\n        \"K\": \"v\"\n    },\n    \"a\": 1\n}",
        ),
        ("{\n\"a\": 1\n}", "{\n\"a\": 1,\n\"env\": {\n\"K\": \"v\"\n}\n}"),
        ("{\"a\":1}", "{\"a\":1,\"env\":{\"K\":\"v\"}}"),
        ("{\"a\": 1}\n", "{\"a\": 1, \"env\": {\"K\": \"v\"}}\n"),
        ("{\r   \"a\": 1\r}\r", "{\r   \"a\": 1,\r   \"env\": {\r      \"K\": \"v\"\r   }\r}\r"),
        ("{}", "{\n  \"env\": {\n    \"K\": \"v\"\n  }\n}"),
        ("{ }\r\n", "{\r\n  \"env\": {\r\n    \"K\": \"v\"\r\n  }\r\n}\r\n"),
        ("", "{\n  \"env\": {\n    \"K\": \"v\"\n  }\n}\n"),
        ("\u{feff}\r\n", "\u{feff}{\r\n  \"env\": {\r\n    \"K\": \"v\"\r\n  }\r\n}\r\n"),
        ("  {\n    \"a\": 1\n  }", "  {\n    \"a\": 1,\n    \"env\": {\n      \"K\": \"v\"\n    }\n  }"),
    ] {
        assert_eq!(set(before), expected, "{before:?}");
    }
}

#[test]
fn a_value_is_replaced_where_it_stands() {
    let before = "\u{feff}{\n  \"env\" : {\"K\" :\"o\\u006cd\" , \"B\":\"2\"},\"x\":1, \"x\":2 }";
    assert_eq!(set(before), before.replace("\"o\\u006cd\"", "\"v\""));
}

#[test]
fn a_value_that_is_there_already_is_kept_as_it_is_written() {
    let before = "{\"env\":{\"K\":\"\\u0076\"}}";
    let change = plan(before, &[Edit::set_env("K", "v")]);
    assert!(change.is_noop());
    assert_eq!(change.after(), Some(before));
    assert!(change.keys().iter().all(|key| key.action == Action::Keep));
}

#[test]
fn nothing_to_do_creates_no_file() {
    let change = Document::absent().plan(&[]).expect("a plan");
    assert_eq!((change.before(), change.after()), (None, None));
    assert_eq!(plan(" ", &[]).after(), Some(" "));
}

#[test]
fn a_key_of_the_file_itself_can_be_set() {
    let line = json!({"type": "command", "command": "cf-aig statusline", "args": []});
    let edit = Edit { key: Key::top("statusLine"), value: line, secret: false };
    assert_eq!(
        after("{\n  \"a\": 1\n}\n", std::slice::from_ref(&edit)),
        "{\n  \"a\": 1,\n  \"statusLine\": {\n    \"type\": \"command\",\n    \"command\": \"cf-aig statusline\",\n    \"args\": []\n  }\n}\n"
    );
    assert_eq!(
        after("{\"statusLine\":{\"x\":1},\"a\":[1]}", &[edit]),
        "{\"statusLine\":{\"type\":\"command\",\"command\":\"cf-aig statusline\",\"args\":[]},\"a\":[1]}"
    );
}

#[test]
fn odd_but_valid_values_elsewhere_do_not_stand_in_the_way() {
    let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    let before =
        format!("{{\"\\ud800\":1e999,\"x\":\"\\udead\",\"d\":{deep},\"env\":{{\"\\ud800\":\"\\ud800\"}}}}");
    let expected = before.replace("\"\\ud800\"}}", "\"\\ud800\",\"K\":\"v\"}}");
    assert_eq!(set(&before), expected);
}

#[test]
fn a_plan_that_the_client_would_not_read_is_refused() {
    let mut text = "{}".to_owned();
    text.extend(std::iter::repeat_n(' ', 2 * 1024 * 1024 - 2));
    let document = Document::parse(text.as_bytes()).expect("just small enough");
    assert!(matches!(document.plan(&[Edit::set_env("K", "v")]), Err(PlanError::TooLarge { .. })));
}

#[test]
fn a_variable_that_is_no_string_is_refused() {
    let number = Edit { key: Key::env("K"), value: json!(1), secret: false };
    let env = Edit { key: Key::top("env"), value: json!({}), secret: false };
    for edit in [number, env] {
        assert!(matches!(Document::absent().plan(&[edit]), Err(PlanError::NotText(_))));
    }
}

#[test]
fn of_two_edits_of_one_key_the_later_counts() {
    let change = plan("{}", &[Edit::set_env("K", "1"), Edit::set_env("K", "2")]);
    assert!(change.after().is_some_and(|after| after.contains("\"2\"") && !after.contains("\"1\"")));
}

#[test]
fn a_diff_shows_the_change_and_no_secret() {
    let before = "{\n  \"env\": {\n    \"ANTHROPIC_AUTH_TOKEN\": \"old-secret\",\n    \"OTHER_TOKEN\": \"theirs\",\n    \"B\": \"2\"\n  }\n}\n";
    let change = plan(
        before,
        &[
            Edit::set_secret("ANTHROPIC_AUTH_TOKEN", "new-secret"),
            Edit::set_env("ANTHROPIC_BASE_URL", "https://a"),
        ],
    );
    assert_eq!(
        change.diff("settings.json"),
        "--- settings.json\n+++ settings.json\n@@ -1,7 +1,8 @@\n {\n   \"env\": {\n-    \"ANTHROPIC_AUTH_TOKEN\": \"[redacted]\",\n+    \"ANTHROPIC_AUTH_TOKEN\": \"[redacted] (new)\",\n     \"OTHER_TOKEN\": \"[redacted]\",\n-    \"B\": \"2\"\n+    \"B\": \"2\",\n+    \"ANTHROPIC_BASE_URL\": \"https://a\"\n   }\n }\n"
    );
    assert!(change.holds_secret());
    let shown = format!("{change:?}");
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn a_new_file_is_a_diff_against_nothing() {
    let change = Document::absent().plan(&[Edit::set_secret("T", "s3cret")]).expect("a plan");
    assert_eq!(
        change.diff(".claude/settings.local.json"),
        "--- /dev/null\n+++ .claude/settings.local.json\n@@ -0,0 +1,5 @@\n+{\n+  \"env\": {\n+    \"T\": \"[redacted]\"\n+  }\n+}\n"
    );
}
