//! What few people have, and `explain` predicts as the client does it: values of other types than strings, in
//! the user's and in managed settings, and a socket in place of a host.

use crate::blocked::managed;
use crate::rig::{LIMIT, Rig};
use crate::with_client;
use cf_aig::facts::claude_code::precedence::{API_KEY_HELPER, Credential, Prediction, Surface, predict};
use cf_aig::services::client_files::{self, Folder};
use cf_aig::services::explain::{Sources, gather};
use cf_aig::system::env::ProcessEnv;
use cf_aig_emulator::{ANTHROPIC_LOGIN, Host};
use cf_aig_harness::client::run_for;
use cf_aig_harness::{Client, needs};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

/// What arrives: the base URL, `x-api-key`, `authorization` and the header `x-place`.
type Arrives = (String, Option<String>, Option<String>, Option<String>);

fn picture(rig: &Rig, managed: Option<PathBuf>) -> Sources {
    let env: ProcessEnv = rig.sandbox.vars().iter().collect();
    let project = rig.sandbox.project();
    let (project, managed) = (Some(project.as_path()), managed.as_deref());
    let files = client_files::read(&Folder { env: &env, project, given: None, managed });
    gather(&env, project, &files, |_| {})
}

/// The request that `explain` predicts; `None` if it cannot reach one of our hosts.
fn predicted(rig: &Rig, managed: Option<PathBuf>) -> Option<Arrives> {
    let picture = picture(rig, managed);
    let Prediction::Sends(request) = predict(|name| picture.value(name, Surface::Session)) else {
        return None;
    };
    let base = request.base_url.filter(|base| base.starts_with("http://127.0.0.1"))?;
    let value = |credential: Credential, scheme: &str| {
        let helper =
            || picture.value(API_KEY_HELPER, Surface::Session).expect("a helper").replace("echo ", "");
        credential.value.unwrap_or_else(|| format!("{scheme}{}", helper()))
    };
    let place = request.headers.into_iter().find(|(name, _)| name == "x-place");
    Some((
        base,
        request.x_api_key.map(|c| value(c, "")),
        request.authorization.map(|c| value(c, "Bearer ")),
        place.map(|(_, value)| value),
    ))
}

/// The first request of a turn, and what the client printed.
fn sent(rig: &Rig, client: &Client) -> (Option<Arrives>, String) {
    let before = rig.turns().len();
    let mut command = client.command(&rig.sandbox);
    command.args(["-p", "hi", "--tools", "", "--system-prompt", "x"]);
    let ran = run_for(command, LIMIT);
    let header = |turn: &cf_aig_emulator::Recorded, name: &str| turn.header(name).map(str::to_owned);
    let seen = rig.turns().get(before).map(|turn| {
        let base = match turn.host {
            Host::Gateway => rig.emulator.base_url("anthropic"),
            _ => rig.emulator.provider_origin(),
        };
        (base, header(turn, "x-api-key"), header(turn, "authorization"), header(turn, "x-place"))
    });
    (seen, format!("{ran:?}"))
}

/// Files with values of the wrong type, and what stands beside them.
fn files(rig: &Rig) -> Vec<Value> {
    let gateway = rig.emulator.base_url("anthropic");
    vec![
        json!({ "env": 5, "apiKeyHelper": "echo sk-printed" }),
        json!({ "env": ["a"], "apiKeyHelper": "echo sk-printed" }),
        json!({ "env": null, "model": "opus" }),
        json!({ "env": { "ANTHROPIC_BASE_URL": gateway }, "model": 5 }),
        json!({ "env": { "ANTHROPIC_API_KEY": "sk-of-the-file" }, "permissions": "x" }),
        json!({ "env": { "ANTHROPIC_API_KEY": "sk-of-the-file" }, "apiKeyHelper": { "a": 1 } }),
        json!({ "env": { "ANTHROPIC_CUSTOM_HEADERS": { "x-place": "object" } } }),
        json!({ "env": { "ANTHROPIC_CUSTOM_HEADERS": ["x-place: array"] } }),
        json!({ "env": { "ANTHROPIC_AUTH_TOKEN": 5, "ANTHROPIC_CUSTOM_HEADERS": "x-place: file" } }),
        json!({ "env": { "ANTHROPIC_BASE_URL": { "a": 1 } } }),
        json!({ "env": { "ANTHROPIC_BASE_URL": [gateway] } }),
    ]
}

