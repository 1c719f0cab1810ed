//! The probe: each fault of the way by its own name, in time, with one request that carries no key.

use crate::{Answer, Rig};
use cf_aig_emulator::Fault;
use cf_aig_harness::{namespace, say_aloud};
use insta::assert_snapshot;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Far above the 1.5 s that the hook has: what this asserts is that it ends, the measured time is printed.
const BUSY_MACHINE: Duration = Duration::from_secs(5);

/// The hook behind a fault: one line, in time, at most one request, nothing in the log, still routed.
fn line_behind(what: &str, rig: &Rig) -> String {
    let before = rig.emulator.requests().len();
    let started = Instant::now();
    let answer = rig.hook();
    let took = started.elapsed();
    println!("{what}: the whole hook took {took:?}");
    assert!(took < BUSY_MACHINE, "{what}: {took:?}");
    assert!(rig.emulator.requests().len() <= before + 1, "{what}: {:?}", rig.emulator.requests());
    assert!(rig.emulator.logs().is_empty(), "{what}: {:?}", rig.emulator.logs());
    assert!(rig.env_file().contains("ANTHROPIC_BASE_URL"), "{what}: on_unreachable is warn");
    rig.steady(answer.message.as_deref().unwrap_or("nothing"))
}

fn behind(fault: Fault) -> String {
    let rig = Rig::new();
    let what = format!("{fault:?}");
    rig.emulator.set_fault(Some(fault));
    let line = line_behind(&what, &rig);
    format!("{}: {line}\n", what.chars().take(60).collect::<String>())
}

