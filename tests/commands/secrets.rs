//! No command reveals a secret, wherever it was put: not on its streams, not in a file, not to a child.

use crate::{Rig, sandbox};
use cf_aig::cli::Cli;
use cf_aig_emulator::{ANTHROPIC_KEY, API_TOKEN, GATEWAY_TOKEN};
use cf_aig_harness::{Ran, Sandbox, print_uncaptured};
use clap::CommandFactory;
use std::path::Path;

/// The part that every planted secret contains.
const MARK: &str = "s3cr3t";

/// Every command, with calls that make it get as far as possible.
const CALLS: &[(&str, &[&[&str]])] = &[
    ("session-start", &[&["session-start"]]),
    ("session-end", &[&["session-end"]]),
    ("session-env", &[&["session-env"]]),
    ("status", &[&["status"], &["status", "--json"]]),
    ("explain", &[&["explain"], &["explain", "--json"], &["explain", "--offline"]]),
    ("run", &[&["run", "--", "true"], &["run", "--", "no-such-command"]]),
    ("env", &[&["env"], &["env", "--format", "docker"], &["env", "--format", "json"]]),
    ("url", &[&["url"], &["url", "nothing-like-it"]]),
    ("providers", &[&["providers"], &["providers", "--json"]]),
    (
        "validate",
        &[
            &["validate", "https://me:s3cr3t-url@gateway.ai.cloudflare.com/?k=s3cr3t-url#s3cr3t-url"],
            &[
                "validate",
                "--json",
                "https://me:s3cr3t-url@gateway.ai.cloudflare.com/?k=s3cr3t-url#s3cr3t-url",
            ],
        ],
    ),
    (
        "doctor",
        &[
            &["doctor"],
            &["doctor", "--json"],
            &["doctor", "--offline"],
            &["doctor", "--bundle", "bundle.json"],
            &["doctor", "--fix", "--yes"],
        ],
    ),
    ("diagnose", &[&["diagnose"], &["diagnose", "--json"], &["diagnose", "no-such-file"]]),
    ("verify", &[&["verify"], &["verify", "--json"], &["verify", "--wait", "0"]]),
    (
        "conformance",
        &[
            &["conformance", "--list"],
            &["conformance", "--only", "headers", "--junit", "contract.xml"],
            &["conformance", "--only", "errors", "--json"],
        ],
    ),
    (
        "send",
        &[
            &["send", "hi"],
            &["send", "hi", "--json"],
            &["send", "hi", "--curl"],
            &["send", "hi", "--provider", "openai", "--model", "m", "--curl"],
            &["send", "--chain", "anthropic/m,openai/m", "hi", "--curl"],
            &["send", "--route", "r", "hi"],
        ],
    ),
    (
        "logs",
        &[
            &["logs", "list"],
            &["logs", "list", "--json"],
            &["logs", "export", "--output", "export.ndjson"],
            &["logs", "show", "s3cr3t-id"],
            &["logs", "list", "s3cr3t-query"],
        ],
    ),
    (
        "setup",
        &[
            &["setup", "--dry-run"],
            &["setup", "--dry-run", "--json"],
            &["setup", "--yes"],
            &["setup", "--yes", "--auth", "stored-key"],
            &["setup", "--yes", "--provider", "zai", "--auth", "own-key"],
            &["setup", "--scope", "local", "--yes"],
            &["setup", "--scope", "project", "--yes"],
            &["setup", "--managed"],
            &["setup", "--devcontainer"],
            &["setup", "--github-actions"],
            &["setup", "--vscode"],
            &["setup", "--web", "--dry-run"],
            &["setup", "--statusline", "--dry-run"],
            &["setup", "--yes", "--token-stdin"],
        ],
    ),
    ("off", &[&["off", "--dry-run"], &["off", "--json"], &["off", "--yes"], &["off", "--all", "--yes"]]),
    (
        "gateway",
        &[
            &["gateway", "list"],
            &["gateway", "list", "--json"],
            &["gateway", "show", "emulator"],
            &["gateway", "create", "new-one", "--dry-run"],
            &["gateway", "update", "--logs", "on", "--yes", "--json"],
            &["gateway", "policies", "--json"],
            &["gateway", "delete", "s3cr3t-id", "--confirm", "s3cr3t-id"],
        ],
    ),
    ("iac", &[&["iac", "terraform"], &["iac", "pulumi"], &["iac", "terraform", "--check", "no-such-file"]]),
    (
        "provider",
        &[
            &["provider", "list"],
            &["provider", "list", "--json"],
            &["provider", "add", "zai", "--yes"],
            &["provider", "remove", "s3cr3t-slug", "--yes"],
        ],
    ),
    (
        "key",
        &[
            &["key", "list"],
            &["key", "list", "--json"],
            &["key", "add", "openai"],
            &["key", "add", "openai", "--json"],
            &["key", "rotate", "openai", "--json"],
            &["key", "add", "s3cr3t-provider"],
            &["key", "remove", "openai", "--yes"],
        ],
    ),
    ("route", &[&["route", "list"], &["route", "list", "--json"], &["route", "show", "s3cr3t-route"]]),
    (
        "costs",
        &[&["costs"], &["costs", "--json"], &["costs", "--offline"], &["costs", "--html", "costs.html"]],
    ),
    ("statusline", &[&["statusline"]]),
    ("completions", &[&["completions", "bash"]]),
    ("man", &[&["man"]]),
];

