//! Accounts whose logs are in Workers Observability, and gateways that logged nothing.

use super::*;
use cf_aig::services::logs::time;
use std::time::Duration;

/// A newer account: its log covers only the last hour, because older entries would expire.
fn newer(count: u64) -> Rig {
    let step = Duration::from_secs(1);
    let start_ms = time::now() - i64::try_from(count).unwrap() * 1000 - 1000;
    let logs = SyntheticLogs { start_ms, step, ..made_up(count) };
    rig_with(Config { synthetic_logs: Some(logs), logs_in_observability: true, ..Config::default() })
}

#[test]
fn a_newer_account_is_recognised_and_served() {
    let rig = newer(250);
    let ran = rig.sandbox.run(["logs", "list", "--json", "failed", "--limit", "3"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("Workers Observability"), "{ran:?}");
    let json = ran.json();
    assert_eq!(json["source"], "workers-observability");
    assert_eq!(numbers(json["logs"].as_array().unwrap()), [244, 237, 230]);
}

#[test]
fn its_entries_are_shown_exported_and_followed() {
    let rig = newer(250);
    let config = rig.emulator.config();
    let id = config.synthetic_logs.unwrap().id(7);
    let shown = rig.sandbox.run(["logs", "show", &id, "--json"]);
    assert_eq!((shown.code, &shown.json()["log"]["event_id"]), (0, &"event-7".into()), "{shown:?}");
    let body = rig.sandbox.run(["logs", "show", &id, "--request"]);
    assert_eq!((body.code, body.stdout.as_str()), (4, ""), "{body:?}");
    assert!(body.stderr.contains("is in Workers Observability"), "{body:?}");
    let exported = rig.sandbox.run(["logs", "export", "--since", "1h", "--output", "out", "--json"]);
    assert_eq!((exported.code, &exported.json()["entries"]), (0, &250.into()), "{exported:?}");
    let text = std::fs::read_to_string(rig.sandbox.project().join("out")).unwrap();
    assert_eq!(numbers(&lines(&text)), (0..250).rev().collect::<Vec<_>>());
    let tail = rig.sandbox.run(["logs", "tail", "--json", "--since", "1h", "--count", "250"]);
    assert_eq!(numbers(&lines(&tail.stdout)), (0..250).collect::<Vec<_>>(), "{}", tail.stderr);
}

#[test]
fn a_gateway_without_log_entries_is_reported() {
    let rig = rig(made_up(0));
    let ran = rig.sandbox.run(["logs", "list"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert!(ran.stderr.contains("2026-09-24") && ran.stderr.contains("cf-aig status"), "{ran:?}");
    let json = rig.sandbox.run(["logs", "list", "--json"]).json();
    assert_eq!(json["logs"], Value::Array(Vec::new()));
}

#[test]
fn a_query_without_matches_does_not_search_another_store() {
    let rig = rig(made_up(10));
    let ran = rig.sandbox.run(["logs", "list", "model:nonesuch"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert_eq!(ran.stderr, "cf-aig: no matching entries\n");
    assert!(!asked(&rig).iter().any(|request| request.path.contains("observability")));
}

#[test]
fn a_gateway_that_does_not_exist_is_not_found() {
    let mut rig = rig(made_up(10));
    rig.sandbox.set("CF_AIG_GATEWAY_ID", "elsewhere");
    for command in ["list", "tail", "export"] {
        let ran = rig.sandbox.run(["logs", command]);
        assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{command}: {ran:?}");
    }
}
