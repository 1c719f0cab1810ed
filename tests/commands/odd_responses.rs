//! The hook's output, for whom and how often: routing, policies, clients, problems.

use crate::{Answer, Rig};
use cf_aig_emulator::{Fault, GATEWAY_TOKEN};
use insta::assert_snapshot;

#[test]
fn routing_decides_whether_there_is_a_block() {
    for (routing, block) in [("session", true), ("settings", true), ("tools", true), ("off", false)] {
        let mut rig = Rig::new();
        rig.sandbox.set("CF_AIG_ROUTING", routing);
        let answer = rig.hook();
        assert_eq!(rig.env_file().contains("ANTHROPIC_BASE_URL"), block, "{routing}");
        assert_eq!(answer.context.is_some(), block, "{routing}");
        assert_eq!(answer.message.is_some(), routing == "tools", "{answer:?}");
    }
}

#[test]
fn off_removes_the_block_without_a_request() {
    let mut rig = Rig::new();
    rig.hook();
    let before = rig.emulator.connections();
    rig.sandbox.set("CF_AIG_ROUTING", "off");
    assert!(Answer::of(rig.sandbox.hook("resume")).is_silent());
    assert_eq!((rig.env_file().as_str(), rig.emulator.connections()), ("", before));
}

#[test]
fn a_limit_is_reported_once_and_again_when_it_changes() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_ROUTING", "tools");
    assert_snapshot!(rig.steady(rig.hook().line()), @"only Bash programs use AI Gateway `emulator` of account 01234567… at GATEWAY");
    assert_eq!(rig.hook().message, None);
    rig.sandbox.set("AI_AGENT", "claude-code_2-1-240_harness").set("CF_AIG_ROUTING", "session");
    assert_snapshot!(rig.steady(rig.hook().line()), @"Claude Code 2.1.240 is older than 2.1.287, the first version that lets a plugin route it, so only Bash programs use AI Gateway `emulator` of account 01234567… at GATEWAY; `claude update`, or route with `cf-aig setup` (a settings file) or `cf-aig run -- claude`");
    assert_eq!(rig.hook().message, None);
    rig.sandbox.set("AI_AGENT", "claude-code_2-1-330_harness");
    assert_eq!(rig.hook().message, None);
}

#[test]
fn a_cloud_session_reports_what_is_routed_and_why() {
    let said = ["CLAUDE_CODE_REMOTE", "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"].map(|name| {
        let mut rig = Rig::new();
        rig.sandbox.set(name, "true");
        let answer = rig.hook();
        assert!(answer.context.is_some() && rig.env_file().contains("ANTHROPIC_BASE_URL"));
        assert_eq!(rig.hook(), answer, "each session there needs to know");
        rig.steady(answer.line())
    });
    assert_eq!(said[0], said[1]);
    assert_snapshot!(said[0], @"in a cloud session, the host decides where Claude's own requests go, so only Bash programs use AI Gateway `emulator` of account 01234567… at GATEWAY");
}

#[test]
fn a_cloud_session_whose_network_blocks_the_gateway_says_which_hosts_to_allow() {
    let mut rig = Rig::new();
    rig.sandbox.set("CLAUDE_CODE_REMOTE", "true");
    rig.emulator.set_fault(Some(Fault::HostNotAllowed));
    assert_snapshot!(rig.steady(rig.hook().line()), @"The cloud session's proxy does not allow this host (403: host_not_allowed); add gateway.ai.cloudflare.com and api.cloudflare.com to the environment's allowed domains (network access: Custom). in a cloud session, the host decides where Claude's own requests go, so only Bash programs use AI Gateway `emulator` of account 01234567… at GATEWAY");
}

