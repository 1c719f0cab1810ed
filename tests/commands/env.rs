//! `cf-aig env` and `cf-aig url`: how real programs read each format, and who may see secrets.

use crate::shells::Cage;
use crate::{Rig, sandbox};
use cf_aig_emulator::GATEWAY_TOKEN;
use cf_aig_harness::{Ran, in_each, terminal::Terminal};
use insta::assert_snapshot;
use std::collections::BTreeMap;
use std::time::Duration;

type Variables = BTreeMap<String, String>;

/// Several lines and an apostrophe.
const HEADERS: &str = "X-Team: it's ours\nx-b: # c = d";
const LIMIT: Duration = Duration::from_secs(60);

fn printed(rig: &Rig, args: &[&str]) -> String {
    let ran = rig.sandbox.run(["env"].iter().chain(args));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    ran.stdout
}

/// What every format must contain, as the strictest parser reads it.
fn meant(rig: &Rig) -> Variables {
    let settings: serde_json::Value = serde_json::from_str(&printed(rig, &["--format", "json"])).unwrap();
    assert_eq!(settings.as_object().unwrap().keys().collect::<Vec<_>>(), ["env"]);
    let env = settings["env"].as_object().unwrap();
    env.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// A line `NAME<<MARK`, the value's lines, a line `MARK`, as GitHub's runner reads it.
fn read_github(text: &str) -> Variables {
    let mut lines = text.split('\n');
    let mut found = Variables::new();
    while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
        let (name, mark) = line.split_once("<<").unwrap_or_else(|| panic!("no heredoc: {line}"));
        let value: Vec<_> = lines.by_ref().take_while(|line| *line != mark).collect();
        found.insert(name.to_owned(), value.join("\n"));
    }
    assert_eq!(lines.count(), 0, "{text}");
    found
}

/// Every line is a comment or `NAME=value`; nothing is quoted.
fn read_docker(text: &str) -> Variables {
    let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once('=').unwrap()).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

#[test]
fn github_reads_the_original_values_even_if_one_contains_the_delimiter() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_PROVIDERS", "openai");
    for headers in [HEADERS, "x-a: CF_AIG_END\nCF_AIG_END: x\nCF_AIG_END_"] {
        rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", headers);
        assert_eq!(read_github(&printed(&rig, &["--format", "github"])), meant(&rig));
    }
    assert!(meant(&rig)["OPENAI_BASE_URL"].ends_with("/emulator/openai"));
}

