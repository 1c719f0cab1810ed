//! The probe: each network fault by its own name, in time, with one request that carries no key.

use crate::{Answer, Rig};
use cf_aig_emulator::Fault;
use cf_aig_harness::{namespace, needs};
use insta::assert_snapshot;
use std::time::{Duration, Instant};

/// Far above the hook's 1.5 s: this asserts that it ends; the measured time is printed.
const BUSY_MACHINE: Duration = Duration::from_secs(5);

/// The hook with a fault: one line, in time, at most one request, nothing in the log, still routed.
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
fn everything_between_here_and_the_gateway_is_named() {
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
    RefuseConnections: GATEWAY refused the connection; nothing listens there, or a firewall rejects the connection: check the host and the port, then the network
    ResetOnAccept: the connection to GATEWAY was cut; a firewall or proxy may be cutting the connection: try another network
    ResetMidStream: the connection to GATEWAY was cut; a firewall or proxy may be cutting the connection: try another network
    GarbageBytes: the server at GATEWAY does not speak HTTP or TLS; correct the scheme or the port of the URL; `cf-aig validate` checks it
    Redirect { to: "https://login.example.com/portal?x=1" }: GATEWAY responded with 307, to login.example.com: The URL redirects, which drops the body or the credentials; neither AI Gateway nor a provider redirects API requests; set ANTHROPIC_BASE_URL to https and the final host; `cf-aig validate` corrects it
    EdgeHtml { status: 502 }: Cloudflare's edge in front of the gateway failed, or timed out waiting for it (502: gateway.ai.cloudflare.com | 502: Bad gateway); wait for the time in `retry_after`, then check Cloudflare's status page; keep the ray id
    EdgeProblemJson { status: 522 }: Cloudflare's edge in front of the gateway failed, or timed out waiting for it (522: Error 522: Connection timed out); wait for the time in `retry_after`, then check Cloudflare's status page; keep the ray id
    ErrorCode1010: Cloudflare bans this kind of client by its fingerprint or User-Agent, before the request reaches a gateway (403/1010: error code: 1010); send a User-Agent that identifies the program; a library default such as Python-urllib is refused
    BlockPage: A firewall rule blocked the request; prompts with code or shell commands look like attacks to such rules (403: Attention Required! | Cloudflare); exempt the path /v1/messages from body inspection in the firewall that returns this page; keep its ray id
    HostNotAllowed: The cloud session's proxy does not allow this host (403: host_not_allowed); add gateway.ai.cloudflare.com and api.cloudflare.com to the environment's allowed domains (network access: Custom)
    ProxyAuthRequired: This network's proxy requires a user name and password (407); put the user name and password into HTTPS_PROXY (http://user:password@host:port), or add the gateway's host to NO_PROXY
    Html200: A web page came back with status 200: a login portal, a proxy, or a web server that is not the API (200: Welcome to the network); open the base URL in a browser to see what responds; then run `cf-aig validate` on it
    HugeBody: GATEWAY responded with 200: Status 200 with a body that is not a Messages response: the URL belongs to another API, or something in between rewrites responses; run `cf-aig validate` on the base URL, then `cf-aig conformance`
    InvalidJson: GATEWAY responded with 401: A response is an error, but nothing in it shows who wrote it or why; send the same request with `curl -v` and pass the whole output to `cf-aig diagnose`
    BufferedStream: nothing
    Delay(100ms): nothing
    Status { status: 500, headers: [], body: "" }: GATEWAY responded with 500: A response is an error, but nothing in it shows who wrote it or why; send the same request with `curl -v` and pass the whole output to `cf-aig diagnose`
    "#);
}

#[test]
fn a_gateway_that_hangs_in_any_phase_does_not_delay_the_hook() {
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
    HandshakeHang: GATEWAY did not respond in time; a firewall or VPN may be dropping the request: try another network
    AcceptAndHang: GATEWAY did not respond in time; a firewall or VPN may be dropping the request: try another network
    HangAfterHeaders: GATEWAY did not respond in time; a firewall or VPN may be dropping the request: try another network
    StallMidStream: GATEWAY did not respond in time; a firewall or VPN may be dropping the request: try another network
    SlowBody: GATEWAY did not respond in time; a firewall or VPN may be dropping the request: try another network
    Delay(60s): GATEWAY did not respond in time; a firewall or VPN may be dropping the request: try another network
    ");
}

