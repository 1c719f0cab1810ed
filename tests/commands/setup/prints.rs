//! The same configuration for other places: secrets are references, never values.

use super::run;
use crate::Rig;
use insta::assert_snapshot;

/// The printed configuration, then its notes.
fn printed(rig: &Rig, line: &str) -> String {
    let ran = run(rig, line);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!rig.sandbox.home().join(".claude").exists(), "nothing is written");
    rig.steady(&format!("{}---\n{}", ran.stdout, ran.stderr))
}

#[test]
fn a_workflow_has_the_repositorys_secrets() {
    let rig = Rig::new();
    assert_snapshot!(printed(&rig, "setup --github-actions --metadata team=a,where=b'c"), @r#"
    env:
      ANTHROPIC_BASE_URL: 'http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
      ANTHROPIC_CUSTOM_HEADERS: |-
        cf-aig-authorization: Bearer ${{ secrets.CF_AIG_TOKEN }}
        cf-aig-metadata: {"team":"a","where":"b\u0027c"}
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1'
      ANTHROPIC_API_KEY: '${{ secrets.ANTHROPIC_API_KEY }}'
    ---
    cf-aig: for a workflow, a job or a step; add CF_AIG_TOKEN to the repository's secrets
    cf-aig: CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC keeps Claude Code from sending the gateway token (ANTHROPIC_CUSTOM_HEADERS) to api.anthropic.com at startup; it also disables automatic updates, telemetry and /feedback
    "#);
    assert_snapshot!(printed(&rig, "setup --github-actions --auth stored-key --providers openai"), @"
    env:
      ANTHROPIC_BASE_URL: 'http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
      ANTHROPIC_AUTH_TOKEN: '${{ secrets.CF_AIG_TOKEN }}'
      ANTHROPIC_CUSTOM_HEADERS: 'cf-aig-no-wholesale: true'
      OPENAI_BASE_URL: 'http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/openai'
    ---
    cf-aig: for a workflow, a job or a step; add CF_AIG_TOKEN to the repository's secrets
    ");
}

#[test]
fn a_devcontainer_has_the_hosts_variables() {
    assert_snapshot!(printed(&Rig::new(), "setup --devcontainer --auth unified-billing"), @r#"
    {
      "remoteEnv": {
        "ANTHROPIC_BASE_URL": "http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic",
        "ANTHROPIC_AUTH_TOKEN": "${localEnv:CF_AIG_TOKEN}"
      }
    }
    ---
    cf-aig: for devcontainer.json; CF_AIG_TOKEN comes from the environment of the host
    "#);
}

#[test]
fn managed_settings_have_the_forms_that_administrators_deploy() {
    let rig = Rig::new();
    let profile = printed(&rig, "setup --managed=macos --auth stored-key");
    assert!(profile.contains("<string>com.anthropic.claudecode</string>"), "{profile}");
    assert!(profile.contains("<key>ANTHROPIC_BASE_URL</key>"), "{profile}");
    let registry = printed(&rig, "setup --managed=windows --auth stored-key");
    assert!(registry.contains(r#""Settings"="{\"env\":{\"ANTHROPIC_BASE_URL\":\"http://"#), "{registry}");
    for text in [profile, registry] {
        assert!(!text.contains(cf_aig_emulator::GATEWAY_TOKEN), "{text}");
    }
}

#[test]
fn managed_settings_hold_no_token_and_keep_the_users_own() {
    assert_snapshot!(printed(&Rig::new(), "setup --managed --auth stored-key"), @r#"
    {
      "env": {
        "ANTHROPIC_BASE_URL": "http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic"
      }
    }
    ---
    cf-aig: save it as managed-settings.json in /etc/claude-code (Linux, WSL), /Library/Application Support/ClaudeCode (macOS) or C:/Program Files/ClaudeCode (Windows)
    cf-aig: it overrides every other settings file
    cf-aig: it contains no token, because Claude Code expands no references in settings
    cf-aig: each user supplies a token: `cf-aig setup --auth stored-key`, in their user settings
    cf-aig: on a managed machine the plugin's mod cannot route; settings files can
    "#);
}

#[test]
fn vs_code_gets_a_list() {
    assert_snapshot!(printed(&Rig::new(), "setup --vscode"), @r#"
    {
      "claudeCode.environmentVariables": [
        {
          "name": "ANTHROPIC_BASE_URL",
          "value": "http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic"
        }
      ]
    }
    ---
    cf-aig: for VS Code's settings.json, not Claude Code's
    cf-aig: it contains no token, because the file is synced and shared; each user supplies a token if the gateway requires one: `cf-aig setup`
    "#);
}
