//! `cf-aig iac --check`: drift between a file and the gateway.

use super::{chain, rig};
use crate::Rig;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// Terraform's state after an apply, as `terraform show -json` prints it.
fn state(values: Value) -> String {
    let resource = json!({"address": "cloudflare_ai_gateway.team", "mode": "managed",
        "type": "cloudflare_ai_gateway", "name": "team", "values": values});
    json!({"format_version": "1.0", "values": {"root_module": {"child_modules": [{"resources": [resource]}]}}})
        .to_string()
}

fn applied() -> Value {
    json!({"account_id": cf_aig_emulator::ACCOUNT_ID, "id": "team", "authentication": true, "collect_logs": true,
        "log_management": 20000, "cache_ttl": 0, "cache_invalidate_on_update": false, "rate_limiting_limit": 1500.0,
        "rate_limiting_interval": 60, "rate_limiting_technique": "sliding", "byok_only": false, "zdr": null,
        "guardrails": {"prompt": {"s1": "BLOCK", "s2": null}, "response": {"p1": null}}, "dlp": null,
        "spend_limits": {"enabled": true, "rules": [{"id": null, "limit": 50, "limit_type": "cost",
            "window": 86400, "technique": "sliding", "enabled": null, "metadata": null, "model": null}]},
        "otel": [{"url": "https://o.example/${x}", "headers": {"x-key": "other"}, "authorization": "other",
            "content_type": null}],
        "created_at": "2026-01-01T00:00:00Z", "is_default": false})
}

