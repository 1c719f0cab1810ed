//! Sessions that use another gateway than the configured one: no command says that all is well.

use crate::Rig;
use cf_aig_emulator::API_TOKEN;
use serde_json::json;

/// A gateway that works, and a settings file that sends sessions to another URL.
fn diverted(url: impl Fn(&str) -> String) -> Rig {
    let mut rig = Rig::new();
    rig.sandbox.set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    let url = url(&rig.emulator.base_url("anthropic"));
    let settings = json!({"env": {"ANTHROPIC_BASE_URL": url}}).to_string();
    rig.sandbox.write("home/.claude/settings.json", &settings);
    rig
}

fn to_gone(url: &str) -> String {
    url.replace("/emulator/", "/gone/")
}

#[test]
fn no_command_calls_a_gateway_good_that_sessions_do_not_use() {
    let rig = diverted(to_gone);
    let status = rig.sandbox.run(["status"]);
    assert_eq!(status.code, 1, "{status:?}");
    let problem = status.stdout.lines().find(|line| line.starts_with("problem ")).expect("a problem");
    assert!(problem.contains("/gone/anthropic, not to the configured http"), "{problem}");
    let doctor = rig.sandbox.run(["doctor", "-q"]);
    assert_eq!(doctor.code, 1, "{doctor:?}");
    assert!(
        doctor.stdout.contains("effective.base-url") && doctor.stdout.contains("/gone/anthropic"),
        "{doctor:?}"
    );
    let verify = rig.sandbox.run(["verify", "--json"]);
    assert_eq!(verify.code, 1, "{verify:?}");
    let proof = verify.json();
    let says = proof["summary"].as_str().expect("a text");
    assert!(
        says.contains("sessions started here do not use this gateway") && says.ends_with("/gone/anthropic"),
        "{says}"
    );
    assert!(proof["sessions_use"].as_str().expect("a URL").ends_with("/gone/anthropic"), "{proof}");
    let explain = rig.sandbox.run(["explain", "--json"]);
    assert_eq!(explain.code, 1, "{explain:?}");
    assert_eq!(explain.json()["warnings"][0]["code"], "other-gateway");
}

#[test]
fn a_gateway_that_a_flag_names_is_examined_although_sessions_use_another() {
    let mut rig = diverted(to_gone);
    rig.sandbox.unset("CF_AIG_GATEWAY_ID");
    for command in ["status", "doctor", "verify"] {
        let ran = rig.sandbox.run([command, "--gateway-id", "emulator"]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let ran = rig.sandbox.run(["verify", "--gateway-id", "emulator"]);
    assert!(ran.stdout.trim_end().ends_with("/gone/anthropic"), "{ran:?}");
}

#[test]
fn the_same_url_in_other_characters_is_the_same_gateway() {
    for same in [|url: &str| format!("{url}/"), |url: &str| format!(" {url} "), |url: &str| url.to_owned()] {
        let rig = diverted(same);
        for command in ["status", "doctor", "verify"] {
            let ran = rig.sandbox.run([command]);
            assert_eq!(ran.code, 0, "{ran:?}");
            assert!(!ran.stdout.contains("not to the configured"), "{ran:?}");
        }
    }
}

#[test]
fn a_url_of_another_host_is_named_without_its_credentials() {
    let rig = diverted(|_| "https://me:s3cret@llm.example.com/v1?k=s3cret".to_owned());
    let ran = rig.sandbox.run(["verify"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.trim_end().ends_with("they go to https://llm.example.com/v1"), "{ran:?}");
    assert!(!format!("{ran:?}").contains("s3cret"), "{ran:?}");
}
