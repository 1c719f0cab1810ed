//! Faults on this machine, before anything is sent.

use crate::row::{Row, fails, warns};
use crate::world::World;

const CLAUDE_CODE: &str = "claude-code";

pub(crate) static ROWS: &[Row] = &[
    fails(
        "the account id is a placeholder",
        || World::well().set("CLOUDFLARE_ACCOUNT_ID", "<ACCOUNT_ID>"),
        "configuration.values",
        CLAUDE_CODE,
        "",
        1,
    ),
    fails(
        "the gateway id is invalid",
        || World::well().set("CF_AIG_GATEWAY_ID", "my gateway!"),
        "configuration.values",
        CLAUDE_CODE,
        "",
        1,
    ),
    fails(
        "there is no key, and auth is not set",
        || World::well().unset("ANTHROPIC_API_KEY"),
        "configuration.route",
        CLAUDE_CODE,
        "",
        1,
    ),
    fails(
        "stored keys should pay, but there is no gateway token",
        || World::well().set("CF_AIG_AUTH", "stored-key").unset("CF_AIG_TOKEN"),
        "configuration.route",
        CLAUDE_CODE,
        "",
        1,
    ),
    fails(
        "the client is switched to Bedrock",
        || World::well().set("CLAUDE_CODE_USE_BEDROCK", "1"),
        "configuration.route",
        CLAUDE_CODE,
        "",
        1,
    ),
    warns("routing is off", || World::well().set("CF_AIG_ROUTING", "off"), "configuration.route", "", ""),
    fails(
        "the settings contain a comment",
        || World::well().settings(b"{\n  // mine\n  \"env\": {}\n}"),
        "files.taken",
        CLAUDE_CODE,
        "settings-malformed",
        1,
    ),
    fails(
        "the settings are larger than 2 MiB",
        || {
            let padding = " ".repeat(2 << 20);
            World::well().settings(format!("{{{padding}\"env\": {{}}}}").as_bytes())
        },
        "files.taken",
        CLAUDE_CODE,
        "settings-malformed",
        1,
    ),
    fails(
        "the settings are UTF-16, big-endian",
        || World::well().settings(b"\xfe\xff\0{\0}"),
        "files.taken",
        CLAUDE_CODE,
        "settings-malformed",
        1,
    ),
    warns(
        "a variable in the settings is a number",
        || World::well().settings(br#"{"env": {"NO_PROXY": 1}}"#),
        "files.taken",
        CLAUDE_CODE,
        "",
    ),
    fails(
        "the base URL ends in /v1",
        || World::well().base_url(|url| format!("{url}/v1")),
        "effective.base-url",
        CLAUDE_CODE,
        "base-url-ends-in-v1",
        1,
    ),
    fails(
        "the base URL ends in /v1/messages",
        || World::well().base_url(|url| format!("{url}/v1/messages")),
        "effective.base-url",
        CLAUDE_CODE,
        "base-url-ends-in-messages",
        1,
    ),
    fails(
        "the base URL is http for another machine",
        || World::well().base_url(|url| url.replace("127.0.0.1", "gateway.ai.cloudflare.com")),
        "effective.base-url",
        CLAUDE_CODE,
        "base-url-invalid",
        1,
    ),
    fails(
        "the base URL has a host that is not allowed",
        || World::well().set("ANTHROPIC_BASE_URL", "https://llm.example.com"),
        "effective.base-url",
        CLAUDE_CODE,
        "",
        1,
    ),
    fails(
        "the key is a placeholder",
        || World::well().set("ANTHROPIC_API_KEY", "<API_KEY>"),
        "effective.credentials",
        CLAUDE_CODE,
        "",
        1,
    ),
    warns(
        "a key and a token are sent together",
        || World::well().set("ANTHROPIC_AUTH_TOKEN", "sk-ant-oat01-emulator"),
        "effective.credentials",
        CLAUDE_CODE,
        "",
    ),
    fails(
        "a line of ANTHROPIC_CUSTOM_HEADERS has no name",
        || World::well().set("ANTHROPIC_CUSTOM_HEADERS", ": x"),
        "effective.headers",
        CLAUDE_CODE,
        "custom-headers-invalid",
        1,
    ),
    fails(
        "a header's name is written with a typographic dash",
        || World::well().set("ANTHROPIC_CUSTOM_HEADERS", "x\u{2011}team: core"),
        "effective.headers",
        CLAUDE_CODE,
        "custom-headers-invalid",
        1,
    ),
    fails(
        "the proxy on this machine is not running",
        || World::well().set("HTTPS_PROXY", "http://127.0.0.1:1"),
        "effective.proxies",
        "nobody",
        "connection-refused",
        1,
    ),
    warns(
        "an empty value in the settings hides the project's",
        || {
            let world = World::well().settings(br#"{"env": {}}"#);
            world.sandbox.write("project/.claude/settings.json", r#"{"env": {"ANTHROPIC_AUTH_TOKEN": "x"}}"#);
            world
                .sandbox
                .write("project/.claude/settings.local.json", r#"{"env": {"ANTHROPIC_AUTH_TOKEN": ""}}"#);
            world
        },
        "effective.overridden",
        CLAUDE_CODE,
        "",
    ),
    fails(
        "hooks and the mod are disabled, so the session is not routed",
        || {
            World::well()
                .settings(br#"{"enabledPlugins": {"cloudflare@any": true}, "disableAllHooks": true}"#)
        },
        "effective.mod",
        CLAUDE_CODE,
        "mod-not-loaded",
        1,
    ),
    fails(
        "the command of apiKeyHelper fails",
        || World::well().unset("ANTHROPIC_API_KEY").settings(br#"{"apiKeyHelper": "exit 3"}"#),
        "effective.request",
        CLAUDE_CODE,
        "",
        1,
    ),
    fails(
        "the command of apiKeyHelper hangs",
        || World::well().unset("ANTHROPIC_API_KEY").settings(br#"{"apiKeyHelper": "exec sleep 1000"}"#),
        "effective.request",
        CLAUDE_CODE,
        "",
        1,
    )
    .hangs(),
    fails(
        "the key contains a line break",
        || World::well().set("ANTHROPIC_API_KEY", "sk-ant-\nemulator"),
        "effective.request",
        CLAUDE_CODE,
        "credential-malformed",
        1,
    ),
    fails(
        "the base URL's provider uses another format",
        || World::well().base_url(|url| url.replace("/anthropic", "/openai")),
        "url.base",
        CLAUDE_CODE,
        "",
        1,
    ),
];
