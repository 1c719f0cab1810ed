//! `cf-aig explain`: finds every source, reports the winner, shows no secret.

use crate::{Rig, sandbox};
use cf_aig::facts::claude_code::precedence::{Source, SourceKind, Surface};
use cf_aig::services::client_files::{self, Folder};
use cf_aig::services::explain::gather;
use cf_aig::system::env::ProcessEnv;
use cf_aig_emulator::{ACCOUNT_ID, GATEWAY_TOKEN};
use cf_aig_harness::Sandbox;
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::path::Path;

const GATEWAY: &str = "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev/anthropic";

fn write(path: impl AsRef<Path>, text: &str) {
    std::fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn user(sandbox: &Sandbox, text: &str) {
    write(sandbox.home().join(".claude/settings.json"), text);
}

fn codes(report: &Value) -> Vec<&str> {
    report["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect()
}

/// The text with the sandbox's folder replaced.
fn steady(sandbox: &Sandbox, text: &str) -> String {
    let folder = sandbox.home().parent().unwrap().to_string_lossy().into_owned();
    text.replace(&folder, "SANDBOX")
}

#[test]
fn the_winner_comes_first_with_its_place_and_the_others_say_what_hides_them() {
    let mut sandbox = sandbox();
    sandbox.set("ANTHROPIC_API_KEY", "sk-one").set("SHELL", "/bin/bash");
    user(&sandbox, &format!("{{\n  \"env\": {{\n    \"ANTHROPIC_BASE_URL\": \"{GATEWAY}\"\n  }}\n}}\n"));
    write(sandbox.home().join(".bashrc"), "# mine\nexport ANTHROPIC_BASE_URL=https://api.anthropic.com\n");
    write(sandbox.project().join(".env"), "ANTHROPIC_API_KEY=sk-one\n");
    let ran = sandbox.run(["explain"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_snapshot!(steady(&sandbox, &ran.stdout), @"
    this session's requests go to https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev/anthropic
      x-api-key from ANTHROPIC_API_KEY

    ANTHROPIC_BASE_URL
      -> https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev/anthropic
           user SANDBOX/home/.claude/settings.json:3: user settings override the environment
         https://api.anthropic.com
           shell-file SANDBOX/home/.bashrc:2: hidden for the next session: user settings override the environment

    ANTHROPIC_API_KEY
      -> [redacted]
           process: no settings file sets it, so the environment counts
         [redacted]
           dotenv SANDBOX/project/.env:1: Claude Code does not read .env files
           background sessions: not set
           VS Code: not set

    note    ANTHROPIC_BASE_URL: has no effect on Claude Code: user settings override it (SANDBOX/home/.bashrc:2)

    behind a gateway, Claude Code disables: Remote Control; settings and policy that an organisation's server manages; the server-side classifier of auto mode
    never through a gateway: organisation settings that a client with its own key fetches from api.anthropic.com before any mod runs (not after `cf-aig setup`); WebFetch's domain check, the fast mode check and first-run onboarding (they contact api.anthropic.com); chats on claude.ai and in the Desktop app (its Code tab was not tested); cloud sessions (the host decides), except Bash programs
    not visible from here: --settings on a client's command line (pass the same file to cf-aig explain --settings); a saved claude.ai login, and the output of apiKeyHelper
    ");
}

#[test]
fn no_configuration_is_explained_in_a_few_lines() {
    let ran = sandbox().run(["explain"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_snapshot!(ran.stdout, @r#"
    this session's requests go to api.anthropic.com
      no credential is set: the client uses a saved login, or prints "Not logged in"
    not visible from here: --settings on a client's command line (pass the same file to cf-aig explain --settings); a saved claude.ai login, and the output of apiKeyHelper
    "#);
}

#[test]
fn the_json_has_the_documented_shape() {
    let mut sandbox = sandbox();
    sandbox.set("ANTHROPIC_BASE_URL", "https://api.anthropic.com");
    user(&sandbox, &json!({"env": {"ANTHROPIC_BASE_URL": GATEWAY}}).to_string());
    let report = sandbox.run(["explain", "ANTHROPIC_BASE_URL", "--json"]).json();
    assert_eq!(report["schema"], 1);
    let variable = &report["variables"]["ANTHROPIC_BASE_URL"];
    assert_eq!(variable["effective"]["session"], json!({"value": GATEWAY, "source": "user"}));
    assert_eq!(variable["effective"]["next-session"], variable["effective"]["bash"]);
    assert_eq!(variable["effective"]["cloud"], Value::Null);
    let sources = variable["sources"].as_array().unwrap();
    assert_eq!(
        (&sources[0]["kind"], &sources[0]["wins"], &sources[0]["line"]),
        (&json!("user"), &json!(true), &json!(1))
    );
    assert_eq!((&sources[1]["kind"], &sources[1]["wins"]), (&json!("process"), &json!(false)));
    assert!(sources.iter().all(|s| s["why"].as_str().is_some_and(|why| !why.is_empty())));
    assert_eq!(report["variables"].as_object().unwrap().len(), 1, "only what was asked for");
}

#[test]
fn a_secret_is_never_shown_but_whether_two_places_agree_is() {
    let mut sandbox = sandbox();
    let secrets = ["hunter2-a", "hunter2-b", "hunter2-c", "hunter2-d", "hunter2-e"];
    sandbox
        .set("ANTHROPIC_API_KEY", secrets[0])
        .set("CLAUDE_CODE_OAUTH_TOKEN", secrets[1])
        .set("ANTHROPIC_BASE_URL", format!("https://me:{}@example.com/v1?key={}", secrets[2], secrets[2]))
        .set("HTTPS_PROXY", format!("http://me:{}@127.0.0.1:9", secrets[3]))
        .set("ANTHROPIC_CUSTOM_HEADERS", format!("x-team: {}\nx-more: 1", secrets[4]))
        .set("CLAUDE_CODE_USE_VERTEX", "0");
    let file =
        json!({"env": {"ANTHROPIC_API_KEY": secrets[0]}, "apiKeyHelper": format!("echo {}", secrets[1])});
    user(&sandbox, &file.to_string());
    let local = json!({"env": {"ANTHROPIC_API_KEY": secrets[2], "HTTPS_PROXY": format!("me:{}@proxy:1", secrets[3])}});
    write(sandbox.project().join(".claude/settings.local.json"), &local.to_string());
    write(sandbox.home().join(".profile"), &format!("export ANTHROPIC_AUTH_TOKEN='{}'\n", secrets[0]));
    write(sandbox.project().join(".env"), &format!("ANTHROPIC_AUTH_TOKEN={}\n", secrets[1]));
    let vscode = format!(
        "{{ // mine\n\"claudeCode.environmentVariables\": [{{\"name\": \"ANTHROPIC_API_KEY\", \"value\": \"{}\"}}],}}",
        secrets[1]
    );
    write(sandbox.project().join(".vscode/settings.json"), &vscode);
    for args in [&["explain"][..], &["explain", "--json"]] {
        let ran = sandbox.run(args);
        assert!(!ran.stdout.contains("hunter2") && !ran.stderr.contains("hunter2"), "{ran:?}");
        assert!(ran.stdout.contains("x-team, x-more"), "header names are no secret: {ran:?}");
    }
    let report = sandbox.run(["explain", "ANTHROPIC_API_KEY", "--json"]).json();
    let values: Vec<_> = report["variables"]["ANTHROPIC_API_KEY"]["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| format!("{} {}", s["kind"].as_str().unwrap(), s["value"].as_str().unwrap()))
        .collect();
    assert_eq!(
        values,
        ["local [redacted] #1", "user [redacted] #2", "process [redacted] #2", "vscode [redacted] #3"]
    );
}

#[test]
fn a_file_that_the_client_ignores_is_named_with_line_and_column() {
    let sandbox = sandbox();
    user(&sandbox, "{\n  \"env\": {\n    \"ANTHROPIC_BASE_URL\": \"https://x\", // mine\n  }\n}\n");
    let ran = sandbox.run(["explain", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let report = ran.json();
    assert_eq!(codes(&report), ["ignored-file"]);
    assert_eq!((&report["warnings"][0]["line"], &report["warnings"][0]["column"]), (&json!(3), &json!(40)));
    assert_eq!(report["variables"], json!({}), "nothing in it is in effect");
}

/// Environment and user settings, and the warnings that they must give.
type Scene<'a> = (&'a [(&'a str, &'a str)], Value, &'a [&'a str]);

#[test]
fn each_fault_has_its_warning_and_health_has_none() {
    let mut sandbox = sandbox();
    // a port that was ours and is closed again: nothing listens there
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let live = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (dead, alive) = (format!("http://{dead}"), format!("http://{}", live.local_addr().unwrap()));
    let cases: &[Scene<'_>] = &[
        (&[("ANTHROPIC_BASE_URL", GATEWAY), ("ANTHROPIC_API_KEY", "sk-a")], json!({}), &[]),
        (&[("ANTHROPIC_BASE_URL", &format!(" {GATEWAY}/ "))], json!({}), &[]),
        (&[("ANTHROPIC_BASE_URL", "https://api.anthropic.com")], json!({}), &[]),
        (&[("ANTHROPIC_BASE_URL", "https://proxy.example.com/v1")], json!({}), &["other-host"]),
        (&[("ANTHROPIC_BASE_URL", &format!("{GATEWAY}/v1"))], json!({}), &["bad-url"]),
        (&[("ANTHROPIC_API_KEY", "a"), ("ANTHROPIC_AUTH_TOKEN", "b")], json!({}), &["two-credentials"]),
        (&[("ANTHROPIC_API_KEY", "<YOUR_KEY>")], json!({}), &["placeholder"]),
        (&[("HTTPS_PROXY", &dead)], json!({}), &["dead-proxy"]),
        (&[("HTTPS_PROXY", &alive)], json!({}), &[]),
        (&[("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST", "1")], json!({}), &["managed-by-host"]),
        (
            &[("CLAUDE_CODE_USE_BEDROCK", "1"), ("ANTHROPIC_BASE_URL", GATEWAY)],
            json!({}),
            &["other-provider"],
        ),
        (&[("ANTHROPIC_API_KEY", "a")], json!({"env": {"ANTHROPIC_API_KEY": ""}}), &["empty-value"]),
        (&[], json!({"env": {"ANTHROPIC_API_KEY": null}}), &["not-text"]),
        (
            &[("ANTHROPIC_CUSTOM_HEADERS", "x-a: 1\n: 2"), ("ANTHROPIC_API_KEY", "a")],
            json!({}),
            &["header-line"],
        ),
        (&[("ANTHROPIC_CUSTOM_HEADERS", "x-a: 1\\nx-b: 2")], json!({}), &["header-line"]),
        (&[], json!({"apiKeyHelper": "cat key"}), &["two-credentials"]),
    ];
    for (vars, settings, expected) in cases {
        for (name, value) in *vars {
            sandbox.set(name, *value);
        }
        user(&sandbox, &settings.to_string());
        let ran = sandbox.run(["explain", "--json"]);
        let report = ran.json();
        assert_eq!(codes(&report), *expected, "{vars:?} {settings}");
        let problem = report["warnings"].as_array().unwrap().iter().any(|w| w["severity"] == "problem");
        assert_eq!(ran.code, i32::from(problem), "{vars:?}");
        let text = sandbox.run(["explain"]).stdout;
        for warning in report["warnings"].as_array().unwrap() {
            assert!(text.contains(warning["message"].as_str().unwrap()), "both renderings say it: {text}");
        }
        for (name, _) in *vars {
            sandbox.unset(name);
        }
    }
}

#[test]
fn a_dead_proxy_is_not_tried_offline() {
    let mut sandbox = sandbox();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    sandbox.set("HTTPS_PROXY", format!("http://{}", listener.local_addr().unwrap()));
    sandbox.run(["explain", "--offline"]);
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "no connection was made");
}

#[test]
fn the_mod_wins_where_the_plugin_is_enabled() {
    let mut rig = Rig::new();
    rig.sandbox.set("ANTHROPIC_BASE_URL", "https://api.anthropic.com");
    let session = |rig: &Rig| {
        let report = rig.sandbox.run(["explain", "--json"]).json();
        let effective = &report["variables"]["ANTHROPIC_BASE_URL"]["effective"];
        (effective["session"]["source"].clone(), effective["background"]["source"].clone())
    };
    assert_eq!(session(&rig), (json!("process"), Value::Null));
    user(&rig.sandbox, r#"{"enabledPlugins": {"cloudflare@any": true}}"#);
    assert_eq!(session(&rig), (json!("mod"), json!("mod")), "an installed plugin routes background sessions");
    rig.sandbox.unset("ANTHROPIC_BASE_URL");
    let early = rig.sandbox.run(["explain", "--json"]).json();
    assert_eq!(codes(&early), ["before-the-mod"], "the key goes to Anthropic once, and the user knows");
    rig.sandbox.set("ANTHROPIC_BASE_URL", "https://api.anthropic.com");
    user(&rig.sandbox, r#"{"enabledPlugins": {"cloudflare@any": true}, "disableAllHooks": true}"#);
    assert_eq!(session(&rig), (json!("process"), Value::Null));
    let refused = rig.sandbox.run(["explain", "--json"]);
    assert_eq!((codes(&refused.json()), refused.code), (vec!["mod-refused"], 1));
    rig.sandbox.set("CF_AIG_ROUTING", "tools");
    assert_eq!(session(&rig), (json!("process"), Value::Null));
}

#[test]
fn the_environment_file_decides_only_for_bash_programs() {
    let rig = Rig::new();
    rig.hook();
    let report = rig.sandbox.run(["explain", "ANTHROPIC_BASE_URL", "--json"]).json();
    let effective = &report["variables"]["ANTHROPIC_BASE_URL"]["effective"];
    assert_eq!(effective["bash"]["source"], "env-file");
    assert!(effective["bash"]["value"].as_str().unwrap().contains(ACCOUNT_ID));
    assert_eq!(effective["session"], Value::Null);
    assert!(!report.to_string().contains(GATEWAY_TOKEN));
}

#[test]
fn variables_of_a_session_are_not_expected_in_the_next_terminal() {
    let mut sandbox = sandbox();
    sandbox.set("CLAUDECODE", "1").set("ANTHROPIC_BASE_URL", GATEWAY).set("ANTHROPIC_API_KEY", "sk-mine");
    write(
        sandbox.project().join(".claude/settings.json"),
        &json!({"env": {"ANTHROPIC_BASE_URL": GATEWAY}}).to_string(),
    );
    let report = sandbox.run(["explain", "--json"]).json();
    let sources = report["variables"]["ANTHROPIC_BASE_URL"]["sources"].as_array().unwrap().clone();
    assert_eq!((&sources[0]["kind"], &sources[1]["kind"]), (&json!("project"), &json!("process")));
    assert_eq!(codes(&report), [""; 0]);
    let key = &report["variables"]["ANTHROPIC_API_KEY"]["effective"]["next-session"]["source"];
    assert_eq!(key, "process", "what no other place holds came from the terminal");
}

/// A file for Bash programs has no say in the next session, so its value in this process must not have one.
#[test]
fn variables_of_bash_programs_are_not_expected_in_the_next_session() {
    let mut sandbox = sandbox();
    let file = sandbox.write("hook-0.sh", "export ANTHROPIC_API_KEY=sk-hook\n");
    sandbox.set("CLAUDE_ENV_FILE", file.to_str().unwrap()).set("ANTHROPIC_API_KEY", "sk-hook");
    let key = |sandbox: &Sandbox| {
        let report = sandbox.run(["explain", "ANTHROPIC_API_KEY", "--json"]).json();
        report["variables"]["ANTHROPIC_API_KEY"]["effective"]["next-session"]["source"].clone()
    };
    assert_eq!(key(&sandbox), "process", "outside a session the terminal holds it");
    sandbox.set("CLAUDECODE", "1");
    assert_eq!(key(&sandbox), Value::Null, "in a session it came from the file");
    sandbox.set("ANTHROPIC_API_KEY", "sk-other");
    assert_eq!(key(&sandbox), "process", "another value did not");
}

#[test]
fn managed_settings_come_first_and_refuse_the_mod() {
    let sandbox = sandbox();
    let dir = sandbox.data().join("managed");
    let picture = || {
        let env: ProcessEnv = sandbox.vars().iter().collect();
        let project = sandbox.project();
        let project = Some(project.as_path());
        let files = client_files::read(&Folder { env: &env, project, given: None, managed: Some(&dir) });
        gather(&env, project, &files, |picture| {
            picture.sources.push(Source::new("ANTHROPIC_BASE_URL", SourceKind::Mod, "https://mod"));
        })
    };
    let value = || picture().value("ANTHROPIC_BASE_URL", Surface::Session).map(str::to_owned);
    for harmless in ["", "{}", r#"{"env":{}}"#] {
        write(dir.join("managed-settings.json"), harmless);
        assert_eq!(value().as_deref(), Some("https://mod"), "{harmless}");
    }
    write(dir.join("managed-settings.json"), r#"{"env":{"ANTHROPIC_BASE_URL":"https://a"}}"#);
    assert_eq!(value().as_deref(), Some("https://a"));
    write(dir.join("managed-settings.d/10.json"), r#"{"env":{"ANTHROPIC_BASE_URL":"https://b"}}"#);
    assert_eq!(value().as_deref(), Some("https://b"), "what lies in the folder wins");
}

#[test]
fn an_unknown_name_gets_the_nearest_suggestion() {
    let ran = sandbox().run(["explain", "ANTHROPIC_BASEURL"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert_snapshot!(ran.stderr, @"
    cf-aig: `ANTHROPIC_BASEURL` is not a routing variable
      hint: did you mean ANTHROPIC_BASE_URL?
    ");
}

#[test]
fn json_with_a_mistake_is_not_taken_for_a_file_name() {
    for text in ["{bad", " {\"env\": {"] {
        let ran = sandbox().run(["explain", "--settings", text]);
        assert!(ran.code == 2 && ran.stderr.contains("--settings is not valid JSON: "), "{ran:?}");
    }
    let ran = sandbox().run(["explain", "--settings", "no-such-file"]);
    assert!(ran.code == 4 && ran.stderr.contains("not a file"), "{ran:?}");
}