#[test]
fn what_stands_between_here_and_the_gateway_is_named() {
    let to = "https://login.example.com/portal?x=1".to_owned();
    let faults = [
        Fault::RefuseConnections,
        Fault::ResetOnAccept,
        Fault::ResetMidStream,
        Fault::GarbageBytes,
        Fault::Redirect { to },
        Fault::EdgeHtml { status: 502 },
        Fault::EdgeProblemJson { status: 522 },
        Fault::ErrorCode1010,
        Fault::BlockPage,
        Fault::HostNotAllowed,
        Fault::ProxyAuthRequired,
        Fault::Html200,
        Fault::HugeBody,
        Fault::InvalidJson,
        Fault::BufferedStream,
        Fault::Delay(Duration::from_millis(100)),
        Fault::Status { status: 500, headers: vec![], body: String::new() },
    ];
    assert_snapshot!(faults.map(behind).concat(), @r#"
    RefuseConnections: GATEWAY refused the connection; /cloudflare looks into it
    ResetOnAccept: the connection to GATEWAY was cut; /cloudflare looks into it
    ResetMidStream: the connection to GATEWAY was cut; /cloudflare looks into it
    GarbageBytes: what answers at GATEWAY does not speak HTTP or TLS; /cloudflare looks into it
    Redirect { to: "https://login.example.com/portal?x=1" }: GATEWAY redirects to login.example.com; /cloudflare looks into it
    EdgeHtml { status: 502 }: Cloudflare's edge answered 502 in place of the gateway; /cloudflare looks into it
    EdgeProblemJson { status: 522 }: Cloudflare's edge answered 522 in place of the gateway; /cloudflare looks into it
    ErrorCode1010: Cloudflare's edge answered 1010 in place of the gateway; /cloudflare looks into it
    BlockPage: Cloudflare's edge answered 403 in place of the gateway; /cloudflare looks into it
    HostNotAllowed: the sandbox's network policy blocks GATEWAY (host_not_allowed); allow GATEWAY and api.cloudflare.com in the environment's network settings
    ProxyAuthRequired: the proxy asks for a login (407); put the login into HTTPS_PROXY
    Html200: GATEWAY answered 200 with something that is no gateway's; /cloudflare looks into it
    HugeBody: GATEWAY answered 200 with something that is no gateway's; /cloudflare looks into it
    InvalidJson: GATEWAY answered 401 with something that is no gateway's; /cloudflare looks into it
    BufferedStream: nothing
    Delay(100ms): nothing
    Status { status: 500, headers: [], body: "" }: GATEWAY answered 500 with something that is no gateway's; /cloudflare looks into it
    "#);
}

#[test]
fn a_gateway_that_hangs_in_any_phase_holds_nothing_up() {
    let faults = [
        Fault::HandshakeHang,
        Fault::AcceptAndHang,
        Fault::HangAfterHeaders,
        Fault::StallMidStream,
        Fault::SlowBody,
        Fault::Delay(Duration::from_secs(60)),
    ];
    let lines = std::thread::scope(|scope| {
        let waiting = faults.map(|fault| scope.spawn(|| behind(fault)));
        waiting.map(|thread| thread.join().expect("a line")).concat()
    });
    assert_snapshot!(lines, @"
    HandshakeHang: GATEWAY did not answer in time; /cloudflare looks into it
    AcceptAndHang: GATEWAY did not answer in time; /cloudflare looks into it
    HangAfterHeaders: GATEWAY did not answer in time; /cloudflare looks into it
    StallMidStream: GATEWAY did not answer in time; /cloudflare looks into it
    SlowBody: GATEWAY did not answer in time; /cloudflare looks into it
    Delay(60s): GATEWAY did not answer in time; /cloudflare looks into it
    ");
}

#[test]
fn what_the_gateway_itself_says_is_understood() {
    let line = |what: &str, change: &dyn Fn(&mut Rig)| {
        let mut rig = Rig::new();
        change(&mut rig);
        format!("{what}: {}\n", line_behind(what, &rig))
    };
    let said = [
        line("good", &|_| {}),
        line("unknown gateway", &|rig| {
            rig.sandbox.set("CF_AIG_GATEWAY_ID", "nothing");
        }),
        line("unknown provider", &|rig| {
            let url = rig.emulator.base_url("custom-nobody/api/anthropic");
            rig.sandbox
                .unset("CLOUDFLARE_ACCOUNT_ID")
                .unset("CF_AIG_GATEWAY_ID")
                .set("ANTHROPIC_BASE_URL", url);
        }),
        line("no token", &|rig| {
            rig.sandbox.unset("CF_AIG_TOKEN");
        }),
        line("wrong token", &|rig| {
            rig.sandbox.set("CF_AIG_TOKEN", "wrong");
        }),
        line("no token wanted", &|rig| {
            rig.sandbox.unset("CF_AIG_TOKEN");
            rig.emulator.update(|c| c.gateways[0].authentication = false);
        }),
        line("rate limited", &|rig| {
            rig.emulator.update(|c| c.gateways[0].rate_limit = Some((1, Duration::from_secs(60))));
            assert_eq!(rig.sandbox.run(["status"]).code, 0, "the one that is let through");
        }),
        line("no credits", &|rig| {
            rig.sandbox.set("CF_AIG_AUTH", "unified-billing");
            rig.emulator.update(|c| c.gateways[0].unified_billing = Some(0.0));
        }),
    ];
    assert_snapshot!(said.concat(), @"
    good: nothing
    unknown gateway: there is no such gateway (400/2001); check gateway_id, or create the gateway in the dashboard
    unknown provider: the gateway does not know this provider (400/2008); `cf-aig providers` lists them
    no token: the gateway asks for a token (401/2009), and Claude would retry in silence for three minutes; create one under the gateway's settings and enter it: /plugin configure cloudflare, gateway_token
    wrong token: the gateway refused its token (401/2009), and Claude would retry in silence for three minutes; give it a token of this account with AI Gateway Run: /plugin configure cloudflare, gateway_token
    no token wanted: nothing
    rate limited: the gateway refused the request: Rate limited (2003); /cloudflare looks into it
    no credits: the gateway refused the request: Insufficient wholesale credits. Please add additional credits on the AI Gateway Cloudflare dashboard to continue using provider models (2021); add credits, or choose auth own-key or stored-key
    ");
}

#[test]
fn who_pays_with_a_key_of_their_own_needs_no_credits_for_the_probe_either() {
    for mode in ["own-key", "subscription"] {
        let mut rig = Rig::new();
        rig.sandbox.set("CF_AIG_AUTH", mode);
        rig.emulator.update(|c| c.gateways[0].unified_billing = Some(0.0));
        assert_eq!(rig.hook().message, None, "{mode}");
        assert_eq!(rig.emulator.requests()[0].header("cf-aig-no-wholesale"), Some("true"));
    }
}

#[test]
fn the_one_request_carries_the_gateways_token_and_no_other_credential() {
    let secrets = ["sk-user-key", "user-bearer", "oauth-login", "header-secret", "api-token"];
    for mode in ["own-key", "stored-key", "unified-billing", "subscription"] {
        let mut rig = Rig::new();
        rig.sandbox
            .set("CF_AIG_AUTH", mode)
            .set("ANTHROPIC_API_KEY", secrets[0])
            .set("ANTHROPIC_AUTH_TOKEN", secrets[1])
            .set("CLAUDE_CODE_OAUTH_TOKEN", secrets[2])
            .set(
                "ANTHROPIC_CUSTOM_HEADERS",
                format!("x-team: {}\nauthorization: Bearer {}", secrets[3], secrets[3]),
            )
            .set("CLOUDFLARE_API_TOKEN", secrets[4]);
        rig.hook();
        let requests = rig.emulator.requests();
        let [request] = &requests[..] else { panic!("{mode}: {requests:?}") };
        assert_eq!((request.method.as_str(), request.body.as_slice()), ("POST", &b"{}"[..]));
        assert!(request.path.ends_with("/emulator/anthropic/v1/messages"), "{}", request.path);
        assert_eq!(request.header("cf-aig-authorization"), Some("Bearer emulator-gateway-token"));
        assert_eq!(request.header("cf-aig-collect-log"), Some("false"));
        assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("cf-aig/")));
        for name in ["x-api-key", "authorization", "proxy-authorization", "cookie", "cf-aig-metadata"] {
            assert_eq!(request.header(name), None, "{mode}");
        }
        let whole = format!("{request:?}");
        assert!(secrets.iter().all(|secret| !whole.contains(secret)), "{whole}");
        assert!(rig.emulator.logs().is_empty());
    }
}

#[test]
fn status_asks_as_the_hook_does_and_costs_as_little() {
    let mut rig = Rig::new();
    rig.sandbox.set("ANTHROPIC_AUTH_TOKEN", "user-bearer");
    assert_eq!(rig.sandbox.run(["status", "--json"]).json()["reachable"]["ok"], true);
    rig.hook();
    let requests = rig.emulator.requests();
    assert_eq!((requests.len(), &requests[0].headers), (2, &requests[1].headers));
    assert_eq!(rig.sandbox.run(["status", "--offline"]).code, 0);
    assert_eq!(rig.emulator.requests().len(), 2);
}

#[test]
fn a_redirect_is_never_followed() {
    let elsewhere = Rig::new();
    for status in [301, 302, 303, 307, 308] {
        let rig = Rig::new();
        let to = elsewhere.emulator.base_url("anthropic") + "/v1/messages";
        let headers = vec![("location".to_owned(), to)];
        rig.emulator.set_fault(Some(Fault::Status { status, headers, body: String::new() }));
        let line = line_behind("redirect", &rig);
        assert!(line.contains("redirects to 127.0.0.1:"), "{line}");
    }
    assert_eq!(elsewhere.emulator.connections(), 0);
}

#[test]
fn server_text_reaches_the_terminal_without_its_control_characters() {
    let rig = Rig::new();
    let message = "\u{1b}]0;owned\u{7}Rate\nlimited\u{202e}";
    let body = serde_json::json!({"success": false, "name": "AiGatewayError", "internalCode": 2003,
        "error": [{"code": 2003, "message": message}]});
    rig.emulator.set_fault(Some(Fault::Status { status: 429, headers: vec![], body: body.to_string() }));
    let line = line_behind("control characters", &rig);
    assert!(line.contains("owned") && !line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
}

#[test]
fn a_name_without_an_address_is_told() {
    namespace::isolated(|| {
        let mut rig = Rig::new();
        // never resolved anywhere: RFC 6761
        rig.sandbox.set("CF_AIG_GATEWAY_ORIGIN", "https://gateway.invalid");
        let line = line_behind("not resolved", &rig);
        assert!(line.starts_with("gateway.invalid could not be resolved; "), "{line}");
    });
}

#[test]
fn a_name_server_that_never_answers_holds_nothing_up() {
    namespace::isolated(|| {
        let what = "a name server that never answers";
        let Ok(silent) = std::net::UdpSocket::bind("127.0.0.1:53") else {
            return say_aloud(&format!("SKIPPED, port 53 cannot be had: {what}"));
        };
        let mut rig = Rig::new();
        rig.sandbox.set("CF_AIG_GATEWAY_ORIGIN", "https://gateway.invalid");
        let conf = rig.sandbox.home().join("resolv.conf");
        std::fs::write(&conf, "nameserver 127.0.0.1\n").unwrap();
        let script = "mount --bind \"$1\" /etc/resolv.conf && exec \"$2\" session-start";
        let mut command = rig.sandbox.command("unshare");
        command.args(["-m", "sh", "-c", script, "sh"]).arg(conf).arg(rig.sandbox.cf_aig());
        if !Command::new("unshare")
            .args(["-m", "true"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
        {
            return say_aloud(&format!("SKIPPED, no mount namespace can be had here: {what}"));
        }
        let started = Instant::now();
        let answer = Answer::of(cf_aig_harness::sandbox::feed(command, b"{}"));
        let took = started.elapsed();
        println!("{what}: the whole hook took {took:?}");
        let asked = silent.set_nonblocking(true).is_ok() && silent.recv(&mut [0; 512]).is_ok();
        assert!(asked && took < BUSY_MACHINE, "{took:?}");
        assert_eq!(answer.line(), "gateway.invalid did not answer in time; /cloudflare looks into it");
    });
}

#[test]
fn without_a_route_the_gateway_is_unreachable() {
    namespace::isolated(|| {
        let mut rig = Rig::new();
        // TEST-NET-1, RFC 5737: nobody's, and here not even on the way
        rig.sandbox.set("CF_AIG_GATEWAY_ORIGIN", "https://192.0.2.1");
        if std::fs::read_to_string("/proc/net/dev").is_ok_and(|devices| devices.lines().count() > 3) {
            return say_aloud("SKIPPED, no network namespace can be had here: a host without a route");
        }
        let line = line_behind("no route", &rig);
        assert!(line.starts_with("there is no route to 192.0.2.1"), "{line}");
    });
}
