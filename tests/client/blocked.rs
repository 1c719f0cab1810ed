//! Cases in which Claude Code does not let a plugin route the session: it goes where it would go otherwise.

use crate::rig::Rig;
use crate::with_client;
use cf_aig_harness::{Client, needs};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// Puts the given settings into `/etc/claude-code/managed-settings.json`, with a private mount.
pub(crate) fn managed(rig: &Rig, settings: &str) -> Client {
    let file = rig.sandbox.write("etc/claude-code/managed-settings.json", settings);
    let etc = file.ancestors().nth(2).expect("a folder").display();
    let real = rig.client.path().display();
    let script = format!(
        r#"#!/bin/sh
[ "$(id -u)" = 0 ] || root=--map-root-user
exec unshare $root --mount sh -c 'mount -t overlay overlay -o lowerdir={etc}:/etc /etc && exec "$@"' sh "${{CF_AIG_TEST_PROGRAM:-{real}}}" "$@"
"#
    );
    let path = rig.sandbox.write("managed-client", &script);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("executable");
    let works = Command::new(&path).env("CF_AIG_TEST_PROGRAM", "true").status();
    assert!(works.is_ok_and(|status| status.success()), "a private mount");
    Client::at(path)
}

#[needs(client, mounts)]
#[test]
fn on_a_managed_machine_the_session_stays_direct_and_the_user_is_told_what_works() {
    with_client(|rig| {
        rig.client = managed(rig, r#"{"cleanupPeriodDays": 30}"#);
        rig.ask("hi");
        let mut session = rig.session();
        session.say("good morning");
        session.is_told("This session is not routed");
        let told = session.is_told("cf-aig setup");
        assert!(!told.contains("hook was skipped"), "{told}");
        drop(session);
        rig.assert_direct();
    });
}

#[needs(client, mounts)]
#[test]
fn a_managed_machine_may_turn_mods_off_whole() {
    with_client(|rig| {
        rig.client = managed(rig, r#"{"allowManagedHooksOnly": true}"#);
        rig.ask("hi");
        rig.assert_direct();
    });
}

/// In a cloud session the client refuses the URL but would accept the token: neither may be set.
#[needs(client)]
#[test]
fn in_a_cloud_session_no_token_is_set_where_the_url_is_refused() {
    with_client(|rig| {
        rig.emulator.update(|config| config.gateways[0].unified_billing = Some(500.0));
        rig.sandbox.set("CLAUDE_CODE_REMOTE", "true").set("CF_AIG_AUTH", "unified-billing");
        rig.ask("hi");
        rig.assert_direct();
    });
}

#[needs(client)]
#[test]
fn without_hooks_nothing_is_set() {
    with_client(|rig| {
        rig.sandbox.write("project/.claude/settings.json", r#"{"disableAllHooks": true}"#);
        rig.ask("hi");
        rig.assert_direct();
    });
}

#[needs(client)]
#[test]
fn in_safe_mode_nothing_is_set() {
    with_client(|rig| {
        rig.ask_with("hi", &["--safe-mode"]);
        rig.assert_direct();
    });
}

#[needs(client)]
#[test]
fn in_bare_mode_nothing_is_set() {
    with_client(|rig| {
        rig.ask_with("hi", &["--bare"]);
        rig.assert_direct();
    });
}
