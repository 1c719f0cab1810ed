//! Responses of Cloudflare's API whose fields are missing or have another type: each command ends with an
//! answer or with an error that says why, and prints nothing that a terminal would interpret.

use crate::Rig;
use cf_aig_emulator::{Fault, Host};
use serde_json::{Map, Value, json};

/// Every field that some resource reads.
const NAMES: &[&str] = &[
    "id",
    "name",
    "slug",
    "base_url",
    "enable",
    "headers",
    "provider_slug",
    "alias",
    "default_config",
    "secret_preview",
    "modified_at",
    "hostname",
    "authentication",
    "collect_logs",
    "cache_ttl",
    "rate_limiting_limit",
    "rate_limiting_interval",
    "rate_limiting_technique",
    "dlp",
    "guardrails",
    "spend_limits",
    "enabled",
    "policies",
    "rules",
    "limit",
    "window",
    "technique",
    "elements",
    "type",
    "outputs",
    "properties",
    "version",
    "version_id",
    "created_at",
    "active",
    "provider",
    "model",
    "status_code",
    "success",
    "cached",
    "cost",
    "duration",
    "tokens_in",
    "tokens_out",
    "metadata",
    "balance",
    "actor",
    "resource",
    "condition",
    "action",
    "count",
    "sum",
    "dimensions",
    "timestamp",
    "dataset",
];

/// Values of every type, and a few that a reader might trust.
fn values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!("a\u{1b}[2J\u{202e}"),
        json!("{\"a\": [1]}"),
        json!([]),
        json!([1, "x", {"id": 7, "limit": "x", "outputs": [1]}, {"id": "x", "limit": 5, "window": 60, "check": "RESPONSE"}]),
        json!({}),
        json!({"rules": [{"limit": 1, "window": 0}], "policies": [1], "response": 7, "version_id": [], "elementId": 1}),
    ]
}

/// An object whose fields have these values in turn, beginning with the `turn`th.
fn odd(turn: usize) -> Map<String, Value> {
    let values = values();
    let value = |at: usize| values[(at * 5 + turn) % values.len()].clone();
    NAMES.iter().enumerate().map(|(at, name)| ((*name).to_owned(), value(at))).collect()
}

/// The bodies that each call gets.
fn bodies() -> Vec<String> {
    let whole = |result: Value| {
        json!({"success": true, "errors": [], "messages": [], "result": result, "data": result}).to_string()
    };
    let mut bodies: Vec<String> = values().into_iter().step_by(3).map(&whole).collect();
    for turn in (0..values().len()).step_by(2) {
        let mut known = odd(turn);
        // an id that is valid leads further
        known.insert("id".to_owned(), json!("emulator"));
        let list = json!([odd(turn), known, null]);
        let event = json!({"source": known, "$metadata": odd(turn), "timestamp": values()[turn]});
        let mut object = known.clone();
        for name in ["routes", "versions", "deployments"] {
            object.insert(name.to_owned(), json!([odd(turn), known]));
        }
        object.insert("events".to_owned(), json!({"events": [event, 1]}));
        object.insert("viewer".to_owned(), json!({"accounts": [{"aiGatewayRequestsAdaptiveGroups": list}]}));
        bodies.extend([whole(json!(object)), whole(json!([odd(turn), known]))]);
    }
    bodies
}

#[test]
fn a_field_of_another_type_ends_no_command_and_reaches_no_terminal() {
    let rig = Rig::managed();
    let commands: &[&[&str]] = &[
        &["gateway", "list"],
        &["gateway", "show"],
        &["gateway", "update", "--spend-limit", "5/day", "--dry-run"],
        &["gateway", "policies"],
        &["key", "list"],
        &["key", "remove", "x", "--dry-run"],
        &["provider", "list"],
        &["route", "list"],
        &["route", "show", "emulator"],
        &["route", "versions", "emulator"],
        &["route", "rollback", "emulator", "--dry-run"],
        &["logs", "list"],
        &["logs", "show", "x"],
        &["costs"],
        &["costs", "--by", "session"],
        &["iac", "terraform", "emulator"],
    ];
    let mut succeeded = 0;
    for body in bodies() {
        let fault = Fault::Status { status: 200, headers: Vec::new(), body: body.clone() };
        rig.emulator.set_fault_of(Host::Api, Some(fault));
        for command in commands {
            let ran = rig.sandbox.run(*command);
            assert!((0..=7).contains(&ran.code), "{command:?}: {body}: {ran:?}");
            assert!(ran.code == 0 || !ran.stderr.is_empty(), "{command:?}: {body}: {ran:?}");
            let shown = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!shown.contains("panicked"), "{command:?}: {body}: {ran:?}");
            assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{command:?}: {body}: {ran:?}");
            succeeded += usize::from(ran.code == 0);
        }
    }
    assert!(succeeded > 50, "most objects are read: {succeeded}");
}
