//! `cf-aig iac`: the gateway as code, and whether it is still what the code says.

use crate::Rig;
use insta::assert_snapshot;
use serde_json::{Value, json};

/// A gateway that uses much of what there is, made by the commands.
fn rig() -> Rig {
    let rig = Rig::managed();
    let settings = rig.sandbox.write(
        "settings.json",
        r#"{"otel":[{"url":"https://o.example/${x}","headers":{"x-key":"s3cret"},"authorization":"s3cret"}],
            "guardrails":{"prompt":{"S1":"BLOCK"},"response":{}}}"#,
    );
    rig.ok(&[
        "gateway",
        "create",
        "team",
        "--yes",
        "--spend-limit",
        "50/day",
        "--retention",
        "20000",
        "--file",
        &settings.to_string_lossy(),
    ]);
    rig.emulator.update(|config| {
        let team = config.gateways.iter_mut().find(|g| g.gateway_id == "team").unwrap();
        team.stored_keys.insert("anthropic".to_owned(), "sk-ant-stored".to_owned());
        team.settings.insert("brand_new".to_owned(), json!({"token": "s3cret"}));
    });
    rig
}

/// What Terraform would hold after an apply, as `terraform show -json` says it.
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
fn the_gateway_that_exists_as_terraform() {
    let code = rig().ok(&["iac", "terraform", "team", "--import"]);
    let (code, _) = code.split_once("\noutput \"base_urls\"").unwrap();
    assert_snapshot!(code, @r#"
    # AI Gateway team, as Cloudflare has it. Made by `cf-aig iac`.
    # Left out: brand_new is unknown to the provider.

    terraform {
      required_version = ">= 1.5.0"

      required_providers {
        cloudflare = {
          source  = "cloudflare/cloudflare"
          version = "> 5.22.0, < 6.0.0"
        }
      }
    }

    # The token is read from CLOUDFLARE_API_TOKEN; it needs AI Gateway Read and AI Gateway Write.
    provider "cloudflare" {}

    variable "account_id" {
      type        = string
      description = "The Cloudflare account"
      default     = "0123456789abcdef0123456789abcdef"
    }

    variable "otel_0_headers" {
      type        = map(string)
      description = "otel[0].headers of the gateway"
      sensitive   = true
    }

    variable "otel_0_authorization" {
      type        = string
      description = "otel[0].authorization of the gateway"
      sensitive   = true
    }

    resource "cloudflare_ai_gateway" "team" {
      account_id                 = var.account_id
      id                         = "team"
      authentication             = true
      collect_logs               = true
      log_management             = 20000
      cache_ttl                  = 0
      cache_invalidate_on_update = false
      rate_limiting_limit        = 1500
      rate_limiting_interval     = 60
      rate_limiting_technique    = "sliding"
      spend_limits = {
        enabled = true
        rules = [
          {
            id         = "rule-1"
            limit      = 50
            limit_type = "cost"
            window     = 86400
            technique  = "sliding"
          },
        ]
      }
      byok_only = false
      guardrails = {
        prompt = {
          s1 = "BLOCK"
        }
        response = {}
      }
      otel = [
        {
          url           = "https://o.example/$${x}"
          headers       = var.otel_0_headers
          authorization = var.otel_0_authorization
        },
      ]
    }

    import {
      to = cloudflare_ai_gateway.team
      id = "0123456789abcdef0123456789abcdef/team"
    }

    locals {
      gateway_url = "https://gateway.ai.cloudflare.com/v1/${var.account_id}/${cloudflare_ai_gateway.team.id}"
    }

    output "anthropic_base_url" {
      description = "ANTHROPIC_BASE_URL of Claude Code"
      value       = "${local.gateway_url}/anthropic"
    }
    "#);
}

#[test]
fn the_gateway_that_exists_as_pulumi() {
    let code = rig().ok(&["iac", "pulumi", "team", "--import"]);
    let (code, _) = code.split_once("\n/** The base URLs").unwrap();
    assert_snapshot!(code, @r#"
    // AI Gateway team, as Cloudflare has it. Made by `cf-aig iac`.
    // Left out: brand_new is unknown to the provider.
    //
    //   npm install @pulumi/pulumi @pulumi/cloudflare@^6.22.1
    //
    // The token is read from CLOUDFLARE_API_TOKEN; it needs AI Gateway Read and AI Gateway Write.
    //   pulumi config set --secret --path 'otel0Headers["NAME"]'    # otel[0].headers
    //   pulumi config set --secret otel0Authorization    # otel[0].authorization
    //
    // What exists is taken over, once, before the first `pulumi up`, with:
    //   pulumi import cloudflare:index/aiGateway:AiGateway team '0123456789abcdef0123456789abcdef/team'

    import * as cloudflare from "@pulumi/cloudflare";
    import * as pulumi from "@pulumi/pulumi";

    const config = new pulumi.Config();
    const accountId = config.get("accountId") ?? "0123456789abcdef0123456789abcdef";

    const gateway = new cloudflare.AiGateway("team", {
      accountId,
      aiGatewayId: "team",
      authentication: true,
      collectLogs: true,
      logManagement: 20000,
      cacheTtl: 0,
      cacheInvalidateOnUpdate: false,
      rateLimitingLimit: 1500,
      rateLimitingInterval: 60,
      rateLimitingTechnique: "sliding",
      spendLimits: {
        enabled: true,
        rules: [
          {
            id: "rule-1",
            limit: 50,
            limitType: "cost",
            window: 86400,
            technique: "sliding",
          },
        ],
      },
      byokOnly: false,
      guardrails: {
        prompt: {
          s1: "BLOCK",
        },
        response: {},
      },
      otels: [
        {
          url: "https://o.example/${x}",
          headers: config.requireSecretObject<Record<string, string>>("otel0Headers"),
          authorization: config.requireSecret("otel0Authorization"),
        },
      ],
    });

    const baseUrl = (provider: string) =>
      pulumi.interpolate`https://gateway.ai.cloudflare.com/v1/${accountId}/${gateway.aiGatewayId}/${provider}`;

    /** ANTHROPIC_BASE_URL of Claude Code. */
    export const anthropicBaseUrl = baseUrl("anthropic");
    "#);
}

#[test]
fn what_no_resource_covers_stands_at_the_end() {
    let code = rig().ok(&["iac", "terraform", "team"]);
    let (_, calls) = code.split_once("\n# No resource").unwrap();
    assert_snapshot!(calls, @r#"
     covers the following yet. Each is one call of the API, made once, with
    # CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN and the variable that it names in the environment.
    #
    # stored key for anthropic, alias default (ANTHROPIC_DEFAULT_KEY):
    #   jq -n '{"provider_slug":"anthropic","alias":"default","default_config":true} + {secret: env.ANTHROPIC_DEFAULT_KEY}' |
    #     curl -sS "https://api.cloudflare.com/client/v4/accounts/$CLOUDFLARE_ACCOUNT_ID/ai-gateway/gateways/team/provider_configs" \
    #       -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" -H "Content-Type: application/json" --data-binary @-
    "#);
}

#[test]
fn without_a_token_it_is_the_defaults_of_a_creation() {
    let rig = Rig::new();
    let ran = rig.sandbox.run(["iac", "terraform", "new-one"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("this is the default gateway"), "{ran:?}");
    assert_eq!(rig.ok(&["iac", "terraform", "new-one", "--defaults"]), rig.steady(&ran.stdout));
    for (key, value) in cf_aig::facts::gateway::settings::defaults(cf_aig::facts::gateway::settings::SESSIONS)
    {
        let value = value.to_string();
        let line =
            |line: &str| line.split_once('=').is_some_and(|(k, v)| k.trim() == key && v.trim() == value);
        assert!(ran.stdout.lines().any(line), "{key} = {value}");
    }
    assert!(rig.emulator.requests().is_empty());
    // what needs the gateway says what it needs
    for flag in [&["--import"][..], &["--check", "x.json"]] {
        let said = rig.fails(3, &[&["iac", "terraform"], flag].concat());
        assert!(said.contains("CLOUDFLARE_API_TOKEN"), "{said}");
    }
    // with nothing configured, account and name are still to be given
    let mut bare = Rig::new();
    for name in ["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID"] {
        bare.sandbox.unset(name);
    }
    let code = bare.ok(&["iac", "pulumi", "--defaults"]);
    assert!(code.contains("config.require(\"accountId\")") && code.contains("\"claude-code\""), "{code}");
}

#[test]
fn code_is_never_written_over() {
    let rig = Rig::managed();
    let file = rig.sandbox.project().join("gateway.tf");
    let name = file.to_string_lossy().into_owned();
    let said = rig.ok(&["iac", "terraform", "--output", &name]);
    assert!(said.starts_with("written    "), "{said}");
    let first = std::fs::read_to_string(&file).unwrap();
    assert_eq!(rig.steady(&first), rig.ok(&["iac", "terraform"]));
    std::fs::write(&file, "mine").unwrap();
    assert!(rig.fails(5, &["iac", "terraform", "--output", &name]).contains("already exists"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn text_and_json_carry_the_same() {
    let rig = rig();
    let json = rig.json(&["iac", "pulumi", "team"]);
    assert_eq!(rig.steady(json["code"].as_str().unwrap()), rig.ok(&["iac", "pulumi", "team"]));
    assert_eq!(json["secrets"], json!(["otel_0_headers", "otel_0_authorization"]));
    assert_eq!(json["left_out"], json!([{"at": "brand_new", "why": "is unknown to the provider"}]));
    assert_eq!(json["by_hand"][0]["secret"], "ANTHROPIC_DEFAULT_KEY");
    assert!(!json.to_string().contains("s3cret"));
}

#[test]
fn a_state_that_is_true_is_no_drift() {
    let rig = rig();
    let ran = rig.sandbox.run_with(["iac", "terraform", "team", "--check", "-"], state(applied()).as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert_snapshot!(ran.stdout, @r#"
    left open      team: spend_limits.rules[0].id: nothing in the file, "rule-1" at Cloudflare
    not looked at  team: otel[0].headers is a secret
    not looked at  team: otel[0].authorization is a secret
    not looked at  brand_new is unknown to the provider
    not looked at  stored key for anthropic, alias default: no resource covers it
    gateway team is as stdin says
    "#);
}

#[test]
fn what_changed_at_cloudflare_is_drift() {
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
    left open      team: spend_limits.rules[0].id: nothing in the file, "rule-1" at Cloudflare
    not looked at  team: otel[0].headers is a secret
    not looked at  team: otel[0].authorization is a secret
    not looked at  brand_new is unknown to the provider
    not looked at  stored key for anthropic, alias default: no resource covers it
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
    // what a plan says of the state before it is not what the code wants
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
        {"type": "cloudflare:index/aiGateway:AiGateway", "inputs": {"__defaults": [], "accountId": "x",
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
fn a_file_that_is_no_state_is_refused() {
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
fn a_route_is_code_too_unless_it_has_shares() {
    let rig = Rig::managed();
    let put =
        |name: &str, text: Value| rig.sandbox.write(name, &text.to_string()).to_string_lossy().into_owned();
    let chain =
        |model: &str| json!({"name": "agents", "models": [format!("anthropic/{model}"), "openai/gpt-5"]});
    let half = json!({"name": "half", "steps": {"dice": {"split": {"a": 60, "b": 40}},
        "a": {"model": "openai/gpt-5"}, "b": {"model": "anthropic/claude-haiku-4-5"}}});
    for file in [put("a.json", chain("claude-haiku-4-5")), put("b.json", half)] {
        rig.ok(&["route", "create", &file, "--yes"]);
    }
    let json = rig.json(&["iac", "terraform", "--import"]);
    assert_eq!(json["by_hand"][0]["makes"], "dynamic route half");
    let code = json["code"].as_str().unwrap();
    let (_, route) =
        code.split_once("resource \"cloudflare_ai_gateway_dynamic_routing\" \"agents\" ").unwrap();
    assert_snapshot!(route.split("\n    {\n      id   = \"model-2\"").next().unwrap(), @r#"
    {
      account_id = var.account_id
      gateway_id = cloudflare_ai_gateway.emulator.id
      name       = "agents"
      elements = [
        {
          id   = "start"
          type = "start"
          outputs = {
            next = {
              element_id = "model-1"
            }
          }
        },
        {
          id   = "model-1"
          type = "model"
          properties = {
            ai_gateway_dynamic_routing_provider = "anthropic"
            model                               = "claude-haiku-4-5"
            retries                             = 0
            timeout                             = 60000
          }
          outputs = {
            success = {
              element_id = "end"
            }
            fallback = {
              element_id = "model-2"
            }
          }
        },
    "#);
    let id = rig.json(&["route", "list"])["routes"][0]["id"].as_str().unwrap().to_owned();
    let import = format!("\"{}/emulator/{id}\"", cf_aig_emulator::ACCOUNT_ID);
    assert!(code.contains(&import), "{code}");
    assert!(
        rig.ok(&["iac", "pulumi", "--import"])
            .contains(&format!("agents '{}/emulator/{id}'", cf_aig_emulator::ACCOUNT_ID))
    );
    // another model is drift
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
