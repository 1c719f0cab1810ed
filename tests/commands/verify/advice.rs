//! The advice of `verify`: it fits what was seen, and following it leads to a proof.

use super::{json, rig, sent};
use crate::Rig;
use cf_aig_emulator::{ANTHROPIC_KEY, ANTHROPIC_LOGIN, Config, Fault, GATEWAY_TOKEN};
use std::time::Duration;

/// A gateway with credits and a stored key, and a session of this mode.
fn paying(mode: &str, change: impl FnOnce(&mut Config)) -> Rig {
    let mut rig = rig();
    rig.sandbox.set("CF_AIG_AUTH", mode).unset("ANTHROPIC_API_KEY");
    rig.emulator.update(change);
    rig
}

#[test]
fn what_is_advised_for_the_other_form_is_accepted() {
    for mode in ["stored-key", "unified-billing"] {
        let mut rig = paying(mode, |config| {
            config.forwards_own_bearer = true;
            if mode == "stored-key" {
                config.gateways[0].stored_keys.insert("anthropic".into(), ANTHROPIC_KEY.into());
            } else {
                config.gateways[0].unified_billing = Some(10.0);
            }
        });
        let proof = json(&rig, &["--no-log"]);
        assert_eq!(proof["other_form"]["result"], "works", "{proof:#}");
        let next = proof["other_form"]["next"].as_str().expect("a text");
        let url = rig.emulator.base_url("anthropic");
        let headers = format!("cf-aig-authorization: Bearer {GATEWAY_TOKEN}");
        for (name, value) in [
            ("ANTHROPIC_BASE_URL", url.as_str()),
            ("ANTHROPIC_API_KEY", GATEWAY_TOKEN),
            ("ANTHROPIC_CUSTOM_HEADERS", &headers),
        ] {
            assert!(next.contains(name), "{next}");
            rig.sandbox.set(name, value);
        }
        assert!(next.ends_with("routing to settings"), "{next}");
        rig.sandbox.set("CF_AIG_ROUTING", "settings");
        let before = sent(&rig).len();
        let proof = json(&rig, &["--wait", "5"]);
        assert_eq!(
            (&proof["verdict"], &proof["pays"]["agrees"]),
            (&"proved".into(), &true.into()),
            "{proof:#}"
        );
        let request = &sent(&rig)[before];
        let form = ["x-api-key", "authorization"].map(|name| request.header(name));
        assert_eq!(form, [Some(GATEWAY_TOKEN), None], "{mode}");
        for command in ["status", "doctor"] {
            let ran = rig.sandbox.run([command]);
            assert_eq!(ran.code, 0, "{mode}, {command}: {ran:?}");
        }
    }
}

#[test]
fn nothing_is_said_to_be_missing_that_was_refused_or_not_tried() {
    let with_key = |key: &'static str| {
        move |config: &mut Config| {
            config.gateways[0].stored_keys.insert("anthropic".into(), key.into());
        }
    };
    let once = |config: &mut Config| config.gateways[0].rate_limit = Some((1, Duration::from_secs(600)));
    for mode in ["stored-key", "unified-billing"] {
        let seen = |rig: Rig| {
            let proof = json(&rig, &["--no-log"]);
            let word = |name: &str| proof["other_form"][name].as_str().unwrap_or_default().to_owned();
            [word("result"), word("means"), word("next")]
        };
        let [result, means, next] = seen(paying(mode, |_| {}));
        assert!(result == "refused-too" && means.contains("nothing to pay with"), "{mode}: {means}");
        assert!(next.contains("key add"), "{mode}: {next}");

        let [result, means, next] = seen(paying(mode, with_key("revoked")));
        assert!(
            result == "refused-too" && means.contains("does not accept the stored key"),
            "{mode}: {means}"
        );
        assert!(next.contains("key rotate") && !means.contains("nothing to pay with"), "{mode}: {next}");

        let [result, means, next] = seen(paying(mode, once));
        assert!(result == "untried" && means.contains("gateway-rate-limit"), "{mode}: {result}: {means}");
        assert!(!means.contains("refuses") && !next.is_empty(), "{mode}: {means}; {next}");
    }
}

#[test]
fn a_credential_that_did_not_arrive_is_not_called_a_bad_one() {
    let body = |text: &str| {
        format!(r#"{{"type":"error","error":{{"type":"authentication_error","message":"{text}"}}}}"#)
    };
    let sessions = [
        ("own-key", "ANTHROPIC_API_KEY", "k", "`cf-aig conformance`"),
        ("own-key", "ANTHROPIC_AUTH_TOKEN", "t", "put the key into ANTHROPIC_API_KEY"),
        ("subscription", "CLAUDE_CODE_OAUTH_TOKEN", ANTHROPIC_LOGIN, "did not arrive"),
    ];
    for (mode, variable, credential, advice) in sessions {
        for text in ["x-api-key header is required", "invalid x-api-key", "Invalid bearer token"] {
            let mut rig = paying(mode, |_| {});
            rig.sandbox.set(variable, credential);
            let fault = Fault::Status { status: 401, headers: Vec::new(), body: body(text) };
            rig.emulator.set_fault(Some(fault));
            let answer = &json(&rig, &["--no-log"])["answer"];
            let fix = answer["fix"].as_str().expect("a fix");
            let missing = answer["cause"] == "provider-credential-missing";
            assert_eq!(missing, text.contains("required"), "{answer:#}");
            assert_eq!(fix.contains(advice), missing, "{mode} {text}: {fix}");
            assert_eq!(fix.contains("renew"), !missing, "{mode} {text}: {fix}");
        }
    }
}

/// Behind the path of Anthropic, only Anthropic's format shows that it accepted a credential.
#[test]
fn another_servers_refusal_proves_nothing() {
    let foreign = [
        r#"{"error":{"message":"bad request"}}"#,
        r#"{"error":{"message":"model not found","type":"invalid_request_error","code":"model_not_found"}}"#,
        r#"{"error":"unknown model"}"#,
    ];
    let own = r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages: required"}}"#;
    for (body, is_own) in foreign.into_iter().map(|body| (body, false)).chain([(own, true)]) {
        for status in [400, 404, 422] {
            let rig = rig();
            let body = body.to_owned();
            rig.emulator.set_fault(Some(Fault::Status { status, headers: Vec::new(), body: body.clone() }));
            let verify = rig.sandbox.run(["verify", "--no-log"]);
            assert_eq!(verify.stdout.contains("it accepted the credential"), is_own, "{body}: {verify:?}");
            assert_eq!(verify.code == 0, is_own, "{body}: {verify:?}");
            let doctor = rig.sandbox.run(["doctor"]);
            assert_eq!(doctor.code == 0, is_own, "{body}: {doctor:?}");
        }
    }
}
