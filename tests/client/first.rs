//! The first session of a new user: it says once what to do next. A wrong token is reported in one line.

use crate::rig::LIMIT;
use crate::with_client;

/// Everything on screen as words: a line may be broken anywhere.
fn words(screen: &str) -> String {
    screen
        .split(|c: char| c.is_whitespace() || c == '⎿')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn with_nothing_configured_the_first_session_says_what_to_do_next_and_the_second_does_not_repeat_it() {
    with_client(|rig| {
        for name in ["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID", "CF_AIG_TOKEN"] {
            rig.sandbox.unset(name);
        }
        let next = "no gateway is configured yet, so nothing is routed: /cloudflare sets one up";
        for times in [1, 0] {
            let mut session = rig.session();
            session.say("good morning");
            let screen = session.terminal.screen();
            assert_eq!(words(&screen).matches(next).count(), times, "{screen}");
        }
        rig.assert_direct();
    });
}

#[test]
fn a_wrong_token_is_reported_in_one_line_with_its_fix_and_nothing_says_that_all_is_well() {
    with_client(|rig| {
        rig.sandbox.set("CF_AIG_TOKEN", "not-a-token-of-the-gateway");
        let mut session = rig.session();
        let news = "and Claude would silently retry for three minutes;";
        session.terminal.wait_until(news, LIMIT, |screen| words(screen).contains(news));
        // the hook ended before the prompt, and the mod has answered this after its report
        let screen = session.command("/cloudflare status", "reachable");
        let said = words(&screen);
        assert_eq!(said.matches(news).count(), 1, "{screen}");
        assert!(said.contains(&format!("{news} run `cf-aig verify`")), "{screen}");
        assert!(!said.contains("requests go through"), "{screen}");
    });
}
