//! Which sources are queried, which are not, and what is reported if one does not respond.

use super::{answer, cost_state, costs, json_of, keys, requests, rig, row, transcript};
use crate::Rig;
use cf_aig_emulator::{ANTHROPIC_KEY, API_TOKEN, Config, GATEWAY_TOKEN, Host, SyntheticLogs};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn offline_makes_no_requests_and_needs_no_token() {
    let mut rig = rig(requests(1000));
    rig.sandbox.unset("CLOUDFLARE_API_TOKEN").unset("CLOUDFLARE_ACCOUNT_ID").unset("CF_AIG_TOKEN");
    let model = "claude-opus-5-5";
    transcript(&rig, "a", &[answer("1", model, [1000, 500]), cost_state(model, 0.015)]);
    let report = json_of(&rig, &["--offline"]);
    assert_eq!(row(&report["rows"], model)["gateway"], json!(null));
    assert_eq!(report["total"]["claude_code"]["usd"], json!(0.015));
    assert_eq!(rig.emulator.connections(), 0);
}

#[test]
fn without_a_token_it_names_the_permission_and_what_works_without_it() {
    let mut rig = rig(requests(1000));
    rig.sandbox.unset("CLOUDFLARE_API_TOKEN");
    let ran = costs(&rig, &[]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(
        ran.stderr.contains("CLOUDFLARE_API_TOKEN") && ran.stderr.contains("--offline"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_token_without_analytics_names_the_missing_permission() {
    let rig = rig(requests(1000));
    rig.emulator.update(|config| config.analytics.denied_tokens.push(API_TOKEN.to_owned()));
    let ran = costs(&rig, &[]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("Account Analytics Read"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(API_TOKEN));
}

#[test]
fn every_source_is_named_and_the_figures_are_called_estimates() {
    let rig = rig(requests(1000));
    let text = costs(&rig, &[]).stdout;
    for words in [
        "estimates, not a bill",
        "GraphQL analytics (aiGatewayRequestsAdaptiveGroups)",
        "the client's own estimate",
        "list prices of 2026-11-22",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    let lag = rig.sandbox.run(["costs", "--since", "1d"]).stdout;
    assert!(lag.contains("Cloudflare counts requests some minutes late"), "{lag}");
}

#[test]
fn sessions_and_projects_come_from_the_log_where_analytics_lack_them() {
    let logs = SyntheticLogs { count: 700, ..SyntheticLogs::default() };
    let config = Config { synthetic_logs: Some(logs), ..requests(1000) };
    let rig = rig(config);
    transcript(&rig, "a", &[answer("1", "claude-opus-5-5", [10, 10])]);
    let report = json_of(&rig, &["--by", "session"]);
    let found = keys(&report["rows"]);
    assert!(["s-0", "s-1", "s-2", "s-3", "s-4"].iter().all(|id| found.contains(id)), "{found:?}");
    let one = row(&report["rows"], "s-1");
    assert_eq!((&one["gateway"]["requests"], &one["claude_code"]["answers"]), (&json!(140), &json!(1)));
    assert!(report["sources"].to_string().contains("rows from the gateway's log"));
    assert_eq!(keys(&json_of(&rig, &["--by", "project", "--no-transcripts"])["rows"]), ["p-0", "p-1"]);
}

#[test]
fn a_log_that_is_only_partly_read_is_reported() {
    let logs = SyntheticLogs { count: 20_050, ..SyntheticLogs::default() };
    let config = Config { synthetic_logs: Some(logs), ..requests(1000) };
    let rig = rig(config);
    let report = json_of(&rig, &["--by", "project", "--no-transcripts"]);
    let notes = report["notes"].to_string();
    assert!(notes.contains("the newest 20000 of 20050 log entries"), "{notes}");
}

#[test]
fn an_account_with_a_separate_log_store_is_reported() {
    let config = Config { logs_in_observability: true, ..requests(1000) };
    let notes = json_of(&rig(config), &["--by", "user", "--no-transcripts"])["notes"].to_string();
    assert!(notes.contains("Workers Observability"), "{notes}");
}

#[test]
fn real_requests_are_grouped_by_the_metadata_that_the_helper_sends() {
    let rig = rig(Config::default());
    rig.emulator.update(|config| config.analytics.lag = std::time::Duration::ZERO);
    for session in ["one", "two", "two"] {
        send(&rig, session);
    }
    let hour = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let until = hour.to_string();
    let args = ["costs", "--since", "3h", "--until", &until, "--by", "session", "--json"];
    let report = rig.sandbox.run(args).json();
    assert_eq!(row(&report["rows"], "two")["gateway"]["requests"], json!(2), "{report}");
    assert_eq!(row(&report["rows"], "one")["gateway"]["requests"], json!(1));
    assert!(!rig.emulator.requests().iter().any(|r| r.host == Host::Api && r.path.contains("/logs")));
}

/// A request through the gateway, labelled as the helper labels it.
fn send(rig: &Rig, session: &str) {
    let body = json!({"model": "claude-opus-5-5", "max_tokens": 10, "messages": [{"role": "user", "content": "hi"}]});
    let metadata = json!({"session": session, "project": "shop"});
    let base = rig.emulator.base_url("anthropic");
    let (host, path) = base.trim_start_matches("http://").split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("the gateway");
    let body = body.to_string();
    write!(
        stream,
        "POST /{path}/v1/messages HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n\
         cf-aig-authorization: Bearer {GATEWAY_TOKEN}\r\ncf-aig-metadata: {metadata}\r\nx-api-key: {ANTHROPIC_KEY}\r\n\
         anthropic-version: 2023-06-01\r\n\r\n{body}",
        body.len()
    )
    .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
