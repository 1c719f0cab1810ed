//! Policies and spend rules of a gateway.

use crate::Rig;
use cf_aig_emulator::{API_TOKEN, Config};
use insta::assert_snapshot;
use serde_json::{Value, json};

fn policy(name: &str, action: Value, resource: &str) -> Value {
    json!({"id": format!("id-{name}"), "name": name, "action": action, "resource": resource, "new_field": 1})
}

fn rig() -> Rig {
    let rig = Rig::managed();
    rig.emulator.update(|config| {
        let gateway = &mut config.gateways[0];
        gateway.policies = vec![
            policy("engineers", json!("no-limit"), "anthropic"),
            policy(
                "budget",
                json!({"type": "limit", "amount": 50, "period": "day", "technique": "named-interval"}),
                "openai",
            ),
        ];
        gateway.staged_policies =
            vec![policy("no-opus", json!({"type": "block"}), "anthropic/claude-opus-5")];
    });
    rig
}

#[test]
fn policies_are_listed_with_the_staged_ones_apart() {
    let rig = rig();
    assert_snapshot!(rig.ok(&["gateway", "policies"]), @"
    gateway emulator: default-deny is on; requests that match no policy are refused (403)
    in force   engineers  no-limit  resource anthropic  (id-engineers)
    in force   budget  limit  resource openai  (id-budget)
    staged     no-opus  block  resource anthropic/claude-opus-5  (id-no-opus)
    note       staged policies have no effect until they are committed
    ");
    let list = rig.json(&["gateway", "policies"]);
    assert_eq!((&list["default_deny"], list["staged"].as_array().unwrap().len()), (&json!(true), 1));
    assert_eq!(list["in_force"][0]["new_field"], 1, "what is unknown is kept");
    let shown: Value = serde_json::from_str(&rig.ok(&["gateway", "policies", "show", "no-opus"])).unwrap();
    assert_eq!(shown["policy"]["action"]["type"], "block");
    assert!(rig.fails(4, &["gateway", "policies", "show", "nobody"]).contains("gateway policies"));
}

#[test]
fn a_gateway_without_policies_lets_every_request_pass() {
    let rig = Rig::managed();
    assert!(rig.ok(&["gateway", "policies"]).contains("no policy in force"));
}

#[test]
fn a_simulation_asks_for_a_model_and_shows_the_answer() {
    let rig = rig();
    let ask = |model: &str| -> Value {
        serde_json::from_str(&rig.ok(&["gateway", "policies", "simulate", "--model", model])).unwrap()
    };
    assert_eq!(ask("anthropic/claude-haiku-4-5")["answer"]["allowed"], true);
    assert_eq!(ask("mistral/large")["answer"]["message"], "Access denied by policy");
}

#[test]
fn a_read_only_token_names_the_missing_permission() {
    let config =
        Config { api_tokens: vec![], api_read_tokens: vec![API_TOKEN.to_owned()], ..Config::default() };
    let mut rig = Rig::with(config);
    rig.sandbox.set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    assert!(rig.fails(3, &["gateway", "policies"]).contains("AI Gateway Write (the dashboard's Edit)"));
}

#[test]
fn policies_refuse_traffic_in_their_own_form() {
    let rig = rig();
    let send = || rig.sandbox.run(["send", "--model", "claude-haiku-4-5", "Hi"]);
    assert_eq!(send().code, 0, "{:?}", send());
    for (action, said) in [
        (json!("block"), "denied by policy"),
        (json!({"type": "limit", "amount": 0, "period": "day"}), "Spending limit exceeded"),
    ] {
        rig.emulator.update(|config| config.gateways[0].policies = vec![policy("p", action, "*")]);
        let before = rig.emulator.requests().len();
        assert_eq!(send().code, 1);
        let refused = rig.emulator.requests().into_iter().nth(before).unwrap();
        assert!(matches!(refused.status, Some(403 | 429)), "{said}: {refused:?}");
    }
}

#[test]
fn the_doctor_says_that_default_deny_is_on_and_what_it_does_to_this_session() {
    let rig = rig();
    let check = |rig: &Rig| {
        let ran = rig.sandbox.run(["doctor", "--json", "--only", "limits.policies"]);
        let checks = ran.json()["checks"].clone();
        let check = checks.as_array().unwrap().iter().find(|check| check["id"] == "limits.policies").cloned();
        check.unwrap_or_else(|| panic!("{ran:?}"))
    };
    let found = check(&rig);
    assert!(found["evidence"].as_str().unwrap().contains("default-deny is on"), "{found}");
    rig.emulator.update(|config| config.gateways[0].policies.clear());
    assert_eq!(check(&rig)["state"], "ok");
}

#[test]
fn an_update_of_spend_limits_keeps_the_counters_of_rules_that_stay() {
    let rig = Rig::managed();
    let ids = |rig: &Rig| -> Vec<String> {
        let rules = rig.json(&["gateway", "show"])["gateway"]["spend_limits"]["rules"].clone();
        rules.as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap().to_owned()).collect()
    };
    rig.ok(&["gateway", "update", "--spend-limit", "50/day", "--yes"]);
    assert_eq!(ids(&rig), ["rule-1"]);
    let second =
        rig.ok(&["gateway", "update", "--spend-limit", "60/day", "--spend-limit", "200/week", "--yes"]);
    assert!(
        second.contains("1 spend rule keeps its id and its count")
            && second.contains("200 USD per 168 h is a new rule"),
        "{second}"
    );
    assert_eq!(ids(&rig), ["rule-1", "rule-2"]);
}
