//! A route that was written to a settings file by hand, without the plugin and without `setup`.

use crate::Rig;
use cf_aig_emulator::GATEWAY_TOKEN;
use serde_json::{Value, json};
use std::fs;

/// A machine without any variable of ours except those for the emulator.
fn rig() -> Rig {
    let mut rig = Rig::managed();
    for name in [
        "CLOUDFLARE_ACCOUNT_ID",
        "CF_AIG_GATEWAY_ID",
        "CF_AIG_TOKEN",
        "ANTHROPIC_API_KEY",
        "CLAUDE_PLUGIN_DATA",
    ] {
        rig.sandbox.unset(name);
    }
    rig
}

/// The block from Cloudflare's page, with a provider key.
fn block(rig: &Rig) -> Value {
    json!({"env": {
        "ANTHROPIC_BASE_URL": rig.emulator.base_url("anthropic"),
        "ANTHROPIC_CUSTOM_HEADERS": format!("cf-aig-authorization: Bearer {GATEWAY_TOKEN}"),
        "ANTHROPIC_API_KEY": crate::ANTHROPIC_KEY,
    }})
}

fn trust(rig: &Rig) {
    let folder = fs::canonicalize(rig.sandbox.project()).unwrap().display().to_string();
    let record = json!({"projects": {folder: {"hasTrustDialogAccepted": true}}});
    rig.sandbox.write("home/.claude.json", &record.to_string());
}

#[test]
fn every_command_works_without_the_plugin() {
    let rig = rig();
    rig.sandbox.write("home/.claude/settings.json", &block(&rig).to_string());
    let status = rig.json(&["status"]);
    let url = rig.emulator.base_url("anthropic");
    assert_eq!(status["gateway"]["url"], url, "{status}");
    assert_eq!(status["claude"]["goes_to"], "AI Gateway", "{status}");
    assert!(status["claude"]["source"].as_str().unwrap().contains("settings.json"), "{status}");
    assert_eq!(status["pays"]["mode"], "own-key", "{status}");
    assert!(status.get("not_routed_because").is_none(), "{status}");
    assert_eq!(rig.json(&["verify"])["verdict"], "proved");
    let doctor = rig.json(&["doctor"]);
    let states: Vec<_> =
        doctor["checks"].as_array().unwrap().iter().map(|c| (&c["id"], &c["state"])).collect();
    assert!(states.iter().all(|(_, state)| *state != "fail"), "{doctor}");
    let asked = |id: &&Value| id.as_str().is_some_and(|id| id.starts_with("gateway."));
    assert!(states.iter().any(|(id, state)| asked(id) && *state == "ok"), "{doctor}");
    rig.json(&["costs"]);
    assert!(!rig.json(&["logs", "list"])["logs"].as_array().unwrap().is_empty(), "verify's request is there");
}

