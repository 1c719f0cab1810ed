//! What is accepted, what is rejected, where and why: the measured table of `settings_files::document`, row
//! by row.

use cf_aig::services::settings_files::{Document, Edit, Effect, Key, PlanError, Reason, Rejected};

fn refused(bytes: impl AsRef<[u8]>) -> Rejected {
    match Document::parse(bytes.as_ref()) {
        Ok(_) => panic!("taken: {:?}", String::from_utf8_lossy(bytes.as_ref())),
        Err(rejected) => rejected,
    }
}

fn not_edited(text: &str) -> Rejected {
    match Document::parse(text.as_bytes()).expect("the client takes it").plan(&[Edit::set_env("A", "1")]) {
        Err(PlanError::Rejected(rejected)) => rejected,
        other => panic!("{other:?}"),
    }
}

fn parsed(text: &str) -> Document {
    Document::parse(text.as_bytes()).expect("valid")
}

fn place(rejected: &Rejected) -> (usize, usize) {
    (rejected.line, rejected.column)
}

#[test]
fn every_file_that_the_client_accepts_is_accepted() {
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    for text in [
        "",
        " \r\n\t",
        "\u{feff}",
        "\u{feff} \n",
        "{}",
        "\u{feff}{\"env\":{}}",
        "{\r\"a\":1\r}\r",
        "{\r\n\"a\":1\r\n}\r\n",
        r#"{"a":1e999,"b":-0.0,"c":"\ud800"}"#,
        r#"{"a":1,"a":2}"#,
        r#"{"env":{"A":"1","A":"2"}}"#,
        r#"{"env":[],"env":{}}"#,
        r#"{"env":{"A":5,"B":null}}"#,
        &deep,
    ] {
        Document::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e}: {text:.60}"));
    }
}

#[test]
fn every_file_that_the_client_ignores_is_refused_with_its_position() {
    let place_and_reason = |text: &str| {
        let rejected = refused(text);
        assert_eq!(rejected.reason.effect(), Effect::Ignored, "{text}");
        assert!(rejected.to_string().ends_with(". Claude Code ignores this whole file"), "{rejected}");
        (rejected.line, rejected.column, rejected.reason)
    };
    let syntax = |text: &str| Reason::Syntax(text.to_owned());
    for (text, line, column, reason) in [
        ("{\n  // note\n  \"a\": 1\n}", 2, 3, Reason::Comment),
        ("{\"a\": 1 /* note */}", 1, 9, Reason::Comment),
        ("{\n  \"a\": [1, 2,],\n}", 2, 13, Reason::TrailingComma),
        ("{\n  \"é\": 1,\n}", 2, 9, Reason::TrailingComma),
        ("\u{feff}{'a': 1}", 1, 2, Reason::SingleQuotes),
        ("{\"a\": 'x'}", 1, 7, Reason::SingleQuotes),
        ("{a: 1}", 1, 2, Reason::UnquotedName),
        ("{\"a\": 1\r\n\"b\": 2}", 1, 8, Reason::MissingComma),
        ("{\"a\": [1 2]}", 1, 9, Reason::MissingComma),
        ("{\"a\": \"x\ty\"}", 1, 9, Reason::ControlCharacter),
        ("{\r\"a\": \"x\ty\"}", 2, 8, Reason::ControlCharacter),
        ("{\u{a0}\"a\": 1}", 1, 2, syntax("key must be a string")),
        ("{\u{c}\"a\": 1}", 1, 2, syntax("key must be a string")),
        ("\u{feff}\u{feff}{}", 1, 1, syntax("expected value")),
        ("{} x", 1, 4, syntax("trailing characters")),
        ("{}{}", 1, 3, syntax("trailing characters")),
        ("{\"a\": 01}", 1, 8, syntax("invalid number")),
        ("{\"a\": +1}", 1, 7, syntax("expected value")),
        ("{\"a\": NaN}", 1, 7, syntax("expected value")),
        ("[]", 1, 1, Reason::NotAnObject("array")),
        (" \n \"x\"", 2, 2, Reason::NotAnObject("string")),
        ("null", 1, 1, Reason::NotAnObject("null")),
        ("{\"env\": []}", 1, 9, Reason::EnvNotAnObject("array")),
        ("{\"env\":\n null}", 2, 2, Reason::EnvNotAnObject("null")),
        ("{\"env\": {}, \"env\": \"x\"}", 1, 20, Reason::EnvNotAnObject("string")),
    ] {
        assert_eq!(place_and_reason(text), (line, column, reason), "{text:?}");
    }
    assert_eq!(refused("{\"a\": {").reason, syntax("EOF while parsing an object"));
}

