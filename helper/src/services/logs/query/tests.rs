//! The written form, and which parts reach the API.

use super::*;
use crate::services::logs::Range;
use proptest::prelude::*;
use serde_json::json;

fn filters(text: &str) -> String {
    let parameters = parse(text).unwrap().parameters(&Range::default());
    parameters.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[test]
fn the_written_form_becomes_the_api_s_filters() {
    let cases = [
        ("model:claude", r#"filters=[{"key":"model","operator":"contains","value":["claude"]}]"#),
        ("provider:openai,grok", r#"filters=[{"key":"provider","operator":"eq","value":["openai","grok"]}]"#),
        ("cost>0.01", r#"filters=[{"key":"cost","operator":"gt","value":[0.01]}]"#),
        ("tokens>=1000", r#"filters=[{"key":"tokens","operator":"gt","value":[999]}]"#),
        ("duration<=5s", r#"filters=[{"key":"duration","operator":"lt","value":[5001]}]"#),
        ("failed", r#"filters=[{"key":"success","operator":"eq","value":[false]}]"#),
        ("agent!=curl", r#"filters=[{"key":"user_agent","operator":"neq","value":["curl"]}]"#),
        (
            "meta.team:7",
            r#"filters=[{"key":"metadata.key","operator":"eq","value":["team"]},{"key":"metadata.value","operator":"eq","value":["7",7]}]"#,
        ),
        ("status:529", ""),
        (r#"hello "a b""#, "search=hello a b"),
        (r#""failed""#, "search=failed"),
    ];
    for (text, expected) in cases {
        assert_eq!(filters(text), expected, "{text}");
    }
}

#[test]
fn at_least_is_exact_where_the_api_only_has_above() {
    let text = filters("cost>=0.01");
    let below: f64 = text.split(['[', ']']).nth(2).unwrap().parse().unwrap();
    assert!(below < 0.01 && below.next_up() == 0.01, "{text}");
}

#[test]
fn an_unparsable_condition_is_named() {
    for (text, part) in [
        ("modle:x", "`modle` is not a field"),
        ("cost>cheap", "`cheap` is not a number"),
        ("model>x", "cannot be compared"),
        ("tokens>1,2", "takes one value"),
        ("model:", "a value is missing"),
        ("model:\"x", "not closed"),
        ("meta.a>1", "`=` only"),
        ("cached:maybe", "neither true nor false"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.message.contains(part), "{text}: {error}");
    }
}

#[test]
fn status_codes_and_metadata_pairs_are_checked_in_the_entry() {
    let entry = serde_json::from_value(json!({"status_code": 529, "success": false, "tokens_in": 3,
        "tokens_out": 4, "metadata": "{\"a\": \"1\", \"b\": 2}"}))
    .unwrap();
    for (text, expected) in [
        ("status:529", true),
        ("status>=500", true),
        ("status<500", false),
        ("meta.a:1", true),
        ("meta.a:2", false),
        ("meta.b:2", true),
        ("meta.a:1 status:200", false),
    ] {
        let query = parse(text).unwrap();
        assert!(query.needs_a_look());
        assert_eq!(query.admits_listed(&entry), expected, "{text}");
        assert_eq!(query.admits(&entry), expected, "{text}");
    }
    for (text, expected) in
        [("tokens:7", true), ("failed", true), ("model:x", false), ("metadata.key:b", true)]
    {
        assert!(!parse(text).unwrap().needs_a_look());
        assert_eq!(parse(text).unwrap().admits(&entry), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn a_quoted_text_is_searched_for_as_it_is(text in ".{0,40}") {
        let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        prop_assert_eq!(parse(&quoted).unwrap(), Query(vec![QueryTerm::Text(text)]));
    }
}