#[test]
fn docker_reads_the_original_values_and_unsupported_ones_are_refused() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_METADATA", "none");
    let read = read_docker(&printed(&rig, &["--format", "docker"]));
    assert_eq!(read, meant(&rig));
    assert_eq!(read["ANTHROPIC_CUSTOM_HEADERS"], format!("cf-aig-authorization: Bearer {GATEWAY_TOKEN}"));
    rig.sandbox.unset("CF_AIG_METADATA");
    let ran = rig.sandbox.run(["env", "--format", "docker"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "half a file would be half routed");
    assert_snapshot!(ran.stderr, @"
    cf-aig: ANTHROPIC_CUSTOM_HEADERS has several lines, which a docker env file does not support
      hint: CF_AIG_METADATA=none makes it one line if the token is the only header
      hint: or `cf-aig run -- docker run -e ANTHROPIC_BASE_URL -e ANTHROPIC_CUSTOM_HEADERS …`
    ");
}

#[in_each(bash, node, dotenv)]
fn a_reader_of_dotenv_files_reads_the_original_values(reader: &str) {
    let (program, args): (&str, &[&str]) = match reader {
        "bash" => ("bash", &["--norc", "-c", "set -a; . ./.env; env -0"]),
        "node" => (
            "node",
            &[
                "--env-file=.env",
                "-e",
                "for (const [k, v] of Object.entries(process.env)) process.stdout.write(k + '=' + v + '\\0')",
            ],
        ),
        _ => (
            "python3",
            &[
                "-c",
                "import dotenv, sys; [sys.stdout.write(k + '=' + v + '\\0') for k, v in dotenv.dotenv_values('.env').items()]",
            ],
        ),
    };
    let mut rig = Rig::new();
    rig.sandbox.set("CLAUDE_PROJECT_DIR", "/work/it's");
    for (headers, quoted_twice) in [("X-Team: \"ours\"\nx-b: # c = d $HOME `x` \\", false), (HEADERS, true)] {
        rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", headers);
        rig.sandbox.set("CF_AIG_METADATA", if quoted_twice { "none" } else { "project" });
        let (file, meant) = (printed(&rig, &["--format", "dotenv"]), meant(&rig));
        // a shell cannot read such files: it treats escapes in double quotes differently
        if quoted_twice && reader == "bash" {
            continue;
        }
        let cage = Cage::new();
        cage.write(".env", &file);
        let ran: Ran = cage.command(program).args(args).output().unwrap().into();
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        let pairs = ran.stdout.split_terminator('\0').map(|pair| pair.split_once('=').unwrap());
        let read: Variables = pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        for (name, value) in &meant {
            assert_eq!(read.get(name), Some(value), "{file}");
        }
    }
}

#[test]
fn values_that_readers_of_dotenv_files_read_differently_are_refused() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_METADATA", "none");
    let refused =
        ["x: it's $HOME", "x: it's \"ours\"", "x: it's \\ ours", "x: a\\\\b", "x: a\\"].map(|headers| {
            rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", headers).unset("CF_AIG_TOKEN");
            let ran = rig.sandbox.run(["env", "--format", "dotenv"]);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{headers}");
            ran.stderr
        });
    assert_snapshot!(refused[0], @"
    cf-aig: ANTHROPIC_CUSTOM_HEADERS has a character that .env readers disagree on
      hint: use --format json or --shell
    ");
}

#[test]
fn each_auth_mode_sets_and_unsets_its_own_variables() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_METADATA", "project");
    let mut said = String::new();
    for mode in ["own-key", "stored-key", "unified-billing", "subscription"] {
        let text = printed(&rig, &["--auth", mode, "--shell", "bash"]);
        said.push_str(&format!("{mode}\n{}", rig.steady(&text)));
    }
    assert_snapshot!(said, @r#"
    own-key
    export ANTHROPIC_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
    export ANTHROPIC_CUSTOM_HEADERS='cf-aig-authorization: Bearer emulator-gateway-token
    cf-aig-metadata: {"project":"project"}'
    export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC='1'
    stored-key
    export ANTHROPIC_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
    export ANTHROPIC_AUTH_TOKEN='emulator-gateway-token'
    export ANTHROPIC_CUSTOM_HEADERS='cf-aig-metadata: {"project":"project"}
    cf-aig-no-wholesale: true'
    unset ANTHROPIC_API_KEY
    unified-billing
    export ANTHROPIC_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
    export ANTHROPIC_AUTH_TOKEN='emulator-gateway-token'
    export ANTHROPIC_CUSTOM_HEADERS='cf-aig-metadata: {"project":"project"}'
    unset ANTHROPIC_API_KEY
    subscription
    export ANTHROPIC_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
    export ANTHROPIC_CUSTOM_HEADERS='cf-aig-authorization: Bearer emulator-gateway-token
    cf-aig-metadata: {"project":"project"}'
    export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC='1'
    unset ANTHROPIC_API_KEY
    unset ANTHROPIC_AUTH_TOKEN
    "#);
}

#[test]
fn the_users_choice_about_nonessential_traffic_stays() {
    let mut rig = Rig::new();
    let told = |rig: &Rig, more: &[&str]| {
        printed(rig, &[&["--shell", "bash"], more].concat())
            .contains("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC")
    };
    assert!(told(&rig, &[]));
    assert!(!told(&rig, &["--keep-nonessential-traffic"]));
    for own in ["", "1", "0"] {
        rig.sandbox.set("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", own);
        assert!(!told(&rig, &[]), "{own:?}");
    }
}

#[test]
fn a_format_that_cannot_unset_a_variable_reports_it() {
    let rig = Rig::new();
    for format in ["json", "dotenv", "github"] {
        let ran = rig.sandbox.run(["env", "--auth", "subscription", "--format", format]);
        assert_eq!(ran.code, 0);
        assert_eq!(
            ran.stderr,
            "cf-aig: this format cannot unset variables: make sure that ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN is not set where the file is used\n"
        );
    }
}

#[test]
fn secrets_are_hidden_by_default_and_placeholders_are_never_set() {
    let rig = Rig::new();
    let ran = rig.sandbox.run(["env", "--auth", "stored-key"]);
    assert_eq!((ran.code, ran.stdout.contains(GATEWAY_TOKEN)), (0, false));
    assert_snapshot!(rig.steady(&ran.stdout), @"
    export ANTHROPIC_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
    # export ANTHROPIC_AUTH_TOKEN='[redacted]'
    # export ANTHROPIC_CUSTOM_HEADERS='[redacted]'
    unset ANTHROPIC_API_KEY
    ");
    assert_eq!(ran.stderr, "cf-aig: secrets are hidden; --show-secrets prints them\n");
    let shown = rig.sandbox.run(["env", "--auth", "stored-key", "--show-secrets"]);
    assert!(shown.stdout.contains(GATEWAY_TOKEN) && shown.stderr.is_empty());
    let cage = Cage::new();
    cage.write("script", &ran.stdout);
    let bash: Ran = cage.command("bash").args(["--norc", "-c", ". ./script; env"]).output().unwrap().into();
    assert!(
        !bash.stdout.contains("ANTHROPIC_API_KEY") && !bash.stdout.contains("HEADERS"),
        "{}",
        bash.stdout
    );
}

#[test]
fn a_terminal_shows_no_secret_without_the_flag() {
    let rig = Rig::new();
    let screen = |args: &[&str], wait: &str| {
        let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
        command.args(args);
        Terminal::start(&command).wait_for(wait, LIMIT)
    };
    for args in [
        &["env"][..],
        &["env", "--shell", "fish"],
        &["env", "--format", "dotenv"],
        &["env", "--format", "docker"],
    ] {
        let shown = screen(args, "--show-secrets prints them");
        assert!(!shown.contains(GATEWAY_TOKEN) && shown.contains("ANTHROPIC_BASE_URL"), "{shown}");
        // the placeholder is never a value
        let hidden = shown.lines().filter(|line| line.contains("[redacted]"));
        assert!(hidden.clone().count() > 0 && hidden.clone().all(|line| line.starts_with("# ")), "{shown}");
    }
    for format in ["json", "github"] {
        let refused = screen(&["env", "--format", format], "add --show-secrets");
        assert!(!refused.contains("ANTHROPIC_BASE_URL") && !refused.contains("redacted"), "{refused}");
    }
    screen(&["env", "--shell", "fish", "--show-secrets"], GATEWAY_TOKEN);
    let refused = screen(&["session-env", "--json"], "without --json it prints only names");
    assert!(refused.contains("stdout is a terminal") && !refused.contains(GATEWAY_TOKEN), "{refused}");
}

#[test]
fn an_impossible_route_has_its_own_exit_code_and_prints_nothing() {
    let codes = |change: &dyn Fn(&mut cf_aig_harness::Sandbox)| {
        let mut rig = Rig::new();
        change(&mut rig.sandbox);
        let ran = rig.sandbox.run(["env", "--shell", "bash"]);
        assert_eq!(ran.stdout, "");
        format!("{} {}", ran.code, ran.stderr)
    };
    let said = [
        codes(&|s| {
            s.unset("CLOUDFLARE_ACCOUNT_ID").unset("CF_AIG_GATEWAY_ID").unset("CF_AIG_GATEWAY_ORIGIN");
        }),
        codes(&|s| {
            s.set("CF_AIG_ROUTING", "off");
        }),
        codes(&|s| {
            s.set("CF_AIG_AUTH", "byok");
        }),
        codes(&|s| {
            s.unset("ANTHROPIC_API_KEY");
        }),
        codes(&|s| {
            s.unset("CF_AIG_TOKEN").set("CF_AIG_AUTH", "stored-key");
        }),
        codes(&|s| {
            s.set("CLAUDE_CODE_USE_VERTEX", "1");
        }),
    ];
    assert_snapshot!(said.concat(), @"
    4 cf-aig: no gateway is configured: /plugin configure cloudflare, account_id and gateway_id
      hint: or set CLOUDFLARE_ACCOUNT_ID and CF_AIG_GATEWAY_ID, or pass --account-id and --gateway-id
    4 cf-aig: routing is off
    2 cf-aig: auth must be one of own-key, stored-key, unified-billing, subscription ($CF_AIG_AUTH)
    3 cf-aig: no provider key is set, so choose who pays: /plugin configure cloudflare, auth = stored-key, unified-billing or subscription
      hint: or pass --auth
    3 cf-aig: auth stored-key needs a gateway token: /plugin configure cloudflare, gateway_token
      hint: or set CF_AIG_TOKEN
    5 cf-aig: CLAUDE_CODE_USE_VERTEX is set, so the client ignores ANTHROPIC_BASE_URL
    ");
}

#[test]
fn a_shell_and_a_format_at_once_are_refused() {
    let ran = Rig::new().sandbox.run(["env", "--shell", "bash", "--format", "json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let rig = Rig::new();
    let mut command = rig.sandbox.command("sh");
    command.args(["-c", "{ \"$0\" providers; echo $? >&2; } | :"]).arg(rig.sandbox.cf_aig());
    let ran: Ran = command.output().unwrap().into();
    assert_eq!(ran.stderr, "0\n");
}

#[test]
fn url_gives_the_base_of_a_provider() {
    let rig = Rig::new();
    let cases = [
        "anthropic",
        "openai",
        "openrouter/v1",
        "custom-zai/api/anthropic",
        "aws-bedrock/bedrock-mantle/us-east-1/anthropic",
        "compat",
    ];
    for path in cases {
        let ran = rig.sandbox.run(["url", path]);
        assert_eq!(
            (ran.code, ran.stdout, ran.stderr),
            (0, format!("{}\n", rig.emulator.base_url(path)), String::new())
        );
    }
    assert_eq!(rig.sandbox.run(["url"]).stdout, format!("{}\n", rig.emulator.base_url("anthropic")));
    let mut said = String::new();
    for wrong in [
        "xai",
        "zai",
        "anthropic/v1",
        "../../../etc",
        "openai?x=1",
        "a\u{1b}[1mb",
        "",
        "nothing-like-it",
        "openai/",
    ] {
        let ran = rig.sandbox.run(["url", wrong]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{wrong:?}");
        said.push_str(&format!("{wrong:?}\n{}", rig.steady(&ran.stderr)));
    }
    assert_snapshot!(said, @r#"
    "xai"
    cf-aig: `xai` is not an AI Gateway provider
      hint: did you mean grok?
      hint: http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/grok
    "zai"
    cf-aig: `zai` is not an AI Gateway provider
      hint: use a custom provider with base URL https://api.z.ai
      hint: http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/custom-zai/api/anthropic
    "anthropic/v1"
    cf-aig: the URL ends in /v1
      hint: the client appends /v1/messages, so the request would go to /v1/v1/messages
      hint: http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic
    "../../../etc"
    cf-aig: `..` has a character that is not allowed in the path
      hint: a path segment may contain only letters, digits, -, _ and .
    "openai?x=1"
    cf-aig: a base URL must not have a ?query, because the client appends a path
      hint: http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/openai
    "a\u{1b}[1mb"
    cf-aig: the URL contains a space, a line break or a control character
    ""
    cf-aig: there is a trailing slash
      hint: the client appends /v1/messages to it
      hint: http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic
    "nothing-like-it"
    cf-aig: `nothing-like-it` is not an AI Gateway provider
      hint: `cf-aig providers` lists them; use custom-{slug} for your own
    "openai/"
    cf-aig: there is a trailing slash
      hint: the client appends a path to it
      hint: http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/openai
    "#);
    let nowhere = sandbox().run(["url"]);
    assert_eq!((nowhere.code, nowhere.stdout.as_str()), (4, ""));
    let by_flag =
        sandbox().run(["url", "openai", "--account-id", cf_aig_emulator::ACCOUNT_ID, "--gateway-id", "dev"]);
    let expected =
        format!("https://gateway.ai.cloudflare.com/v1/{}/dev/openai\n", cf_aig_emulator::ACCOUNT_ID);
    assert_eq!(by_flag.stdout, expected);
}
