//! A session with a person at it.

use crate::with_client;
use cf_aig_emulator::Host;

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
fn after_clear_the_log_knows_the_new_session() {
    with_client(|rig| {
        let mut session = rig.session();
        let first = session.say("good morning");
        session.clear("good morning");
        let second = session.say("good night");
        rig.assert_routed();
        session.command(
            "/cloudflare off",
            &format!("Off: this session goes to {}", rig.emulator.provider_origin()),
        );
        assert_eq!(session.say("sleep well").host, Host::Provider, "what was set before is undone after");
        let ids = [first, second].map(|turn| {
            let id =
                turn.header("x-claude-code-session-id").expect("the client names its session").to_owned();
            let labels = turn.header("cf-aig-metadata").expect("labels");
            assert!(labels.contains(&id), "{labels} of {id}");
            id
        });
        assert_ne!(ids[0], ids[1], "the client starts another session");
    });
}
