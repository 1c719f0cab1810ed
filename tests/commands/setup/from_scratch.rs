//! `cf-aig setup` from scratch on a terminal with 80 columns: account, gateway, who pays, proof.

use super::{bytes, settings, variable};
use crate::Rig;
use cf_aig_emulator::{ACCOUNT_ID, API_TOKEN, Config, GATEWAY_ID, GATEWAY_TOKEN, Gateway, Host};
use cf_aig_harness::terminal::Terminal;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const ROWS: u16 = 100;
const OTHER_ACCOUNT: &str = "fedcba9876543210fedcba9876543210";

/// No account, gateway or token is set; the provider's key and the emulator's addresses stay.
fn scratch(config: Config) -> Rig {
    let mut rig = Rig::with(config);
    for name in ["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID", "CF_AIG_TOKEN"] {
        rig.sandbox.unset(name);
    }
    rig
}

/// The same, with an API token.
fn with_token(config: Config) -> Rig {
    let mut rig = scratch(config);
    rig.sandbox.set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    rig
}

fn start(rig: &Rig, line: &str) -> Terminal {
    let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
    command.args(line.split(' ')).env("TERM", "xterm");
    Terminal::start_sized(&command, 80, ROWS)
}

/// Answers a question when it is asked for the second time.
fn answer_again(terminal: &mut Terminal, question: &str, answer: &str) {
    terminal.wait_until(question, LIMIT, |shown| shown.matches(question).count() == 2);
    terminal.type_keys(&format!("{answer}\r"));
}

fn token(terminal: &mut Terminal) {
    terminal.answer_unseen("Gateway token (not shown; empty for none)", &format!("{GATEWAY_TOKEN}\r"), LIMIT);
}

/// The screen after the program has ended, with no row wider than the terminal and no secret.
fn end(terminal: &mut Terminal) -> String {
    terminal.wait_for_end(LIMIT);
    let screen = terminal.screen();
    let wide: Vec<u16> = terminal.look(|screen| (0..ROWS).filter(|row| screen.row_wrapped(*row)).collect());
    assert!(wide.is_empty(), "rows {wide:?} are wider than the terminal:\n{screen}");
    for secret in [GATEWAY_TOKEN, API_TOKEN] {
        assert!(!screen.contains(secret), "{screen}");
    }
    screen
}

fn once(screen: &str, text: &str) {
    // a text may continue in the next row
    let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words.matches(text).count(), 1, "{text:?}:\n{screen}");
}

fn of_other_account(id: &str) -> Gateway {
    Gateway {
        account_id: OTHER_ACCOUNT.to_owned(),
        gateway_id: id.to_owned(),
        ..Config::default().gateways[0].clone()
    }
}

#[test]
fn a_token_lists_the_gateways_and_the_end_is_a_proof_and_its_undo() {
    let rig = with_token(Config::default());
    let mut terminal = start(&rig, "setup");
    terminal.answer("Which gateway?", "1", LIMIT);
    token(&mut terminal);
    terminal.answer("Write this? [y/N]", "y", LIMIT);
    let screen = end(&mut terminal);
    once(&screen, "found: an API token in $CLOUDFLARE_API_TOKEN");
    once(&screen, &format!("account {ACCOUNT_ID} Account 0123"));
    once(&screen, "proof proved: the request went through the gateway and is in its log");
    assert!(screen.trim_end().ends_with("undo      cf-aig off --scope user"), "{screen}");
    let url = variable(&rig, "user", "ANTHROPIC_BASE_URL").expect("a base URL");
    assert!(url.contains(&format!("/{ACCOUNT_ID}/{GATEWAY_ID}/")), "{url}");
}

#[test]
fn without_a_provider_key_the_payer_is_chosen_from_explained_options() {
    let mut config = Config::default();
    config.gateways[0].unified_billing = Some(500.0);
    let mut rig = with_token(config);
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    let mut terminal = start(&rig, "setup");
    terminal.answer("Which gateway?", "", LIMIT);
    token(&mut terminal);
    terminal.answer("1 to 4:", "unified-billing", LIMIT);
    terminal.answer("Write this? [y/N]", "y", LIMIT);
    let screen = end(&mut terminal);
    for pays in ["own provider key", "key stored at Cloudflare", "Cloudflare credits", "claude.ai plan"] {
        assert!(screen.contains(pays), "{pays}:\n{screen}");
    }
    once(&screen, "proof proved: ");
    assert_eq!(variable(&rig, "user", "ANTHROPIC_AUTH_TOKEN").as_deref(), Some(GATEWAY_TOKEN));
}

