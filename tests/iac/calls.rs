//! The API calls in the comments: when executed, they create what they describe.

use crate::fixture::{HOSTILE, map, split, texts};
use cf_aig::services::iac::{Live, Program};
use cf_aig_emulator::{ACCOUNT_ID, API_TOKEN, Config, Emulator, GATEWAY_ID};
use cf_aig_harness::sandbox::feed;
use cf_aig_harness::{Sandbox, needs};
use serde_json::{Value, json};
use std::process::Command;

fn program(live: &Live) -> Program {
    let gateway = cf_aig::facts::gateway::GatewayId::parse(GATEWAY_ID).unwrap();
    Program::new(live, gateway, None).unwrap()
}

/// A gateway with one of each thing that no resource covers.
fn live() -> Live {
    let name = HOSTILE.iter().find(|text| text.contains("EOT")).unwrap();
    Live {
        routes: vec![split()],
        keys: vec![
            map(json!({"provider_slug": "anthropic", "alias": "default", "default_config": true})),
            map(json!({"provider_slug": "custom-zai", "alias": "it-s", "default_config": false,
                       "rate_limit": 10, "rate_limit_period": 60})),
        ],
        custom_providers: vec![map(json!({"name": name, "slug": "zai", "base_url": "https://api.z.ai",
            "enable": true, "beta": false, "description": "a'b\"c\\d\n\u{2028}é", "headers": "{\"x-key\":\"s3cret\"}"}))],
        domains: vec![map(json!({"hostname": "ai.example.com", "status": "active"}))],
        ..Live::defaults()
    }
}

/// The commands in a program's comments, without the comment marks.
fn commands(code: &str, mark: &str) -> String {
    let (_, calls) = code.split_once("No resource covers the following yet.").expect("calls");
    let indented = format!("{mark}   ");
    calls.lines().filter_map(|line| line.strip_prefix(&indented)).map(|line| format!("{line}\n")).collect()
}

#[needs(sh, curl, jq)]
#[test]
fn the_calls_make_what_no_resource_covers() {
    let live = live();
    for (code, mark) in [(program(&live).terraform(), "#"), (program(&live).pulumi(), "//")] {
        assert!(!code.contains("s3cret"));
        carry_out(&commands(&code, mark), &program(&live));
    }
}

fn carry_out(script: &str, program: &Program) {
    let emulator = Emulator::start(Config::default()).unwrap();
    let secrets = [
        ("CUSTOM_ZAI_HEADERS", "{\"x-key\":\"it's\"}"),
        ("ANTHROPIC_DEFAULT_KEY", "sk-\"ant\"-abcd"),
        ("CUSTOM_ZAI_IT_S_KEY", "{\"a\": \"\\\\\"}"),
        ("CLOUDFLARE_ZONE_ID", ACCOUNT_ID),
    ];
    let mut command = Command::new("sh");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("CLOUDFLARE_ACCOUNT_ID", ACCOUNT_ID).env("CLOUDFLARE_API_TOKEN", API_TOKEN).envs(secrets);
    let script = script.replace("https://api.cloudflare.com", &emulator.api_origin());
    let ran = feed(
        {
            command.args(["-euc", &script]);
            command
        },
        b"",
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{script}\n{}", ran.stdout);
    let requests = emulator.requests();
    assert_eq!(requests.len(), program.calls.len());
    for request in &requests {
        assert_eq!(request.status, Some(200), "{} {}: {}", request.method, request.path, ran.stdout);
    }
    let body = |at: usize| requests[at].json();
    assert_eq!(body(0)["description"], "a'b\"c\\d\n\u{2028}é");
    assert_eq!(body(0)["headers"], secrets[0].1);
    assert_eq!(body(1)["secret"], secrets[1].1);
    assert_eq!(
        body(2),
        json!({"provider_slug": "custom-zai", "alias": "it-s", "default_config": false,
        "rate_limit": 10, "rate_limit_period": 60, "secret": secrets[2].1})
    );
    assert_eq!(body(3)["elements"], *split().field("elements"));
    // exported again, they are the same calls
    let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
    sandbox.with_gateway(&emulator).set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    let again = sandbox.run(["iac", "terraform", "--json"]).json();
    let made = |list: Vec<&Value>| list.into_iter().map(|call| call["command"].clone()).collect::<Vec<_>>();
    let before: Vec<Value> = program.calls.iter().map(|call| json!(call.command)).collect();
    assert_eq!(made(again["by_hand"].as_array().unwrap().iter().collect()), before);
}

#[test]
fn a_hostile_name_runs_nothing() {
    for text in texts(100) {
        let provider = map(json!({"name": text, "slug": text, "base_url": text, "enable": true}));
        let key = map(json!({"provider_slug": text, "alias": text, "default_config": true}));
        let live = Live { custom_providers: vec![provider], keys: vec![key], ..Live::defaults() };
        let program = program(&live);
        for (code, mark) in [(program.terraform(), "#"), (program.pulumi(), "//")] {
            let (_, tail) = code.split_once("No resource covers").unwrap();
            // all of it is inside a comment
            assert!(tail.lines().skip(1).all(|line| line.starts_with(mark)), "{text:?}: {tail}");
            assert!(tail.chars().all(|c| c == '\n' || (c.is_ascii() && !c.is_control())), "{text:?}");
        }
    }
}
