//! The bodies that the helper sends, checked by the TypeScript compiler against the SDK's parameter types.

use super::{node, workshop};
use cf_aig::facts::gateway::route_file::FORMAT;
use cf_aig_emulator::{API_TOKEN, Config, Emulator, Host, Recorded};
use cf_aig_harness::{Sandbox, needs, sandbox::feed};
use std::fmt::Write;

/// Method, end of the path (`*`: one segment), and the SDK's parameter type.
const TYPES: &[(&str, &str, &str)] = &[
    ("POST", "gateways", "AIGatewayCreateParams"),
    ("PUT", "gateways/*", "AIGatewayUpdateParams"),
    ("POST", "custom-providers", "CustomProviderCreateParams"),
    ("POST", "gateways/*/provider_configs", "ProviderConfigCreateParams"),
    ("POST", "gateways/*/routes", "DynamicRoutingCreateParams"),
    ("POST", "gateways/*/routes/*/versions", "DynamicRoutingCreateVersionParams"),
    ("POST", "gateways/*/routes/*/deployments", "DynamicRoutingCreateDeploymentParams"),
];

/// Calls that the SDK lacks but Cloudflare's command `cf` has.
const NO_TYPE: &[(&str, &str)] = &[("PATCH", "custom-providers/*"), ("PUT", "gateways/*/provider_configs/*")];

/// The long example in the help of `cf-aig route`.
fn route() -> String {
    let (_, example) = FORMAT.split_once("prints them:\n").expect("an example");
    let (example, _) = example.split_once("\nA `rate` element").expect("its end");
    example.replace("\"agents\"", "\"all\"")
}

const SETTINGS: &str = r#"{
    "guardrails": {"prompt": {"S1": "BLOCK"}, "response": {"P1": "FLAG"}},
    "dlp": {"enabled": true, "policies": [{"id": "p", "action": "FLAG", "check": ["REQUEST"], "enabled": true, "profiles": ["x"]}]},
    "otel": [{"url": "https://o.example", "headers": {"x-key": "k"}, "content_type": "json"}],
    "stripe": {"authorization": "k", "usage_events": [{"payload": "p"}]},
    "logpush_public_key": "0123456789abcdef", "log_classification": true, "store_id": "s"}"#;

/// Every command that sends a body, with every setting.
fn recorded() -> Vec<Recorded> {
    let emulator = Emulator::start(Config::default()).expect("loopback");
    let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
    sandbox.with_gateway(&emulator).set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    let settings = sandbox.write("settings.json", SETTINGS).to_string_lossy().into_owned();
    let route = sandbox.write("route.json", &route()).to_string_lossy().into_owned();
    let small = r#"{"name": "all", "models": ["anthropic/claude-haiku-4-5", "openai/gpt-5"]}"#;
    let small = sandbox.write("small.json", small).to_string_lossy().into_owned();
    let run = |line: &str, stdin: &str| {
        let line = line.replace("SETTINGS", &settings).replace("ROUTE", &route).replace("SMALL", &small);
        let ran = sandbox.run_with(line.split(' '), stdin.as_bytes());
        assert_eq!(ran.code, 0, "{line}: {ran:?}");
    };
    run("gateway create plain --yes", "");
    run(
        "gateway create all --yes --file SETTINGS --retention 20000 --when-full delete-oldest --cache 300 \
         --rate-limit 100/1m --rate-technique fixed --attempts 3 --retry-delay 500 --retry-backoff linear \
         --spend-limit 50/day --spend-limit 2.5/hour --byok-only on --workers-ai-billing unified --zdr on \
         --logpush on"
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .as_str(),
        "",
    );
    run("gateway update all --attempts off --retention off --spend-limit off --yes", "");
    run("gateway update plain --file SETTINGS --spend-limit 50/month --yes", "");
    run("provider add zai --yes", "");
    run(
        "provider add mine --base-url https://x.example --name Mine --description d --link https://x.example --disabled --yes",
        "",
    );
    run("provider add mine --base-url https://y.example --yes", "");
    run("key add anthropic", "sk-ant-1");
    run("key add anthropic --alias team --rate-limit 100/60s", "sk-ant-2");
    run("key add openai --secret-id abc", "");
    run("key rotate anthropic", "sk-ant-3");
    run("route create ROUTE --yes", "");
    run("route deploy SMALL --yes", "");
    let with_body = |request: &Recorded| request.host == Host::Api && !request.body.is_empty();
    emulator.requests().into_iter().filter(with_body).collect()
}

