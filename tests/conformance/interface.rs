//! The command itself: its list, its outputs, and invalid calls.

use crate::breaking::Break;
use crate::{echoed, echoed_in, sandbox};
use cf_aig_emulator::{Config, Emulator};
use insta::assert_snapshot;
use std::collections::BTreeSet;

#[test]
fn every_check_is_listed_with_what_it_costs() {
    let ran = sandbox().run(["conformance", "--list"]);
    assert_snapshot!(ran.stdout, @r#"
    group      check               costs   what must be true
    headers    path-join           free    POST {base}/v1/messages?beta=true reaches the provider's /v1/messages
    headers    anthropic-version   free    anthropic-version reaches the provider unchanged
    headers    anthropic-beta      free    anthropic-beta reaches the provider verbatim, unknown values included
    headers    open-headers        echo    unknown anthropic-* headers reach the provider
    body       body-bytes          echo    the body reaches the provider byte for byte
    body       system-array        echo    the system array keeps its blocks, their order and the attribution block first
    body       cache-control       echo    cache_control stays on system blocks, tools and messages
    body       thinking            echo    thinking: {"type": "adaptive"} reaches the provider
    body       beta-fields         echo    context_management, output_config and tool fields reach the provider with their betas
    body       unknown-fields      free    unknown fields reach the provider
    body       large-body          free    a body of 200 kB passes
    body       waf                 free    bodies that contain shell, SQL, HTML and paths pass
    stream     stream-incremental  tokens  events arrive as the provider sends them
    stream     stream-pings        echo    the provider's pings arrive
    stream     stream-events       tokens  the sequence of events arrives complete and unchanged
    stream     usage               tokens  message_start reports the usage, including prompt cache
    stream     stream-type         tokens  a streamed response has the type text/event-stream
    stream     compression         tokens  nothing is compressed unless requested, in either direction
    errors     error-body          free    the body of a provider error arrives unmodified
    errors     error-status        free    the status of a provider error arrives unchanged (400, 429, 529)
    errors     retry-after         echo    retry-after arrives with a 429
    errors     limit-headers       echo    x-should-retry and anthropic-ratelimit-unified-* arrive
    endpoints  count-tokens        free    POST /v1/messages/count_tokens responds
    endpoints  models              free    GET /v1/models?limit=1000 responds within 3 s, without a redirect
    endpoints  hello               free    HEAD /api/hello gets a response with any status
    "#);
    let listed = sandbox().run(["conformance", "--list", "--json"]).json();
    let ids: BTreeSet<_> =
        listed["checks"].as_array().expect("checks").iter().map(|c| c["id"].clone().to_string()).collect();
    assert_eq!(
        (ids.len(), &listed["schema"]),
        (listed["checks"].as_array().map_or(0, Vec::len), &1.into()),
        "ids are unique"
    );
}

#[test]
fn text_json_and_junit_carry_the_same_findings() {
    let folder = sandbox();
    let file = folder.project().join("results.xml");
    let xml = file.to_string_lossy().into_owned();
    let only = ["--only", "errors", "--only", "unknown-fields"];
    let run = |more: &[&str]| echoed_in(&folder, Break::DropRetryAfter, &[&only, more].concat());
    let (text, report) = (run(&[]).stdout, run(&["--json", "--junit", &xml]).json());
    let junit = std::fs::read_to_string(file).expect("the file");
    for check in report["checks"].as_array().expect("checks") {
        for key in ["id", "title", "outcome", "evidence", "otherwise", "setting"] {
            let Some(word) = check[key].as_str() else { continue };
            assert!(text.contains(word), "{key}: {word}\n{text}");
        }
        let id = check["id"].as_str().expect("an id");
        assert!(junit.contains(&format!("name=\"{id}\"")), "{junit}");
    }
    assert!(junit.contains("<system-out>degraded: it did not arrive</system-out>"), "{junit}");
    assert!(junit.contains("tests=\"5\" failures=\"0\" skipped=\"0\""), "{junit}");
}

#[test]
fn a_broken_point_is_a_failure_in_junit_and_in_the_exit_code() {
    let folder = sandbox();
    let file = folder.project().join("results.xml");
    let ran = echoed(Break::StripVersion, &["--only", "headers", "--junit", &file.to_string_lossy()]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let junit = std::fs::read_to_string(file).expect("the file");
    assert!(junit.contains("<failure message=\"anthropic-version reaches the provider unchanged\">it did not arrive</failure>"), "{junit}");
    assert!(ran.stdout.ends_with("3 work, 0 degraded, 1 broken, 0 skipped\n"), "{}", ran.stdout);
}

#[test]
fn a_gateway_with_another_upstream_gets_the_url_to_use() {
    let emulator = Emulator::start(Config::default()).expect("it starts");
    let url = emulator.provider_origin();
    let ran = sandbox().run(["conformance", &url, "--echo=127.0.0.1:0"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("did not reach the echo"), "{ran:?}");
    assert!(ran.stderr.contains("set the gateway's Anthropic upstream to http://127.0.0.1:"), "{ran:?}");
    drop(emulator);
    let ran = sandbox().run(["conformance", &url, "--echo=127.0.0.1:0"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (6, ""), "the gateway has stopped: {ran:?}");
}

#[test]
fn impossible_options_are_refused_with_the_next_step() {
    let cases: &[(&[&str], i32, &str)] = &[
        (&["conformance"], 4, "no gateway is configured"),
        (&["conformance", "http://llm.example.com"], 2, "use https, or http on this machine only"),
        (&["conformance", "https://me:secret@llm.example.com"], 2, "must not have credentials"),
        (&["conformance", "llm"], 2, "is not a base URL"),
        (&["conformance", "http://127.0.0.1:1", "--echo=999.1.1.1:1"], 2, "the echo cannot listen"),
        (&["conformance", "http://127.0.0.1:1", "--only", "streem"], 2, "did you mean stream"),
        (&["conformance", "http://127.0.0.1:1", "--only", "cache"], 2, "hint: `cf-aig conformance --list`"),
        (&["conformance", "http://127.0.0.1:1", "--only", "x"], 2, "hint: `cf-aig conformance --list`"),
    ];
    for (args, code, says) in cases {
        let ran = sandbox().run(*args);
        assert_eq!(ran.code, *code, "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(says), "{args:?}: {ran:?}");
        assert!(!ran.stderr.contains("secret@"), "{ran:?}");
    }
}
