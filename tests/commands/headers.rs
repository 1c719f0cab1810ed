//! Mistakes in ANTHROPIC_CUSTOM_HEADERS and in credentials are reported without values, and credentials for
//! other services are not sent to Cloudflare unless requested.

use crate::Rig;
use serde_json::{Value, json};

/// The output of doctor and explain for a rig, and the exit code of doctor.
fn said(rig: &Rig) -> (i32, String) {
    let doctor = rig.sandbox.run(["doctor", "--offline", "--verbose"]);
    let explain = rig.sandbox.run(["explain"]);
    (doctor.code, [doctor.stdout, doctor.stderr, explain.stdout, explain.stderr].concat())
}

#[test]
fn header_and_mistake_are_named_and_never_the_value() {
    let cases = [
        ("ANTHROPIC_CUSTOM_HEADERS", "x-team=hunter2", "line 1 has no colon", 1),
        ("ANTHROPIC_CUSTOM_HEADERS", "x team: hunter2", "line 1 has an invalid header name", 1),
        ("ANTHROPIC_CUSTOM_HEADERS", "x-team: \"hunter2\"", "x-team is in quotes", 1),
        ("ANTHROPIC_CUSTOM_HEADERS", "authorization: hunter2", "authorization lacks the word Bearer", 1),
        (
            "ANTHROPIC_CUSTOM_HEADERS",
            "authorization: Bearer Bearer hunter2",
            "authorization contains Bearer twice",
            1,
        ),
        (
            "ANTHROPIC_CUSTOM_HEADERS",
            "authorization: Bearer: hunter2",
            "authorization has a colon after the word Bearer",
            1,
        ),
        ("ANTHROPIC_CUSTOM_HEADERS", "x-a: 1\nx-team: ${hunter2}", "x-team contains a variable", 1),
        ("ANTHROPIC_CUSTOM_HEADERS", "x-team: <hunter2>", "x-team contains a placeholder", 1),
        (
            "ANTHROPIC_CUSTOM_HEADERS",
            "x-a: hunter2 cf-aig-skip-cache: true",
            "x-a contains a second header",
            1,
        ),
        ("ANTHROPIC_CUSTOM_HEADERS", "x-a: hunter2\\nx-b: 2", "x-a contains \\n as two characters", 1),
        ("ANTHROPIC_AUTH_TOKEN", "Bearer hunter2", "ANTHROPIC_AUTH_TOKEN: the value starts with Bearer", 1),
        ("ANTHROPIC_AUTH_TOKEN", "$hunter2", "ANTHROPIC_AUTH_TOKEN: the value contains a variable", 1),
        ("ANTHROPIC_API_KEY", "'hunter2'", "ANTHROPIC_API_KEY: the value is in quotes", 1),
    ];
    for (name, value, expected, code) in cases {
        let mut rig = Rig::new();
        rig.sandbox.set(name, value);
        let (exit, text) = said(&rig);
        assert_eq!(text.matches(expected).count(), 2, "doctor and explain, of {value:?}: {text}");
        assert!(!text.contains("hunter2"), "{value:?}: {text}");
        assert_eq!(exit, code, "{value:?}: {text}");
    }
}

/// Without our own token, the user's line for the gateway stays, with its mistakes.
#[test]
fn headers_for_the_gateway_are_checked() {
    let cases = [
        ("cf-aig-authorization: Bearer sk-ant-hunter2", "cf-aig-authorization contains a provider key"),
        ("cf-aig-authorization: hunter2", "cf-aig-authorization lacks the word Bearer"),
        ("cf-aig-metadata: {\"hunter2\": {}}", "cf-aig-metadata is not a JSON object of strings"),
        ("x-api-key: cfut_hunter2", "x-api-key contains a Cloudflare token in place of a provider key"),
    ];
    for (line, expected) in cases {
        let mut rig = Rig::new();
        rig.sandbox
            .unset("CF_AIG_TOKEN")
            .set("CF_AIG_METADATA", "none")
            .set("ANTHROPIC_CUSTOM_HEADERS", line);
        let (_, text) = said(&rig);
        assert!(text.contains(expected) && !text.contains("hunter2"), "{line}: {text}");
    }
}

#[test]
fn every_mistake_is_listed_at_once() {
    let mut rig = Rig::new();
    rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "x-team hunter2\nx-a: ${A}\nx-b: '2'");
    let (_, text) = said(&rig);
    for expected in ["line 1 has no colon", "x-a contains a variable", "x-b is in quotes"] {
        assert_eq!(text.matches(expected).count(), 2, "{expected}: {text}");
    }
}