/// Secrets in arguments were typed by the user: a command may repeat them in a usage error.
fn typed(args: &[&str]) -> bool {
    args.iter().any(|arg| arg.contains(MARK) && !arg.contains("s3cr3t-url"))
}

/// Plants a secret in every variable that may hold one, in settings files, and in a git that records its
/// calls.
fn plant(sandbox: &mut Sandbox) {
    sandbox
        .with_env_file()
        .set("ANTHROPIC_AUTH_TOKEN", "s3cr3t-Bearer1")
        .set("ANTHROPIC_CUSTOM_HEADERS", "x-key: s3cr3t-Header1\nx-api-key: s3cr3t-Header2")
        .set("CLAUDE_PLUGIN_OPTION_GATEWAY_TOKEN", "s3cr3t-Option1")
        .set("CLAUDE_PLUGIN_OPTION_API_TOKEN", "s3cr3t-Option2")
        .set("CLAUDE_CODE_OAUTH_TOKEN", "s3cr3t-Oauth1")
        .set("ZAI_API_KEY", "s3cr3t-Zai1")
        .set("OPENAI_API_KEY", "s3cr3t-Openai1")
        .set("AWS_BEARER_TOKEN_BEDROCK", "s3cr3t-Aws1")
        .set("HTTPS_PROXY", "http://ann:s3cr3t-Proxy1@127.0.0.1:1")
        .set("NO_PROXY", "127.0.0.1");
    let own = r#"{"env":{"OPENROUTER_API_KEY":"s3cr3t-File1"},"apiKeyHelper":"echo s3cr3t-Helper1"}"#;
    sandbox.write("home/.claude/settings.json", own);
    let bin = sandbox.home().with_file_name("bin");
    sandbox.write(
        "bin/git",
        "#!/bin/sh\necho \"$@\" >> \"${0%/bin/git}/argv\"\nPATH=${PATH#*:} exec git \"$@\"\n",
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(bin.join("git"), std::fs::Permissions::from_mode(0o755)).expect("a program");
    }
    let path = format!("{}:{}", bin.display(), sandbox.vars()["PATH"]);
    sandbox.set("PATH", path);
}

fn secrets() -> [&'static str; 4] {
    [MARK, GATEWAY_TOKEN, API_TOKEN, ANTHROPIC_KEY]
}

fn check(ran: &Ran, what: &str, args: &[&str]) {
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    // `env --shell` and `env --format` print what a program needs, including credentials, unless stdout is
    // a terminal
    let on_purpose =
        args.first() == Some(&"env") && (args.contains(&"--shell") || args.contains(&"--format"));
    for secret in secrets().into_iter().filter(|secret| !(on_purpose || *secret == MARK && typed(args))) {
        let at = shown.find(secret);
        let near = at.map(|at| shown[at.saturating_sub(80)..].chars().take(200).collect::<String>());
        assert!(near.is_none(), "{what}, {args:?} shows {secret}: …{near:?}");
    }
    assert!(!shown.contains("panicked"), "{what}, {args:?}: {ran:?}");
}

