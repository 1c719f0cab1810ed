//! A client that predates mods: the plugin loads, and everything that needs no mod works.

use crate::rig::Rig;
use cf_aig_harness::{Client, namespace, needs};

fn with_old_client<F: FnOnce(&mut Rig)>(body: F) {
    let name = std::any::type_name::<F>().trim_end_matches("::{{closure}}");
    in_client("CF_AIG_CLIENT_OLD", name, body);
}

/// The same for another client.
fn with_client_of<F: FnOnce(&mut Rig)>(variable: &str, body: F) {
    in_client(variable, std::any::type_name::<F>().trim_end_matches("::{{closure}}"), body);
}

fn in_client(variable: &str, name: &str, body: impl FnOnce(&mut Rig)) {
    namespace::isolated_as(name, || body(&mut Rig::new(Client::needed_as(variable))));
}

#[needs(CF_AIG_CLIENT_OLD)]
#[test]
fn the_session_stays_direct_and_bash_programs_are_routed() {
    with_old_client(|rig| {
        let answer = rig.ask_with("[[bash: echo url=$ANTHROPIC_BASE_URL]]", &["--allowedTools", "Bash"]);
        let expected = format!("Tool result: url={}", rig.emulator.base_url("anthropic"));
        assert_eq!(answer.text(), expected, "{:?}", answer.ran);
        rig.assert_direct();
    });
}

#[needs(CF_AIG_CLIENT_OLD)]
#[test]
fn a_client_without_mods_is_reported_once() {
    with_old_client(|rig| {
        let mut session = rig.session();
        session.say("good morning");
        session.is_told("is older than 2.1.287");
        drop(session);
        let mut session = rig.session();
        session.say("good night");
        let told = session.terminal.screen();
        assert!(!told.contains("is older than 2.1.287"), "{told}");
    });
}

#[needs(CF_AIG_CLIENT_OLD)]
#[test]
fn the_skill_starts_from_the_doctors_live_report() {
    with_old_client(|rig| {
        rig.ask("/cloudflare is it up?");
        let turn = rig.turns().into_iter().next().expect("a turn of the model");
        let said = turn.json()["messages"].to_string();
        assert!(said.contains("is it up?") && said.contains("gateway-auth.token"), "{said}");
    });
}

/// The first client with mods parses their source more strictly than later ones: it refuses the module if a
/// name has two declarations.
#[needs(CF_AIG_CLIENTS)]
#[test]
fn the_first_client_with_mods_takes_the_module() {
    with_client_of("CF_AIG_CLIENTS", |rig| {
        let root = cf_aig_harness::plugin_root();
        let ran =
            rig.client.run(&rig.sandbox, &["plugin", "test", &root.to_string_lossy()], crate::rig::LIMIT);
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!told.contains("did not load") && !told.contains(" 0 pass"), "{told}");
    });
}
