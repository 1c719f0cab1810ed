//! How much of the gateway's spend limits is used.

use super::{costs, json_of, requests, rig};
use crate::Rig;
use serde_json::{Value, json};

fn limited(rules: Value) -> Rig {
    let rig = rig(requests(300_000));
    rig.emulator.update(|config| {
        config.gateways[0]
            .settings
            .insert("spend_limits".to_owned(), json!({"enabled": true, "rules": rules}));
    });
    rig
}

#[test]
fn a_limit_shows_what_the_gateway_counted_in_its_own_window() {
    let rig = limited(json!([
        {"id": "week", "limit": 1000, "limitType": "cost", "window": 604_800, "technique": "sliding"},
        {"id": "day", "limit": 10, "limitType": "cost", "window": 86_400, "technique": "fixed"},
    ]));
    let report = json_of(&rig, &["--no-transcripts"]);
    let limits = report["spend_limits"].as_array().unwrap();
    let spent: Vec<f64> = limits.iter().map(|limit| limit["spent_usd"].as_f64().unwrap()).collect();
    let total = report["total"]["gateway"]["usd"].as_f64().unwrap();
    assert!((spent[0] - total * 7.0 / 20.0).abs() < total / 1000.0, "{spent:?} of {total}");
    assert!((spent[1] - total / 20.0).abs() < total / 1000.0, "{spent:?} of {total}");
    assert_eq!(limits[1]["part"].as_f64().map(|part| (part * 10.0 - spent[1]).abs() < 1e-6), Some(true));
    let text = costs(&rig, &["--no-transcripts"]).stdout;
    assert!(
        text.contains("limit      $") && text.contains("of $1,000.00 per 7 days (sliding, rule week)"),
        "{text}"
    );
}

#[test]
fn a_limit_on_some_requests_is_shown_without_a_guess() {
    let rig = limited(json!([
        {"id": "team", "limit": 5, "limitType": "cost", "window": 86_400, "metadata": {"project": {"mode": "partition"}}},
    ]));
    let limit = &json_of(&rig, &["--no-transcripts"])["spend_limits"][0];
    assert_eq!(
        (&limit["spent_usd"], &limit["unknown_because"]),
        (&json!(null), &json!("it counts only some requests"))
    );
}

#[test]
fn without_the_gateway_the_limits_are_said_to_be_unknown() {
    let rig = rig(requests(1000));
    let notes = json_of(&rig, &["--gateway-id", "nosuch", "--no-transcripts"])["notes"].to_string();
    assert!(notes.contains("could not read the spend limits"), "{notes}");
}
