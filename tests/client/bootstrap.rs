//! What the client asks of Anthropic by itself, beside the conversation, with all of its traffic on.

use crate::rig::{LIMIT, Rig};
use crate::session::Session;
use crate::with_client;
use cf_aig_emulator::{Config, Emulator, GATEWAY_TOKEN, Proxy, ProxyMode, Recorded, Tls};
use cf_aig_harness::terminal::Terminal;

/// Anthropic, as the client finds it behind the returned proxy.
fn anthropic(rig: &mut Rig) -> (Emulator, Proxy) {
    let anthropic = Emulator::start(Config { tls: Some(Tls::Good), ..Config::default() }).expect("it starts");
    let proxy = Proxy::start(ProxyMode::Forward).expect("loopback");
    proxy.route("api.anthropic.com:443", &anthropic.provider_origin().replace("https://", ""));
    let ca = rig.sandbox.write("ca.pem", &anthropic.ca_pem().expect("an authority"));
    rig.sandbox
        .unset("ANTHROPIC_BASE_URL")
        .set("HTTPS_PROXY", proxy.origin())
        .set("NO_PROXY", "127.0.0.1,localhost")
        .set("NODE_EXTRA_CA_CERTS", ca.to_string_lossy())
        .onboard();
    (anthropic, proxy)
}

/// One turn of a session; gives what Anthropic was asked that shows the gateway token, once it was asked
/// for the start data where `asks`.
fn shown(rig: &Rig, anthropic: &Emulator, quiet: bool) -> Vec<Recorded> {
    let before = anthropic.requests().len();
    let mut command = rig.client.command(&rig.sandbox);
    if !quiet {
        command.env_remove("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC");
    }
    command.arg("--plugin-dir").arg(rig.sandbox.plugin());
    let mut session = Session::at_prompt(rig, Terminal::start(&command));
    session.say("good morning");
    if !quiet {
        let mut seen = 0;
        let start_data = anthropic.wait_for(LIMIT, |request| {
            seen += 1;
            seen > before && request.path.starts_with(START_DATA)
        });
        assert!(start_data.is_some(), "the client asked for no start data");
    }
    drop(session);
    let new = anthropic.requests().split_off(before).into_iter();
    new.filter(|request| request.headers.iter().any(|(_, value)| value.contains(GATEWAY_TOKEN))).collect()
}

const START_DATA: &str = "/api/claude_cli/bootstrap";

/// The client sends `ANTHROPIC_CUSTOM_HEADERS` with that one request, whatever the base URL. Nothing of ours
/// can change that, so explain and doctor tell. What the mod sets came later than it in 9 runs of 9.
#[test]
fn only_the_start_data_takes_a_token_of_a_settings_file_to_anthropic_and_a_variable_stops_it() {
    with_client(|rig| {
        let (anthropic, _proxy) = anthropic(rig);
        rig.sandbox.set("CF_AIG_ROUTING", "settings");
        let ran = rig.sandbox.run(["setup", "--yes"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        for request in shown(rig, &anthropic, false) {
            assert!(request.path.starts_with(START_DATA), "{request:?}");
        }
        let quiet = shown(rig, &anthropic, true);
        assert!(quiet.is_empty(), "with CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: {quiet:?}");
    });
}
