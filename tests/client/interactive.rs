//! Interactive sessions.

use crate::failure::words;
use crate::rig::{LIMIT, Rig};
use crate::with_client;
use cf_aig_emulator::{ACCOUNT_ID, GATEWAY_ID, GATEWAY_TOKEN, Host, Recorded};
use cf_aig_harness::{needs, terminal::Terminal};
use serde_json::json;
use std::time::Instant;

#[needs(client)]
#[test]
fn the_first_message_goes_to_the_gateway_and_the_session_reports_it() {
    with_client(|rig| {
        let mut session = rig.session();
        session.say("good morning");
        session.is_told("Claude's requests go through AI Gateway `emulator`");
        drop(session);
        rig.assert_routed();
    });
}

#[needs(client)]
#[test]
fn off_reaches_bash_programs_and_outlasts_clear() {
    with_client(|rig| {
        rig.sandbox.set("CF_AIG_PROVIDERS", "openai");
        let mut session = rig.session_with(&["--permission-mode", "default", "--allowedTools", "Bash"]);
        let openai = format!("openai={}.", rig.emulator.base_url("openai"));
        let show = "[[bash: echo openai=$OPENAI_BASE_URL.]]";
        session.runs(&format!("first {show}"), &openai);
        session.command("/cloudflare off", &rig.said_off());
        session.runs(&format!("second {show}"), "openai=.");
        session.clear("second");
        session.runs(&format!("third {show}"), "openai=.");
        assert_eq!(rig.turns().last().map(|turn| turn.host), Some(Host::Provider));
        session.command("/cloudflare on", "Claude's requests go through AI Gateway");
        session.runs(&format!("fourth {show}"), &openai);
        assert_eq!(rig.turns().last().map(|turn| turn.host), Some(Host::Gateway));
    });
}

#[needs(client)]
#[test]
fn off_and_on_take_the_session_out_and_back_without_a_turn_of_the_model() {
    with_client(|rig| {
        let mut session = rig.session();
        assert_eq!(session.say("one").host, Host::Gateway);
        session.command("/cloudflare status", "own-key");
        session.command("/cloudflare off", &rig.said_off());
        let direct = session.say("two");
        assert_eq!(direct.host, Host::Provider);
        assert_eq!(direct.header("cf-aig-authorization"), None);
        session.command("/cloudflare on", "Claude's requests go through AI Gateway");
        assert_eq!(session.say("three").host, Host::Gateway);
    });
}

#[needs(client)]
#[test]
fn after_clear_the_log_has_the_new_session_id_and_off_still_undoes_everything() {
    with_client(|rig| {
        let mut session = rig.session();
        let first = named(&session.say("good morning")).0;
        session.clear("good morning");
        // the label appears shortly after the session starts
        let mut greetings = (1..=5).map(|count| named(&session.say(&format!("good evening {count}"))));
        let labelled = greetings.find(|(id, label)| label.contains(id.as_str()));
        assert!(labelled.is_some_and(|(id, _)| id != first), "the client started another session");
        session.command("/cloudflare off", &rig.said_off());
        assert_eq!(session.say("sleep well").host, Host::Provider);
    });
}

/// The first session shows the next step once; `/cloudflare` then gets the report and the steps.
#[needs(client)]
#[test]
fn with_nothing_configured_the_first_session_says_what_to_do_next() {
    with_client(|rig| {
        unconfigure(rig);
        let next = "no gateway is configured yet, so nothing is routed: /cloudflare sets one up";
        let mut session = rig.session();
        let shown = |screen: &str| words(screen).matches(next).count();
        session.terminal.wait_until("the next step", LIMIT, |screen| shown(screen) == 1);
        assert_eq!(session.say("good morning").host, Host::Provider);
        let screen = session.terminal.screen();
        assert_eq!((shown(&screen), screen.matches("not routed").count()), (1, 0), "{screen}");
        session.enter("/cloudflare");
        let asked = |request: &Recorded| {
            let body = String::from_utf8_lossy(&request.body);
            body.contains("## First setup") && body.contains("no gateway is configured")
        };
        assert!(rig.emulator.wait_for(LIMIT, asked).is_some(), "the skill did not get the report");
        drop(session);
        let mut session = rig.session();
        session.say("good evening");
        assert_eq!(shown(&session.terminal.screen()), 0, "it is said once");
    });
}

