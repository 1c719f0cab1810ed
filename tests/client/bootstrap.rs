//! Requests that the client itself sends to Anthropic, with all of its traffic enabled.

use crate::rig::{LIMIT, Rig, clients};
use crate::session::Session;
use crate::with_client;
use cf_aig_emulator::{ANTHROPIC_LOGIN, Config, Emulator, GATEWAY_TOKEN, Proxy, ProxyMode, Recorded, Tls};
use cf_aig_harness::terminal::Terminal;
use cf_aig_harness::{client::run_for, needs};
use std::process::Command;

/// Anthropic, as the client reaches it through the returned proxy.
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

/// One turn of a session: whether the client fetched its startup data, and the paths of the requests to
/// Anthropic that contained the gateway token.
fn turn(rig: &Rig, anthropic: &Emulator, start: &mut Command) -> (bool, Vec<String>) {
    let before = anthropic.requests().len();
    let log = rig.sandbox.home().join("start-data.log");
    _ = std::fs::remove_file(&log);
    start.arg("--plugin-dir").arg(rig.sandbox.plugin()).arg("--debug-file").arg(&log);
    start.env_remove(QUIET);
    let mut session = Session::at_prompt(rig, Terminal::start(start));
    session.say("good morning");
    let read = || std::fs::read_to_string(&log).unwrap_or_default();
    session.terminal.wait_until("a word about the start data", LIMIT, |_| read().contains("[Bootstrap] "));
    let asks = read().contains("[Bootstrap] Fetching");
    if asks {
        let mut seen = 0;
        let start_data = anthropic.wait_for(LIMIT, |request| {
            seen += 1;
            seen > before && request.path.starts_with(START_DATA)
        });
        assert!(start_data.is_some(), "the start data were not asked for");
    }
    drop(session);
    (asks, showing(anthropic, before))
}

/// The paths of the requests after so many that show the gateway token.
fn showing(anthropic: &Emulator, before: usize) -> Vec<String> {
    let shows = |text: &str| text.contains(GATEWAY_TOKEN);
    let holds = |r: &Recorded| shows(&r.path) || r.headers.iter().any(|(_, value)| shows(value));
    anthropic.requests().split_off(before).into_iter().filter(holds).map(|request| request.path).collect()
}

const START_DATA: &str = "/api/claude_cli/bootstrap";
const QUIET: &str = "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC";

/// The client, started directly or by `cf-aig run`.
fn client(rig: &Rig) -> Command {
    rig.client.command(&rig.sandbox)
}

fn setup(rig: &Rig, more: &[&str]) -> String {
    let ran = rig.sandbox.run(["setup", "--yes"].iter().chain(more));
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.stdout
}

/// There are no headers of ours and no key: the client sends no such request.
#[needs(client)]
#[test]
fn where_the_gateway_token_pays_anthropic_does_not_get_it() {
    with_client(|rig| {
        let (anthropic, _proxy) = anthropic(rig);
        rig.emulator.update(|config| config.gateways[0].unified_billing = Some(500.0));
        rig.sandbox.set("CF_AIG_ROUTING", "settings").unset("ANTHROPIC_API_KEY");
        let said = setup(rig, &["--auth", "unified-billing"]);
        assert!(!said.contains(QUIET), "{said}");
        assert_eq!(turn(rig, &anthropic, &mut client(rig)).1, Vec::<String>::new());
        // the same with a claude.ai login
        rig.sandbox.set("CLAUDE_CODE_OAUTH_TOKEN", ANTHROPIC_LOGIN);
        assert_eq!(turn(rig, &anthropic, &mut client(rig)).1, Vec::<String>::new());
    });
}

/// The client sends `ANTHROPIC_CUSTOM_HEADERS` with that one request, whatever the base URL, so setup
/// disables the request, unless the user wants to keep it.
#[needs(client)]
#[test]
fn after_setup_the_start_data_take_no_token_to_anthropic_unless_the_user_keeps_them() {
    with_client(|rig| {
        let (anthropic, _proxy) = anthropic(rig);
        rig.sandbox.set("CF_AIG_ROUTING", "settings");
        for scope in ["user", "local"] {
            let said = setup(rig, &["--scope", scope]);
            assert!(said.contains(QUIET), "{said}");
            assert_eq!(turn(rig, &anthropic, &mut client(rig)), (false, vec![]), "{scope}");
            assert_eq!(rig.sandbox.run(["off", "--yes"]).code, 0);
        }
        let said = setup(rig, &["--keep-nonessential-traffic"]);
        assert!(said.contains("sends the gateway token to api.anthropic.com"), "{said}");
        let (asks, shown) = turn(rig, &anthropic, &mut client(rig));
        assert!(asks, "kept");
        assert!(shown.iter().all(|path| path.starts_with(START_DATA)), "{shown:?}");
    });
}

#[needs(client)]
#[test]
fn under_run_the_start_data_take_no_token_to_anthropic() {
    with_client(|rig| {
        let (anthropic, _proxy) = anthropic(rig);
        rig.sandbox.set("CF_AIG_ROUTING", "settings");
        let direct = client(rig);
        let mut run = rig.sandbox.command(rig.sandbox.cf_aig());
        for (name, value) in direct.get_envs() {
            value.map(|value| run.env(name, value));
        }
        run.args(["run", "--"]).arg(direct.get_program());
        assert_eq!(turn(rig, &anthropic, &mut run), (false, vec![]));
    });
}

/// The mod sets the headers after the client has asked: a person's session keeps its traffic, and the start
/// data go without the token. What a Bash command starts has the headers from its start, and is kept quiet.
#[needs(client)]
#[test]
fn in_a_session_that_the_mod_routes_the_start_data_take_no_token_to_anthropic() {
    with_client(|rig| {
        let (anthropic, _proxy) = anthropic(rig);
        for client in clients(&rig.client) {
            let (asks, shown) = turn(rig, &anthropic, &mut client.command(&rig.sandbox));
            assert!(asks && shown.is_empty(), "{}: {asks} {shown:?}", client.path().display());
            rig.assert_routed();
        }
        let before = rig.turns().len();
        let path = rig.client.path().display();
        let mut outer = client(rig);
        outer
            .env_remove(QUIET)
            .arg("--plugin-dir")
            .arg(rig.sandbox.plugin())
            .args(["--allowedTools", "Bash"]);
        let script = format!("[[bash: echo \"<${QUIET}>\"; {path} -p nested]]");
        let ran = run_for(
            {
                outer.args(["-p", &script]);
                outer
            },
            LIMIT,
        );
        assert!(ran.stdout.contains("Tool result: <1>"), "{ran:?}");
        assert!(rig.turns().len() >= before + 3, "the nested client asked nothing: {ran:?}");
        assert_eq!(showing(&anthropic, 0), Vec::<String>::new());
    });
}
