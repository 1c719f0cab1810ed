//! `cf-aig status`: one screen, and the same facts as JSON.

use crate::{Rig, sandbox};
use insta::assert_snapshot;
use serde_json::{Value, json};

/// The screen, without the one number that varies.
fn screen(rig: &Rig, args: &[&str]) -> String {
    let ran = rig.sandbox.run(["status"].iter().chain(args));
    assert_eq!(ran.stderr, "");
    let text = rig.steady(&ran.stdout);
    let lines = text.lines().map(|line| match line.split_once(" ms)") {
        Some((before, rest)) => {
            let (before, _) = before.rsplit_once(" (").unwrap_or((before, ""));
            format!("{before} (N ms){rest}\n")
        }
        None => format!("{line}\n"),
    });
    format!("exit {}\n{}", ran.code, lines.collect::<String>())
}

/// Every text in a JSON value.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The name, the variables that differ, and the user's settings.
type Situation = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// The situations that status reports.
const SITUATIONS: &[Situation] = &[
    ("good", &[], ""),
    (
        "not configured",
        &[("CLOUDFLARE_ACCOUNT_ID", ""), ("CF_AIG_GATEWAY_ID", ""), ("CF_AIG_GATEWAY_ORIGIN", "")],
        "",
    ),
    ("off", &[("CF_AIG_ROUTING", "off")], ""),
    ("problems", &[("CF_AIG_AUTH", "byok"), ("CF_AIG_METADATA", "cf.x=1")], ""),
    ("no payer", &[("ANTHROPIC_API_KEY", "")], ""),
    ("no response", &[("HTTP_PROXY", "http://127.0.0.1:1")], ""),
    ("wrong token", &[("CF_AIG_TOKEN", "wrong")], ""),
    ("routed", &[("ANTHROPIC_BASE_URL", "ROUTED")], ""),
    ("elsewhere", &[("ANTHROPIC_BASE_URL", "https://me:s3cret@llm.example.com/v1?k=s3cret")], ""),
    (
        "two plugins of this name",
        &[],
        r#"{"enabledPlugins": {"cloudflare@one": true, "x@a": true, "cloudflare@two": true}}"#,
    ),
    (
        "options",
        &[("CF_AIG_GATEWAY_ID", "")],
        r#"{"pluginConfigs": {"cloudflare@x": {"options": {"gateway_id": "emulator", "routing": "tools"}}}}"#,
    ),
];

fn situations() -> impl Iterator<Item = (&'static str, Rig)> {
    SITUATIONS.iter().map(|(what, vars, settings)| {
        let mut rig = Rig::new();
        for (name, value) in *vars {
            let value =
                if *value == "ROUTED" { rig.emulator.base_url("anthropic") } else { (*value).to_owned() };
            rig.sandbox.set(name, value);
        }
        let folder = rig.sandbox.home().join(".claude");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("settings.json"), settings).unwrap();
        (*what, rig)
    })
}

