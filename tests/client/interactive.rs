//! A session with a person at it.

use crate::with_client;
use cf_aig_emulator::{Host, Recorded};

#[test]
fn the_first_message_goes_to_the_gateway_and_the_user_is_told() {
    with_client(|rig| {
        let mut session = rig.session();
        session.say("good morning");
        let told = session.terminal.screen();
        assert!(told.contains("Claude's requests go through AI Gateway `emulator`"), "{told}");
        drop(session);
        rig.assert_routed();
    });
}

#[test]
fn off_reaches_bash_programs_and_outlasts_clear() {
    with_client(|rig| {
        rig.sandbox.set("CF_AIG_PROVIDERS", "openai");
        let mut session = rig.session_with(&["--permission-mode", "default", "--allowedTools", "Bash"]);
        let openai = format!("openai={}.", rig.emulator.base_url("openai"));
        let show = "[[bash: echo openai=$OPENAI_BASE_URL.]]";
        session.runs(&format!("first {show}"), &openai);
        session.command(
            "/cloudflare off",
            &format!("Off: this session goes to {}", rig.emulator.provider_origin()),
        );
        session.runs(&format!("second {show}"), "openai=.");
        session.clear("second");
        session.runs(&format!("third {show}"), "openai=.");
        assert_eq!(rig.turns().last().map(|turn| turn.host), Some(Host::Provider));
        session.command("/cloudflare on", "Claude's requests go through AI Gateway");
        session.runs(&format!("fourth {show}"), &openai);
        assert_eq!(rig.turns().last().map(|turn| turn.host), Some(Host::Gateway));
    });
}

#[test]
fn off_and_on_take_the_session_out_and_back_without_a_turn_of_the_model() {
    with_client(|rig| {
        let mut session = rig.session();
        assert_eq!(session.say("one").host, Host::Gateway);
        session.command("/cloudflare status", "own-key");
        session.command(
            "/cloudflare off",
            &format!("Off: this session goes to {}", rig.emulator.provider_origin()),
        );
        let direct = session.say("two");
        assert_eq!(direct.host, Host::Provider);
        assert_eq!(direct.header("cf-aig-authorization"), None);
        session.command("/cloudflare on", "Claude's requests go through AI Gateway");
        assert_eq!(session.say("three").host, Host::Gateway);
    });
}

#[test]
fn after_clear_the_log_knows_the_new_session_and_off_still_undoes_all() {
    with_client(|rig| {
        let mut session = rig.session();
        let first = named(&session.say("good morning")).0;
        session.clear("good morning");
        // the label follows a moment later than the session
        let mut greetings = (1..=5).map(|count| named(&session.say(&format!("good evening {count}"))));
        let labelled = greetings.find(|(id, label)| label.contains(id.as_str()));
        assert!(labelled.is_some_and(|(id, _)| id != first), "the client started another session");
        session.command(
            "/cloudflare off",
            &format!("Off: this session goes to {}", rig.emulator.provider_origin()),
        );
        assert_eq!(session.say("sleep well").host, Host::Provider);
    });
}

/// The session's id as the client says it, and the label for the gateway's log.
fn named(turn: &Recorded) -> (String, String) {
    let header = |name| turn.header(name).unwrap_or_default().to_owned();
    (header("x-claude-code-session-id"), header("cf-aig-metadata"))
}
