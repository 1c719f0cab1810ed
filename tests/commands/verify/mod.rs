//! `cf-aig verify`: what is sent, who responded, whether it is found in the log, who pays.

mod absences;
mod advice;
mod answers;
mod credentials;
mod waiting;

use crate::Rig;
use cf_aig_emulator::{API_TOKEN, Host, Recorded};
use cf_aig_harness::Ran;
use insta::assert_snapshot;
use serde_json::Value;

/// A gateway whose log can be read.
fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.sandbox.set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    rig
}

/// The requests of `verify` to the gateway.
fn sent(rig: &Rig) -> Vec<Recorded> {
    rig.emulator.requests().into_iter().filter(|request| request.host == Host::Gateway).collect()
}

fn json(rig: &Rig, args: &[&str]) -> Value {
    rig.sandbox.run(["verify", "--json"].iter().chain(args)).json()
}

/// A run's text without what differs between runs: ids, times, ports.
fn steady(rig: &Rig, ran: &Ran) -> String {
    let words = rig.steady(&ran.stdout);
    let lines = words.lines().map(|line| {
        let mut out = String::new();
        let mut before = "";
        for word in line.split_inclusive(' ') {
            let bare = word.trim().trim_end_matches([',', ';', ':', ')', '`']);
            let shown = if bare.starts_with("cf-aig-") && bare.len() == 31 {
                word.replace(bare, "NONCE")
            } else if bare.len() == 36 && bare.matches('-').count() == 4 {
                word.replace(bare, "LOG-ID")
            } else if bare.starts_with("20") && bare.ends_with('Z') {
                word.replace(bare, "TIME")
            } else if let Some(at) = bare.find("req_") {
                word.replace(&bare[at..], "REQUEST-ID\"}")
            } else if (before == "in " || before == "after ") && bare.bytes().all(|b| b.is_ascii_digit()) {
                word.replace(bare, "N")
            } else {
                word.to_owned()
            };
            out.push_str(&shown);
            before = word;
        }
        out.trim_end().to_owned() + "\n"
    });
    format!("exit {}\n{}", ran.code, lines.collect::<String>())
}

