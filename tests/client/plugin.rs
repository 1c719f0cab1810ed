//! The plugin as a user gets it: validated, installed, configured, uninstalled.

use crate::rig::{LIMIT, Rig, clients};
use crate::with_client;
use cf_aig_emulator::{ACCOUNT_ID, API_TOKEN, GATEWAY_ID, GATEWAY_TOKEN, Host};
use cf_aig_harness::{Headless, Ran, needs, plugin_root, sandbox::copy_tree};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files that git tracks, in their current state: no `target/`, nothing that a client wrote.
pub(crate) fn checkout(rig: &Rig) -> PathBuf {
    let listed = Command::new("git").arg("-C").arg(plugin_root()).args(["ls-files", "-z"]).output();
    let listed = listed.ok().filter(|output| output.status.success()).expect("a git checkout");
    let copy = rig.sandbox.home().join("checkout");
    for path in String::from_utf8_lossy(&listed.stdout).split_terminator('\0') {
        copy_tree(&plugin_root().join(path), &copy.join(path));
    }
    copy
}

/// A `claude plugin …` command that must succeed.
fn plugin(rig: &Rig, args: &[&str]) -> Ran {
    let ran = rig.client.run(&rig.sandbox, &[&["plugin"], args].concat(), LIMIT);
    assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
    ran
}

#[needs(client, checkout)]
#[test]
fn the_client_finds_nothing_to_object_to() {
    with_client(|rig| {
        let checkout = checkout(rig);
        let path = checkout.to_string_lossy();
        let ran = plugin(rig, &["validate", "--strict", "--profile", "directory", &path]);
        assert!(ran.stdout.contains("Validation passed"), "{}", ran.stdout);
        for sign in ["⚠", "✘"] {
            assert!(!ran.stdout.contains(sign), "{}", ran.stdout);
        }
    });
}

#[needs(client)]
#[test]
fn the_mods_own_tests_pass() {
    with_client(|rig| {
        let root = plugin_root();
        for client in clients(&rig.client) {
            let ran = client.run(&rig.sandbox, &["plugin", "test", &root.to_string_lossy()], LIMIT);
            let told = format!("{}{}", ran.stdout, ran.stderr);
            let passed = ran.code == 0 && told.contains(" 0 fail") && !told.contains(" 0 pass");
            assert!(passed, "{}: {told}", client.path().display());
        }
    });
}

/// Configuration only through the installation: no variable sets a gateway, and the helper is where the
/// launcher would have built it.
pub(crate) fn as_installed(rig: &mut Rig) {
    for name in ["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID", "CF_AIG_TOKEN"] {
        rig.sandbox.unset(name);
    }
    let data = rig.sandbox.home().join(".claude/plugins/data/cloudflare-cloudflare-gateway");
    copy_tree(rig.sandbox.cf_aig(), &data.join("bin").join(env!("CARGO_PKG_VERSION")).join("cf-aig"));
    rig.sandbox.set("CF_AIG_BIN", "");
}

fn install(rig: &Rig, checkout: &Path) {
    plugin(rig, &["marketplace", "add", &checkout.to_string_lossy()]);
    let options = [("account_id", ACCOUNT_ID), ("gateway_id", GATEWAY_ID), ("gateway_token", GATEWAY_TOKEN)];
    let options = options.map(|(name, value)| format!("{name}={value}"));
    let options = options.iter().flat_map(|option| ["--config", option.as_str()]);
    plugin(rig, &["install", OURS].into_iter().chain(options).collect::<Vec<_>>());
}

/// `claude -p` with the installed plugin.
fn ask(rig: &Rig, prompt: &str) -> Headless {
    rig.client.headless_as_installed(&rig.sandbox, prompt, &["--debug-file", &rig.debug_log()], LIMIT)
}

const OURS: &str = "cloudflare@cloudflare-gateway";

#[needs(client, checkout)]
#[test]
fn installed_and_configured_it_routes_and_uninstalled_it_is_gone() {
    with_client(|rig| {
        let checkout = checkout(rig);
        as_installed(rig);
        install(rig, &checkout);
        assert_eq!(ask(rig, "hi").text(), "Hello from the emulator.");
        rig.assert_routed();

        plugin(rig, &["uninstall", OURS]);
        let routed = rig.turns().len();
        assert_eq!(ask(rig, "hi").text(), "Hello from the emulator.");
        let after = rig.turns().split_off(routed);
        assert!(after.iter().all(|turn| turn.host == Host::Provider) && !after.is_empty(), "{after:?}");
        let left = files_with(GATEWAY_TOKEN, &rig.sandbox.home().join(".claude"));
        // the client's own copy of the plugin remains; its tests contain the token
        let theirs = |file: &PathBuf| file.to_string_lossy().contains("/plugins/cache/");
        assert!(left.iter().all(theirs), "{left:?}");
    });
}