/// No file contains a secret except the settings and the environment file, which are meant to.
fn check_files(folder: &Path, what: &str) -> usize {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            seen += check_files(&path, what);
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("settings") || name.starts_with("sessionstart-hook") {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        for secret in secrets() {
            let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{what}: {} holds {secret}", path.display());
        }
        seen += 1;
    }
    seen
}

#[test]
fn every_command_is_called() {
    let mut cli = Cli::command();
    cli.build();
    for command in cli.get_subcommands().map(clap::Command::get_name).filter(|name| *name != "help") {
        assert!(CALLS.iter().any(|(name, _)| *name == command), "{command} has no call in this test");
    }
}

#[test]
fn no_command_shows_a_secret_to_anyone() {
    let (mut runs, mut files) = (0, 0);
    for mode in ["", "own-key", "stored-key", "unified-billing"] {
        let mut rig = Rig::managed();
        plant(&mut rig.sandbox);
        if !mode.is_empty() {
            rig.sandbox.set("CF_AIG_AUTH", mode);
        }
        for args in CALLS.iter().flat_map(|(_, calls)| *calls) {
            let stdin: &[u8] = match args[0] {
                "key" => b"s3cr3t-Stdin1\n",
                _ => b"s3cr3t-Stdin1\nAuthorization: Bearer s3cr3t-Stdin2\n",
            };
            let ran = rig.sandbox.run_with(*args, stdin);
            check(&ran, mode, args);
            // a call that the parser refuses proves nothing
            assert!(!ran.stderr.contains("Usage: "), "{args:?}: {}", ran.stderr);
            runs += 1;
        }
        files += check_files(rig.sandbox.home().parent().expect("a folder"), mode);
    }
    print_uncaptured(&format!("secrets: {runs} runs of {} commands, {files} files searched", CALLS.len()));
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    let wrong = [
        "CLOUDFLARE_ACCOUNT_ID",
        "CF_AIG_GATEWAY_ID",
        "CF_AIG_GATEWAY_ORIGIN",
        "CF_AIG_API_ORIGIN",
        "CF_AIG_PROVIDERS",
        "CF_AIG_METADATA",
        "CF_AIG_AUTH",
        "CF_AIG_ROUTING",
        "CF_AIG_ON_UNREACHABLE",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_MODEL",
        "CLAUDE_PLUGIN_OPTION_GATEWAY_ID",
        "CLAUDE_PLUGIN_OPTION_PROVIDERS",
    ];
    // the gateway token that is also set elsewhere, and a key for another service, recognized by its format
    let values =
        ["s3cr3t-Gateway-Token1", "sk-ant-api03-s3cr3tAAAAAAAAAAAAAAAA", "project,key=s3cr3t-Gateway-Token1"];
    let mut runs = 0;
    for name in wrong {
        for value in values {
            let mut sandbox = sandbox();
            sandbox
                .set("CLOUDFLARE_ACCOUNT_ID", cf_aig_emulator::ACCOUNT_ID)
                .set("CF_AIG_GATEWAY_ID", "dev")
                .set("CF_AIG_TOKEN", "s3cr3t-Gateway-Token1")
                .set("CF_AIG_PROBE", "off")
                .set(name, value);
            for args in [
                &["status"][..],
                &["status", "--json"],
                &["session-start"],
                &["explain"],
                &["doctor", "--offline"],
                &["env"],
                &["url"],
                &["setup", "--dry-run"],
                &["setup", "--web", "--dry-run"],
                &["setup", "--github-actions"],
            ] {
                check(&sandbox.run(args), name, args);
                runs += 1;
            }
        }
    }
    print_uncaptured(&format!("secrets in the wrong place: {runs} runs"));
}
