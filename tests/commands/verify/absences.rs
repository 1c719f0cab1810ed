//! Why a request is not found: each reason by its own id, with the next step.

use super::{json, rig};
use crate::Rig;
use cf_aig_emulator::{Fault, Host};
use insta::assert_snapshot;

/// Verdict, exit code, and the message about the log.
fn absent(change: impl FnOnce(&mut Rig)) -> String {
    let mut rig = rig();
    change(&mut rig);
    let ran = rig.sandbox.run(["verify", "--json", "--wait", "0"]);
    let proof = ran.json();
    let missing = &proof["log"]["absence"];
    let api = rig.emulator.api_origin().replace("http://", "");
    let text = |key: &str| rig.steady(missing[key].as_str().unwrap_or("?")).replace(&api, "API");
    let log_id = proof["answer"]["log_id"].as_str().unwrap_or("no id");
    let next = text("next").replace(log_id, "LOG-ID");
    format!(
        "{} {} {}: {}; {next}\n",
        proof["verdict"].as_str().unwrap_or("?"),
        ran.code,
        text("id"),
        text("because")
    )
}

#[test]
fn each_absence_is_explained() {
    let said = [
        absent(|rig| {
            rig.sandbox.unset("CLOUDFLARE_API_TOKEN");
        }),
        absent(|rig| {
            rig.sandbox.set("CLOUDFLARE_API_TOKEN", "one-that-may-only-run");
        }),
        absent(|rig| {
            let body = r#"{"success":false,"errors":[{"code":9109,"message":"Unauthorized to access requested resource"}],"messages":[],"result":null}"#;
            let fault = Fault::Status { status: 403, headers: vec![], body: body.to_owned() };
            rig.emulator.set_fault_of(Host::Api, Some(fault));
        }),
        absent(|rig| rig.emulator.set_fault_of(Host::Api, Some(Fault::RefuseConnections))),
        absent(|rig| rig.emulator.update(|config| config.gateways[0].collect_logs = false)),
        absent(|rig| {
            rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-collect-log: false");
        }),
        absent(|rig| {
            rig.sandbox.set("CF_AIG_TOKEN", "wrong");
        }),
        absent(|rig| {
            rig.emulator.update(|config| {
                config.logs_in_observability = true;
                config.logs.observability_refused = true;
            });
        }),
        absent(|rig| {
            rig.emulator.update(|config| {
                config.logs_in_observability = true;
                config.logs.lag = u32::MAX;
            });
        }),
        absent(|rig| {
            rig.sandbox.run(["verify", "--no-log"]);
            // the two queries of the next run find nothing, the check for any entries does
            rig.emulator.update(|config| config.logs.lag = 2);
        }),
    ];
    assert_snapshot!(said.concat(), @"
    unlogged 3 no-api-token: no Cloudflare API token is configured, so the log was not read; set CLOUDFLARE_API_TOKEN to a token with AI Gateway Read, or /plugin configure cloudflare, api_token
    unlogged 3 token-lacks-read: Cloudflare's API refused GET ai-gateway/gateways/emulator: Authentication error (401/10000); the token must be active and have AI Gateway Read on this account: https://dash.cloudflare.com/profile/api-tokens
    unlogged 3 token-lacks-read: Cloudflare's API refused GET ai-gateway/gateways/emulator: Unauthorized to access requested resource (403/9109); the token must be active and have AI Gateway Read on this account: https://dash.cloudflare.com/profile/api-tokens
    unlogged 6 api-not-asked: API refused the connection; nothing listens there, or a firewall rejects the connection: check the host and the port, then the network
    unlogged 1 logs-off: the gateway keeps no log (collect_logs is off); turn on logs: https://dash.cloudflare.com/0123456789abcdef0123456789abcdef/ai/ai-gateway/gateways/emulator, Settings
    unlogged 1 collect-log-false: ANTHROPIC_CUSTOM_HEADERS contains cf-aig-collect-log: false; remove the line; `cf-aig explain ANTHROPIC_CUSTOM_HEADERS` shows what sets it
    refused 3 stopped-before-log: it was refused before it reached the log; see the response
    unlogged 1 newer-store-refused: the gateway's own log is empty, as for accounts whose first gateway was created on or after 2026-09-24, and the newer store could not be queried: Cloudflare's API refused POST workers/observability/telemetry/query: Authentication error (403/10000); also give the API token Workers Observability Read, or look in the dashboard: https://dash.cloudflare.com/0123456789abcdef0123456789abcdef/ai/ai-gateway/gateways/emulator
    unlogged 1 newer-store-empty: the gateway's own log is empty, and Workers Observability, which has the logs of accounts whose first gateway was created on or after 2026-09-24, does not have it yet (its field names are not documented); look in the dashboard: https://dash.cloudflare.com/0123456789abcdef0123456789abcdef/ai/ai-gateway/gateways/emulator
    unlogged 1 not-yet: the log has other requests, but not this one yet; later, run `cf-aig logs show LOG-ID`
    ");
}

/// A summary that says "not yet" makes people wait for a log that nobody can read or that is off.
#[test]
fn only_a_log_that_was_read_lacks_the_request_so_far() {
    let ends = |change: &dyn Fn(&mut Rig)| {
        let mut rig = rig();
        change(&mut rig);
        let summary = json(&rig, &["--wait", "0"])["summary"].as_str().expect("a text").to_owned();
        summary.rsplit_once(", but ").map(|(_, end)| end.to_owned()).unwrap_or(summary)
    };
    let unreadable = "its log could not be read";
    let no_token = |rig: &mut Rig| {
        rig.sandbox.unset("CLOUDFLARE_API_TOKEN");
    };
    let bad_token = |rig: &mut Rig| {
        rig.sandbox.set("CLOUDFLARE_API_TOKEN", "bad");
    };
    let no_api = |rig: &mut Rig| rig.emulator.set_fault_of(Host::Api, Some(Fault::RefuseConnections));
    assert_eq!([ends(&no_token), ends(&bad_token), ends(&no_api)], [unreadable; 3]);
    let off = |rig: &mut Rig| rig.emulator.update(|config| config.gateways[0].collect_logs = false);
    assert_eq!(ends(&off), "is not logged");
    let lag = |rig: &mut Rig| {
        rig.sandbox.run(["verify", "--no-log"]);
        rig.emulator.update(|config| config.logs.lag = 2);
    };
    assert_eq!(ends(&lag), "is not in its log yet");
}

#[test]
fn a_request_that_is_logged_against_the_gateways_setting_is_found() {
    let mut rig = rig();
    rig.emulator.update(|config| config.gateways[0].collect_logs = false);
    rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-collect-log: true");
    assert_eq!(json(&rig, &[])["verdict"], "proved");
}

#[test]
fn a_log_that_was_not_read_proves_no_absence() {
    let rig = rig();
    let ran = rig.sandbox.run(["verify", "--no-log", "--json"]);
    assert_eq!((ran.code, &ran.json()["log"]["absence"]["id"]), (0, &"not-asked".into()));
    assert!(rig.emulator.requests().iter().all(|request| request.host == Host::Gateway));
}

#[test]
fn a_refusal_by_the_gateways_limits_is_found_in_the_log_without_its_id() {
    for limit in [
        (|config| config.gateways[0].spend_limit_exceeded = true) as fn(&mut cf_aig_emulator::Config),
        |config| config.gateways[0].rate_limit = Some((0, std::time::Duration::from_secs(60))),
    ] {
        let rig = rig();
        rig.emulator.update(|config| {
            limit(config);
            config.logs.no_ids = true;
        });
        let proof = json(&rig, &[]);
        assert_eq!(proof["answer"]["log_id"], serde_json::Value::Null, "{proof:#}");
        assert!(proof["log"]["entry"]["id"].is_string(), "{proof:#}");
    }
}
