//! The repository's own hook for cloud sessions, as a shell runs it, and undo.

use super::{bytes, fails, ok, run, settings};
use crate::Rig;
use cf_aig_emulator::GATEWAY_TOKEN;
use cf_aig_harness::{Ran, sandbox::feed};
use insta::assert_snapshot;
use std::path::PathBuf;

const HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";

fn script(rig: &Rig) -> PathBuf {
    rig.sandbox.project().join(".claude/hooks/cf-aig-session-start.sh")
}

/// A cloud session's repository with the hook, without `cf-aig` on PATH.
fn cloud() -> Rig {
    let mut rig = Rig::new();
    ok(&rig, "setup --web --yes");
    rig.sandbox.set("CLAUDE_CODE_REMOTE", "true");
    rig
}

/// Runs the hook's command as the client does: with a shell, in the project.
fn hook(rig: &Rig) -> Ran {
    let file: serde_json::Value =
        serde_json::from_slice(&bytes(settings(rig, "project")).expect("settings")).expect("strict JSON");
    let line =
        file["hooks"]["SessionStart"][0]["hooks"][0]["command"].as_str().expect("a command").to_owned();
    let mut command = rig.sandbox.command("sh");
    command.args(["-c", &line]).env("CLAUDE_PROJECT_DIR", rig.sandbox.project());
    let ran = feed(command, b"{}");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    ran
}

/// The value of a variable in Bash programs.
fn seen(rig: &Rig, name: &str) -> String {
    let mut command = rig.sandbox.command("sh");
    command.args(["-c", ". \"$CLAUDE_ENV_FILE\"; printenv \"$0\" || printf absent", name]);
    let ran = feed(command, b"");
    assert_eq!(ran.stderr, "", "{ran:?}");
    ran.stdout.trim_end_matches('\n').to_owned()
}