fn unconfigure(rig: &mut Rig) {
    for name in ["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID", "CF_AIG_TOKEN"] {
        rig.sandbox.unset(name);
    }
}

/// The hook and the mod both detect the fault, but the user sees one line: the error.
#[needs(client)]
#[test]
fn a_wrong_token_is_reported_in_one_line() {
    with_client(|rig| {
        rig.sandbox.set("CF_AIG_TOKEN", "wrong");
        let mut session = rig.session();
        let news = "Claude would silently retry for three minutes";
        session.terminal.wait_until("the bad news", LIMIT, |screen| words(screen).contains(news));
        // the mod's response comes after all its messages at startup
        let screen = words(&session.command("/cloudflare off", &rig.said_off()));
        assert_eq!(screen.matches(news).count(), 1, "{screen}");
        for other in ["requests go through", "not routed"] {
            assert!(!screen.contains(other), "{screen}");
        }
    });
}

/// As in first use: installed, then configured, then reloaded, all in one session. A reload while the
/// session is routed keeps everything that `off` needs.
#[needs(client)]
#[test]
fn configured_in_mid_session_it_routes_after_a_reload() {
    with_client(|rig| {
        unconfigure(rig);
        let mut session = rig.session();
        assert_eq!(session.say("good morning").host, Host::Provider);
        let options = json!({ "account_id": ACCOUNT_ID, "gateway_id": GATEWAY_ID });
        let settings = json!({ "pluginConfigs": { "cloudflare@inline": { "options": options } } });
        let secrets = json!({ "pluginSecrets": { "cloudflare@inline": { "gateway_token": GATEWAY_TOKEN } } });
        rig.sandbox.write("home/.claude/.credentials.json", &secrets.to_string());
        rig.sandbox.write("home/.claude/settings.json", &settings.to_string());
        session.command("/reload-plugins", "Claude's requests go through AI Gateway");
        let routed = session.say("good evening");
        assert_eq!(routed.host, Host::Gateway);
        assert_eq!(routed.header("cf-aig-authorization"), Some("Bearer emulator-gateway-token"));

        let settings = settings.to_string().replace("\"gateway_id\"", "\"metadata\":\"none\",\"gateway_id\"");
        rig.sandbox.write("home/.claude/settings.json", &settings);
        session.enter("/reload-plugins");
        session
            .terminal
            .wait_until("the second reload", LIMIT, |screen| screen.matches("Reloaded:").count() == 2);
        // the client prints "Reloaded" before the mod has set the new environment
        let end = Instant::now() + LIMIT;
        while session.say("good night").header("cf-aig-metadata").is_some() {
            assert!(Instant::now() < end, "the metadata is still sent");
        }
        session.command("/cloudflare off", &rig.said_off());
        assert_eq!(session.say("sleep well").host, Host::Provider);
    });
}

#[needs(client)]
#[test]
fn before_the_folder_is_trusted_nothing_runs_at_all() {
    with_client(|rig| {
        rig.sandbox.onboard();
        let file = rig.sandbox.home().join(".claude.json");
        let known = std::fs::read_to_string(&file).expect("the client's state");
        std::fs::write(
            &file,
            known.replace("hasTrustDialogAccepted\":true", "hasTrustDialogAccepted\":false"),
        )
        .expect("written");
        let mut command = rig.client.command(&rig.sandbox);
        command.arg("--plugin-dir").arg(rig.sandbox.plugin());
        let terminal = Terminal::start(&command);
        terminal.wait_for("❯ No, exit", LIMIT);
        assert_eq!(rig.emulator.connections(), 0);
        assert!(!rig.sandbox.home().join(".claude/plugins/data").exists());
    });
}

/// The session's id as the client prints it, which labels requests in the gateway's log.
fn named(turn: &Recorded) -> (String, String) {
    let header = |name| turn.header(name).unwrap_or_default().to_owned();
    (header("x-claude-code-session-id"), header("cf-aig-metadata"))
}