#[test]
fn a_proof_ends_with_the_request_in_the_log() {
    let rig = rig();
    let ran = rig.sandbox.run(["verify"]);
    assert_eq!(ran.stderr, "", "no progress without a terminal");
    assert_snapshot!(steady(&rig, &ran), @"
    exit 0
    sent      POST http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic/v1/messages?beta=true
              as own-key (ANTHROPIC_API_KEY), model cf-aig-verify-no-such-model: no tokens
              accept, content-type, anthropic-version, anthropic-beta, x-api-key, cf-aig-authorization, cf-aig-metadata, cf-aig-event-id; nonce NONCE
    answered  404 in N ms by provider: it accepted the credential and refused the made-up request
              log id LOG-ID, step 0
    logged    yes, in the gateway's log (by log id, after N ms)
              LOG-ID, at TIME, provider anthropic, model anthropic/cf-aig-verify-no-such-model, status 404, cached false, byok false, wholesale false, authentication true
    pays      the credential on the request (the log entry (neither byok nor wholesale); as expected for own-key)
    proved: the request went through the gateway and is in its log
    ");
    assert_eq!(sent(&rig).len(), 1);
}

#[test]
fn the_proof_costs_nothing_and_says_so() {
    for mode in ["own-key", "stored-key", "unified-billing"] {
        let mut rig = rig();
        rig.sandbox.set("CF_AIG_AUTH", mode);
        rig.emulator.update(|config| {
            config.gateways[0].unified_billing = Some(500.0);
            if mode == "stored-key" {
                let key = cf_aig_emulator::ANTHROPIC_KEY.to_owned();
                config.gateways[0].stored_keys.insert("anthropic".to_owned(), key);
            }
        });
        let proof = json(&rig, &[]);
        assert_eq!(proof["verdict"], "proved", "{proof:#}");
        assert_eq!(
            (&proof["request"]["mode"], &proof["request"]["spends_tokens"]),
            (&mode.into(), &false.into())
        );
        let entry = &rig.emulator.logs()[0];
        assert_eq!((entry.tokens_in, entry.tokens_out, entry.cost), (None, None, None), "{entry:?}");
        let credit = rig.emulator.config().gateways[0].unified_billing;
        assert!(credit == Some(500.0), "{credit:?}");
    }
}

#[test]
fn one_token_is_spent_only_on_request() {
    let rig = rig();
    let ran = rig.sandbox.run(["verify", "--spend"]);
    assert_snapshot!(steady(&rig, &ran), @"
    exit 0
    sent      POST http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic/v1/messages?beta=true
              as own-key (ANTHROPIC_API_KEY), model claude-haiku-4-5: one token
              accept, content-type, anthropic-version, anthropic-beta, x-api-key, cf-aig-authorization, cf-aig-metadata, cf-aig-event-id; nonce NONCE
    answered  200 in N ms by provider: it responded
              log id LOG-ID, step 0
    logged    yes, in the gateway's log (by log id, after N ms)
              LOG-ID, at TIME, provider anthropic, model anthropic/claude-haiku-4-5, status 200, tokens in N, tokens out 13, cost $0.000082, cached false, byok false, wholesale false, authentication true
    pays      the credential on the request (the log entry (neither byok nor wholesale); as expected for own-key)
    proved: the request went through the gateway and is in its log
    ");
    assert_eq!(sent(&rig)[0].json()["max_tokens"], 1);
    assert_eq!(
        json(&rig, &["--spend", "--model", "claude-sonnet-5"])["log"]["entry"]["model"],
        "anthropic/claude-sonnet-5"
    );
}

#[test]
fn requests_differ_so_that_a_cached_response_cannot_pass_for_proof() {
    let rig = rig();
    rig.emulator.update(|config| config.gateways[0].cache_ttl = Some(std::time::Duration::from_secs(600)));
    for _ in 0..2 {
        assert_eq!(json(&rig, &["--spend"])["answer"]["cache"], "MISS");
    }
}

#[test]
fn text_and_json_carry_the_same_findings() {
    let situations: &[(&str, &[(&str, &str)])] = &[
        ("proved", &[]),
        ("no API token", &[("CLOUDFLARE_API_TOKEN", "")]),
        ("wrong token", &[("CF_AIG_TOKEN", "wrong")]),
        ("no payer", &[("CF_AIG_AUTH", "stored-key")]),
        ("no login", &[("CF_AIG_AUTH", "subscription")]),
        ("no response", &[("HTTP_PROXY", "http://127.0.0.1:1")]),
    ];
    for (what, vars) in situations {
        let mut rig = rig();
        for (name, value) in *vars {
            rig.sandbox.set(name, *value);
        }
        let (text, proof) = (
            rig.sandbox.run(["verify", "--wait", "0"]),
            rig.sandbox.run(["verify", "--wait", "0", "--json"]),
        );
        assert_eq!(text.code, proof.code, "{what}");
        let mut words = Vec::new();
        leaves(&proof.json(), "", &mut words);
        for (key, word) in words {
            let differs = ["nonce", "log_id", "id", "created_at", "evidence"].contains(&key.as_str());
            let in_words = ["store", "payer", "verdict", "result"].contains(&key.as_str());
            assert!(
                differs || in_words || text.stdout.contains(&word),
                "{what}: {key}: {word}\n{}",
                text.stdout
            );
        }
    }
}

/// Every text in a JSON value, with its key.
fn leaves(value: &Value, key: &str, into: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => into.push((key.to_owned(), text.clone())),
        Value::Array(list) => list.iter().for_each(|item| leaves(item, key, into)),
        Value::Object(map) => map.iter().for_each(|(key, value)| leaves(value, key, into)),
        _ => {}
    }
}