#[test]
fn the_settings_to_make_by_hand_are_named_and_no_secret_is_written() {
    let rig = Rig::new();
    let said = ok(&rig, "setup --web --yes");
    assert_snapshot!(rig.steady(&said), @r#"
    --- /dev/null
    +++ SANDBOX/project/.claude/settings.json
    @@ -0,0 +1,15 @@
    +{
    +  "hooks": {
    +    "SessionStart": [
    +      {
    +        "hooks": [
    +          {
    +            "type": "command",
    +            "command": "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/cf-aig-session-start.sh\"",
    +            "timeout": 10
    +          }
    +        ]
    +      }
    +    ]
    +  }
    +}
    SANDBOX/project/.claude/hooks/cf-aig-session-start.sh: new, 77 lines
    In the settings of the cloud environment (claude.ai/code):
    network    access Custom: the default list plus gateway.ai.cloudflare.com and api.cloudflare.com;
               Trusted, the default, reaches neither
    token      a network secret, if your plan has them (Pro, Max): host gateway.ai.cloudflare.com, header
               cf-aig-authorization, value Bearer TOKEN. The token never enters the machine. Otherwise the
               variable CF_AIG_TOKEN, which everyone who uses the environment can read
    variables  CLOUDFLARE_ACCOUNT_ID=0123456789abcdef0123456789abcdef
               CF_AIG_GATEWAY_ID=emulator
               CF_AIG_AUTH=own-key

    Then one of:
    this repository   commit the two files above; sessions with several repositories do not run them
    any repository    the plugin, by the environment's setup script:

    claude plugin marketplace add OWNER/REPO
    claude plugin install cloudflare@cloudflare-gateway --config account_id=0123456789abcdef0123456789abcdef --config gateway_id=emulator --config auth=own-key
    sh "$HOME"/.claude/plugins/cache/cloudflare-gateway/cloudflare/*/helper/cf-aig --version

    an organisation   server-managed settings (not tested by this project):

    {"extraKnownMarketplaces": {"cloudflare-gateway": {"source": {"source": "github", "repo": "OWNER/REPO"}}},
     "enabledPlugins": {"cloudflare@cloudflare-gateway": true}}

    routed     Bash programs: SDK scripts, tests
    not routed requests of Claude and its subagents: in a cloud session, the host decides where they go
    undo       cf-aig off --scope project
    "#);
    for file in [settings(&rig, "project"), script(&rig)] {
        let text = String::from_utf8(bytes(file).expect("a file")).expect("text");
        assert!(!text.contains(GATEWAY_TOKEN), "{text}");
    }
}

#[test]
fn it_comes_twice_as_once_and_goes_as_it_came() {
    let rig = Rig::new();
    let original = "{\n\t\"hooks\": {\"Stop\": [ ]},\n\t\"model\": \"opus\"\n}";
    rig.sandbox.write("project/.claude/settings.json", original);
    ok(&rig, "setup --web --yes");
    let once = bytes(settings(&rig, "project"));
    ok(&rig, "setup --web");
    assert_eq!(bytes(settings(&rig, "project")), once);
    ok(&rig, "off --yes");
    assert_eq!(bytes(settings(&rig, "project")).as_deref(), Some(original.as_bytes()));
    assert!(!script(&rig).parent().expect("a folder").exists());
}

#[test]
fn nothing_is_left_where_nothing_was() {
    let rig = Rig::new();
    ok(&rig, "setup --web --yes");
    ok(&rig, "off --yes");
    assert!(!rig.sandbox.project().join(".claude").exists());
}

#[test]
fn another_setup_of_the_same_file_keeps_the_hook() {
    let rig = Rig::new();
    ok(&rig, "setup --web --yes");
    ok(&rig, "setup --yes --scope project --without-token --providers openai");
    ok(&rig, "setup --yes --scope project --without-token");
    let text = String::from_utf8(bytes(settings(&rig, "project")).expect("a file")).expect("text");
    assert!(text.contains("cf-aig-session-start.sh") && !text.contains("OPENAI"), "{text}");
    ok(&rig, "off --yes");
    assert!(bytes(settings(&rig, "project")).is_none() && bytes(script(&rig)).is_none());
}

#[test]
fn a_foreign_script_is_not_overwritten_and_a_changed_one_not_removed() {
    let rig = Rig::new();
    rig.sandbox.write("project/.claude/hooks/cf-aig-session-start.sh", "echo mine\n");
    assert!(fails(&rig, "setup --web --yes", 5).contains("was not written by cf-aig"));
    std::fs::remove_file(script(&rig)).expect("a file");
    ok(&rig, "setup --web --yes");
    let changed = [bytes(script(&rig)).expect("a file"), b"# mine\n".to_vec()].concat();
    std::fs::write(script(&rig), &changed).expect("a file");
    ok(&rig, "off --yes");
    assert_eq!(bytes(script(&rig)), Some(changed));
}

#[test]
fn nothing_is_written_without_confirmation() {
    let rig = Rig::new();
    for line in ["setup --web", "setup --web --dry-run", "setup --web --json --dry-run"] {
        let ran = run(&rig, line);
        assert_eq!(ran.code, i32::from(line == "setup --web"), "{ran:?}");
        assert!(!rig.sandbox.project().join(".claude").exists());
    }
}

#[test]
fn elsewhere_than_in_the_cloud_the_hook_does_nothing() {
    let mut rig = cloud();
    rig.sandbox.unset("CLAUDE_CODE_REMOTE");
    assert_eq!((hook(&rig).stdout.as_str(), rig.env_file().as_str()), ("", ""));
}

#[test]
fn the_script_says_to_bash_programs_what_the_helper_would() {
    let cases =
        [("own-key", ""), ("stored-key", ""), ("unified-billing", "X-Team: it's $(mine)\n\nx-b: `c`")];
    for (auth, theirs) in cases {
        let mut rig = cloud();
        rig.sandbox.set("CF_AIG_AUTH", auth).set("CF_AIG_METADATA", "none").set(HEADERS, theirs);
        let mut shown = Vec::new();
        for by_script in [true, false] {
            if by_script {
                let said = hook(&rig).json();
                let said = said["systemMessage"].as_str().expect("a line");
                assert!(said.contains("Bash programs in this cloud session use AI Gateway"), "{said}");
            } else {
                rig.sandbox.hook("startup");
            }
            let names = ["ANTHROPIC_BASE_URL", HEADERS, "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"];
            shown.push(names.map(|name| seen(&rig, name)));
            std::fs::remove_file(rig.sandbox.env_file()).expect("an environment file");
        }
        assert_eq!(shown[0], shown[1], "{auth}");
    }
}

#[test]
fn an_impossible_route_is_reported_and_nothing_is_set() {
    for (name, value) in [
        ("CLOUDFLARE_ACCOUNT_ID", "0123'; touch x; '"),
        ("CLOUDFLARE_ACCOUNT_ID", "0123"),
        ("CF_AIG_GATEWAY_ID", "a/b"),
        ("CF_AIG_TOKEN", "a\nb"),
        ("CF_AIG_TOKEN", "a b"),
        ("CF_AIG_AUTH", "byok"),
        ("CF_AIG_AUTH", "subscription"),
    ] {
        let mut rig = cloud();
        rig.sandbox.set(name, value);
        let said = hook(&rig).json()["systemMessage"].as_str().expect("a line").to_owned();
        assert!(said.starts_with("cloudflare: not routed") && said.contains(name), "{value}: {said}");
        assert_eq!(rig.env_file(), "", "{name}={value}");
    }
}

#[test]
fn without_an_account_the_script_is_silent() {
    let mut rig = cloud();
    rig.sandbox.unset("CLOUDFLARE_ACCOUNT_ID");
    assert_eq!((hook(&rig).stdout.as_str(), rig.env_file().as_str()), ("", ""));
}

#[test]
fn the_helper_on_path_is_used() {
    let mut rig = cloud();
    let bin = rig.sandbox.cf_aig().parent().expect("a folder").to_string_lossy().into_owned();
    let path = format!("{bin}:{}", rig.sandbox.vars()["PATH"]);
    rig.sandbox.set("PATH", path);
    let said = hook(&rig);
    assert!(said.stdout.contains("in a cloud session, the host decides"), "{said:?}");
    assert_eq!(seen(&rig, "CF_AIG_TOKEN"), GATEWAY_TOKEN);
}