/// The path below `ai-gateway/`, if it has this pattern.
fn has_shape(request: &Recorded, method: &str, shape: &str) -> bool {
    let path = request.path.split("/ai-gateway/").nth(1).unwrap_or_default();
    let (path, shape): (Vec<_>, Vec<_>) = (path.split('/').collect(), shape.split('/').collect());
    request.method == method
        && path.len() == shape.len()
        && path.iter().zip(&shape).all(|(have, want)| *want == "*" || have == want)
}

/// One constant for each body, with its type.
fn program(requests: &[Recorded]) -> String {
    let mut out = String::new();
    for (_, _, name) in TYPES {
        let file = match name {
            n if n.starts_with("AIGateway") => "ai-gateway",
            n if n.starts_with("CustomProvider") => "custom-providers",
            n if n.starts_with("ProviderConfig") => "provider-configs",
            _ => "dynamic-routing",
        };
        writeln!(out, "import type {{ {name} }} from \"cloudflare/resources/ai-gateway/{file}\";")
            .expect("text");
    }
    for (number, request) in requests.iter().enumerate() {
        let found = TYPES.iter().find(|(method, shape, _)| has_shape(request, method, shape));
        let Some((_, _, name)) = found else {
            let known = NO_TYPE.iter().any(|(method, shape)| has_shape(request, method, shape));
            assert!(known, "{} {} has a body and no type", request.method, request.path);
            continue;
        };
        let body = String::from_utf8_lossy(&request.body);
        // parameters that the SDK puts into the path are not part of the body
        writeln!(out, "export const body{number}: Omit<{name}, \"account_id\" | \"gateway_id\"> = {body};")
            .expect("text");
    }
    out
}

fn compiles(program: &str) -> (bool, String) {
    let folder = workshop();
    std::fs::write(folder.path().join("bodies.ts"), program).expect("the program");
    let ran = feed(node(&folder, &["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"]), b"");
    (ran.code == 0, ran.stdout + &ran.stderr)
}

#[needs(CF_AIG_SDK)]
#[test]
fn every_body_that_is_sent_has_the_sdks_type() {
    let requests = recorded();
    for (method, shape, name) in TYPES {
        assert!(requests.iter().any(|r| has_shape(r, method, shape)), "no command sends {name}");
    }
    let program = program(&requests);
    let (good, said) = compiles(&program);
    assert!(good, "{said}\n{program}");
}

/// The check itself can fail.
#[needs(CF_AIG_SDK)]
#[test]
fn a_body_of_another_shape_does_not_compile() {
    for (body, named) in [
        (r#"{"id": "x", "name": "x", "cache_ttl": 0}"#, "name"),
        (
            r#"{"id": "x", "cache_invalidate_on_update": false, "cache_ttl": 0, "collect_logs": true,
                "rate_limiting_interval": 0, "rate_limiting_limit": 0, "retry_backoff": "random"}"#,
            "random",
        ),
    ] {
        let program = format!(
            "import type {{ AIGatewayCreateParams }} from \"cloudflare/resources/ai-gateway/ai-gateway\";\n\
             export const body: Omit<AIGatewayCreateParams, \"account_id\"> = {body};\n"
        );
        let (good, said) = compiles(&program);
        assert!(!good && said.contains(named), "{said}");
    }
}