#[needs(client, checkout)]
#[test]
fn the_name_of_its_folder_is_not_read_by_a_shell() {
    with_client(|rig| {
        rig.sandbox.set("CF_AIG_ROUTING", "tools");
        let name = "it's \"a\" $HOME `touch canary` $(touch canary) & #> %PATH% \u{e9}";
        let folder = rig.sandbox.home().join(name);
        copy_tree(&rig.sandbox.plugin(), &folder);
        let more = ["--plugin-dir", &folder.to_string_lossy(), "--allowedTools", "Bash"];
        let prompt = "[[bash: echo url=$ANTHROPIC_BASE_URL; ls]]";
        let answer = rig.client.headless_as_installed(&rig.sandbox, prompt, &more, LIMIT);
        let expected = format!("Tool result: url={}", rig.emulator.base_url("anthropic"));
        assert_eq!(answer.text(), expected, "{:?}", answer.ran);
    });
}

#[needs(client)]
#[test]
fn a_command_answers_in_a_headless_session_too() {
    with_client(|rig| {
        let told = rig.ask("/cloudflare status");
        assert!(told.text().contains("own-key"), "{told:?}");
        assert_eq!(rig.turns().len(), 0);
    });
}

#[needs(client)]
#[test]
fn the_doctor_and_the_costs_answer_without_a_turn_of_the_model() {
    with_client(|rig| {
        rig.sandbox
            .set("CLOUDFLARE_API_TOKEN", API_TOKEN)
            .set("CF_AIG_API_ORIGIN", rig.emulator.api_origin());
        let told = rig.ask("/cloudflare doctor");
        assert!(told.text().contains("No problems found"), "{told:?}");
        let told = rig.ask("/cloudflare costs");
        assert!(told.text().contains("estimate"), "{told:?}");
        assert_eq!(rig.turns().len(), 0);
    });
}

/// Two plugins of the same name: the client loads the one that was enabled first and ignores the other.
fn with_a_twin(rig: &mut Rig, ours_first: bool) {
    let checkout = checkout(rig);
    as_installed(rig);
    if ours_first {
        install(rig, &checkout);
    }
    plugin(rig, &["marketplace", "add", &twin(rig).to_string_lossy()]);
    plugin(rig, &["install", "cloudflare@twin"]);
    if !ours_first {
        install(rig, &checkout);
    }
    ask(rig, "hi");
    let status = rig.sandbox.run(["status", "--offline", "--verbose"]).stdout;
    let plugins = status.lines().find(|line| line.starts_with("plugins")).unwrap_or_default();
    let places = [OURS, "cloudflare@twin"].map(|id| plugins.find(id).expect("both are named"));
    assert_eq!(places[0] < places[1], ours_first, "{plugins}");
    assert!(plugins.ends_with("the client uses the first"), "{plugins}");

    let reason = "another plugin named `cloudflare` (cloudflare@twin) is enabled first";
    for args in [&["status", "--offline"][..], &["explain", "--offline"], &["doctor", "--offline"]] {
        let told = rig.sandbox.run(configured(args));
        assert_eq!(told.stdout.contains(reason), !ours_first, "{args:?}: {told:?}");
        assert_eq!(told.code, i32::from(!ours_first), "{args:?}: {told:?}");
    }
    // the hook still runs, and the client shows its output
    let log = std::fs::read_to_string(rig.debug_log()).unwrap_or_default();
    assert_eq!(log.contains("is enabled first"), !ours_first, "{log}");
}

/// The arguments of a command that knows the gateway although it runs outside the plugin.
fn configured<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [args, &["--account-id", ACCOUNT_ID, "--gateway-id", GATEWAY_ID]].concat()
}

#[needs(client)]
#[test]
fn before_another_plugin_of_this_name_it_routes_and_status_says_so() {
    with_client(|rig| {
        with_a_twin(rig, true);
        rig.assert_routed();
    });
}

#[needs(client)]
#[test]
fn behind_another_plugin_of_this_name_it_is_left_out_and_status_says_so() {
    with_client(|rig| {
        with_a_twin(rig, false);
        rig.assert_direct();
    });
}

/// A marketplace with another plugin named `cloudflare`, which has a skill of that name too.
fn twin(rig: &Rig) -> PathBuf {
    let manifest = r#"{"name":"cloudflare","version":"1.0.0","description":"Another one"}"#;
    let market =
        r#"{"name":"twin","owner":{"name":"Somebody"},"plugins":[{"name":"cloudflare","source":"./"}]}"#;
    rig.sandbox.write("twin/.claude-plugin/plugin.json", manifest);
    let hooks = r#"{"modules":["./mod.js"],"hooks":{}}"#;
    rig.sandbox.write("twin/hooks/hooks.json", hooks);
    rig.sandbox.write(
        "twin/hooks/mod.js",
        "export function register(on) { on('turn.start', ($, e, next) => next(e)) }",
    );
    rig.sandbox
        .write("twin/.claude-plugin/marketplace.json", market)
        .ancestors()
        .nth(2)
        .expect("its root")
        .to_owned()
}

fn files_with(text: &str, dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let paths = entries.map(|entry| entry.path());
    paths
        .flat_map(|path| match std::fs::read(&path) {
            Ok(bytes) => {
                let found = bytes.windows(text.len()).any(|part| part == text.as_bytes());
                found.then_some(path).into_iter().collect()
            }
            Err(_) => files_with(text, &path),
        })
        .collect()
}
