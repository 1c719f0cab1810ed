//! `cf-aig setup` and `cf-aig off`: what is written where, what is shown first, and undo.

mod from_scratch;
mod interactive;
mod left_over;
#[cfg(unix)]
mod moved;
mod prints;
mod provider;
mod said;
mod scopes;
mod undo;
mod user;
mod web;

use crate::Rig;
use cf_aig_emulator::GATEWAY_TOKEN;
use cf_aig_harness::Ran;
use serde_json::Value;
use std::path::PathBuf;

/// The settings file of a scope, relative to the sandbox.
fn settings(rig: &Rig, scope: &str) -> PathBuf {
    match scope {
        "user" => rig.sandbox.home().join(".claude/settings.json"),
        "project" => rig.sandbox.project().join(".claude/settings.json"),
        "local" => rig.sandbox.project().join(".claude/settings.local.json"),
        other => panic!("no scope {other}"),
    }
}

/// A file's bytes; `None` if there is none.
fn bytes(path: PathBuf) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}

/// One variable of a scope's file.
fn variable(rig: &Rig, scope: &str, name: &str) -> Option<String> {
    let text = bytes(settings(rig, scope))?;
    let file: Value = serde_json::from_slice(&text).expect("strict JSON");
    file["env"][name].as_str().map(str::to_owned)
}

/// Runs the helper; its output must not contain the token.
fn run(rig: &Rig, line: &str) -> Ran {
    let ran = rig.sandbox.run(line.split(' '));
    assert!(!ran.stdout.contains(GATEWAY_TOKEN) && !ran.stderr.contains(GATEWAY_TOKEN), "{ran:?}");
    ran
}

/// The same where it must succeed.
fn ok(rig: &Rig, line: &str) -> String {
    let ran = run(rig, line);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{line}: {ran:?}");
    ran.stdout
}

/// The same if it must fail with this exit code; returns stderr.
fn fails(rig: &Rig, line: &str, code: i32) -> String {
    let ran = run(rig, line);
    assert_eq!(ran.code, code, "{line}: {ran:?}");
    ran.stderr
}
