//! Settings files that send Claude Code away from the gateway: no token is set next to them.

use crate::Rig;
use cf_aig_emulator::{ANTHROPIC_KEY, GATEWAY_TOKEN};
use cf_aig_harness::{Ran, print_uncaptured};
use serde_json::json;
use std::io::Read;

/// What a file may contain, and whether it matters even if Claude Code trusts the folder.
const DIVERSIONS: &[(&str, &str, bool)] = &[
    ("ANTHROPIC_BASE_URL", "https://elsewhere.example/v1", true),
    ("ANTHROPIC_BASE_URL", "", true),
    ("ANTHROPIC_BASE_URL", "no URL", true),
    ("CLAUDE_CODE_USE_BEDROCK", "1", true),
    ("CLAUDE_CODE_USE_VERTEX", "true", true),
    ("CLAUDE_CODE_USE_FOUNDRY", "on", true),
    ("CLAUDE_CODE_USE_MANTLE", "yes", true),
    ("CLAUDE_CODE_USE_ANTHROPIC_AWS", "1", true),
    ("CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD", "1", true),
    ("HTTPS_PROXY", "http://127.0.0.1:9", false),
    ("NODE_EXTRA_CA_CERTS", "/tmp/ca.pem", false),
    ("NODE_TLS_REJECT_UNAUTHORIZED", "0", false),
    ("SSL_CERT_FILE", "/tmp/ca.pem", false),
];

/// The files that a client started in the project reads; false marks those of the user.
const PLACES: &[(&str, bool)] = &[
    ("home/.claude/settings.json", false),
    ("project/.claude/settings.json", true),
    ("project/.claude/settings.local.json", true),
    ("--settings FILE", false),
    ("--settings=FILE", false),
    ("--settings JSON", false),
];

/// `run` with a program that prints its environment, as the client's command line would be.
fn run(rig: &Rig, place: &str, text: &str) -> Ran {
    let file = rig.sandbox.home().join("flag.json");
    std::fs::write(&file, text).expect("a file");
    let file = file.display().to_string();
    let args = match place {
        "--settings FILE" => vec!["--settings".to_owned(), file],
        "--settings=FILE" => vec![format!("--settings={file}")],
        "--settings JSON" => vec!["--settings".to_owned(), text.to_owned()],
        _ => Vec::new(),
    };
    let shown = ["run", "--", "/bin/sh", "-c", "env", "claude"].map(str::to_owned);
    rig.sandbox.run(shown.into_iter().chain(args))
}

fn trust(rig: &Rig) {
    let folder = std::fs::canonicalize(rig.sandbox.project()).expect("a folder").display().to_string();
    let record = json!({"projects": {folder: {"hasTrustDialogAccepted": true}}});
    rig.sandbox.write("home/.claude.json", &record.to_string());
}

#[test]
fn no_token_is_set_where_a_settings_file_routes_elsewhere() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_PROBE", "off");
    let mut checked = 0;
    for (at, (place, of_project)) in PLACES.iter().enumerate() {
        for (name, value, always) in DIVERSIONS {
            for trusted in [false, true] {
                let mode = ["own-key", "stored-key", "unified-billing"][(checked + at) % 3];
                rig.sandbox.set("CF_AIG_AUTH", mode);
                if trusted {
                    trust(&rig);
                }
                let text = json!({ "env": { *name: value } }).to_string();
                let file = (!place.starts_with("--")).then(|| rig.sandbox.write(place, &text));
                let held = *always || (*of_project && !trusted);
                let what = format!("{name}={value:?} in {place}, trusted: {trusted}, {mode}");
                let ran = run(&rig, place, &text);
                let shows = |text: &str| text.contains(GATEWAY_TOKEN);
                assert_eq!(shows(&ran.stdout), !held, "run, {what}: {ran:?}");
                assert_eq!(ran.code, if held { 5 } else { 0 }, "run, {what}: {ran:?}");
                assert_eq!(ran.stderr.contains("a settings file"), held, "run, {what}: {ran:?}");
                checked += 1;
                if let Some(file) = file {
                    let env = rig.sandbox.run(["env", "--format", "json", "--show-secrets"]);
                    assert_eq!(shows(&env.stdout), !held, "env, {what}: {env:?}");
                    let of_mod = rig.sandbox.run(["session-env", "--json"]);
                    assert_eq!(shows(&of_mod.stdout), !held, "session-env, {what}: {of_mod:?}");
                    let hook = rig.sandbox.hook("startup");
                    assert_eq!(shows(&rig.env_file()), !held, "hook, {what}: {hook:?}");
                    std::fs::remove_file(file).expect("the file");
                    checked += 3;
                }
                let _ = std::fs::remove_file(rig.sandbox.home().join(".claude.json"));
            }
        }
    }
    print_uncaptured(&format!("settings files that lead away: {checked} runs"));
}