#[test]
fn an_account_without_a_gateway_gets_one_after_confirmation() {
    let rig = with_token(Config { gateways: Vec::new(), ..Config::default() });
    let mut terminal = start(&rig, "setup");
    terminal.answer("Id of the new gateway [claude-code]:", "", LIMIT);
    terminal.answer("Create it, with authentication, logs and a rate limit? [y/N]", "n", LIMIT);
    once(&end(&mut terminal), "nothing was written");
    assert!(rig.writes().is_empty());
    let mut terminal = start(&rig, "setup");
    terminal.answer("Id of the new gateway [claude-code]:", "Not an id", LIMIT);
    answer_again(&mut terminal, "Id of the new gateway [claude-code]:", "");
    terminal.answer("Create it, with authentication, logs and a rate limit? [y/N]", "y", LIMIT);
    token(&mut terminal);
    terminal.answer("Write this? [y/N]", "y", LIMIT);
    let screen = end(&mut terminal);
    once(&screen, "created gateway claude-code; `cf-aig gateway delete claude-code` deletes it");
    assert!(rig.emulator.config().gateways.iter().any(|g| g.gateway_id == "claude-code" && g.authentication));
    assert!(variable(&rig, "user", "ANTHROPIC_BASE_URL").is_some_and(|url| url.contains("/claude-code/")));
    // a dry run creates nothing
    let rig = with_token(Config { gateways: Vec::new(), ..Config::default() });
    let mut terminal = start(&rig, "setup --dry-run");
    terminal.answer("Id of the new gateway [claude-code]:", "", LIMIT);
    token(&mut terminal);
    end(&mut terminal);
    assert!(rig.writes().is_empty() && bytes(settings(&rig, "user")).is_none());
}

#[test]
fn of_several_accounts_one_is_chosen() {
    let mut config = Config::default();
    config.gateways.push(of_other_account("elsewhere"));
    let rig = with_token(config);
    let mut terminal = start(&rig, "setup");
    terminal.answer("Which account? [1]", "7", LIMIT);
    answer_again(&mut terminal, "Which account? [1]", OTHER_ACCOUNT);
    terminal.answer("Which gateway?", "elsewhere", LIMIT);
    token(&mut terminal);
    terminal.answer("Write this? [y/N]", "n", LIMIT);
    once(&end(&mut terminal), "nothing was written");
    assert!(bytes(settings(&rig, "user")).is_none());
}

#[test]
fn a_wrong_account_id_is_named_once_and_the_right_one_offered() {
    let mut rig = with_token(Config::default());
    rig.sandbox.set("CLOUDFLARE_ACCOUNT_ID", OTHER_ACCOUNT);
    let mut terminal = start(&rig, "setup");
    terminal.answer("Which gateway?", "", LIMIT);
    token(&mut terminal);
    terminal.answer("Write this? [y/N]", "y", LIMIT);
    let screen = end(&mut terminal);
    let fix = "correct $CLOUDFLARE_ACCOUNT_ID, and choose one here";
    once(&screen, &format!("the token has no access to account {OTHER_ACCOUNT}: {fix}"));
    assert!(variable(&rig, "user", "ANTHROPIC_BASE_URL").is_some_and(|url| url.contains(ACCOUNT_ID)));
}

#[test]
fn a_wrong_api_token_is_shown_once_with_its_fix() {
    let mut rig = scratch(Config::default());
    rig.sandbox.set("CLOUDFLARE_API_TOKEN", "not-a-token-of-anyone");
    for account in [None, Some(ACCOUNT_ID)] {
        account.map(|account| rig.sandbox.set("CLOUDFLARE_ACCOUNT_ID", account));
        let screen = end(&mut start(&rig, "setup"));
        once(&screen, "Cloudflare's API refused");
        once(&screen, "https://dash.cloudflare.com/profile/api-tokens");
        assert!(bytes(settings(&rig, "user")).is_none());
    }
}

#[test]
fn a_wrong_gateway_token_is_shown_once_with_its_fix_and_the_undo() {
    let rig = with_token(Config::default());
    let mut terminal = start(&rig, "setup");
    terminal.answer("Which gateway?", "", LIMIT);
    let question = "Gateway token (not shown; empty for none)";
    terminal.answer_unseen(question, "not-a-token-of-the-gateway\r", LIMIT);
    terminal.answer("Write this? [y/N]", "y", LIMIT);
    let screen = end(&mut terminal);
    once(&screen, "proof not proved: ");
    assert!(!screen.contains("not-a-token-of-the-gateway"), "{screen}");
    assert!(screen.contains("AI Gateway Run") && screen.contains("undo      cf-aig off"), "{screen}");
}

