//! The instructions of `cf-aig setup --web`, as far as they can run outside a cloud session: with the
//! client's own cloud variable, the plugin is installed and Claude's own requests go where the host sends
//! them.

use crate::plugin::{as_installed, checkout};
use crate::rig::{LIMIT, Rig};
use crate::with_client;
use cf_aig_emulator::{ACCOUNT_ID, GATEWAY_ID, GATEWAY_TOKEN};
use cf_aig_harness::{client::run_for, needs};
use std::os::unix::fs::symlink;
use std::path::Path;

/// The setup script from the instructions, with `market` in place of the repository, and the token as an
/// option.
fn setup_script(rig: &Rig, market: &Path) -> String {
    let recipe = rig.sandbox.run(["setup", "--web", "--dry-run", "--auth", "stored-key"]);
    assert_eq!(recipe.code, 0, "{recipe:?}");
    let is_command = |line: &&str| line.starts_with("claude plugin") || line.starts_with("sh ");
    let lines: Vec<_> = recipe.stdout.lines().filter(is_command).collect();
    assert_eq!(lines.len(), 3, "{}", recipe.stdout);
    lines
        .join("\n")
        .replace("OWNER/REPO", &format!("'{}'", market.display()))
        .replace("--config auth=", &format!("--config gateway_token={GATEWAY_TOKEN} --config auth="))
}

#[needs(client, checkout)]
#[test]
fn the_setup_script_brings_plugin_hook_and_options_and_claude_stays_where_it_was() {
    with_client(|rig| {
        let market = checkout(rig);
        let script = setup_script(rig, &market);
        as_installed(rig);
        let bin = rig.sandbox.home().join("bin");
        std::fs::create_dir(&bin).expect("a folder");
        symlink(rig.client.path(), bin.join("claude")).expect("a link");
        let path = rig.sandbox.vars().get("PATH").cloned().unwrap_or_default();
        rig.sandbox.set("PATH", format!("{}:{path}", bin.display()));

        let mut command = rig.client.command(&rig.sandbox);
        let quiet: Vec<_> =
            command.get_envs().map(|(n, v)| (n.to_owned(), v.map(ToOwned::to_owned))).collect();
        command = rig.sandbox.command("sh");
        for (name, value) in quiet {
            value.map(|value| command.env(name, value));
        }
        let ran = run_for(
            {
                command.args(["-e", "-c", &script]);
                command
            },
            LIMIT,
        );
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(
            ran.stdout.contains(&format!("cf-aig {}", env!("CARGO_PKG_VERSION"))),
            "the helper is there: {ran:?}"
        );

        rig.sandbox.set("CLAUDE_CODE_REMOTE", "true");
        let mut session = rig.client.command(&rig.sandbox);
        session.args(["-p", "hi", "--output-format", "stream-json", "--verbose"]);
        let said = run_for(session, LIMIT).stdout;
        // the hook ran with the options: stored-key is refused without a gateway token
        assert!(said.contains(&format!("/v1/{ACCOUNT_ID}/{GATEWAY_ID}")), "{said}");
        assert!(
            said.contains("in a cloud session, the host decides where Claude's own requests go, so only Bash programs use"),
            "{said}"
        );
        assert!(!said.contains(GATEWAY_TOKEN), "{said}");
        rig.assert_direct();
    });
}