#[test]
fn an_unreachable_gateway_is_warned_of_passed_by_or_blocked_on() {
    let mut said = Vec::new();
    for policy in ["warn", "direct", "block"] {
        let mut rig = Rig::new();
        rig.hook();
        rig.sandbox
            .set("CF_AIG_ON_UNREACHABLE", policy)
            .set("CF_AIG_TOKEN", format!("{GATEWAY_TOKEN}-{policy}"));
        rig.emulator.set_fault(Some(Fault::RefuseConnections));
        let answer = rig.hook();
        let routed = policy != "direct";
        assert_eq!(rig.env_file().contains("ANTHROPIC_BASE_URL"), routed, "{policy}");
        assert_eq!(answer.context.is_some(), routed, "{policy}");
        said.push(format!("{policy}: {}", rig.steady(answer.line())));
    }
    assert_snapshot!(said.join("\n"), @"
    warn: GATEWAY refused the connection; nothing listens there, or a firewall rejects the connection: check the host and the port, then the network
    direct: this session is not routed: GATEWAY refused the connection; nothing listens there, or a firewall rejects the connection: check the host and the port, then the network
    block: GATEWAY refused the connection, so requests will fail; nothing listens there, or a firewall rejects the connection: check the host and the port, then the network
    ");
}

#[test]
fn a_refused_token_is_reported_at_once_because_the_client_retries_silently() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_TOKEN", "wrong");
    let wrong = rig.steady(rig.hook().line());
    rig.sandbox.unset("CF_AIG_TOKEN");
    let none = rig.steady(rig.hook().line());
    assert_snapshot!(format!("{wrong}\n{none}"), @"
    AI Gateway did not accept the gateway token: it is missing, wrong, expired, or belongs to another account; the response is the same in all cases (401/2009: Unauthorized), and Claude would silently retry for three minutes; run `cf-aig verify`: it checks the token and the account in the URL separately
    The gateway requires authentication, and the request had no gateway token (401/2009: Unauthorized), and Claude would silently retry for three minutes; run `cf-aig setup` with a token that has the permission AI Gateway Run; it is sent as cf-aig-authorization
    ");
}

#[test]
fn a_missing_or_invalid_value_is_reported_with_its_source_and_nothing_is_written() {
    let cases = [
        ("CLOUDFLARE_ACCOUNT_ID", "<ACCOUNT_ID>"),
        ("CLOUDFLARE_ACCOUNT_ID", "0123456789abcdef"),
        ("CLOUDFLARE_ACCOUNT_ID", "0123456789ABCDEF0123456789ABCDEF"),
        ("CF_AIG_GATEWAY_ID", "My Gateway"),
        ("CF_AIG_GATEWAY_ID", "YOUR_GATEWAY_ID"),
        ("CF_AIG_TOKEN", "two words"),
        ("CF_AIG_GATEWAY_ORIGIN", "http://gateway.example.com"),
        ("CF_AIG_AUTH", "byok"),
        ("CF_AIG_ROUTING", "on"),
        ("CF_AIG_ON_UNREACHABLE", "fail"),
        ("CF_AIG_PROVIDERS", "openai, opneai"),
        ("CF_AIG_METADATA", "sesion"),
        ("CF_AIG_METADATA", "cf.user=x"),
        ("CF_AIG_METADATA", "a=1,b=2,c=3,d=4,e=5,f=6"),
        ("CF_AIG_METADATA", "a=1,a=2"),
        ("CF_AIG_METADATA", "\u{1b}[31mred"),
    ];
    let mut said = String::new();
    for (name, value) in cases {
        let mut rig = Rig::new();
        rig.sandbox.set(name, value);
        let answer = rig.hook();
        assert_eq!((rig.env_file().as_str(), &answer.context), ("", &None), "{name}={value}");
        assert_eq!(rig.emulator.connections(), 0, "{name}={value}");
        said.push_str(&format!("{}\n", answer.line()));
    }
    assert_snapshot!(said, @r"
    not routed: the account id is still a placeholder ($CLOUDFLARE_ACCOUNT_ID); copy it from the dashboard: https://dash.cloudflare.com/?to=/:account/ai/ai-gateway
    not routed: the account id has 16 characters; it must be 32 hex digits ($CLOUDFLARE_ACCOUNT_ID); copy it from the dashboard: https://dash.cloudflare.com/?to=/:account/ai/ai-gateway
    not routed: the account id must be in lower case ($CLOUDFLARE_ACCOUNT_ID); copy it from the dashboard: https://dash.cloudflare.com/?to=/:account/ai/ai-gateway
    not routed: the gateway id may contain only letters, digits, -, _, . and ~ ($CF_AIG_GATEWAY_ID); the gateway's name in the dashboard, or `default`
    not routed: the gateway id is still a placeholder ($CF_AIG_GATEWAY_ID); the gateway's name in the dashboard, or `default`
    not routed: the gateway token has a character that is not allowed in an HTTP header ($CF_AIG_TOKEN); copy it again, without spaces and line breaks
    not routed: not an origin ($CF_AIG_GATEWAY_ORIGIN); use https://host, or http:// on loopback, without a path
    not routed: auth must be one of own-key, stored-key, unified-billing, subscription ($CF_AIG_AUTH)
    not routed: routing must be one of session, settings, tools, off ($CF_AIG_ROUTING)
    not routed: on_unreachable must be one of warn, direct, block ($CF_AIG_ON_UNREACHABLE)
    not routed: `opneai` is not an AI Gateway provider ($CF_AIG_PROVIDERS); `cf-aig providers` lists them
    not routed: metadata: `sesion` must be one of session, project, user, key=value, none ($CF_AIG_METADATA)
    not routed: metadata: `cf.user`: Cloudflare drops keys that start with `cf.` ($CF_AIG_METADATA)
    not routed: metadata: 6 entries, but Cloudflare keeps only the first 5 ($CF_AIG_METADATA)
    not routed: metadata: a key occurs twice ($CF_AIG_METADATA)
    not routed: metadata: `\u{1b}[31mred` must be one of session, project, user, key=value, none ($CF_AIG_METADATA)
    ");
}

#[test]
fn a_session_that_cannot_be_paid_for_is_not_routed() {
    let mut rig = Rig::new();
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    let nobody = rig.hook();
    rig.sandbox.unset("CF_AIG_TOKEN").set("CF_AIG_AUTH", "stored-key");
    let no_token = rig.hook();
    rig.sandbox.set("CF_AIG_AUTH", "own-key").set("CLAUDE_CODE_USE_BEDROCK", "1");
    let elsewhere = rig.hook();
    assert_eq!((rig.env_file().as_str(), rig.emulator.connections()), ("", 0));
    let lines: Vec<_> = [&nobody, &no_token, &elsewhere].iter().map(|a| a.line()).collect();
    assert_snapshot!(lines.join("\n"), @"
    not routed: no provider key is set, so choose who pays: /plugin configure cloudflare, auth = stored-key, unified-billing or subscription
    not routed: auth stored-key needs a gateway token: /plugin configure cloudflare, gateway_token
    not routed: CLAUDE_CODE_USE_BEDROCK is set, so the client ignores ANTHROPIC_BASE_URL
    ");
}

#[test]
fn plugin_options_are_taken_as_hooks_and_settings_give_them() {
    let mut rig = Rig::new();
    let token = rig.sandbox.vars()["CF_AIG_TOKEN"].clone();
    for name in ["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID", "CF_AIG_TOKEN", "ANTHROPIC_API_KEY"] {
        rig.sandbox.unset(name);
    }
    let saved = serde_json::json!({"pluginConfigs": {"cloudflare@any": {"options": {
        "account_id": cf_aig_emulator::ACCOUNT_ID, "gateway_id": "saved", "auth": "stored-key"}}}});
    std::fs::create_dir(rig.sandbox.home().join(".claude")).unwrap();
    std::fs::write(rig.sandbox.home().join(".claude/settings.json"), saved.to_string()).unwrap();
    rig.sandbox
        .set("CLAUDE_PLUGIN_OPTION_GATEWAY_ID", cf_aig_emulator::GATEWAY_ID)
        .set("CLAUDE_PLUGIN_OPTION_GATEWAY_TOKEN", token);
    let answer = rig.hook();
    assert_eq!(answer.message, None, "the token is right: {answer:?}");
    let file = rig.env_file();
    assert!(file.contains("/emulator/anthropic'") && file.contains("ANTHROPIC_API_KEY"), "{file}");
}

/// The value of `cf-aig-metadata` in the block.
fn metadata(rig: &Rig) -> Option<serde_json::Value> {
    let file = rig.env_file();
    let line =
        file.lines().find_map(|l| l.split_once("cf-aig-metadata: ").map(|(_, value)| value.to_owned()))?;
    assert!(line.is_ascii(), "{line}");
    let line = line.strip_suffix('\'').unwrap_or(&line).replace(r"'\''", "'");
    Some(serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}")))
}

#[test]
fn metadata_is_flat_short_and_valid_whatever_the_project_is_called() {
    let mut rig = Rig::new();
    rig.sandbox.set("USER", "ann").set("CF_AIG_METADATA", "session, project, user, team=a \"b\" 'c', cost=1");
    let long = "x".repeat(3000);
    for name in ["shop", "it's \"quoted\" \\ $(x)", "日本語 🚀", "tab\there", long.as_str()] {
        rig.sandbox.set("CLAUDE_PROJECT_DIR", format!("/work/{name}"));
        rig.hook();
        let sent = metadata(&rig).expect("metadata");
        let sent = sent.as_object().unwrap();
        assert_eq!(sent.keys().collect::<Vec<_>>(), ["session", "project", "user", "team", "cost"]);
        assert!(sent.values().all(|v| v.as_str().is_some_and(|v| v.chars().count() <= 256)));
        let project = sent["project"].as_str().unwrap();
        assert!(name.replace('\t', "").starts_with(project), "{project}");
        assert_eq!(sent["team"], "a \"b\" 'c'");
        assert_eq!(sent["session"], "11111111-2222-3333-4444-555555555555");
    }
    rig.sandbox.set("CF_AIG_METADATA", "none");
    rig.hook();
    assert_eq!(metadata(&rig), None);
}

#[test]
fn other_providers_get_their_own_variables_unless_another_service_uses_them() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_PROVIDERS", "openai openrouter,google-ai-studio,cerebras,groq,custom-zai");
    let variables = |rig: &Rig| {
        rig.hook();
        let file = rig.steady(&rig.env_file());
        let lines = file
            .lines()
            .filter(|l| l.starts_with("export ") && l.contains("_BASE_URL") && !l.contains("ANTHROPIC"));
        lines.map(|l| format!("{l}\n")).collect::<String>()
    };
    assert_snapshot!(variables(&rig), @"
    export OPENAI_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/openai'
    export OPENROUTER_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/openrouter/v1'
    export GOOGLE_GEMINI_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/google-ai-studio'
    export CEREBRAS_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/cerebras'
    ");
    rig.sandbox
        .set("AZURE_OPENAI_ENDPOINT", "https://x.openai.azure.com")
        .set("GOOGLE_GENAI_USE_VERTEXAI", "true");
    assert_snapshot!(variables(&rig), @"
    export OPENROUTER_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/openrouter/v1'
    export CEREBRAS_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/cerebras'
    ");
    rig.sandbox.set("GOOGLE_GENAI_USE_VERTEXAI", "false");
    assert!(variables(&rig).contains("GOOGLE_GEMINI_BASE_URL"));
}
