//! No command ever shows a secret, wherever it was put.

use crate::sandbox;
use cf_aig_harness::{Ran, Sandbox};

/// Everything that is planted, each in the place where such a thing belongs.
fn planted() -> (Sandbox, Vec<&'static str>) {
    let mut sandbox = sandbox();
    let secrets = vec![
        "s3-gateway",
        "s3-api",
        "s3-key",
        "s3-bearer",
        "s3-header",
        "s3-option",
        "s3-proxy",
        "s3-oauth",
        "s3-url",
    ];
    sandbox
        .with_env_file()
        .set("CLOUDFLARE_ACCOUNT_ID", cf_aig_emulator::ACCOUNT_ID)
        .set("CF_AIG_GATEWAY_ID", "dev")
        .set("CF_AIG_TOKEN", secrets[0])
        .set("CLOUDFLARE_API_TOKEN", secrets[1])
        .set("ANTHROPIC_API_KEY", secrets[2])
        .set("ANTHROPIC_AUTH_TOKEN", secrets[3])
        .set("ANTHROPIC_CUSTOM_HEADERS", format!("x-key: {}", secrets[4]))
        .set("CLAUDE_PLUGIN_OPTION_GATEWAY_TOKEN", secrets[5])
        .set("CLAUDE_PLUGIN_OPTION_API_TOKEN", secrets[5])
        .set("HTTPS_PROXY", format!("http://ann:{}@127.0.0.1:1", secrets[6]))
        .set("CLAUDE_CODE_OAUTH_TOKEN", secrets[7])
        .set("ANTHROPIC_BASE_URL", format!("https://me:{}@llm.example.com/?k={}", secrets[8], secrets[8]));
    (sandbox, secrets)
}

#[test]
fn no_command_ever_shows_a_secret() {
    let (mut sandbox, secrets) = planted();
    let calls: &[&[&str]] = &[
        &["session-start"],
        &["session-env"],
        &["status"],
        &["status", "--json"],
        &["doctor"],
        &["doctor", "--json", "--only", "effective,files"],
        &["run", "--", "true"],
        &["run", "--", "no-such-command"],
        &["env"],
        &["env", "--format", "docker"],
        &["url"],
        &["url", "nothing-like-it"],
        &["providers"],
        &["validate", "https://me:s3-url@gateway.ai.cloudflare.com/?k=s3-url#s3-url"],
        &["validate", "--json", "https://me:s3-url@gateway.ai.cloudflare.com/?k=s3-url#s3-url"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["--version"],
        &["no-such-command"],
        &["status", "--no-such-flag"],
    ];
    let check = |sandbox: &Sandbox, what: &str| {
        for args in calls {
            let ran: Ran = sandbox.run(*args);
            let shown = format!("{}{}", ran.stdout, ran.stderr);
            let found: Vec<_> = secrets.iter().filter(|secret| shown.contains(**secret)).collect();
            assert!(found.is_empty(), "{what}, {args:?} shows {found:?}: {ran:?}");
        }
    };
    check(&sandbox, "configured");
    for mode in ["own-key", "stored-key", "unified-billing", "subscription", "wrong"] {
        check(sandbox.set("CF_AIG_AUTH", mode), mode);
    }
    check(
        sandbox.unset("CF_AIG_AUTH").set("CF_AIG_TOKEN", "s3-gateway with a blank"),
        "a token that fits no header",
    );
    let pasted = format!(
        "https://me:s3-url@gateway.ai.cloudflare.com/v1/{}/dev/nothing?k=s3-url",
        cf_aig_emulator::ACCOUNT_ID
    );
    check(sandbox.set("CF_AIG_TOKEN", "s3-gateway").set("CLOUDFLARE_ACCOUNT_ID", pasted), "a pasted URL");
    check(sandbox.set("CLOUDFLARE_ACCOUNT_ID", "s3-gateway"), "the token in the account id's place");
    check(
        sandbox
            .set("CLOUDFLARE_ACCOUNT_ID", cf_aig_emulator::ACCOUNT_ID)
            .set("CF_AIG_GATEWAY_ORIGIN", "https://me:s3-url@h"),
        "an origin with a password",
    );
    for folder in [sandbox.data(), sandbox.home(), sandbox.project()] {
        let search = std::process::Command::new("grep").args(["-r", "s3-"]).arg(folder).output().unwrap();
        assert_eq!(search.status.code(), Some(1), "{}", String::from_utf8_lossy(&search.stdout));
    }
}
