//! A turn that fails reports at once who refused; and a gateway that stops responding in mid-session.

use crate::rig::{LIMIT, Rig};
use crate::session::Session;
use crate::with_client;
use cf_aig_emulator::{ANTHROPIC_KEY, API_TOKEN, Fault, GATEWAY_TOKEN, Host};
use cf_aig_harness::needs;
use serde_json::json;

/// AI Gateway's response if Cloudflare should pay and the account has no credits.
fn no_credits() -> Fault {
    let text = "Insufficient wholesale credits";
    let body = json!({"success": false, "result": [], "messages": [], "error": [{"code": 2021, "message": text}],
        "name": "AiGatewayError", "httpCode": 402, "internalCode": 2021, "message": text, "description": text});
    Fault::Status {
        status: 402,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string(),
    }
}

/// Sends a prompt that fails, and waits for the client's message about it.
fn fails(session: &mut Session<'_>, text: &str, printed: &str) -> String {
    session.enter(text);
    session.terminal.wait_for(printed, LIMIT)
}

/// The screen's text with single spaces, because the terminal wraps lines anywhere.
pub(crate) fn words(screen: &str) -> String {
    screen.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn few_retries(rig: &mut Rig) {
    rig.sandbox.set("CLAUDE_CODE_MAX_RETRIES", "1");
}

#[needs(client)]
#[test]
fn a_refusal_names_its_speaker_in_one_line_without_a_model_request() {
    with_client(|rig| {
        few_retries(rig);
        let mut session = rig.session();
        session.say("good morning");
        rig.emulator.set_fault(Some(no_credits()));
        let screen = fails(&mut session, "good evening", "AI Gateway refused the request.");
        assert_eq!(words(&screen).matches("refused the request.").count(), 1, "{screen}");
        let turns = rig.turns().len();
        rig.emulator.set_fault(None);
        session.command("/cloudflare status", "own-key");
        assert_eq!(rig.turns().len(), turns, "the line cost a turn of the model");
        assert_eq!(session.say("good night").host, Host::Gateway);
    });
}

#[needs(client)]
#[test]
fn where_errors_are_not_to_be_explained_nothing_is_said() {
    with_client(|rig| {
        few_retries(rig);
        let settings =
            json!({ "pluginConfigs": { "cloudflare@inline": { "options": { "explain_errors": false } } } });
        rig.sandbox.write("home/.claude/settings.json", &settings.to_string());
        let mut session = rig.session();
        session.say("good morning");
        rig.emulator.set_fault(Some(no_credits()));
        fails(&mut session, "good evening", "Insufficient wholesale credits");
        rig.emulator.set_fault(None);
        session.command("/cloudflare status", "own-key");
        session.say("good night");
        assert!(
            !words(&session.terminal.screen()).contains("refused the request."),
            "{}",
            session.terminal.screen()
        );
    });
}

#[needs(client)]
#[test]
fn a_successful_turn_shows_no_message() {
    with_client(|rig| {
        let mut session = rig.session();
        session.say("good morning");
        session.say("good night");
        assert!(!words(&session.terminal.screen()).contains("Next:"), "{}", session.terminal.screen());
    });
}

#[needs(client)]
#[test]
fn last_shows_the_sessions_requests_without_a_turn_of_the_model() {
    with_client(|rig| {
        rig.sandbox.set("CLOUDFLARE_API_TOKEN", API_TOKEN);
        let mut session = rig.session();
        session.say("good morning");
        let screen = session.command("/cloudflare last", "https://dash.cloudflare.com/");
        let id = rig.emulator.logs().last().map(|entry| entry.id.clone());
        let id = id.expect("the gateway logged the request");
        for part in ["STATUS", "MODEL", "COST", "200", "claude-", &id] {
            assert!(words(&screen).contains(part), "{part} is not in\n{screen}");
        }
    });
}

/// The gateway disappears between two turns. With `direct`, the session bypasses it after the failed turn,
/// reports where requests go and who pays, and returns when the gateway responds.
#[needs(client)]
#[test]
fn a_session_leaves_a_dead_gateway_and_returns_when_it_responds() {
    with_client(|rig| {
        few_retries(rig);
        rig.sandbox.set("CF_AIG_ON_UNREACHABLE", "direct");
        let mut session = rig.session();
        assert_eq!(session.say("one").host, Host::Gateway);
        rig.emulator.set_fault(Some(Fault::RefuseConnections));
        let screen = fails(&mut session, "two", "until it responds");
        assert!(words(&screen).contains("your API key pays"), "{screen}");
        let direct = session.say("three");
        assert_eq!(direct.host, Host::Provider);
        assert_eq!(direct.header("x-api-key"), Some(ANTHROPIC_KEY));
        assert!(!direct.headers.iter().any(|(_, value)| value.contains(GATEWAY_TOKEN)), "{direct:?}");
        rig.emulator.set_fault(None);
        session.terminal.wait_for("Claude's requests go through AI Gateway", LIMIT);
        let again = session.say_until(Host::Gateway);
        let token = format!("Bearer {GATEWAY_TOKEN}");
        assert_eq!(again.header("cf-aig-authorization"), Some(token.as_str()));
    });
}

#[needs(client)]
#[test]
fn a_gateway_that_stops_answering_is_kept_where_the_policy_is_to_warn() {
    with_client(|rig| {
        few_retries(rig);
        let mut session = rig.session();
        assert_eq!(session.say("one").host, Host::Gateway);
        rig.emulator.set_fault(Some(Fault::RefuseConnections));
        fails(&mut session, "two", "No response.");
        rig.emulator.set_fault(None);
        assert_eq!(session.say("three").host, Host::Gateway);
    });
}
