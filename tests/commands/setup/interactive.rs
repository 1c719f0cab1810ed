//! An interactive setup: asks for what is missing, asks once before the change, and shows no secret.

use super::{bytes, settings, variable};
use crate::Rig;
use cf_aig_emulator::{ACCOUNT_ID, GATEWAY_ID, GATEWAY_TOKEN};
use cf_aig_harness::terminal::Terminal;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

fn start(rig: &Rig, line: &str) -> Terminal {
    let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
    command.args(line.split(' ')).env("TERM", "xterm");
    Terminal::start(&command)
}

fn answer(terminal: &mut Terminal, question: &str, answer: &str) {
    terminal.wait_for(question, LIMIT);
    terminal.type_keys(&format!("{answer}\r"));
}

#[test]
fn setup_prompts_only_for_missing_values() {
    let mut rig = Rig::new();
    for name in ["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID", "CF_AIG_TOKEN", "ANTHROPIC_API_KEY"] {
        rig.sandbox.unset(name);
    }
    let mut terminal = start(&rig, "setup");
    answer(&mut terminal, "Cloudflare account id", ACCOUNT_ID);
    answer(&mut terminal, "AI Gateway id", GATEWAY_ID);
    terminal.answer_unseen("Gateway token (not shown; empty for none)", &format!("{GATEWAY_TOKEN}\r"), LIMIT);
    answer(&mut terminal, "Who pays?", "3");
    answer(&mut terminal, "Write this? [y/N]", "y");
    let screen = terminal.wait_for("undo      cf-aig off --scope user", LIMIT);
    assert!(!screen.contains(GATEWAY_TOKEN), "{screen}");
    assert!(screen.contains("pays      your Cloudflare credits"), "{screen}");
    assert_eq!(variable(&rig, "user", "ANTHROPIC_AUTH_TOKEN").as_deref(), Some(GATEWAY_TOKEN));
}

#[test]
fn a_refusal_writes_nothing_and_off_restores_after_confirmation() {
    let rig = Rig::new();
    let mut terminal = start(&rig, "setup");
    answer(&mut terminal, "Write this? [y/N]", "n");
    terminal.wait_for("nothing was written", LIMIT);
    assert!(bytes(settings(&rig, "user")).is_none());
    let mut terminal = start(&rig, "setup");
    answer(&mut terminal, "Write this? [y/N]", "yes");
    terminal.wait_for("undo ", LIMIT);
    assert!(bytes(settings(&rig, "user")).is_some());
    let mut terminal = start(&rig, "off");
    answer(&mut terminal, "Restore this? [y/N]", "y");
    terminal.wait_for("running sessions keep", LIMIT);
    assert!(bytes(settings(&rig, "user")).is_none());
}

#[test]
fn the_git_exclude_is_written_only_after_confirmation() {
    let rig = Rig::new();
    let status = rig.sandbox.command("git").args(["init", "-q"]).status().expect("git");
    assert!(status.success());
    let exclude = rig.sandbox.project().join(".git/info/exclude");
    let before = bytes(exclude.clone());
    let mut terminal = start(&rig, "setup --scope local");
    answer(&mut terminal, "Have git ignore it, in this clone only? [y/N]", "n");
    terminal.wait_for("would hold a secret", LIMIT);
    assert_eq!(bytes(exclude.clone()), before);
    let mut terminal = start(&rig, "setup --scope local");
    answer(&mut terminal, "Have git ignore it, in this clone only? [y/N]", "y");
    answer(&mut terminal, "Write this? [y/N]", "y");
    terminal.wait_for("undo ", LIMIT);
    assert_ne!(bytes(exclude), before);
    assert!(bytes(settings(&rig, "local")).is_some());
}