#[test]
fn a_working_route_fits_one_screen() {
    assert_snapshot!(screen(&Rig::new(), &["--verbose"]), @"
    exit 0
    gateway     http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic ($CLOUDFLARE_ACCOUNT_ID)
    token       $CF_AIG_TOKEN
    routing     session (default)
    claude      Anthropic directly: ANTHROPIC_BASE_URL is not set
    pays        your own provider key (own-key; documented)
    not routed  no settings file enables the plugin
    reachable   yes: the gateway responds (N ms)
    outside     organisation settings that a client with its own key fetches from api.anthropic.com before any mod runs (not after `cf-aig setup`)
                WebFetch's domain check, the fast mode check and first-run onboarding (they contact api.anthropic.com)
                chats on claude.ai and in the Desktop app (its Code tab was not tested)
                cloud sessions (the host decides), except Bash programs
    disabled    Remote Control; settings and policy that an organisation's server manages; the server-side classifier of auto mode
    ");
}

#[test]
fn each_situation_has_its_message() {
    let mut said = String::new();
    for (what, rig) in situations().skip(1) {
        // the test above covers what is the same everywhere
        let shown = screen(&rig, &[]);
        assert!(shown.lines().count() <= 7, "{what} takes more than six rows:\n{shown}");
        said.push_str(&format!("# {what}\n{shown}"));
    }
    assert_snapshot!(said, @"
    # not configured
    exit 0
    gateway     none configured
    claude      Anthropic directly: ANTHROPIC_BASE_URL is not set
    not routed  no gateway is configured: /plugin configure cloudflare, account_id and gateway_id
    # off
    exit 0
    gateway     http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic ($CLOUDFLARE_ACCOUNT_ID)
    routing     off ($CF_AIG_ROUTING)
    claude      Anthropic directly: ANTHROPIC_BASE_URL is not set
    not routed  routing is off
    reachable   yes: the gateway responds (N ms)
    # problems
    exit 1
    gateway     http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic ($CLOUDFLARE_ACCOUNT_ID)
    claude      Anthropic directly: ANTHROPIC_BASE_URL is not set
    problem     auth must be one of own-key, stored-key, unified-billing, subscription ($CF_AIG_AUTH)
    problem     metadata: `cf.x`: Cloudflare drops keys that start with `cf.` ($CF_AIG_METADATA)
    reachable   yes: the gateway responds (N ms)
    # no payer
    exit 1
    gateway     http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic ($CLOUDFLARE_ACCOUNT_ID)
    claude      Anthropic directly: ANTHROPIC_BASE_URL is not set
    problem     no provider key is set, so choose who pays: /plugin configure cloudflare, auth = stored-key, unified-billing or subscription
    reachable   yes: the gateway responds (N ms)
    # no response
    exit 1
    gateway     http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic ($CLOUDFLARE_ACCOUNT_ID)
    claude      Anthropic directly: ANTHROPIC_BASE_URL is not set
    pays        your own provider key (own-key; documented)
    not routed  no settings file enables the plugin
    reachable   no: the proxy 127.0.0.1:1 refused the connection (N ms); check HTTPS_PROXY
    # wrong token
    exit 1
    gateway     http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic ($CLOUDFLARE_ACCOUNT_ID)
    claude      Anthropic directly: ANTHROPIC_BASE_URL is not set
    pays        your own provider key (own-key; documented)
    not routed  no settings file enables the plugin
    reachable   no: AI Gateway did not accept the gateway token: it is missing, wrong, expired, or belongs to another account; the response is the same in all cases (401/2009: Unauthorized) (N ms); run `cf-aig verify`: it checks the token and the account in the URL separately
    # routed
    exit 0
    gateway     http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic ($CLOUDFLARE_ACCOUNT_ID)
    claude      AI Gateway: the URL above (the environment)
    pays        your own provider key (own-key; documented)
    reachable   yes: the gateway responds (N ms)
    # elsewhere
    exit 1
    gateway     http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic ($CLOUDFLARE_ACCOUNT_ID)
    claude      another host: https://llm.example.com/v1 (the environment)
    pays        your own provider key (own-key; documented)
    not routed  no settings file enables the plugin
    problem     ANTHROPIC_BASE_URL: a base URL must not have a ?query, because the client appends a path; the URL contains a credential; your credential goes to llm.example.com, which is not Cloudflare's gateway
    reachable   yes: the gateway responds (N ms)
    # two plugins of this name
    exit 0
    gateway     http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic ($CLOUDFLARE_ACCOUNT_ID)
    claude      AI Gateway: the URL above (the plugin's mod)
    here        Anthropic directly: ANTHROPIC_BASE_URL is not set
    pays        your own provider key (own-key; documented)
    note        a session with a key contacts api.anthropic.com before the plugin can act; if that host is unreachable, the session starts 18 s late. `cf-aig setup` avoids this
    reachable   yes: the gateway responds (N ms)
    # options
    exit 0
    gateway     http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic ($CLOUDFLARE_ACCOUNT_ID)
    routing     tools (plugin option routing)
    claude      Anthropic directly: ANTHROPIC_BASE_URL is not set
    pays        your own provider key (own-key; documented)
    not routed  routing is tools: only Bash programs are routed
    reachable   yes: the gateway responds (N ms)
    ");
}

#[test]
fn text_and_json_carry_the_same_findings() {
    for (what, rig) in situations() {
        let (text, json) = (rig.sandbox.run(["status", "--verbose"]), rig.sandbox.run(["status", "--json"]));
        assert_eq!((text.code, json.stderr.as_str()), (json.code, ""), "{what}");
        let json = json.json();
        assert_eq!(json["schema"], 1);
        for fact in texts(&json) {
            let one_plugin = json["plugins"].as_array().unwrap().len() == 1;
            assert!(text.stdout.contains(&fact) || one_plugin, "{what}: {fact} is not in\n{}", text.stdout);
        }
        let unwell = !json["problems"].as_array().unwrap().is_empty() || json["reachable"]["ok"] == false;
        assert_eq!(text.code == 1, unwell, "{what}");
        assert!(!format!("{text:?}{json}").contains("s3cret"), "{what}");
    }
}

#[test]
fn a_credential_in_the_base_url_is_never_shown() {
    let mut sandbox = sandbox();
    for url in ["https://me:s3cret@h.example", "https://h.example/?key=s3cret", "https://h.example/#s3cret"] {
        sandbox.set("ANTHROPIC_BASE_URL", url);
        for ran in [sandbox.run(["status"]), sandbox.run(["status", "--json"])] {
            assert!(!format!("{ran:?}").contains("s3cret"), "{ran:?}");
        }
    }
}

#[test]
fn a_hostile_variable_cannot_reach_into_the_terminal() {
    let mut rig = Rig::new();
    rig.sandbox
        .set("ANTHROPIC_BASE_URL", "https://h.example/\u{1b}]0;x\u{7}")
        .set("CF_AIG_METADATA", "\u{1b}[1m");
    rig.sandbox.set("CF_AIG_PROVIDERS", "\u{1b}[2J");
    let shown = rig.sandbox.run(["status"]).stdout;
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
}

#[test]
fn offline_opens_no_connection() {
    let rig = Rig::new();
    assert_eq!(rig.sandbox.run(["status", "--offline"]).code, 0);
    assert!(rig.sandbox.run(["status", "--offline", "--json"]).json().get("reachable").is_none());
    assert_eq!(rig.emulator.connections(), 0);
}

/// As in a session, where the client would break the URL in the middle.
#[test]
fn where_the_url_does_not_fit_the_gateway_is_named_in_words() {
    let mut rig = Rig::new();
    let url = rig.emulator.base_url("anthropic");
    rig.sandbox.set("ANTHROPIC_BASE_URL", &url).set("CF_AIG_COLUMNS", "74");
    let shown = screen(&rig, &[]);
    assert!(shown.contains("AI Gateway `emulator` of account 01234567…"), "{shown}");
    assert!(shown.contains("AI Gateway: the gateway above") && !shown.contains("/v1/"), "{shown}");
    // the first line is the exit code
    let rows: Vec<&str> = shown.lines().skip(1).collect();
    assert!(rows.len() <= 6 && rows.iter().all(|row| row.chars().count() <= 74), "{shown}");
    assert!(screen(&rig, &["--verbose"]).contains("http://GATEWAY"));
    rig.sandbox.set("CF_AIG_COLUMNS", "140");
    assert!(screen(&rig, &[]).contains("AI Gateway: the URL above"));
}

/// A file of the user, variables, and what the problem says.
type Broken<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn what_doctor_calls_broken_is_a_problem_here_too() {
    let base_url = |url: &str| json!({"env": {"ANTHROPIC_BASE_URL": url}}).to_string();
    let rig = Rig::new();
    let gateway = rig.emulator.base_url("anthropic");
    let in_v1 = base_url(&format!("{gateway}/v1"));
    let routed = base_url(&gateway);
    let cases: &[Broken] = &[
        ("// mine\n{}", &[], "settings.json:1:1"),
        ("{\"env\": {}", &[], "settings.json"),
        ("[]", &[], "settings.json"),
        (&base_url("garbage"), &[], "ANTHROPIC_BASE_URL"),
        (&in_v1, &[], "ANTHROPIC_BASE_URL"),
        (&routed, &[("ANTHROPIC_API_KEY", "")], "no provider key is set"),
        ("{}", &[("ANTHROPIC_API_KEY", ""), ("CF_AIG_AUTH", "own-key")], "no provider key is set"),
        ("{}", &[("CF_AIG_TOKEN", ""), ("CF_AIG_AUTH", "stored-key")], "needs a gateway token"),
        ("{}", &[("ANTHROPIC_CUSTOM_HEADERS", ": x")], "ANTHROPIC_CUSTOM_HEADERS"),
        ("{}", &[("CLAUDE_CODE_USE_BEDROCK", "1")], "CLAUDE_CODE_USE_BEDROCK"),
    ];
    for (settings, vars, says) in cases {
        let mut rig = Rig::new();
        rig.sandbox.write(
            "home/.claude/settings.json",
            &settings.replace(&gateway, &rig.emulator.base_url("anthropic")),
        );
        for (name, value) in *vars {
            rig.sandbox.set(name, *value);
        }
        let doctor = rig.sandbox.run(["doctor", "--json"]).json();
        assert!(doctor["summary"]["broken"].is_string(), "{settings} {vars:?}: {doctor:#}");
        let ran = rig.sandbox.run(["status", "--offline"]);
        let problems: Vec<_> = ran.stdout.lines().filter(|line| line.starts_with("problem ")).collect();
        assert!(ran.code == 1 && problems.len() == 1, "{settings} {vars:?}: {ran:?}");
        assert!(problems[0].contains(says), "{says}: {problems:?}");
    }
}

#[test]
fn a_settings_file_that_cannot_be_read_is_a_problem() {
    let rig = Rig::new();
    std::fs::create_dir_all(rig.sandbox.home().join(".claude/settings.json")).expect("a folder");
    let ran = rig.sandbox.run(["status", "--offline"]);
    assert!(ran.code == 1 && ran.stdout.contains("cannot be read"), "{ran:?}");
}

#[test]
fn without_a_home_it_says_that_no_user_settings_were_read() {
    let mut rig = Rig::new();
    let told = "HOME is not set, so the user settings were not read";
    assert!(!rig.sandbox.run(["status", "--offline"]).stdout.contains(told));
    rig.sandbox.unset("HOME").unset("USERPROFILE");
    let ran = rig.sandbox.run(["status", "--offline"]);
    assert!(ran.stdout.contains(told), "{ran:?}");
}

/// A variable that names another host means that the default host is not wanted.
#[test]
fn an_origin_that_cannot_be_used_stops_every_command_that_would_send_something() {
    let commands: &[&[&str]] = &[
        &["gateway", "list"],
        &["gateway", "show"],
        &["gateway", "create", "new", "--yes"],
        &["gateway", "update", "emulator", "--logs", "off", "--yes"],
        &["gateway", "delete", "emulator", "--confirm", "emulator"],
        &["gateway", "policies"],
        &["key", "list"],
        &["key", "remove", "anthropic", "--yes"],
        &["provider", "list"],
        &["route", "list"],
        &["logs", "list"],
        &["logs", "tail", "--for", "1s"],
        &["costs"],
        &["costs", "--all-gateways"],
        &["iac", "terraform"],
        &["verify"],
        &["send", "hi"],
        &["conformance"],
        &["setup", "--yes"],
        &["run", "true"],
    ];
    for variable in ["CF_AIG_GATEWAY_ORIGIN", "CF_AIG_API_ORIGIN"] {
        for value in ["foo", "http://192.0.2.1", "https://gateway.example.com/path", "ftp://127.0.0.1"] {
            let mut rig = Rig::managed();
            rig.sandbox.set(variable, value);
            for command in commands {
                let said = rig.fails(2, command);
                assert!(said.contains("not an origin") && said.contains(variable), "{command:?}: {said}");
            }
            let status = rig.sandbox.run(["status", "--json"]);
            assert_eq!((status.code, status.json().get("reachable")), (1, None), "{status:?}");
            assert!(status.json().get("gateway").is_none() && status.stdout.contains(variable), "{status:?}");
            assert_ne!(rig.sandbox.run(["doctor"]).code, 0);
            assert_eq!(rig.emulator.connections(), 0, "{variable}={value}");
        }
    }
}