#[test]
fn the_plugin_sends_no_credential_of_another_service_and_says_so() {
    let mut rig = Rig::new();
    rig.sandbox.set(
        "ANTHROPIC_CUSTOM_HEADERS",
        "X-Portkey-API-Key: hunter2\nx-team: a\nHelicone-Auth: Bearer hunter2",
    );
    let answer = rig.sandbox.run(["session-env", "--json"]).json();
    let headers = answer["env"]["ANTHROPIC_CUSTOM_HEADERS"].as_str().unwrap();
    assert!(headers.contains("x-team: a") && !headers.contains("hunter2"), "{headers}");
    let told = answer["message"].as_str().unwrap();
    let expected = "x-portkey-api-key, helicone-auth of ANTHROPIC_CUSTOM_HEADERS is not sent to AI Gateway";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn setup_carries_no_credential_of_another_service_unless_it_is_told_to() {
    let rig = Rig::new();
    let theirs = json!({ "env": { "ANTHROPIC_CUSTOM_HEADERS": "x-litellm-api-key: hunter2\nx-team: a" } });
    let file = rig.sandbox.write("home/.claude/settings.json", &theirs.to_string());
    let before = std::fs::read(&file).unwrap();
    let written = |more: &[&str]| {
        let ran = rig.sandbox.run([&["setup", "--yes"], more].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        let now: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        (ran.stdout + &ran.stderr, now["env"]["ANTHROPIC_CUSTOM_HEADERS"].as_str().unwrap().to_owned())
    };
    let (said, headers) = written(&[]);
    assert!(
        said.contains("x-litellm-api-key of ANTHROPIC_CUSTOM_HEADERS is not sent to AI Gateway"),
        "{said}"
    );
    assert!(said.contains("--carry x-litellm-api-key sends it") && !said.contains("hunter2"), "{said}");
    assert!(headers.contains("x-team: a") && !headers.contains("hunter2"), "{headers}");
    assert_eq!(rig.sandbox.run(["off", "--yes"]).code, 0);
    assert_eq!(std::fs::read(&file).unwrap(), before, "and off brings it back");
    let (said, headers) = written(&["--carry", "X-LiteLLM-API-Key"]);
    assert!(!said.contains("is not sent to AI Gateway"), "{said}");
    assert!(headers.contains("x-litellm-api-key: hunter2"), "{headers}");
    // nor from the shell or a weaker file, whose lines are copied
    let mut rig = Rig::new();
    rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "x-litellm-api-key: hunter2\nx-team: a");
    let ran = rig.sandbox.run(["setup", "--dry-run"]);
    assert!(ran.stdout.contains("its lines are copied: x-team\n"), "{ran:?}");
}

#[test]
fn a_credential_that_a_file_sends_to_the_gateway_is_named() {
    let rig = Rig::new();
    let env = json!({
        "ANTHROPIC_BASE_URL": rig.emulator.base_url("anthropic"),
        "ANTHROPIC_CUSTOM_HEADERS": "x-portkey-api-key: hunter2",
    });
    rig.sandbox.write("home/.claude/settings.json", &json!({ "env": env }).to_string());
    let (code, text) = said(&rig);
    let expected = "x-portkey-api-key looks like a credential for another service, and is sent to AI Gateway";
    assert_eq!((text.matches(expected).count(), code), (2, 0), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_token_that_the_client_also_sends_to_anthropic_is_named() {
    let rig = Rig::new();
    assert_eq!(rig.sandbox.run(["setup", "--yes", "--keep-nonessential-traffic"]).code, 0);
    let expected = "also sends these headers, including the gateway token, to api.anthropic.com";
    let (code, text) = said(&rig);
    assert_eq!((text.matches(expected).count(), code), (2, 0), "{text}");
    let mut rig = rig;
    rig.sandbox.set("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1");
    let (_, text) = said(&rig);
    assert!(!text.contains(expected), "{text}");
    // setup sets it by default
    let rig = Rig::new();
    assert_eq!(rig.sandbox.run(["setup", "--yes"]).code, 0);
    let (_, text) = said(&rig);
    assert!(!text.contains(expected), "{text}");
    // in modes that the token pays for there is no key, and the client does not ask
    let mut rig = Rig::new();
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    assert_eq!(rig.sandbox.run(["setup", "--yes", "--auth", "unified-billing"]).code, 0);
    let (_, text) = said(&rig);
    assert!(!text.contains(expected), "{text}");
}

#[test]
fn a_model_that_the_provider_does_not_have_is_named() {
    let rig = |name: &str, model: &str| {
        let mut rig = Rig::new();
        let url = rig.emulator.base_url("anthropic");
        rig.sandbox.set(name, model).set("ANTHROPIC_BASE_URL", url);
        said(&rig)
    };
    for name in ["ANTHROPIC_MODEL", "ANTHROPIC_DEFAULT_HAIKU_MODEL", "CLAUDE_CODE_SUBAGENT_MODEL"] {
        for model in ["glm-4.6", "us.anthropic.claude-sonnet-4-5", "claude-opus-4@20250514", "openai/gpt-5"] {
            let (code, text) = rig(name, model);
            let expected = "is not an Anthropic model, but this gateway URL leads to Anthropic";
            assert_eq!((text.matches(expected).count(), code), (2, 1), "{name}={model}: {text}");
        }
        for model in ["claude-opus-5-5", "sonnet", "opus[1m]", "claude-sonnet-5-5[1m]"] {
            let (code, text) = rig(name, model);
            assert!(code == 0 && !text.contains("is not an Anthropic model"), "{name}={model}: {text}");
        }
    }
}

#[test]
fn a_model_of_another_provider_is_named_behind_every_provider() {
    let bases = ["custom-zai/api/anthropic", "deepseek/anthropic", "grok", "openrouter"];
    for (base, title) in bases.into_iter().zip(["z.ai", "DeepSeek", "xAI", "OpenRouter"]) {
        let mut rig = Rig::new();
        let url = rig.emulator.base_url("").to_owned() + base;
        rig.sandbox.set("ANTHROPIC_MODEL", "gpt-5.2").set("ANTHROPIC_BASE_URL", url);
        let (_, text) = said(&rig);
        let expected = format!("`gpt-5.2` is a model id of OpenAI, but this gateway URL leads to {title}");
        assert_eq!(text.matches(&expected).count(), 2, "{text}");
    }
}

#[test]
fn a_command_in_the_bash_sandbox_says_so_and_blames_no_file() {
    let mut rig = Rig::new();
    // the sandbox replaces a protected file with something unreadable
    std::fs::create_dir_all(rig.sandbox.project().join(".claude/settings.json")).unwrap();
    let (code, outside) = said(&rig);
    assert!(code == 1 && outside.contains("cannot be read"), "{outside}");
    rig.sandbox.set("SANDBOX_RUNTIME", "1");
    let (code, inside) = said(&rig);
    assert!(code == 0 && !inside.contains("cannot be read"), "{inside}");
    let says = "this command runs in Claude Code's Bash sandbox";
    assert_eq!(inside.matches(says).count(), 2, "{inside}");
    assert!(rig.sandbox.run(["status"]).stdout.contains(says));
}

#[test]
fn the_late_start_of_a_route_and_its_remedy_are_reported() {
    let mut rig = Rig::new();
    rig.sandbox.write(
        "home/.claude/settings.json",
        r#"{"enabledPlugins": {"cloudflare@cloudflare-gateway": true}}"#,
    );
    let says = "18 s late. `cf-aig setup` avoids this";
    for args in [&["status"][..], &["doctor", "--verbose"], &["explain"]] {
        let text = rig.sandbox.run(args.iter().copied()).stdout;
        assert!(text.contains(says), "{args:?}: {text}");
    }
    let url = rig.emulator.base_url("anthropic");
    rig.sandbox.set("ANTHROPIC_BASE_URL", url);
    assert!(!rig.sandbox.run(["status"]).stdout.contains(says));
}

#[test]
fn an_unusual_gateway_id_is_a_warning() {
    for id in ["claude_code_ralph", "Claude-Code"] {
        let mut rig = Rig::new();
        rig.sandbox.set("CF_AIG_GATEWAY_ID", id);
        let ran = rig.sandbox.run(["doctor", "--offline", "--verbose"]);
        assert!(ran.code == 0 && ran.stdout.contains("warn  configuration.gateway"), "{ran:?}");
        let ran = rig.sandbox.run(["url", "anthropic"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let ran =
            rig.sandbox.run(["validate", "--allow-host", &rig.emulator.gateway_origin(), ran.stdout.trim()]);
        assert!(ran.code == 0 && ran.stderr.contains("reported to refuse for new gateways"), "{ran:?}");
        assert!(ran.stdout.contains(id), "{ran:?}");
    }
}

#[test]
fn run_and_env_name_the_credentials_that_they_leave_out() {
    let mut rig = Rig::new();
    rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "x-litellm-api-key: k\nx-team: blue");
    for args in [&["run", "--", "/bin/sh", "-c", "true"][..], &["env", "--format", "json"], &["env"]] {
        let ran = rig.sandbox.run(args);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(
            ran.stderr.contains("x-litellm-api-key of ANTHROPIC_CUSTOM_HEADERS is not sent to AI Gateway"),
            "{ran:?}"
        );
        assert!(!ran.stderr.contains("x-team"), "{ran:?}");
    }
}
