//! The report: text and JSON agree, and only the requested checks run.

use super::{examined, well};
use serde_json::Value;

/// Every text in a JSON value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn text_and_json_carry_the_same_findings() {
    let mut rigs = [well(), well(), well()];
    rigs[1].sandbox.set("CF_AIG_TOKEN", "wrong-token");
    rigs[2].sandbox.set("CF_AIG_AUTH", "byok");
    for rig in rigs {
        let json = examined(&rig, &["--offline"]);
        let text = rig.sandbox.run(["doctor", "--offline", "--verbose"]);
        assert_eq!(json.code, text.code);
        same(&json.report, &text.stdout);
        // neither run includes checks that differ between runs
        let only = ["--only", "configuration,gateway,gateway-auth,provider-auth,limits"];
        let json = examined(&rig, &only);
        let text = rig.sandbox.run(["doctor", "--verbose"].iter().chain(&only));
        assert_eq!(json.code, text.code);
        same(&json.report, &text.stdout);
    }
}

/// Text contains everything that JSON contains, and the state precedes each check.
fn same(report: &Value, text: &str) {
    let ids = ["speaker", "layer", "broken"];
    for check in report["checks"].as_array().unwrap() {
        for (name, value) in check.as_object().unwrap() {
            let shown = ids.contains(&name.as_str()) || texts(value).iter().all(|t| text.contains(t));
            assert!(shown, "{name} of {check} is not in\n{text}");
        }
        let (id, state) = (check["id"].as_str().unwrap(), check["state"].as_str().unwrap());
        let line = text.lines().find(|line| line.split([' ', ',']).any(|word| word == id)).unwrap();
        assert!(line.starts_with(state), "{line} is not {state}");
    }
    assert!(text.ends_with(&format!("\n{}\n", report["summary"]["says"].as_str().unwrap())));
    for state in ["ok", "warn", "fail", "skip"] {
        let count = report["checks"].as_array().unwrap().iter().filter(|c| c["state"] == state).count();
        assert_eq!(report["summary"][state], count, "{state}");
    }
}

#[test]
fn the_list_names_every_check_once_without_requests() {
    let rig = well();
    let list = rig.sandbox.run(["doctor", "--list"]);
    let json = rig.sandbox.run(["doctor", "--list", "--json"]).json();
    let listed: Vec<&str> = list.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    let seen = examined(&rig, &["--offline"]);
    let checked: Vec<&str> = seen.checks().iter().filter_map(|check| check["id"].as_str()).collect();
    assert_eq!(listed, checked);
    let in_json: Vec<&str> =
        json["checks"].as_array().unwrap().iter().filter_map(|check| check["id"].as_str()).collect();
    assert_eq!((listed, &json["schema"]), (in_json, &Value::from(1)));
    assert!(rig.emulator.requests().is_empty());
}

#[test]
fn offline_opens_no_connection() {
    let rig = well();
    let seen = examined(&rig, &["--offline"]);
    assert_eq!((seen.broken().as_str(), rig.emulator.connections()), ("nothing, warned by [], exit 0", 0));
    assert_eq!(seen.check("gateway.exists")["evidence"], "skipped: --offline");
}

#[test]
fn only_the_selected_checks_run() {
    let mut rig = well();
    rig.sandbox.set("CF_AIG_TOKEN", "wrong-token");
    let ids = |seen: &super::Seen| -> Vec<String> {
        seen.checks().iter().map(|check| check["id"].as_str().unwrap().to_owned()).collect()
    };
    let local = examined(&rig, &["--only", "files,configuration.gateway"]);
    assert_eq!(ids(&local), ["configuration.gateway", "files.taken"]);
    assert_eq!((local.code, rig.emulator.connections()), (0, 0));
    let one = examined(&rig, &["--only", "provider-auth"]);
    assert_eq!(ids(&one), ["provider-auth.reached", "provider-auth.credential"]);
    assert_eq!(one.state("provider-auth.reached"), "skip");
    // a requested check could not run, which is not a success
    assert_eq!(one.code, 1);
    let text = rig.sandbox.run(["doctor", "--only", "provider-auth"]);
    assert!(
        text.stdout.contains("the gateway-auth layer before them is broken (gateway-auth.token)"),
        "{text:?}"
    );
    let behind = examined(&rig, &["--only", "gateway-auth"]);
    assert_eq!(behind.code, 3, "the layer itself says what it is");
    let no = rig.sandbox.run(["doctor", "--only", "tsl"]);
    assert_eq!(no.code, 2);
    assert!(no.stderr.contains("doctor --list"), "{no:?}");
}

#[test]
fn the_exit_code_follows_the_kind_of_failure() {
    let code = |name: &str, value: &str| {
        let mut rig = well();
        rig.sandbox.set(name, value);
        rig.sandbox.run(["doctor"]).code
    };
    assert_eq!(code("CF_AIG_TOKEN", "wrong-token"), 3);
    assert_eq!(code("ANTHROPIC_API_KEY", "sk-ant-wrong"), 3);
    assert_eq!(code("CF_AIG_GATEWAY_ID", "nothing"), 4);
    assert_eq!(code("CF_AIG_AUTH", "byok"), 1);
    let rig = well();
    rig.emulator.set_fault(Some(cf_aig_emulator::Fault::RefuseConnections));
    assert_eq!(rig.sandbox.run(["doctor"]).code, 6);
    rig.emulator.set_fault(Some(cf_aig_emulator::Fault::HostNotAllowed));
    assert_eq!(rig.sandbox.run(["doctor"]).code, 7);
}
