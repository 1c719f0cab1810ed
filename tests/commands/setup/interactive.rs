//! An interactive setup: asks for what is missing, asks once before the change, and shows no secret.

use super::{bytes, settings, variable};
use crate::Rig;
use cf_aig_emulator::{ACCOUNT_ID, GATEWAY_ID, GATEWAY_TOKEN};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn setup_prompts_only_for_missing_values() {
    let mut rig = Rig::new();
    for name in ["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID", "CF_AIG_TOKEN", "ANTHROPIC_API_KEY"] {
        rig.sandbox.unset(name);
    }
    let mut terminal = rig.terminal("setup");
    terminal.answer("Cloudflare account id", ACCOUNT_ID, LIMIT);
    terminal.answer("AI Gateway id", GATEWAY_ID, LIMIT);
    terminal.answer_unseen("Gateway token (not shown; empty for none)", &format!("{GATEWAY_TOKEN}\r"), LIMIT);
    terminal.answer("Who pays?", "3", LIMIT);
    terminal.answer("Write this? [y/N]", "y", LIMIT);
    let screen = terminal.wait_for("undo      cf-aig off --scope user", LIMIT);
    assert!(!screen.contains(GATEWAY_TOKEN), "{screen}");
    assert!(screen.contains("pays      your Cloudflare credits"), "{screen}");
    assert_eq!(variable(&rig, "user", "ANTHROPIC_AUTH_TOKEN").as_deref(), Some(GATEWAY_TOKEN));
}

#[test]
fn a_refusal_writes_nothing_and_off_restores_after_confirmation() {
    let rig = Rig::new();
    let mut terminal = rig.terminal("setup");
    terminal.answer("Write this? [y/N]", "n", LIMIT);
    terminal.wait_for("nothing was written", LIMIT);
    assert!(bytes(settings(&rig, "user")).is_none());
    let mut terminal = rig.terminal("setup");
    terminal.answer("Write this? [y/N]", "yes", LIMIT);
    terminal.wait_for("undo ", LIMIT);
    assert!(bytes(settings(&rig, "user")).is_some());
    let mut terminal = rig.terminal("off");
    terminal.answer("Restore this? [y/N]", "y", LIMIT);
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
    let mut terminal = rig.terminal("setup --scope local");
    terminal.answer("Have git ignore it, in this clone only? [y/N]", "n", LIMIT);
    terminal.wait_for("would hold a secret", LIMIT);
    assert_eq!(bytes(exclude.clone()), before);
    let mut terminal = rig.terminal("setup --scope local");
    terminal.answer("Have git ignore it, in this clone only? [y/N]", "y", LIMIT);
    terminal.answer("Write this? [y/N]", "y", LIMIT);
    terminal.wait_for("undo ", LIMIT);
    assert_ne!(bytes(exclude), before);
    assert!(bytes(settings(&rig, "local")).is_some());
}
