//! Which credentials the request carries: those of the session, only to the gateway, and never printed.

use super::{json, rig, sent};
use crate::Rig;
use cf_aig_emulator::{ANTHROPIC_KEY, ANTHROPIC_LOGIN, GATEWAY_TOKEN, Host, Recorded};

const TOKEN: &str = "Bearer emulator-gateway-token";
const NAMES: [&str; 4] = ["x-api-key", "authorization", "cf-aig-authorization", "cf-aig-no-wholesale"];

/// Variables of a sandbox.
type Vars = &'static [(&'static str, &'static str)];

fn credentials(request: &Recorded) -> [Option<&str>; 4] {
    NAMES.map(|name| request.header(name))
}

/// The credentials of the first request in a sandbox that differs by these variables.
fn in_place(vars: &[(&str, &str)], change: impl FnOnce(&mut Rig)) -> [Option<String>; 4] {
    let mut rig = rig();
    for (name, value) in vars {
        rig.sandbox.set(name, *value);
    }
    change(&mut rig);
    let ran = rig.sandbox.run(["verify", "--no-log"]);
    let requests = sent(&rig);
    let first = requests.first().unwrap_or_else(|| panic!("nothing was sent: {ran:?}"));
    credentials(first).map(|value| value.map(str::to_owned))
}

fn owned(values: [Option<&str>; 4]) -> [Option<String>; 4] {
    values.map(|value| value.map(str::to_owned))
}

#[test]
fn each_mode_sends_what_a_session_would() {
    let login = format!("Bearer {ANTHROPIC_LOGIN}");
    let cases: &[(Vars, [Option<&str>; 4])] = &[
        (&[], [Some(ANTHROPIC_KEY), None, Some(TOKEN), None]),
        (&[("ANTHROPIC_AUTH_TOKEN", "t")], [Some(ANTHROPIC_KEY), Some("Bearer t"), Some(TOKEN), None]),
        (&[("CF_AIG_AUTH", "stored-key")], [None, Some(TOKEN), None, Some("true")]),
        (&[("CF_AIG_AUTH", "unified-billing")], [None, Some(TOKEN), None, None]),
        (
            &[("CF_AIG_AUTH", "subscription"), ("CLAUDE_CODE_OAUTH_TOKEN", ANTHROPIC_LOGIN)],
            [None, Some(&login), Some(TOKEN), None],
        ),
        (&[("CF_AIG_AUTH", "subscription")], [None, None, Some(TOKEN), None]),
        (&[("CF_AIG_TOKEN", "")], [Some(ANTHROPIC_KEY), None, None, None]),
        (
            &[("ANTHROPIC_CUSTOM_HEADERS", "x-api-key: of-a-line\nx-team: a")],
            [Some("of-a-line"), None, Some(TOKEN), None],
        ),
    ];
    for (vars, expected) in cases {
        assert_eq!(in_place(vars, |_| {}), owned(*expected), "{vars:?}");
    }
}

#[test]
fn a_login_travels_with_its_beta() {
    let mut rig = rig();
    rig.sandbox.set("CF_AIG_AUTH", "subscription").set("CLAUDE_CODE_OAUTH_TOKEN", ANTHROPIC_LOGIN);
    let proof = json(&rig, &[]);
    assert_eq!(
        (&proof["verdict"], &proof["pays"]["payer"]),
        (&"proved".into(), &"on-request".into()),
        "{proof:#}"
    );
    assert_eq!(sent(&rig)[0].header("anthropic-beta"), Some("claude-code-20250219,oauth-2025-04-20"));
}

/// With the login, which is on a session's request, another payer may come first.
#[test]
fn a_request_without_the_login_says_nothing_about_who_pays() {
    for stored in [true, false] {
        let mut rig = rig();
        rig.sandbox.set("CF_AIG_AUTH", "subscription").unset("ANTHROPIC_API_KEY");
        rig.emulator.update(|config| {
            let gateway = &mut config.gateways[0];
            gateway.authentication = false;
            if stored {
                gateway.stored_keys.insert("anthropic".to_owned(), ANTHROPIC_KEY.to_owned());
            } else {
                gateway.unified_billing = Some(1.0);
            }
        });
        let proof = json(&rig, &[]);
        assert_eq!(
            (&proof["verdict"], &proof["pays"]["payer"]),
            (&"partly".into(), &"unknown".into()),
            "{proof:#}"
        );
        assert!(proof["summary"].as_str().expect("a text").starts_with("partly proved"), "{proof:#}");
    }
}

#[test]
fn a_key_in_the_settings_counts_as_it_does_for_the_client() {
    let settings =
        r#"{"env": {"ANTHROPIC_API_KEY": "of-settings", "ANTHROPIC_CUSTOM_HEADERS": "x-team: shop"}}"#;
    let found = in_place(&[("ANTHROPIC_API_KEY", "of-the-shell")], |rig| {
        rig.sandbox.write("home/.claude/settings.json", settings);
    });
    assert_eq!(found, owned([Some("of-settings"), None, Some(TOKEN), None]));
}