#[test]
fn two_mebibytes_are_accepted_and_one_byte_more_is_not() {
    let mut text = b"{}".to_vec();
    text.resize(2 * 1024 * 1024, b' ');
    assert!(Document::parse(&text).is_ok());
    text.push(b' ');
    assert_eq!(refused(&text).reason, Reason::TooLarge { bytes: 2 * 1024 * 1024 + 1 });
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_though_the_client_reads_them() {
    let rejected = refused(b"{\n\"a\": \"\xe9\"}");
    assert_eq!((place(&rejected), &rejected.reason), ((2, 7), &Reason::NotUtf8));
    assert_eq!(rejected.reason.effect(), Effect::ReadWithGaps);
    assert_eq!(rejected.repaired, None);

    let utf16: Vec<u8> = "\u{feff}{\"a\":\"é\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let rejected = refused(utf16);
    assert_eq!(rejected.reason, Reason::Utf16 { little: true });
    assert_eq!(rejected.repaired.as_deref(), Some("{\"a\":\"é\"}"));
}

#[test]
fn an_ambiguous_edit_is_refused() {
    let twice = not_edited("{\n\"env\": {\"A\": \"0\"},\n\"x\": 1,\n\"env\": {\"B\": \"1\"}\n}");
    assert_eq!((place(&twice), &twice.reason), ((4, 1), &Reason::Duplicate { key: Key::top("env") }));
    assert_eq!(twice.repaired.as_deref(), Some("{\n\"x\": 1,\n\"env\": {\"B\": \"1\"}\n}"));
    assert_eq!(twice.reason.effect(), Effect::LastWins);

    let number = not_edited("{\"env\": {\"B\": \"1\", \"C\": 32000, \"D\": true, \"E\": 1.50}}");
    assert_eq!((number.line, number.column), (1, 25));
    assert_eq!(number.reason, Reason::NotText { key: Key::env("C"), kind: "number" });
    assert_eq!(
        number.repaired.as_deref(),
        Some("{\"env\": {\"B\": \"1\", \"C\": \"32000\", \"D\": \"true\", \"E\": \"1.5\"}}")
    );
    assert_eq!(
        number.to_string(),
        "line 1, column 25: `env.C` is a number, not a string. Claude Code converts it to text"
    );
    assert_eq!(not_edited("{\"env\": {\"C\": {}}}").repaired, None);

    let touched = not_edited("{\"env\": {\"A\": \"0\", \"B\": \"1\", \"A\": \"2\"}}");
    assert_eq!(touched.reason, Reason::Duplicate { key: Key::env("A") });
    assert_eq!(touched.repaired.as_deref(), Some("{\"env\": {\"B\": \"1\", \"A\": \"2\"}}"));
}

#[test]
fn a_repair_keeps_all_but_the_flaws() {
    let text = "\u{feff}{\r\n  // why\r\n  'model': 'o\\'p\"us', // trailing\r\n  env: { /* in */ \"A\": \"1\" },\r\n  \"list\": [1, 2,], \r\n  \"b\": 1\r\n  \"c\": \"t\ta\u{b}b\",\r\n}\r\n";
    assert_eq!(
        refused(text).repaired.as_deref(),
        Some(
            "\u{feff}{\r\n  \"model\": \"o'p\\\"us\",\r\n  \"env\": {  \"A\": \"1\" },\r\n  \"list\": [1, 2], \r\n  \"b\": 1,\r\n  \"c\": \"t\\ta\\u000bb\"\r\n}\r\n"
        )
    );
}

#[test]
fn a_repair_that_would_be_a_guess_is_not_offered() {
    for text in ["{\"a\": ", "{} {}", "[1,]", "{\"a\": 0x10}", "{\"env\": [],}", "{\"a\" 1}", "{\"a\": \"x}"]
    {
        assert_eq!(refused(text).repaired, None, "{text}");
    }
}

#[test]
fn a_repair_is_shown_as_a_diff_without_secrets() {
    let text = "{\n  // mine\n  'env': {'ANTHROPIC_API_KEY': 'sk-ant-1', \"B\": \"b\u{1b}[2J\",}\n}\n";
    let diff = refused(text).diff("settings.json", text.as_bytes()).expect("it can be repaired");
    assert_eq!(
        diff,
        "--- settings.json\n+++ settings.json\n@@ -1,4 +1,3 @@\n {\n-  // mine\n-  'env': {'ANTHROPIC_API_KEY': \"[redacted]\", \"B\": \"b\u{fffd}[2J\",}\n+  \"env\": {\"ANTHROPIC_API_KEY\": \"[redacted] (new)\", \"B\": \"b\\u001b[2J\"}\n }\n"
    );
}

#[test]
fn variables_know_where_they_stand() {
    let text =
        "\u{feff}{\r\n  \"é\": 1,\r  \"env\": {\"A\": \"1\",\n\"A\": \"2\", \"B\": \"ü\", \"C\": \"\"}}";
    let places: Vec<_> = parsed(text).env().into_iter().map(|v| (v.name, v.line, v.column)).collect();
    assert_eq!(places, [("A".to_owned(), 4, 1), ("B".to_owned(), 4, 11), ("C".to_owned(), 4, 21)]);
}

#[test]
fn variables_read_as_the_client_reads_them() {
    let text = r#"{"env":{"A":"x","B":5.0,"C":null,"A":"y","D":["a"],"E":{},"\u0046":true}}"#;
    let document = Document::parse(text.as_bytes()).expect("valid");
    let env: Vec<_> = document.env().into_iter().map(|v| (v.name, v.value)).collect();
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        env,
        [
            text("B", "5"),
            text("C", "null"),
            text("A", "y"),
            text("D", "a"),
            text("E", "[object Object]"),
            text("F", "true")
        ]
    );
}