#[test]
fn a_blocked_network_is_shown_once_with_its_fix() {
    let mut rig = with_token(Config::default());
    // a loopback port on which nothing listens: that of an emulator that has ended
    let closed = cf_aig_emulator::Emulator::start(Config::default()).expect("an emulator").api_origin();
    rig.sandbox.set("CF_AIG_API_ORIGIN", &closed);
    let screen = end(&mut start(&rig, "setup"));
    once(&screen, "hint:");
    assert!(bytes(settings(&rig, "user")).is_none());
}

#[test]
fn without_a_token_the_ids_are_prompted_for() {
    let rig = scratch(Config::default());
    let mut terminal = start(&rig, "setup");
    terminal.answer("Cloudflare account id, or the gateway's URL:", "0123", LIMIT);
    answer_again(&mut terminal, "Cloudflare account id, or the gateway's URL:", ACCOUNT_ID);
    terminal.answer("AI Gateway id [default]:", GATEWAY_ID, LIMIT);
    token(&mut terminal);
    terminal.answer("Write this? [y/N]", "y", LIMIT);
    let screen = end(&mut terminal);
    once(&screen, "found: no API token");
    once(&screen, "proof the request went through the gateway; its log was not searched");
}

#[test]
fn wranglers_login_lists_gateways_and_is_written_nowhere() {
    let rig = scratch(Config::default());
    let file = |until: &str| format!("oauth_token = \"{API_TOKEN}\"\nexpiration_time = \"{until}\"\n");
    let login = rig.sandbox.home().join(".config/.wrangler/config/default.toml");
    std::fs::create_dir_all(login.parent().expect("a folder")).expect("a folder");
    std::fs::write(&login, file("2001-01-01T00:00:00.000Z")).expect("a file");
    let terminal = start(&rig, "setup");
    terminal.wait_for("Cloudflare account id", LIMIT);
    let shown = terminal.screen().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("has expired; `wrangler login` renews it"), "{shown}");
    assert!(rig.emulator.requests().is_empty(), "an expired login is not sent");
    drop(terminal);
    std::fs::write(&login, file("2999-01-01T00:00:00.000Z")).expect("a file");
    let mut terminal = start(&rig, "setup");
    terminal.answer("Which gateway?", "", LIMIT);
    token(&mut terminal);
    terminal.answer("Write this? [y/N]", "y", LIMIT);
    end(&mut terminal);
    let text = String::from_utf8(bytes(settings(&rig, "user")).expect("a file")).expect("text");
    assert!(!text.contains(API_TOKEN), "{text}");
    let sent = |request: &cf_aig_emulator::Recorded| format!("{request:?}").contains(API_TOKEN);
    assert!(rig.emulator.requests().iter().all(|request| !sent(request) || request.host == Host::Api));
}

#[test]
fn wranglers_login_that_may_not_list_gateways_leaves_the_ids_to_be_asked_for() {
    let rig = scratch(Config { api_tokens: Vec::new(), ..Config::default() });
    let login = rig.sandbox.home().join(".wrangler/config/default.toml");
    std::fs::create_dir_all(login.parent().expect("a folder")).expect("a folder");
    let text = "oauth_token = \"of-wrangler\"\nexpiration_time = \"2999-01-01T00:00:00.000Z\"\n";
    std::fs::write(login, text).expect("a file");
    let mut terminal = start(&rig, "setup");
    terminal.wait_for("enter the ids instead", LIMIT);
    terminal.answer("Cloudflare account id", ACCOUNT_ID, LIMIT);
    terminal.answer("AI Gateway id [default]:", GATEWAY_ID, LIMIT);
    token(&mut terminal);
    terminal.answer("Write this? [y/N]", "n", LIMIT);
    end(&mut terminal);
}

#[test]
fn ctrl_c_leaves_nothing_written() {
    for question in ["Which gateway?", "Gateway token", "Write this?"] {
        let rig = with_token(Config::default());
        let mut terminal = start(&rig, "setup");
        terminal.wait_for("Which gateway?", LIMIT);
        if question != "Which gateway?" {
            terminal.type_keys("\r");
        }
        if question == "Write this?" {
            token(&mut terminal);
        }
        terminal.wait_for(question, LIMIT);
        terminal.type_keys("\u{3}");
        terminal.wait_for_end(LIMIT);
        assert!(bytes(settings(&rig, "user")).is_none() && rig.writes().is_empty(), "{question}");
        assert!(!terminal.screen().contains("undo "), "{}", terminal.screen());
    }
}