#[test]
fn a_repositorys_gateway_is_shown_and_gets_nothing_until_its_folder_is_trusted() {
    for file in ["settings.json", "settings.local.json"] {
        let mut rig = rig();
        rig.sandbox.set("CF_AIG_TOKEN", GATEWAY_TOKEN).set("ANTHROPIC_API_KEY", crate::ANTHROPIC_KEY);
        let url = rig.emulator.base_url("anthropic");
        let text = json!({"env": {"ANTHROPIC_BASE_URL": url}}).to_string();
        rig.sandbox.write(&format!("project/.claude/{file}"), &text);
        let ran = rig.sandbox.run(["status", "--json"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let status = ran.json();
        assert_eq!(status["gateway"]["url"], url, "{status}");
        assert!(status["problems"][0].as_str().unwrap().contains("does not trust"), "{status}");
        for command in ["verify", "doctor", "costs"] {
            assert_ne!(rig.sandbox.run([command]).code, 0, "{command}");
        }
        assert_eq!(rig.emulator.connections(), 0, "nothing was sent");
        trust(&rig);
        assert_eq!(rig.json(&["verify"])["verdict"], "proved");
    }
}

#[test]
fn the_files_count_in_the_clients_order_and_before_the_process() {
    let mut rig = rig();
    let url = rig.emulator.base_url("anthropic");
    let named = |name: &str| url.replace("/emulator/", &format!("/{name}/"));
    let file = |name: &str| json!({"env": {"ANTHROPIC_BASE_URL": named(name)}}).to_string();
    rig.sandbox.set("ANTHROPIC_BASE_URL", named("process")).set("ANTHROPIC_API_KEY", "k");
    fs::create_dir_all(rig.sandbox.project().join("sub")).unwrap();
    fs::create_dir_all(rig.sandbox.project().join(".git")).unwrap();
    trust(&rig);
    let steps = [
        ("home/.claude/settings.json", "user"),
        ("project/sub/.claude/settings.json", "project"),
        ("project/sub/.claude/settings.local.json", "local"),
        ("project/.claude/settings.local.json", "root"),
    ];
    let gateway = |rig: &Rig| {
        let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
        command.args(["status", "--offline", "--json"]).current_dir(rig.sandbox.project().join("sub"));
        let status = cf_aig_harness::sandbox::feed(command, b"").json();
        assert_eq!(status["gateway"]["url"], status["claude"]["base_url"], "{status}");
        status["gateway"]["url"].clone()
    };
    assert_eq!(gateway(&rig), named("process"));
    for (path, name) in steps {
        rig.sandbox.write(path, &file(name));
        assert_eq!(gateway(&rig), named(name), "{path}");
    }
}

#[test]
fn a_bash_program_distinguishes_its_own_base_url_from_claudes() {
    let mut rig = rig();
    let url = rig.emulator.base_url("anthropic");
    rig.sandbox
        .set("ANTHROPIC_API_KEY", "k")
        .set("CLAUDECODE", "1")
        .set("ANTHROPIC_BASE_URL", &url)
        .set("CF_AIG_CLIENT_BASE_URL", "");
    let status = rig.sandbox.run(["status", "--offline", "--json"]).json();
    assert_eq!(status["claude"]["goes_to"], "Anthropic directly", "{status}");
    assert_eq!(
        (&status["process"]["goes_to"], &status["process"]["base_url"]),
        (&json!("AI Gateway"), &json!(url))
    );
    let text = rig.sandbox.run(["status", "--offline"]).stdout;
    assert!(text.contains("claude ") && text.contains("here "), "{text}");
    rig.sandbox.set("CF_AIG_CLIENT_BASE_URL", "https://llm.example.com");
    let status = rig.sandbox.run(["status", "--offline", "--json"]).json();
    assert_eq!(status["claude"]["base_url"], "https://llm.example.com", "{status}");
}

#[test]
fn the_hooks_block_keeps_the_variables_of_claude_itself() {
    let rig = Rig::new();
    rig.hook();
    let script =
        format!("{}\nprintf '%s %s' \"$CF_AIG_CLIENT_BASE_URL\" \"$ANTHROPIC_BASE_URL\"", rig.env_file());
    let mut shell = rig.sandbox.command("sh");
    shell.args(["-c", &script]).env("ANTHROPIC_BASE_URL", "https://mine.example");
    let said = cf_aig_harness::sandbox::feed(shell, b"").stdout;
    assert_eq!(said, format!("https://mine.example {}", rig.emulator.base_url("anthropic")));
}

#[test]
fn a_gateway_token_in_the_place_of_a_key_pays_and_is_recognised() {
    for (mode, headers) in [("unified-billing", ""), ("stored-key", "cf-aig-no-wholesale: true")] {
        let rig = rig();
        if mode == "stored-key" {
            rig.emulator.update(|config| {
                config.gateways[0].stored_keys.insert("anthropic".into(), crate::ANTHROPIC_KEY.into());
            });
        } else {
            rig.emulator.update(|config| config.gateways[0].unified_billing = Some(10.0));
        }
        let block = json!({"env": {
            "ANTHROPIC_BASE_URL": rig.emulator.base_url("anthropic"),
            "ANTHROPIC_AUTH_TOKEN": GATEWAY_TOKEN,
            "ANTHROPIC_CUSTOM_HEADERS": headers,
        }});
        rig.sandbox.write("home/.claude/settings.json", &block.to_string());
        let status = rig.json(&["status"]);
        assert_eq!(status["pays"]["mode"], mode, "{status}");
        assert_eq!(status["reachable"]["ok"], true, "{status}");
        assert_eq!(rig.json(&["verify"])["verdict"], "proved");
    }
}

#[test]
fn a_providers_own_bearer_is_not_taken_for_a_gateway_token() {
    let rig = rig();
    for (provider, token) in [("anthropic", "sk-ant-oat01-abc"), ("custom-zai", "an-opaque-key")] {
        let block = json!({"env": {
            "ANTHROPIC_BASE_URL": rig.emulator.base_url(provider),
            "ANTHROPIC_AUTH_TOKEN": token,
        }});
        rig.sandbox.write("home/.claude/settings.json", &block.to_string());
        let status = rig.sandbox.run(["status", "--json", "--offline"]);
        let status: Value = serde_json::from_str(&status.stdout).expect("JSON");
        assert_eq!(status["pays"]["mode"], "own-key", "{provider}: {status}");
    }
}