/// What a hook of 2.1.332 had in its environment for each value of `env`.
#[test]
fn every_value_of_a_variable_is_the_text_that_the_client_makes_of_it() {
    let nested = |arrays: usize, inner: &str| format!("{}{inner}{}", "[".repeat(arrays), "]".repeat(arrays));
    for (value, text) in [
        (r#""a\\ud800""#.to_owned(), "a\\ud800"),
        (r#""\udc00\ud800b""#.to_owned(), "\u{fffd}\u{fffd}b"),
        (r#""\ud83d\ude00""#.to_owned(), "\u{1f600}"),
        (r#"["a\ud800"]"#.to_owned(), "a\u{fffd}"),
        (r#"["http://e/",1e999]"#.to_owned(), "http://e/,Infinity"),
        ("-1e999".to_owned(), "-Infinity"),
        ("-0".to_owned(), "0"),
        ("123456789012345678901234567890".to_owned(), "1.2345678901234568e+29"),
        ("[null,true,false,[],[null,null],1.50]".to_owned(), ",true,false,,,,1.5"),
        (nested(62, "\"x\""), "x"),
        (nested(62, "\"x\",{\"a\":1},\"y\""), "x,,y"),
        (nested(61, "\"x\",[\"y\"],\"z\",{}"), "x,y,z,[object Object]"),
        (nested(63, "\"x\""), ""),
        (nested(3000, "\"x\""), ""),
        (format!("[\"a\",{},\"b\"]", nested(70, "\"x\"")), "a,,b"),
        (format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100)), "[object Object]"),
    ] {
        let document = parsed(&format!("{{\"env\":{{\"A\":{value}}}}}"));
        assert_eq!(document.variable("A").as_deref(), Some(text), "{value}");
        assert_eq!(document.env()[0].value, text, "{value}");
    }
}

#[test]
fn a_key_is_read_whatever_its_strings_escape() {
    let document = parsed(r#"{"apiKeyHelper":"echo \udfff","enabledPlugins":{"a\ud800":true,"b":false}}"#);
    assert_eq!(document.get(&Key::top("apiKeyHelper")), Some("echo \u{fffd}".into()));
    assert_eq!(document.get(&Key::top("enabledPlugins")).unwrap()["b"], false);
}