#[test]
fn a_matching_state_shows_no_drift() {
    let rig = rig();
    let ran = rig.sandbox.run_with(["iac", "terraform", "team", "--check", "-"], state(applied()).as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert_snapshot!(ran.stdout, @r#"
    unset in file  team: spend_limits.rules[0].id: nothing in the file, "rule-1" at Cloudflare
    not compared  team: otel[0].headers is a secret
    not compared  team: otel[0].authorization is a secret
    not compared  brand_new is not supported by the provider
    not compared  stored key for anthropic, alias default: no resource covers it
    gateway team matches stdin
    "#);
}

#[test]
fn a_change_at_cloudflare_is_drift() {
    let rig = rig();
    rig.ok(&[
        "gateway",
        "update",
        "team",
        "--cache",
        "300",
        "--spend-limit",
        "60/day",
        "--attempts",
        "3",
        "--yes",
    ]);
    let file = rig.sandbox.write("state.json", &state(applied()));
    let name = file.to_string_lossy().into_owned();
    let ran = rig.sandbox.run(["iac", "terraform", "team", "--check", &name]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert_snapshot!(rig.steady(&ran.stdout), @r#"
    drift          team: cache_ttl: 0 in the file, 300 at Cloudflare
    drift          team: retry_max_attempts: nothing in the file, 3 at Cloudflare
    drift          team: spend_limits.rules[0].limit: 50 in the file, 60 at Cloudflare
    unset in file  team: spend_limits.rules[0].id: nothing in the file, "rule-1" at Cloudflare
    not compared  team: otel[0].headers is a secret
    not compared  team: otel[0].authorization is a secret
    not compared  brand_new is not supported by the provider
    not compared  stored key for anthropic, alias default: no resource covers it
    gateway team differs from SANDBOX/state.json
    "#);
    let ran = rig.sandbox.run(["iac", "terraform", "team", "--check", &name, "--json"]);
    assert_eq!(ran.code, 1);
    let json = ran.json();
    assert_eq!(
        json["drift"],
        json!([
            {"resource": "team", "attribute": "cache_ttl", "file": 0, "live": 300},
            {"resource": "team", "attribute": "retry_max_attempts", "file": null, "live": 3},
            {"resource": "team", "attribute": "spend_limits.rules[0].limit", "file": 50, "live": 60},
        ])
    );
    assert!(!json.to_string().contains("other"), "secrets are neither compared nor shown");
}

#[test]
fn a_state_file_a_plan_and_a_stack_are_read_too() {
    let rig = rig();
    let check = |text: &str| {
        let ran = rig.sandbox.run_with(["iac", "terraform", "team", "--check", "-"], text.as_bytes());
        (ran.code, ran.stdout.lines().filter(|line| line.starts_with("drift")).count())
    };
    let mut values = applied();
    values["cache_ttl"] = json!(60);
    let show: Value = serde_json::from_str(&state(values.clone())).unwrap();
    // what a plan contains about the previous state is not what the code wants
    let plan = json!({"format_version": "1.2", "planned_values": show["values"],
        "prior_state": {"values": {"root_module": {"resources": []}}}});
    assert_eq!(check(&plan.to_string()), (1, 1));
    let tfstate = json!({"version": 4, "terraform_version": "1.11.4", "resources": [
        {"mode": "data", "type": "cloudflare_ai_gateway", "instances": [{"attributes": {"id": "team"}}]},
        {"mode": "managed", "type": "cloudflare_ai_gateway", "name": "team", "instances": [{"attributes": values}]},
    ]});
    assert_eq!(check(&tfstate.to_string()), (1, 1));
    let stack = json!({"version": 3, "deployment": {"resources": [
        {"type": "pulumi:pulumi:Stack", "urn": "x"},
        {"type": "cloudflare:index/aiGateway:AiGateway", "inputs": {"__defaults": [], "accountId": cf_aig_emulator::ACCOUNT_ID,
            "aiGatewayId": "team", "collectLogs": true, "cacheTtl": 60, "cacheInvalidateOnUpdate": false,
            "rateLimitingInterval": 60, "rateLimitingLimit": 1500, "rateLimitingTechnique": "sliding",
            "guardrails": {"prompt": {"s1": "BLOCK"}, "response": {}},
            "otels": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"}}},
    ]}});
    assert_eq!(check(&stack.to_string()), (1, 1));
}

#[test]
fn a_route_that_only_one_side_has_is_drift() {
    let rig = rig();
    let route = json!({"type": "cloudflare_ai_gateway_dynamic_routing", "mode": "managed",
        "values": {"name": "gone", "gateway_id": "team", "elements": []}});
    let mut file: Value = serde_json::from_str(&state(applied())).unwrap();
    file["values"]["root_module"]["resources"] = json!([route]);
    let args = ["iac", "terraform", "team", "--check", "-", "--json"];
    let ran = rig.sandbox.run_with(args, file.to_string().as_bytes());
    let gone = json!([{"resource": "route gone", "attribute": "", "file": "there", "live": null}]);
    assert_eq!((ran.code, &ran.json()["drift"]), (1, &gone));
}

#[test]
fn a_file_that_is_not_a_state_is_refused() {
    let rig = rig();
    let cases = [
        ("resource \"cloudflare_ai_gateway\" {", "is not JSON"),
        ("[]", "must be the output of"),
        ("{\"resources\": []}", "must be the output of"),
        ("{\"format_version\": \"1.0\"}", "has no cloudflare_ai_gateway with the id team"),
        ("{\"version\": 4, \"resources\": [{\"type\": \"cloudflare_ai_gateway\"}]}", "with the id team"),
    ];
    for (text, expected) in cases {
        let ran = rig.sandbox.run_with(["iac", "terraform", "team", "--check", "-"], text.as_bytes());
        assert_eq!(ran.code, 2, "{text}");
        assert!(ran.stderr.contains(expected), "{text}: {}", ran.stderr);
    }
    assert!(rig.fails(4, &["iac", "pulumi", "team", "--check", "no-such-file"]).contains("could not read"));
    assert!(rig.fails(4, &["iac", "pulumi", "elsewhere", "--import"]).contains("gateway list"));
}

#[test]
fn another_model_in_a_route_is_drift() {
    let rig = Rig::managed();
    let file = rig.sandbox.write("route.json", &chain().to_string());
    rig.ok(&["route", "create", &file.to_string_lossy(), "--yes"]);
    let stack = |element: Value| {
        json!({"deployment": {"resources": [
        {"type": "cloudflare:index/aiGateway:AiGateway", "inputs": {"aiGatewayId": "emulator", "collectLogs": true,
            "cacheTtl": 0, "cacheInvalidateOnUpdate": false, "rateLimitingInterval": 0, "rateLimitingLimit": 0,
            "rateLimitingTechnique": "fixed"}},
        {"type": "cloudflare:index/aiGatewayDynamicRouting:AiGatewayDynamicRouting",
            "inputs": {"gatewayId": "emulator", "name": "agents", "elements": [
                {"id": "start", "type": "start", "outputs": {"next": {"elementId": "model-1"}}}, element,
                {"id": "model-2", "type": "model", "properties": {"aiGatewayDynamicRoutingProvider": "openai",
                    "model": "gpt-5", "timeout": 60000, "retries": 0},
                 "outputs": {"success": {"elementId": "end"}, "fallback": {"elementId": "end"}}},
                {"id": "end", "type": "end", "outputs": {}},
            ]}}]}})
    };
    let element = |model: &str| {
        json!({"id": "model-1", "type": "model", "properties": {"model": model,
        "aiGatewayDynamicRoutingProvider": "anthropic", "timeout": 60000, "retries": 0},
        "outputs": {"success": {"elementId": "end"}, "fallback": {"elementId": "model-2"}}})
    };
    let check = |model: &str| {
        let stack = stack(element(model)).to_string();
        rig.sandbox.run_with(["iac", "pulumi", "--check", "-", "--json"], stack.as_bytes())
    };
    let same = check("claude-haiku-4-5");
    assert_eq!((same.code, &same.json()["drift"]), (0, &json!([])));
    let other = check("claude-opus-5");
    let drift = json!([{"resource": "route agents", "attribute": "elements[1].properties.model",
        "file": "claude-opus-5", "live": "claude-haiku-4-5"}]);
    assert_eq!((other.code, &other.json()["drift"]), (1, &drift));
}