#[test]
fn a_matching_file_or_a_route_without_a_token_does_not_stop_routing() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_PROBE", "off");
    let url = rig.emulator.base_url("anthropic");
    rig.sandbox.write("home/.claude/settings.json", &json!({"env": {"ANTHROPIC_BASE_URL": url}}).to_string());
    assert!(run(&rig, "", "{}").stdout.contains(GATEWAY_TOKEN));
    rig.sandbox.write("home/.claude/settings.json", r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "0"}}"#);
    assert!(run(&rig, "", "{}").stdout.contains(GATEWAY_TOKEN));
    rig.sandbox.unset("CF_AIG_TOKEN");
    rig.sandbox
        .write("home/.claude/settings.json", r#"{"env": {"ANTHROPIC_BASE_URL": "https://other.example"}}"#);
    assert_eq!(run(&rig, "", "{}").code, 0, "there is no token to lose");
}

/// As the client passes it on, which `claude -p` does without asking.
#[test]
fn a_proxy_or_certificate_of_an_untrusted_repository_gets_no_request() {
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "http_proxy", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"] {
        let mut rig = Rig::managed();
        let proxy = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        proxy.set_nonblocking(true).expect("a listener");
        let value = match name {
            "NODE_EXTRA_CA_CERTS" | "SSL_CERT_FILE" => {
                rig.sandbox.write("project/ca.pem", "").display().to_string()
            }
            _ => format!("http://{}", proxy.local_addr().expect("an address")),
        };
        let text = json!({ "env": { name: value } }).to_string();
        rig.sandbox.write("project/.claude/settings.json", &text);
        rig.sandbox.set(name, value);
        let url = rig.emulator.base_url("anthropic");
        for args in [
            &["status"][..],
            &["doctor"],
            &["verify"],
            &["conformance"],
            &["conformance", &url],
            &["logs", "list"],
            &["gateway", "list"],
            &["costs"],
            &["send", "hi"],
            &["setup", "--yes"],
        ] {
            let ran = rig.sandbox.run(args);
            let shown = format!("{}{}", ran.stdout, ran.stderr);
            assert!(shown.contains(name), "{name}, {args:?} says why: {ran:?}");
        }
        rig.sandbox.hook("startup");
        assert_eq!(rig.emulator.connections(), 0, "{name}");
        // it may check whether anyone listens there, but sends nothing
        while let Ok((mut asked, _)) = proxy.accept() {
            let mut said = Vec::new();
            asked.set_nonblocking(false).and_then(|()| asked.read_to_end(&mut said)).expect("its end");
            assert_eq!(String::from_utf8_lossy(&said), "", "{name}: the proxy was spoken to");
        }
    }
}

#[test]
fn a_gateway_token_in_place_of_a_provider_key_is_not_sent_as_one() {
    for name in ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"] {
        for mode in ["own-key", "subscription", ""] {
            let mut rig = Rig::new();
            rig.sandbox.unset("ANTHROPIC_API_KEY").set(name, GATEWAY_TOKEN).set("CF_AIG_AUTH", mode);
            for command in ["verify", "conformance", "doctor"] {
                let ran = rig.sandbox.run([command]);
                let sent = rig.emulator.requests().into_iter().filter(|request| {
                    ["x-api-key", "authorization"]
                        .iter()
                        .any(|header| request.header(header).is_some_and(|v| v.contains(GATEWAY_TOKEN)))
                });
                assert_eq!(sent.count(), 0, "{command}, {name}, auth {mode}: {ran:?}");
                if mode != "subscription" {
                    let shown = format!("{}{}", ran.stdout, ran.stderr);
                    assert!(shown.contains(&format!("{name} holds the gateway token")), "{command}: {ran:?}");
                }
            }
            let doctor = rig.sandbox.run(["doctor", "--only", "effective.request"]).stdout;
            assert!(!doctor.contains("who: Claude Code itself"), "it would send it: {doctor}");
            rig.sandbox.set(name, ANTHROPIC_KEY);
            let ran = rig.sandbox.run(["verify", "--no-log"]);
            assert!(!ran.stderr.contains("holds the gateway token"), "{ran:?}");
        }
    }
}