#[needs(client)]
#[test]
fn values_of_other_types_count_as_predicted_in_the_users_settings() {
    with_client(|rig| {
        rig.sandbox.set("CLAUDE_CODE_MAX_RETRIES", "0");
        for file in files(rig) {
            rig.sandbox.write("home/.claude/settings.json", &file.to_string());
            let (seen, ran) = sent(rig, &rig.client);
            assert_eq!(seen, predicted(rig, None), "{file}: {ran}");
        }
    });
}

#[needs(client, mounts)]
#[test]
fn values_of_other_types_count_as_predicted_in_managed_settings() {
    with_client(|rig| {
        rig.sandbox.set("CLAUDE_CODE_MAX_RETRIES", "0");
        for file in files(rig) {
            let client = managed(rig, &file.to_string());
            let folder = rig.sandbox.home().parent().expect("the sandbox").join("etc/claude-code");
            let (seen, ran) = sent(rig, &client);
            assert_eq!(seen, predicted(rig, Some(folder)), "{file}: {ran}");
        }
    });
}

#[needs(client)]
#[test]
fn with_a_socket_no_request_reaches_the_base_url() {
    with_client(|rig| {
        let path = rig.sandbox.home().join("socket");
        let listener = UnixListener::bind(&path).expect("a socket");
        rig.sandbox.set("CLAUDE_CODE_MAX_RETRIES", "0").set("ANTHROPIC_UNIX_SOCKET", path.to_string_lossy());
        let (seen, arrived) = std::thread::scope(|scope| {
            let first = scope.spawn(move || {
                let mut lines = Vec::new();
                for stream in listener.incoming().take(20) {
                    let mut stream = stream.expect("a connection");
                    let mut bytes = [0; 2000];
                    let read = stream.read(&mut bytes).unwrap_or_default();
                    let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
                    _ = stream
                        .write_all(b"HTTP/1.1 400 no\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                    let is_turn = text.contains("/v1/messages");
                    lines.push(text.lines().next().unwrap_or_default().to_owned());
                    if is_turn {
                        break;
                    }
                }
                lines
            });
            let (seen, _) = sent(rig, &rig.client);
            // the client has ended, so no connection comes any more
            _ = std::os::unix::net::UnixStream::connect(&path)
                .map(|mut s| s.write_all(b"GET /v1/messages over"));
            (seen, first.join().expect("the listener"))
        });
        assert_eq!(seen, None);
        assert!(arrived.iter().any(|line| line.starts_with("POST /v1/messages")), "{arrived:?}");
        let picture = picture(rig, None);
        assert!(matches!(predict(|name| picture.value(name, Surface::Session)), Prediction::Tunnelled));
    });
}

/// The sign-in that Claude Code shares with Anthropic's SDKs, where there is no other credential.
#[needs(client)]
#[test]
fn a_sign_in_profile_gives_the_base_url_unless_a_variable_does() {
    with_client(|rig| {
        let profile = rig.emulator.provider_origin();
        let config = json!({ "authentication": { "type": "user_oauth" }, "base_url": profile });
        let login = json!({
            "access_token": ANTHROPIC_LOGIN, "refresh_token": "none", "expires_at": 4_102_444_800_u64,
        });
        rig.sandbox.write("home/.config/anthropic/configs/default.json", &config.to_string());
        let file = rig.sandbox.write("home/.config/anthropic/credentials/default.json", &login.to_string());
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600))
            .expect("the client wants it private");
        let gateway = rig.emulator.base_url("anthropic");
        rig.sandbox
            .set("CLAUDE_CODE_MAX_RETRIES", "0")
            .unset("ANTHROPIC_API_KEY")
            .unset("ANTHROPIC_BASE_URL");
        // with no other credential, the plugin does not route, because it would send that login to the gateway
        rig.sandbox.set("CF_AIG_AUTH", "own-key");
        rig.ask("hi");
        let turns = rig.turns();
        assert!(!turns.is_empty() && turns.iter().all(|turn| turn.host == Host::Provider), "{turns:?}");
        for named in [None, Some(gateway)] {
            if let Some(named) = &named {
                rig.sandbox.set("ANTHROPIC_BASE_URL", named);
            }
            let (seen, ran) = sent(rig, &rig.client);
            let (base, _, bearer, _) = seen.unwrap_or_else(|| panic!("no request: {ran}"));
            let picture = picture(rig, None);
            assert_eq!(Some(&*base), picture.value("ANTHROPIC_BASE_URL", Surface::Session), "{named:?}");
            assert_eq!(bearer, Some(format!("Bearer {ANTHROPIC_LOGIN}")), "{named:?}");
        }
    });
}