#[test]
fn the_users_key_helper_runs_and_a_projects_does_not() {
    let settings = r#"{"apiKeyHelper": "echo of-helper"}"#;
    let found = in_place(&[("ANTHROPIC_API_KEY", "")], |rig| {
        rig.sandbox.write("home/.claude/settings.json", settings);
    });
    assert_eq!(found, owned([Some("of-helper"), Some("Bearer of-helper"), Some(TOKEN), None]));

    let mut rig = rig();
    rig.sandbox.set("ANTHROPIC_API_KEY", "");
    rig.sandbox.write("project/.claude/settings.json", &settings.replace("echo of-helper", "touch ran"));
    let ran = rig.sandbox.run(["verify"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("its command is not run"), "{ran:?}");
    assert!(!rig.sandbox.project().join("ran").exists());
    assert!(sent(&rig).is_empty());
}

#[test]
fn headers_of_the_user_travel_and_the_metadata_is_kept() {
    let mut rig = rig();
    rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "X-Team: shop\ncf-aig-event-id: fixed");
    let nonce = json(&rig, &[])["request"]["nonce"].as_str().expect("a nonce").to_owned();
    let request = &sent(&rig)[0];
    assert_eq!(
        (request.header("x-team"), request.header("cf-aig-event-id")),
        (Some("shop"), Some(nonce.as_str()))
    );
    let labels =
        serde_json::from_str::<serde_json::Value>(request.header("cf-aig-metadata").expect("labels"));
    let expected = serde_json::json!({"project": "project", "verify": nonce});
    assert_eq!(labels.expect("JSON"), expected);
}

#[test]
fn a_sixth_label_is_never_sent() {
    let mut rig = rig();
    rig.sandbox.set("CF_AIG_METADATA", "a=1,b=2,c=3,d=4,e=5");
    let proof = json(&rig, &[]);
    assert_eq!(proof["verdict"], "proved", "{proof:#}");
    let five = r#"{"a":"1","b":"2","c":"3","d":"4","e":"5"}"#;
    assert_eq!(sent(&rig)[0].header("cf-aig-metadata"), Some(five));
}

#[test]
fn no_secret_is_printed_and_none_goes_elsewhere() {
    let secrets =
        ["sk-user-key", "user-bearer", "oauth-login", "header-secret", "api-token-x", GATEWAY_TOKEN];
    for mode in ["own-key", "stored-key", "unified-billing", "subscription"] {
        for args in [&["verify"][..], &["verify", "--json"], &["verify", "--spend"]] {
            let mut rig = Rig::new();
            rig.sandbox
                .set("CF_AIG_AUTH", mode)
                .set("ANTHROPIC_API_KEY", secrets[0])
                .set("ANTHROPIC_AUTH_TOKEN", secrets[1])
                .set("CLAUDE_CODE_OAUTH_TOKEN", secrets[2])
                .set("ANTHROPIC_CUSTOM_HEADERS", format!("x-team-key: {}", secrets[3]))
                .set("CLOUDFLARE_API_TOKEN", secrets[4]);
            let ran = rig.sandbox.run(args);
            let printed = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!secrets.iter().any(|secret| printed.contains(secret)), "{mode}: {printed}");
            for request in rig.emulator.requests().iter().filter(|request| request.host != Host::Gateway) {
                let whole = format!("{request:?}");
                let of_api = |secret: &&&str| **secret != secrets[4];
                assert!(
                    !secrets.iter().filter(of_api).any(|secret| whole.contains(secret)),
                    "{mode}: {whole}"
                );
            }
        }
    }
}

#[test]
fn a_credential_in_a_response_is_not_printed() {
    // also one that looks like a word or a number
    for key in ["an-unusual-key", "plainlowercasekey", "918273645"] {
        let mut rig = rig();
        rig.sandbox.set("ANTHROPIC_API_KEY", key);
        let body = format!("no key {key}, no token {GATEWAY_TOKEN}");
        rig.emulator.set_fault(Some(cf_aig_emulator::Fault::Status { status: 401, headers: vec![], body }));
        for command in ["verify", "doctor", "conformance"] {
            let ran = rig.sandbox.run([command]);
            let printed = format!("{}{}", ran.stdout, ran.stderr);
            assert!(printed.contains("no key [redacted]"), "{command}: {printed}");
            assert!(!printed.contains(key) && !printed.contains(GATEWAY_TOKEN), "{command}: {printed}");
        }
    }
}

#[test]
fn a_redirect_takes_no_credential_along() {
    let elsewhere = rig();
    let rig = rig();
    let to = elsewhere.emulator.base_url("anthropic") + "/v1/messages";
    rig.emulator.set_fault(Some(cf_aig_emulator::Fault::Redirect { to }));
    let ran = rig.sandbox.run(["verify"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("redirected"), "{ran:?}");
    assert_eq!(elsewhere.emulator.connections(), 0);
}

#[test]
fn without_a_route_nothing_is_sent() {
    let cases: &[(&str, Vars, i32)] = &[
        ("off", &[("CF_AIG_ROUTING", "off")], 4),
        ("no payer", &[("ANTHROPIC_API_KEY", "")], 3),
        ("own key, and none", &[("ANTHROPIC_API_KEY", ""), ("CF_AIG_AUTH", "own-key")], 3),
        ("another provider", &[("CLAUDE_CODE_USE_VERTEX", "1")], 5),
        ("no header", &[("ANTHROPIC_CUSTOM_HEADERS", "a b: c")], 2),
    ];
    for (what, vars, code) in cases {
        let mut rig = rig();
        for (name, value) in *vars {
            rig.sandbox.set(name, *value);
        }
        let ran = rig.sandbox.run(["verify"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (*code, ""), "{what}: {ran:?}");
        assert_eq!(rig.emulator.connections(), 0, "{what}");
    }
}
