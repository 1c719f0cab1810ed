//! The helper is missing, not ready, or failing: the session starts anyway.

use crate::rig::{LIMIT, Rig};
use crate::with_client;
use cf_aig_emulator::{Fault, Host};
use cf_aig_harness::needs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// An executable script in the sandbox.
fn script(rig: &Rig, path: &str, lines: &str) -> PathBuf {
    let file = rig.sandbox.write(path, &format!("#!/bin/sh\n{lines}\n"));
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("executable");
    file
}

/// Makes the launcher run this instead of the helper.
fn helper_is(rig: &mut Rig, lines: &str) {
    let file = script(rig, "cf-aig.sh", lines);
    rig.sandbox.set("CF_AIG_BIN", file.to_string_lossy());
}

#[needs(client)]
#[test]
fn a_plugin_without_its_launcher_does_not_delay_the_session() {
    with_client(|rig| {
        std::fs::remove_file(rig.sandbox.plugin().join("helper/cf-aig")).expect("it was there");
        rig.ask("hi");
        rig.assert_direct();
    });
}

#[needs(client)]
#[test]
fn invalid_output_of_the_helper_is_ignored() {
    with_client(|rig| {
        helper_is(
            rig,
            r#"echo '{"schema":1,"env":{"ANTHROPIC_BASE_URL":"http://127.0.0.1:9","NODE_OPTIONS":"x"},"unset":[]}'"#,
        );
        let mut session = rig.session();
        session.say("good morning");
        session.is_told("This session is not routed: the helper did not respond");
        drop(session);
        rig.assert_direct();
    });
}

#[needs(client)]
#[test]
fn a_helper_that_hangs_delays_only_the_first_response() {
    with_client(|rig| {
        helper_is(rig, "exec sleep 1000");
        rig.ask("hi");
        rig.assert_direct();
    });
}

#[needs(client)]
#[test]
fn a_helper_that_is_being_built_routes_the_running_session_once_it_is_ready() {
    with_client(|rig| {
        rig.sandbox.set("CF_AIG_BIN", "");
        let ready = rig.sandbox.home().join("ready");
        let made = std::process::Command::new("mkfifo").arg(&ready).status().expect("mkfifo");
        assert!(made.success());
        // the program that the launcher calls; it finishes when the test allows it
        let build = format!(
            "read -r _ <{}\nwhile [ \"$1\" != --target-dir ]; do shift; done\nmkdir -p \"$2/release\" && cp {} \"$2/release/cf-aig\"",
            ready.display(),
            rig.sandbox.cf_aig().display(),
        );
        let cargo = script(rig, "tools/cargo", &build);
        let path = format!("{}:{}", cargo.parent().expect("a folder").display(), rig.sandbox.vars()["PATH"]);
        rig.sandbox.set("PATH", path);

        let mut session = rig.session();
        session.terminal.wait_for("building the helper", LIMIT);
        assert_eq!(session.say("good morning").host, Host::Provider);
        std::fs::write(&ready, "now\n").expect("the build goes on");
        session.terminal.wait_for("Claude's requests go through AI Gateway", LIMIT);
        assert_eq!(session.say("good night").host, Host::Gateway);
    });
}

#[needs(client)]
#[test]
fn where_a_gateway_that_is_down_means_direct_the_session_goes_direct() {
    with_client(|rig| {
        rig.emulator.set_fault(Some(Fault::RefuseConnections));
        rig.sandbox.set("CF_AIG_ON_UNREACHABLE", "direct");
        let mut session = rig.session();
        session.say("good morning");
        session.is_told("this session is not routed");
        drop(session);
        rig.assert_direct();
    });
}
