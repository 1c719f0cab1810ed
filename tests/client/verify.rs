//! `cf-aig verify` sends what the real client sends, in every auth mode.

use crate::rig::Rig;
use crate::with_client;
use cf_aig_emulator::{ANTHROPIC_KEY, ANTHROPIC_LOGIN, Recorded};
use cf_aig_harness::needs;
use serde_json::Value;
use std::collections::BTreeMap;

/// Headers about the client and its library, unrelated to destination and payment.
const CLIENTS_OWN: &[&str] = &[
    "accept-encoding",
    "anthropic-dangerous-direct-browser-access",
    "connection",
    "content-length",
    "host",
    "user-agent",
    "x-app",
    "x-claude-code-session-id",
];
/// A family of such headers: the Anthropic SDK's own.
const SDK: &str = "x-stainless-";
/// What `verify` adds to find its request in the log.
const VERIFYS_OWN: &str = "cf-aig-event-id";

/// The relevant headers, without labels and betas that always differ.
fn deciding(request: &Recorded) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<_, _> = request.headers.iter().cloned().collect();
    headers.retain(|name, _| {
        !CLIENTS_OWN.contains(&name.as_str()) && !name.starts_with(SDK) && name != VERIFYS_OWN
    });
    if let Some(labels) = headers.get_mut("cf-aig-metadata") {
        let mut map: Value = serde_json::from_str(labels).expect("labels are JSON");
        let map = map.as_object_mut().expect("an object");
        // verify has no session, and the client has no nonce
        map.remove("session");
        map.remove("verify");
        *labels = Value::Object(map.clone()).to_string();
    }
    headers.remove("anthropic-beta");
    headers
}

fn betas(request: &Recorded) -> Vec<&str> {
    request.header("anthropic-beta").unwrap_or_default().split(',').collect()
}

/// Runs the client, then `verify`, and compares the two requests.
fn alike(change: fn(&mut Rig)) {
    with_client_of(change, |rig| {
        rig.emulator.update(|config| {
            config.gateways[0].stored_keys.insert("anthropic".into(), ANTHROPIC_KEY.into());
            config.gateways[0].unified_billing = Some(500.0);
        });
        let answer = rig.ask("hi");
        assert_eq!(answer.text(), "Hello from the emulator.", "{:?}", answer.ran);
        let turn = rig.turns().swap_remove(0);

        rig.sandbox.set("CLOUDFLARE_API_TOKEN", cf_aig_emulator::API_TOKEN);
        let ran = rig.sandbox.run(["verify", "--json"]);
        let nonce = ran.json()["request"]["nonce"].clone();
        let requests = rig.emulator.requests();
        let verify = requests.iter().find(|r| r.header(VERIFYS_OWN).is_some_and(|id| nonce == id));
        let verify = verify.unwrap_or_else(|| panic!("nothing was sent: {ran:?}"));
        assert_eq!(ran.json()["log"]["found"], true, "{ran:?}");

        assert_eq!((&verify.method, &verify.path), (&turn.method, &turn.path));
        assert_eq!(deciding(verify), deciding(&turn));
        let missing: Vec<_> = betas(verify).into_iter().filter(|b| !betas(&turn).contains(b)).collect();
        assert!(missing.is_empty(), "the client does not send {missing:?}");
    });
}

fn with_client_of(change: fn(&mut Rig), body: impl FnOnce(&mut Rig)) {
    // already inside the test's own namespace
    let mut rig = Rig::new(cf_aig_harness::Client::needed());
    change(&mut rig);
    body(&mut rig);
}

/// One test for all modes: each needs one short run of the client.
#[needs(client)]
#[test]
fn verify_sends_what_the_client_sends_in_every_mode() {
    with_client(|_| {
        alike(|_| {});
        alike(|rig| {
            rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "X-Team: shop\nx-api-key: sk-ant-emulator");
        });
        alike(|rig| {
            rig.sandbox.set("ANTHROPIC_API_KEY", "").set("ANTHROPIC_AUTH_TOKEN", ANTHROPIC_KEY);
        });
        alike(|rig| {
            let settings = format!(r#"{{"apiKeyHelper": "echo {ANTHROPIC_KEY}"}}"#);
            rig.sandbox.unset("ANTHROPIC_API_KEY");
            rig.sandbox.write("home/.claude/settings.json", &settings);
        });
        alike(|rig| {
            rig.sandbox.set("CF_AIG_AUTH", "stored-key");
        });
        alike(|rig| {
            rig.sandbox.set("CF_AIG_AUTH", "unified-billing").unset("ANTHROPIC_API_KEY");
        });
        alike(|rig| {
            rig.sandbox.set("CF_AIG_AUTH", "subscription").set("CLAUDE_CODE_OAUTH_TOKEN", ANTHROPIC_LOGIN);
        });
    });
}
