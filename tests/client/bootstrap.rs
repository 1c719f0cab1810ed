//! What the client asks of Anthropic by itself, beside the conversation.

use crate::rig::Rig;
use crate::with_client;
use cf_aig_emulator::{Config, Emulator, GATEWAY_TOKEN, Proxy, ProxyMode, Tls};

#[test]
fn zz_try() {
    with_client(|rig| {
        let anthropic = Emulator::start(Config { tls: Some(Tls::Good), ..Config::default() }).unwrap();
        let proxy = Proxy::start(ProxyMode::Forward).unwrap();
        proxy.route("api.anthropic.com:443", &anthropic.provider_origin().replace("https://", ""));
        let ca = rig.sandbox.write("ca.pem", &anthropic.ca_pem().unwrap());
        rig.sandbox
            .unset("ANTHROPIC_BASE_URL")
            .set("HTTPS_PROXY", proxy.origin())
            .set("NO_PROXY", "127.0.0.1,localhost")
            .set("NODE_EXTRA_CA_CERTS", ca.to_string_lossy());
        rig.sandbox.onboard();
        for how in ["mod", "setup"] {
            if how == "setup" {
                rig.sandbox.set("CF_AIG_ROUTING", "settings");
                let ran = rig.sandbox.run(["setup", "--yes"]);
                assert_eq!(ran.code, 0, "{ran:?}");
            }
            let before = anthropic.requests().len();
            let mut command = rig.client.command(&rig.sandbox);
            command
                .env_remove("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC")
                .arg("--plugin-dir")
                .arg(rig.sandbox.plugin());
            let mut session =
                crate::session::Session::at_prompt(rig, cf_aig_harness::terminal::Terminal::start(&command));
            session.say("good morning");
            session.command("/model sonnet", "odel");
            std::thread::sleep(std::time::Duration::from_secs(3));
            drop(session);
            for request in anthropic.requests().split_off(before) {
                let token = request.headers.iter().any(|(_, v)| v.contains(GATEWAY_TOKEN));
                println!(
                    "{how} SEEN {} {} token {token} {:?}",
                    request.method,
                    request.path,
                    request.headers.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>()
                );
            }
            println!("{how} TARGETS {:?}", proxy.targets());
        }
        panic!("end");
    });
}
