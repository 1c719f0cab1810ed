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
fn off_and_on_take_the_session_out_and_back_without_a_turn_of_the_model() {
    with_client(|rig| {
        let mut session = rig.session();
        assert_eq!(session.say("one").host, Host::Gateway);
        session.command("/cloudflare status", "own-key");
        session.command("/cloudflare off", "Off: this session goes to Anthropic directly");
        let direct = session.say("two");
        assert_eq!(direct.host, Host::Provider);
        assert_eq!(direct.header("cf-aig-authorization"), None);
        session.command("/cloudflare on", "Claude's requests go through AI Gateway");
        assert_eq!(session.say("three").host, Host::Gateway);
    });
}
