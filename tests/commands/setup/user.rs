//! The user's own settings file.

use super::{bytes, fails, ok, run, settings, variable};
use crate::Rig;
use cf_aig_emulator::{ANTHROPIC_KEY, Fault, GATEWAY_TOKEN};
use insta::assert_snapshot;

#[test]
fn the_plan_is_shown_and_the_receipt_says_how_to_undo_it() {
    let rig = Rig::new();
    rig.sandbox.write("home/.claude/settings.json", "{\n  \"model\": \"opus\"\n}\n");
    let said = ok(&rig, "setup --yes");
    assert_snapshot!(rig.steady(&said), @r#"
    --- ~/.claude/settings.json
    +++ ~/.claude/settings.json
    @@ -1,3 +1,8 @@
     {
    -  "model": "opus"
    +  "model": "opus",
    +  "env": {
    +    "ANTHROPIC_BASE_URL": "http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic",
    +    "ANTHROPIC_CUSTOM_HEADERS": "[redacted]",
    +    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"
    +  }
     }
    file      ~/.claude/settings.json (user scope)
    gateway   AI Gateway `emulator` of account 01234567… at GATEWAY
    pays      your own provider key (own-key; documented)
    disabled  Remote Control; settings and policy that an organisation's server manages; the server-side classifier of auto mode (by Claude Code, behind any gateway)
              to keep tool search where a client turns it off behind a gateway: ENABLE_TOOL_SEARCH=true
              fine-grained tool streaming: CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING=1
              trace headers: CLAUDE_CODE_PROPAGATE_TRACEPARENT=1
    note      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 keeps Claude Code from sending the gateway token (ANTHROPIC_CUSTOM_HEADERS) to api.anthropic.com at startup; it also disables automatic updates, telemetry and /feedback; --keep-nonessential-traffic leaves it unset
    wrote ~/.claude/settings.json: env.ANTHROPIC_BASE_URL, env.ANTHROPIC_CUSTOM_HEADERS, env.CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC
    running sessions pick this up within seconds
    reachable yes: the gateway responds
    undo      cf-aig off --scope user
    "#);
    assert_eq!(variable(&rig, "user", "ANTHROPIC_BASE_URL"), Some(rig.emulator.base_url("anthropic")));
    let headers = variable(&rig, "user", "ANTHROPIC_CUSTOM_HEADERS").expect("headers");
    assert_eq!(headers, format!("cf-aig-authorization: Bearer {GATEWAY_TOKEN}"), "of no one session");
    assert_eq!(variable(&rig, "user", "ANTHROPIC_API_KEY"), None, "the shell's own key is not copied");
}

#[test]
fn the_users_choice_about_nonessential_traffic_stays() {
    let name = "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC";
    for own in ["", "0", "1"] {
        let rig = Rig::new();
        let text = format!(r#"{{"env":{{"{name}":"{own}"}}}}"#);
        rig.sandbox.write("home/.claude/settings.json", &text);
        // a weaker file decides for a stronger one too
        for scope in ["user", "local"] {
            ok(&rig, &format!("setup --yes --scope {scope}"));
            assert_eq!(variable(&rig, "user", name).as_deref(), Some(own), "{scope}");
            assert_eq!(variable(&rig, "local", name), None, "{scope}");
            ok(&rig, "off --yes");
            assert_eq!(bytes(settings(&rig, "user")).as_deref(), Some(text.as_bytes()));
        }
    }
    // a later setup that leaves it unset removes it
    let rig = Rig::new();
    ok(&rig, "setup --yes");
    assert_eq!(variable(&rig, "user", name).as_deref(), Some("1"));
    let said = ok(&rig, "setup --yes --keep-nonessential-traffic");
    assert_eq!(variable(&rig, "user", name), None);
    assert!(said.contains("sends the gateway token to api.anthropic.com"), "{said}");
}

#[test]
fn a_sign_in_profile_counts_as_a_login() {
    let mut rig = Rig::new();
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    let folder = "home/.config/anthropic";
    let config = r#"{"authentication": {"type": "user_oauth"}}"#;
    rig.sandbox.write(&format!("{folder}/configs/default.json"), config);
    rig.sandbox.set("CF_AIG_AUTH", "own-key");
    // without its credentials the client cannot sign in with it
    assert_eq!(run(&rig, "setup --dry-run").code, 0);
    rig.sandbox.write(&format!("{folder}/credentials/default.json"), r#"{"access_token": "x"}"#);
    for line in ["setup --yes", "run -- true", "env"] {
        let ran = run(&rig, line);
        assert_eq!(ran.code, 3, "{line}: {ran:?}");
        assert!(ran.stderr.contains("would send its login to the gateway"), "{line}: {ran:?}");
    }
    assert_eq!(run(&rig, "setup --dry-run --auth subscription").code, 0);
}

#[test]
fn nothing_is_written_without_confirmation() {
    let rig = Rig::new();
    for line in
        ["setup", "setup --json", "setup --dry-run", "setup --dry-run --yes", "setup --dry-run --json"]
    {
        let ran = run(&rig, line);
        assert_eq!(ran.code, i32::from(!line.contains("dry-run")), "{ran:?}");
        assert_eq!(ran.stderr.contains("hint: add --yes"), !line.contains("dry-run"), "{ran:?}");
        assert!(ran.stdout.contains("ANTHROPIC_BASE_URL"), "{ran:?}");
        assert!(!rig.sandbox.home().join(".claude").exists() && !rig.sandbox.home().join(".local").exists());
    }
    assert!(rig.emulator.requests().is_empty(), "no request was sent");
}

#[test]
fn the_same_again_changes_nothing() {
    let rig = Rig::new();
    ok(&rig, "setup --yes");
    let before = bytes(settings(&rig, "user"));
    assert!(ok(&rig, "setup").contains("is already up to date"), "not even a yes is needed");
    assert_eq!(bytes(settings(&rig, "user")), before);
}

#[test]
fn values_in_the_file_need_not_be_given_again() {
    let mut rig = Rig::new();
    ok(&rig, "setup --yes --auth stored-key");
    for name in ["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID", "CF_AIG_TOKEN", "ANTHROPIC_API_KEY"] {
        rig.sandbox.unset(name);
    }
    let before = bytes(settings(&rig, "user"));
    ok(&rig, "setup --yes");
    assert_eq!(bytes(settings(&rig, "user")), before);
}

#[test]
fn another_auth_mode_removes_the_previous_mode() {
    let mut rig = Rig::new();
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    let original = "{\"env\": {\"A\": \"b\"}}";
    rig.sandbox.write("home/.claude/settings.json", original);
    ok(&rig, "setup --yes --auth stored-key");
    assert!(variable(&rig, "user", "ANTHROPIC_CUSTOM_HEADERS").expect("headers").contains("no-wholesale"));
    assert_eq!(variable(&rig, "user", "ANTHROPIC_AUTH_TOKEN").as_deref(), Some(GATEWAY_TOKEN));
    ok(&rig, "setup --yes --auth subscription");
    assert!(!variable(&rig, "user", "ANTHROPIC_CUSTOM_HEADERS").expect("headers").contains("no-wholesale"));
    assert_eq!(variable(&rig, "user", "ANTHROPIC_AUTH_TOKEN"), None);
    ok(&rig, "off --yes");
    assert_eq!(bytes(settings(&rig, "user")).as_deref(), Some(original.as_bytes()));
}

#[test]
fn a_key_in_the_shell_that_would_pay_instead_is_unset() {
    let rig = Rig::new();
    let said = ok(&rig, "setup --yes --auth unified-billing");
    assert!(said.contains("ANTHROPIC_API_KEY of the shell would pay instead"), "{said}");
    assert_eq!(variable(&rig, "user", "ANTHROPIC_API_KEY").as_deref(), Some(""));
}

#[test]
fn a_key_in_weaker_settings_that_would_pay_instead_is_unset() {
    let mut rig = Rig::new();
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    let weaker = format!("{{\"env\": {{\"ANTHROPIC_API_KEY\": \"{ANTHROPIC_KEY}\"}}}}");
    rig.sandbox.write("home/.claude/settings.json", &weaker);
    let said = ok(&rig, "setup --yes --auth unified-billing --scope local");
    assert!(said.contains("ANTHROPIC_API_KEY of the user settings would pay instead"), "{said}");
    assert_eq!(variable(&rig, "local", "ANTHROPIC_API_KEY").as_deref(), Some(""));
}

#[test]
fn a_key_helper_that_would_pay_instead_of_the_gateway_is_refused() {
    let rig = Rig::new();
    rig.sandbox.write("home/.claude/settings.json", r#"{"apiKeyHelper": "echo sk-ant-other"}"#);
    for auth in ["stored-key", "unified-billing"] {
        for scope in ["user", "local"] {
            let said = fails(&rig, &format!("setup --yes --auth {auth} --scope {scope}"), 5);
            assert!(said.contains("remove apiKeyHelper from ~/.claude/settings.json"), "{said}");
        }
    }
}

#[test]
fn a_key_of_the_users_own_in_the_file_is_never_touched() {
    let rig = Rig::new();
    let original = format!("{{\"env\": {{\"ANTHROPIC_API_KEY\": \"{ANTHROPIC_KEY}\"}}}}");
    rig.sandbox.write("home/.claude/settings.json", &original);
    let said = fails(&rig, "setup --yes --auth stored-key", 5);
    assert!(said.contains("remove ANTHROPIC_API_KEY from ~/.claude/settings.json"), "{said}");
    assert_eq!(bytes(settings(&rig, "user")).as_deref(), Some(original.as_bytes()));
    let said = ok(&rig, "setup --yes");
    assert!(!said.contains(ANTHROPIC_KEY), "{said}");
}

#[test]
fn the_users_own_header_lines_are_kept() {
    let mut rig = Rig::new();
    rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "X-Team: shell\ncf-aig-metadata: {\"session\":\"s\"}");
    let said = ok(&rig, "setup --yes");
    assert!(said.contains("this file would override ANTHROPIC_CUSTOM_HEADERS in the shell"), "{said}");
    let expected = format!("X-Team: shell\ncf-aig-authorization: Bearer {GATEWAY_TOKEN}");
    assert_eq!(variable(&rig, "user", "ANTHROPIC_CUSTOM_HEADERS"), Some(expected));
    ok(&rig, "off --yes");

    rig.sandbox
        .write("home/.claude/settings.json", r#"{"env": {"ANTHROPIC_CUSTOM_HEADERS": "X-Team: file"}}"#);
    ok(&rig, "setup --yes --metadata team=a");
    let expected = format!(
        "X-Team: file\ncf-aig-authorization: Bearer {GATEWAY_TOKEN}\ncf-aig-metadata: {{\"team\":\"a\"}}"
    );
    assert_eq!(variable(&rig, "user", "ANTHROPIC_CUSTOM_HEADERS"), Some(expected));
}

#[test]
fn a_gateway_that_does_not_answer_is_reported_and_fails_only_on_request() {
    let rig = Rig::new();
    rig.emulator.set_fault(Some(Fault::RefuseConnections));
    assert!(ok(&rig, "setup --yes").contains("reachable no"));
    let ran = run(&rig, "setup --yes --require-reachable --json");
    assert_eq!((ran.code, ran.json()["reachable"]["ok"].as_bool()), (6, Some(false)), "{ran:?}");
}

#[test]
fn a_missing_value_is_named_with_the_way_to_provide_it() {
    let mut rig = Rig::new();
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    assert!(fails(&rig, "setup --yes", 2).contains("--auth"));
    rig.sandbox.unset("CF_AIG_TOKEN");
    assert!(fails(&rig, "setup --yes --auth stored-key", 3).contains("--token-stdin"));
    rig.sandbox.unset("CLOUDFLARE_ACCOUNT_ID").unset("CF_AIG_GATEWAY_ID");
    assert!(fails(&rig, "setup --yes --auth stored-key", 2).contains("--account-id"));
    assert!(!rig.sandbox.home().join(".claude").exists());
}

#[test]
fn a_token_from_stdin_is_written_and_an_empty_stdin_is_refused() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_TOKEN", "another-token");
    let ran =
        rig.sandbox.run_with(["setup", "--yes", "--token-stdin"], format!("{GATEWAY_TOKEN}\n").as_bytes());
    assert_eq!((ran.code, ran.stdout.contains(GATEWAY_TOKEN)), (0, false), "{ran:?}");
    let headers = variable(&rig, "user", "ANTHROPIC_CUSTOM_HEADERS").expect("headers");
    assert_eq!(headers, format!("cf-aig-authorization: Bearer {GATEWAY_TOKEN}"));
    fails(&rig, "setup --yes --token-stdin", 2);
}

#[test]
fn a_login_that_is_replaced_is_announced() {
    let rig = Rig::new();
    rig.sandbox.write("home/.claude.json", r#"{"oauthAccount": {"emailAddress": "me@example.com"}}"#);
    let ran = run(&rig, "setup --auth unified-billing");
    assert!(ran.stdout.contains("you are signed in to claude.ai"), "{ran:?}");
    assert!(ran.stderr.contains("--yes to replace the claude.ai login"), "{ran:?}");
    assert!(!ok(&rig, "setup --yes").contains("signed in"), "an own key replaces nothing");
}

#[test]
fn a_file_that_the_client_ignores_is_edited_only_as_repaired() {
    let rig = Rig::new();
    let broken = "{\n  // mine\n  \"model\": \"opus\",\n}\n";
    rig.sandbox.write("home/.claude/settings.json", broken);
    let said = fails(&rig, "setup --yes", 5);
    assert_snapshot!(said, @r#"
    cf-aig: ~/.claude/settings.json: line 2, column 3: a comment, but settings files are strict JSON. Claude Code ignores this whole file
      hint: --repair would also make this change:
    --- ~/.claude/settings.json
    +++ ~/.claude/settings.json
    @@ -1,4 +1,3 @@
     {
    -  // mine
    -  "model": "opus",
    +  "model": "opus"
     }
    "#);
    assert_eq!(bytes(settings(&rig, "user")).as_deref(), Some(broken.as_bytes()));
    assert!(ok(&rig, "setup --yes --repair").contains("the repair stays"));
    assert!(variable(&rig, "user", "ANTHROPIC_BASE_URL").is_some());
    ok(&rig, "off --yes");
    let left = String::from_utf8(bytes(settings(&rig, "user")).expect("a file")).expect("text");
    assert_eq!(left, "{\n  \"model\": \"opus\"\n}\n");
}

#[test]
fn the_token_of_a_routed_session_is_not_taken_for_a_provider_key() {
    let mut rig = Rig::new();
    rig.sandbox.unset("ANTHROPIC_API_KEY").set("CLAUDECODE", "1").set("ANTHROPIC_AUTH_TOKEN", GATEWAY_TOKEN);
    assert!(fails(&rig, "setup --yes", 2).contains("choose who pays"));
}