#[test]
fn each_refusal_of_the_gateway_is_recognized() {
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
    unknown gateway: This account has no gateway with this name, or the path of the URL is malformed (400/2001: Please configure AI Gateway in the Cloudflare dashboard); run `cf-aig gateway list` and use one of its ids in the base URL
    unknown provider: The URL or the model contains a provider that AI Gateway does not know, or that this endpoint does not support (400/2008: Invalid provider); run `cf-aig url anthropic` for the right URL, or `cf-aig providers` for the names
    no token: The gateway requires authentication, and the request had no gateway token (401/2009: Unauthorized), and Claude would silently retry for three minutes; run `cf-aig setup` with a token that has the permission AI Gateway Run; it is sent as cf-aig-authorization
    wrong token: AI Gateway did not accept the gateway token: it is missing, wrong, expired, or belongs to another account; the response is the same in all cases (401/2009: Unauthorized), and Claude would silently retry for three minutes; run `cf-aig verify`: it checks the token and the account in the URL separately
    no token wanted: nothing
    rate limited: The gateway's own rate limit is used up; the request did not reach the provider (429/2003: Rate limited); wait for the window to pass, or raise the limit: `cf-aig gateway update`
    no credits: The request had no provider key, so Cloudflare would have to pay, but does not: the account has no credits, or the model is not sold to it (402/2021: Insufficient wholesale credits. Please add additional credits on the AI Gateway Cloudflare dashboard to continue using provider models); run `cf-aig key add` to store a key, or add credits in the AI Gateway dashboard
    ");
}

#[test]
fn the_probe_needs_no_credits_for_users_with_their_own_key() {
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
fn status_probes_like_the_hook_and_costs_as_little() {
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
        assert!(line.contains(&format!("responded with {status}, to 127.0.0.1:")), "{line}");
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
    assert!(line.contains("Rate") && !line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
}

#[test]
fn a_name_without_an_address_is_reported() {
    namespace::isolated(|| {
        let mut rig = Rig::new();
        // never resolves anywhere: RFC 6761
        rig.sandbox.set("CF_AIG_GATEWAY_ORIGIN", "https://gateway.invalid");
        let line = line_behind("not resolved", &rig);
        assert!(line.starts_with("gateway.invalid could not be resolved; "), "{line}");
    });
}

#[needs(mounts, networks)]
#[test]
fn a_name_server_that_never_responds_does_not_delay_the_hook() {
    namespace::isolated(|| {
        let what = "a name server that never answers";
        let silent = std::net::UdpSocket::bind("127.0.0.1:53").expect("port 53 of a network of its own");
        let mut rig = Rig::new();
        rig.sandbox.set("CF_AIG_GATEWAY_ORIGIN", "https://gateway.invalid");
        let conf = rig.sandbox.home().join("resolv.conf");
        std::fs::write(&conf, "nameserver 127.0.0.1\n").unwrap();
        let script = "mount --bind \"$1\" /etc/resolv.conf && exec \"$2\" session-start";
        let mut command = rig.sandbox.command("unshare");
        command.args(["-rm", "sh", "-c", script, "sh"]).arg(conf).arg(rig.sandbox.cf_aig());
        let started = Instant::now();
        let answer = Answer::of(cf_aig_harness::sandbox::feed(command, b"{}"));
        let took = started.elapsed();
        println!("{what}: the whole hook took {took:?}");
        let asked = silent.set_nonblocking(true).is_ok() && silent.recv(&mut [0; 512]).is_ok();
        assert!(asked && took < BUSY_MACHINE, "{took:?}");
        assert!(answer.line().starts_with("gateway.invalid could not be resolved; "), "{answer:?}");
    });
}

#[needs(networks)]
#[test]
fn without_a_route_the_gateway_is_unreachable() {
    namespace::isolated(|| {
        let mut rig = Rig::new();
        // TEST-NET-1, RFC 5737: belongs to nobody, and has no route here
        rig.sandbox.set("CF_AIG_GATEWAY_ORIGIN", "https://192.0.2.1");
        let line = line_behind("no route", &rig);
        assert!(line.starts_with("there is no route to 192.0.2.1"), "{line}");
    });
}
