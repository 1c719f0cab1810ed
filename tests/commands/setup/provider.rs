//! `cf-aig setup --provider`: another provider for Claude Code, with its key and never with Anthropic's.

use super::{bytes, fails, ok, run, settings, variable};
use crate::Rig;
use cf_aig_emulator::{ANTHROPIC_KEY, GATEWAY_TOKEN};
use serde_json::{Value, json};

const ZAI_KEY: &str = "sk-custom-zai-emulator";

fn rig() -> Rig {
    let mut rig = Rig::managed();
    rig.sandbox.set("ZAI_API_KEY", ZAI_KEY).set("CF_AIG_METADATA", "none");
    let ran = rig.sandbox.run(["provider", "add", "zai", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    rig
}

/// What the user's settings file sets, with the gateway as G.
fn env(rig: &Rig) -> Value {
    let text = bytes(settings(rig, "user")).expect("a settings file");
    let file: Value = serde_json::from_slice(&text).expect("strict JSON");
    let gateway = rig.emulator.base_url("anthropic").replace("/anthropic", "");
    serde_json::from_str(&file["env"].to_string().replace(&gateway, "G")).expect("JSON")
}

fn token() -> String {
    format!("cf-aig-authorization: Bearer {GATEWAY_TOKEN}")
}

#[test]
fn zai_gets_its_own_key_and_anthropics_key_is_silenced() {
    let rig = rig();
    let shown = ok(&rig, "setup --provider custom-zai --yes");
    assert!(!shown.contains(ZAI_KEY) && !shown.contains(ANTHROPIC_KEY), "{shown}");
    assert!(shown.contains("is not verified") && shown.contains("cf-aig provider add zai"), "{shown}");
    assert!(shown.contains("the gateway responds"), "{shown}");
    assert_eq!(
        env(&rig),
        json!({
            "ANTHROPIC_BASE_URL": "G/custom-zai/api/anthropic", "ANTHROPIC_AUTH_TOKEN": ZAI_KEY,
            "API_TIMEOUT_MS": "3000000", "ANTHROPIC_CUSTOM_HEADERS": token(), "ANTHROPIC_API_KEY": "",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        })
    );
}

#[test]
fn a_second_setup_keeps_the_earlier_choices() {
    let mut rig = rig();
    ok(&rig, "setup --provider zai --model glm-4.6 --yes");
    let before = env(&rig);
    for name in ["ZAI_API_KEY", "CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID", "CF_AIG_TOKEN"] {
        rig.sandbox.unset(name);
    }
    ok(&rig, "setup --yes");
    assert_eq!(env(&rig), before);
    assert_eq!(before["ANTHROPIC_MODEL"], "glm-4.6");
}

#[test]
fn returning_to_anthropic_removes_the_other_providers_key() {
    let rig = rig();
    ok(&rig, "setup --provider zai --yes");
    ok(&rig, "setup --provider anthropic --yes");
    assert_eq!(
        env(&rig),
        json!({
            "ANTHROPIC_BASE_URL": "G/anthropic", "ANTHROPIC_CUSTOM_HEADERS": token(),
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        })
    );
    ok(&rig, "off --yes");
    assert!(bytes(settings(&rig, "user")).is_none());
}

#[test]
fn the_key_comes_from_stdin_too_and_without_one_nothing_is_written() {
    let mut rig = rig();
    rig.sandbox.unset("ZAI_API_KEY");
    let said = fails(&rig, "setup --provider zai --yes", 3);
    assert!(said.contains("no key for z.ai") && said.contains("ZAI_API_KEY"), "{said}");
    assert!(bytes(settings(&rig, "user")).is_none());
    let ran =
        rig.sandbox.run_with(["setup", "--provider", "zai", "--key-stdin", "--yes"], b"sk-from-stdin\n");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(variable(&rig, "user", "ANTHROPIC_AUTH_TOKEN").as_deref(), Some("sk-from-stdin"));
    assert!(!format!("{ran:?}").contains("sk-from-stdin"), "{ran:?}");
}

#[test]
fn a_stored_key_is_paid_through_the_token() {
    let mut rig = Rig::managed();
    rig.sandbox.set("CF_AIG_METADATA", "none");
    let shown = ok(&rig, "setup --provider openrouter --auth stored-key --yes");
    assert!(shown.contains("cf-aig key add openrouter"), "{shown}");
    assert_eq!(
        env(&rig),
        json!({
            "ANTHROPIC_BASE_URL": "G/openrouter", "ANTHROPIC_AUTH_TOKEN": GATEWAY_TOKEN,
            "ANTHROPIC_CUSTOM_HEADERS": "cf-aig-no-wholesale: true", "ANTHROPIC_API_KEY": "",
        })
    );
}

#[test]
fn mantle_bedrock_and_vertex_have_the_variables_of_cloudflares_pages() {
    let mut rig = Rig::managed();
    rig.sandbox.set("CF_AIG_METADATA", "none").unset("ANTHROPIC_API_KEY");
    let shown = ok(&rig, "setup --provider mantle --region us-east-1 --yes");
    assert!(shown.contains("anthropic.claude-opus-5"), "{shown}");
    assert_eq!(
        env(&rig),
        json!({
            "ANTHROPIC_BASE_URL": "G/aws-bedrock/bedrock-mantle/us-east-1/anthropic",
            "ANTHROPIC_AUTH_TOKEN": GATEWAY_TOKEN, "ANTHROPIC_CUSTOM_HEADERS": "cf-aig-no-wholesale: true",
        })
    );
    ok(&rig, "setup --provider bedrock --region us-east-1 --yes");
    assert_eq!(
        env(&rig),
        json!({
            "CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_SKIP_BEDROCK_AUTH": "1",
            "ANTHROPIC_BEDROCK_BASE_URL": "G/aws-bedrock/bedrock-runtime/us-east-1",
            "ANTHROPIC_CUSTOM_HEADERS": token(),
        })
    );
    ok(&rig, "setup --provider vertex --region us-east5 --project my-project --yes");
    assert_eq!(
        env(&rig),
        json!({
            "CLAUDE_CODE_USE_VERTEX": "1", "CLAUDE_CODE_SKIP_VERTEX_AUTH": "1",
            "ANTHROPIC_VERTEX_BASE_URL": "G/google-vertex-ai/v1", "ANTHROPIC_VERTEX_PROJECT_ID": "my-project",
            "CLOUD_ML_REGION": "us-east5",
            "ANTHROPIC_CUSTOM_HEADERS": token(),
        })
    );
    ok(&rig, "off --yes");
    assert!(bytes(settings(&rig, "user")).is_none());
}

#[test]
fn a_missing_value_is_requested_by_name() {
    let rig = rig();
    for (line, expected) in [
        ("setup --provider mantle --yes", "--region"),
        ("setup --provider vertex --region us-east5 --yes", "--project"),
        ("setup --provider nobody --yes", "custom-SLUG/PATH"),
    ] {
        assert!(fails(&rig, line, 2).contains(expected), "{line}");
    }
    assert_eq!(run(&rig, "setup --provider zai --dry-run").code, 0);
    assert!(bytes(settings(&rig, "user")).is_none());
}

#[test]
fn a_session_with_the_mod_stays_with_the_provider_of_the_settings() {
    let mut rig = rig();
    ok(&rig, "setup --provider zai --yes");
    let base = variable(&rig, "user", "ANTHROPIC_BASE_URL").expect("a base URL");
    rig.sandbox
        .set("ANTHROPIC_BASE_URL", &base)
        .set("ANTHROPIC_AUTH_TOKEN", ZAI_KEY)
        .set("ANTHROPIC_API_KEY", "");
    let json = rig.sandbox.run(["session-env", "--json"]).json();
    assert_eq!(json["env"]["ANTHROPIC_BASE_URL"], base, "z.ai's key must not go to Anthropic");
}

#[test]
fn a_flag_that_the_provider_does_not_use_is_refused() {
    let rig = rig();
    for (line, says) in [
        ("setup --dry-run --model x", "--model has no effect without --provider"),
        ("setup --dry-run --provider anthropic --region r", "--region has no effect for anthropic"),
        ("setup --dry-run --provider anthropic --project p", "--project has no effect for anthropic"),
        ("setup --dry-run --provider custom-zai --region r", "--region has no effect for custom-zai"),
        ("setup --dry-run --provider mantle --region r --project p", "--project has no effect for mantle"),
    ] {
        let said = fails(&rig, line, 2);
        assert!(said.contains(says), "{line}: {said}");
    }
}
