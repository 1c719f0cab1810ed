//! `cf-aig send`: one prompt, who responded, and the equivalent curl command.

use crate::Rig;
use cf_aig_emulator::{ANTHROPIC_KEY, GATEWAY_TOKEN, Host, ProviderFault, Recorded};
use cf_aig_harness::{needs, sandbox::feed};
use insta::assert_snapshot;
use serde_json::{Value, json};

/// The requests to the gateway.
fn asked(rig: &Rig) -> Vec<Recorded> {
    rig.emulator.requests().into_iter().filter(|request| request.host == Host::Gateway).collect()
}

fn overloaded(rig: &Rig, provider: &str) {
    let fault = ProviderFault::Error {
        status: 529,
        kind: "overloaded_error".to_owned(),
        message: "Overloaded".to_owned(),
        retry_after: None,
    };
    rig.emulator.update(|config| drop(config.provider_faults.insert(provider.to_owned(), fault)));
}

fn store_keys(rig: &Rig) {
    rig.emulator.update(|config| {
        for (slug, key) in [("anthropic", ANTHROPIC_KEY), ("openai", "sk-openai-emulator")] {
            config.gateways[0].stored_keys.insert(slug.to_owned(), key.to_owned());
        }
    });
}

/// Text without what differs between runs.
fn steady(rig: &Rig, text: &str) -> String {
    let id = rig.emulator.logs().last().map(|entry| entry.id.clone()).unwrap_or_default();
    let text = text.replace(&id, "LOG");
    text.lines().filter(|line| !line.starts_with("duration")).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_answer_comes_with_who_gave_it_and_what_it_cost() {
    let rig = Rig::managed();
    assert_snapshot!(steady(&rig, &rig.ok(&["send", "Say hi"])), @"
    Hello from the emulator.

    step       0
    provider   anthropic
    model      claude-haiku-4-5
    cache      not used
    retries    as configured; the gateway does not report how many it made
    tokens     9 in, 13 out
    cost       0.000074 USD (the gateway's estimate)
    log id     LOG
    ");
    let sent = &asked(&rig)[0];
    assert_eq!(sent.header("x-api-key"), Some(ANTHROPIC_KEY));
    assert_eq!(
        (sent.header("cf-aig-skip-cache"), sent.header("cf-aig-no-wholesale")),
        (Some("true"), Some("true"))
    );
}

#[test]
fn text_and_json_carry_the_same() {
    let rig = Rig::managed();
    let (text, json) =
        (rig.ok(&["send", "Say hi", "--attempts", "3"]), rig.json(&["send", "Say hi", "--attempts", "3"]));
    for key in ["answer", "provider", "model", "tokens_in", "tokens_out"] {
        let value = json[key].as_str().map_or_else(|| json[key].to_string(), str::to_owned);
        assert!(text.contains(&value), "{key}: {value}\n{text}");
    }
    assert_eq!(json["attempts_allowed"], 3);
    assert!(json["cost"].as_f64().is_some_and(|cost| cost > 0.0), "{json}");
    assert!(text.contains("at most 2; the gateway"), "{text}");
}

#[test]
fn the_gateways_cache_is_used_only_when_allowed() {
    let rig = Rig::managed();
    rig.ok(&["gateway", "update", "--cache", "300", "--yes"]);
    let cache = |args: &[&str]| rig.json(&[&["send", "Say hi"], args].concat())["cache"].clone();
    assert_eq!(
        (cache(&[]), cache(&["--cache"]), cache(&["--cache"])),
        (Value::Null, json!("MISS"), json!("HIT"))
    );
    let hit = rig.json(&["send", "Say hi", "--cache"]);
    assert_eq!(hit["cost"], 0.0);
}

#[test]
fn every_provider_is_sent_its_own_key() {
    let mut rig = Rig::managed();
    rig.sandbox.set("OPENAI_API_KEY", "sk-openai-emulator").set("ZAI_API_KEY", "sk-custom-zai-emulator");
    rig.ok(&["provider", "add", "zai", "--yes"]);
    assert_eq!(rig.json(&["send", "hi", "--provider", "openai", "--model", "gpt-5"])["provider"], "openai");
    assert_eq!(
        rig.json(&["send", "hi", "--provider", "zai", "--model", "glm-4.6"])["provider"],
        "custom-zai"
    );
    let keys: Vec<_> = asked(&rig).iter().map(|r| r.header("authorization").map(str::to_owned)).collect();
    assert_eq!(
        keys,
        [Some("Bearer sk-openai-emulator".into()), Some("Bearer sk-custom-zai-emulator".into())]
    );
    assert!(asked(&rig).iter().all(|request| request.header("x-api-key").is_none()));
}

#[test]
fn a_stored_key_pays_when_selected() {
    let mut rig = Rig::managed();
    store_keys(&rig);
    rig.sandbox.set("CF_AIG_AUTH", "stored-key");
    rig.ok(&["send", "hi"]);
    assert!(rig.emulator.logs()[0].byok);
    assert_eq!(asked(&rig)[0].header("x-api-key"), None);
}

#[test]
fn a_chain_names_the_step_that_responded_and_its_deprecation() {
    let mut rig = Rig::managed();
    rig.sandbox.set("OPENAI_API_KEY", "sk-openai-emulator");
    overloaded(&rig, "anthropic");
    let json = rig.json(&["send", "hi", "--chain", "anthropic/claude-haiku-4-5,openai/gpt-5"]);
    assert_eq!((&json["step"], &json["provider"]), (&json!(1), &json!("openai")));
    assert!(json["notes"].to_string().contains("deprecates the universal endpoint"), "{json}");
    assert!(asked(&rig)[0].path.ends_with("/emulator"), "{:?}", asked(&rig)[0].path);
}

#[test]
fn a_refusal_names_its_speaker() {
    let mut rig = Rig::managed();
    overloaded(&rig, "anthropic");
    let said = rig.fails(1, &["send", "hi"]);
    assert!(
        said.contains("the provider: ") && said.contains("(HTTP 529)") && said.contains("cf-aig logs show"),
        "{said}"
    );
    rig.sandbox.set("CF_AIG_TOKEN", "wrong-token");
    let said = rig.fails(3, &["send", "hi"]);
    assert!(said.contains("AI Gateway: ") && !said.contains("wrong-token"), "{said}");
    rig.sandbox.set("CF_AIG_TOKEN", GATEWAY_TOKEN).set("CF_AIG_GATEWAY_ID", "elsewhere");
    rig.fails(4, &["send", "hi"]);
    rig.emulator.set_fault(Some(cf_aig_emulator::Fault::RefuseConnections));
    rig.fails(6, &["send", "hi"]);
}

#[test]
fn without_an_api_token_only_the_cost_is_missing() {
    let rig = Rig::new();
    let json = rig.json(&["send", "hi"]);
    assert_eq!((&json["cost"], &json["provider"]), (&Value::Null, &json!("anthropic")));
    assert!(json["notes"].to_string().contains("no Cloudflare API token"), "{json}");
    assert!(rig.json(&["send", "hi", "--wait", "0"])["notes"].to_string().contains("was not searched"));
}

#[needs(sh, curl)]
#[test]
fn curl_sends_the_same_and_shows_no_secret() {
    let mut rig = Rig::managed();
    rig.sandbox.set("OPENAI_API_KEY", "sk-openai-emulator");
    for args in [
        &["send", "it's \"quoted\" $HOME `id`"][..],
        &["send", "hi", "--provider", "openai", "--model", "gpt-5"],
        &["send", "hi", "--chain", "anthropic/claude-haiku-4-5,openai/gpt-5"],
    ] {
        let printed = rig.sandbox.run(args.iter().chain(&["--curl"]));
        assert_eq!(printed.code, 0, "{printed:?}");
        for secret in [ANTHROPIC_KEY, GATEWAY_TOKEN, "sk-openai-emulator"] {
            assert!(!format!("{printed:?}").contains(secret), "{printed:?}");
        }
        assert!(printed.stderr.contains("CF_AIG_TOKEN"), "{printed:?}");
        let before = asked(&rig).len();
        rig.ok(&[args, &["--wait", "0"]].concat());
        let mut command = rig.sandbox.command("sh");
        command.args(["-c", &printed.stdout]);
        let ran = feed(command, b"");
        assert_eq!(ran.code, 0, "{ran:?}");
        let requests = asked(&rig);
        let (ours, theirs) = (&requests[before], &requests[before + 1]);
        assert_eq!((ours.json(), &ours.path), (theirs.json(), &theirs.path));
        for (name, value) in
            ours.headers.iter().filter(|(name, _)| name.starts_with("cf-aig") || name.contains("key"))
        {
            assert_eq!(theirs.header(name), Some(value.as_str()), "{name}");
        }
    }
}

#[test]
fn an_invalid_request_is_reported_before_sending() {
    let rig = Rig::managed();
    for (args, expected) in [
        (&["send", "hi", "--provider", "openai"][..], "--model"),
        (&["send", "hi", "--provider", "elevenlabs", "--model", "m"], "cf-aig providers"),
        (&["send", "hi", "--provider", "nobody"], "is not an AI Gateway provider"),
        (&["send", "hi", "--chain", "anthropic"], "PROVIDER/MODEL"),
        (&["send"], "no prompt given"),
    ] {
        assert!(rig.fails(2, args).contains(expected), "{args:?}");
    }
    assert!(asked(&rig).is_empty());
}

#[test]
fn control_characters_in_a_models_text_do_not_reach_the_terminal() {
    let rig = Rig::managed();
    rig.emulator.set_fault(Some(cf_aig_emulator::Fault::Status {
        status: 200,
        headers: Vec::new(),
        body: json!({
            "type": "message",
            "content": [{"type": "text", "text": "a\u{1b}]0;x\u{7}b\nc"}],
            "model": "\u{1b}[1m",
        })
        .to_string(),
    }));
    let shown = rig.ok(&["send", "hi", "--wait", "0"]);
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
}

#[test]
fn the_gateway_token_is_never_sent_as_a_providers_key() {
    let variables = [
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "OPENAI_API_KEY",
        "ZAI_API_KEY",
        "OPENROUTER_API_KEY",
        "DEEPSEEK_API_KEY",
        "GROQ_API_KEY",
    ];
    let calls: &[&[&str]] = &[
        &["send", "hi", "--wait", "0"],
        &["send", "hi", "--wait", "0", "--provider", "openai", "--model", "m"],
        &["send", "hi", "--wait", "0", "--provider", "zai", "--model", "m"],
        &["send", "hi", "--wait", "0", "--provider", "deepseek", "--model", "m"],
        &["send", "hi", "--wait", "0", "--chain", "anthropic/m,openai/m"],
        &["send", "hi", "--wait", "0", "--route", "r"],
    ];
    let mut looked_at = 0;
    for mode in ["", "own-key", "stored-key", "unified-billing"] {
        let mut rig = Rig::managed();
        for name in variables {
            rig.sandbox.set(name, GATEWAY_TOKEN);
        }
        if !mode.is_empty() {
            rig.sandbox.set("CF_AIG_AUTH", mode);
        }
        for args in calls {
            let from = rig.emulator.requests().len();
            rig.sandbox.run(*args);
            for request in &rig.emulator.requests()[from..] {
                let paid_by_token = matches!(mode, "stored-key" | "unified-billing");
                let as_key = request.headers.iter().filter(|(name, value)| {
                    let own = name == "cf-aig-authorization" || (name == "authorization" && paid_by_token);
                    !own && value.contains(GATEWAY_TOKEN)
                });
                let names: Vec<_> = as_key.map(|(name, _)| name).collect();
                assert!(
                    names.is_empty(),
                    "{mode}, {args:?} sends the token as {names:?} to {}",
                    request.path
                );
                let body = String::from_utf8_lossy(&request.body);
                assert!(!body.contains(GATEWAY_TOKEN), "{mode}, {args:?} sends the token in the body");
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 20, "{looked_at} requests");
}

#[test]
fn the_hint_names_the_flag_the_variable_or_the_list_that_fits_the_prompt() {
    let mut rig = Rig::managed();
    let said = rig.fails(4, &["send", "hi", "--wait", "0", "--model", "nope"]);
    assert!(said.contains("--model") && !said.contains("ANTHROPIC_MODEL"), "{said}");
    let said = rig.fails(4, &["send", "hi", "--wait", "0", "--route", "nope"]);
    assert!(said.contains("`cf-aig route list`"), "{said}");
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    for (provider, variable) in [("openai", "OPENAI_API_KEY"), ("anthropic", "ANTHROPIC_API_KEY")] {
        let said = rig.fails(3, &["send", "hi", "--wait", "0", "--provider", provider, "--model", "gpt-5"]);
        assert!(
            said.contains(&format!("set {variable}, store a key (`cf-aig key add {provider}`)")),
            "{said}"
        );
    }
}
