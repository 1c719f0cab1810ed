//! Each layer broken: the right one is reported, those behind it are skipped, and nothing hangs.

use super::{Seen, examined, well, with};
use crate::{Rig, sandbox};
use cf_aig_emulator::{Config, Fault, Host, ProviderFault, Proxy, ProxyMode, Tls};
use insta::assert_snapshot;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

#[test]
fn the_healthy_way_gives_no_alarm() {
    let seen = examined(&well(), &[]);
    assert_eq!((seen.broken().as_str(), seen.code), ("nothing, warned by [], exit 0", 0));
    let plain_http = ["tls.trusted", "tls.expiry", "tls.interception"];
    let others: Vec<_> = seen.in_state("skip").into_iter().filter(|id| !plain_http.contains(id)).collect();
    assert_eq!(others, ["model.id", "pays.credits"]);
}

#[test]
fn the_healthy_way_costs_nothing_and_is_asked_once() {
    let rig = well();
    examined(&rig, &[]);
    let requests = rig.emulator.requests();
    let to_gateway: Vec<_> = requests.iter().filter(|request| request.host == Host::Gateway).collect();
    assert_eq!(to_gateway.len(), 1);
    let log = rig.emulator.logs();
    assert!(log.iter().all(|entry| entry.tokens_out.unwrap_or_default() == 0), "{log:?}");
}

#[test]
fn no_command_that_asks_the_gateway_repeats_a_header() {
    let rig = well();
    for args in [&["doctor", "--spend"][..], &["verify"], &["status", "--probe"], &["send", "hello"]] {
        rig.sandbox.run(args);
    }
    let requests = rig.emulator.requests();
    let to_gateway: Vec<_> = requests.iter().filter(|request| request.host == Host::Gateway).collect();
    assert!(to_gateway.len() >= 4, "{}", to_gateway.len());
    for request in to_gateway {
        let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name).collect();
        names.sort();
        let repeated: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(repeated.is_empty(), "{repeated:?}");
    }
}

#[test]
fn a_real_message_is_sent_when_it_may_be_and_shows_model_and_pieces() {
    let rig = well();
    let seen = examined(&rig, &["--spend"]);
    assert_eq!(seen.broken(), "nothing, warned by [], exit 0");
    assert_eq!((seen.state("model.id"), seen.state("streaming.pieces")), ("ok", "ok"));
    let asked = rig.emulator.requests();
    let gateway = asked.iter().filter(|request| request.host == Host::Gateway).count();
    assert_eq!(gateway, 2);
}

#[test]
fn a_buffered_stream_is_detected() {
    let rig = well();
    rig.emulator.set_fault(Some(Fault::BufferedStream));
    let seen = examined(&rig, &["--spend"]);
    assert_eq!(seen.broken(), r#"nothing, warned by ["streaming.pieces"], exit 0"#);
    assert_eq!(seen.check("streaming.pieces")["cause"], "response-buffered");
}

#[test]
fn nothing_configured_is_a_calm_answer_with_the_next_step() {
    let ran = sandbox().run(["doctor"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.ends_with(
        "\nNo gateway is configured, and nothing else is broken: /plugin configure cloudflare, or `cf-aig setup`.\n"
    ));
}

/// A situation and its name.
type Case = (&'static str, Box<dyn Fn() -> Rig + Sync>);

fn case(what: &'static str, change: impl Fn(&mut Rig) + Sync + 'static) -> Case {
    let make = move || {
        let mut rig = well();
        change(&mut rig);
        rig
    };
    (what, Box::new(make))
}

fn fault(what: &'static str, fault: Fault) -> Case {
    case(what, move |rig| rig.emulator.set_fault(Some(fault.clone())))
}

fn set(what: &'static str, name: &'static str, value: &'static str) -> Case {
    case(what, move |rig| {
        rig.sandbox.set(name, value);
    })
}

/// The first broken check of each, two at a time.
fn told(cases: &[Case], args: &[&str]) -> String {
    let look = |(what, make): &Case| {
        let rig = make();
        let seen = examined(&rig, args);
        skipped_behind(&seen, what);
        format!("{what}: {}\n", rig.steady(&seen.broken()))
    };
    cases
        .chunks(2)
        .flat_map(|two| {
            std::thread::scope(|scope| {
                let waiting: Vec<_> = two.iter().map(|case| scope.spawn(|| look(case))).collect();
                waiting.into_iter().map(|thread| thread.join().expect("a line")).collect::<Vec<_>>()
            })
        })
        .collect()
}

/// Every check of a layer behind the first broken one is skipped, and says why.
fn skipped_behind(seen: &Seen, what: &str) {
    let Some(at) = seen.checks().iter().position(|check| check["state"] == "fail") else { return };
    let broken = &seen.checks()[at];
    let behind = seen.checks()[at..].iter().filter(|check| check["layer"] != broken["layer"]);
    for check in behind {
        let because = format!("because {} is broken", broken["layer"].as_str().unwrap());
        assert_eq!(check["state"], "skip", "{what}: {check}");
        assert!(check["evidence"].as_str().unwrap().contains(&because), "{what}: {check}");
    }
}

#[test]
fn each_fault_of_this_machine_is_named() {
    let cases = [
        set("an account id that is none", "CLOUDFLARE_ACCOUNT_ID", "<ACCOUNT_ID>"),
        case("no payer", |rig| {
            rig.sandbox.unset("ANTHROPIC_API_KEY");
        }),
        set("another provider", "CLAUDE_CODE_USE_BEDROCK", "1"),
        case("a settings file with a comment", |rig| {
            rig.sandbox.write("home/.claude/settings.json", "{\n  // mine\n  \"env\": {}\n}");
        }),
        set("a base URL of another host", "ANTHROPIC_BASE_URL", "https://llm.example.com"),
        set("a header line without a name", "ANTHROPIC_CUSTOM_HEADERS", ": x"),
        set("a placeholder", "ANTHROPIC_API_KEY", "<API_KEY>"),
        set("a dead proxy", "HTTP_PROXY", "http://127.0.0.1:1"),
        case("a provider that speaks otherwise", |rig| {
            let url = rig.emulator.base_url("openai");
            rig.sandbox
                .unset("CLOUDFLARE_ACCOUNT_ID")
                .unset("CF_AIG_GATEWAY_ID")
                .set("ANTHROPIC_BASE_URL", url);
        }),
        set("routing is off", "CF_AIG_ROUTING", "off"),
    ];
    assert_snapshot!(told(&cases, &[]), @r#"
    an account id that is none: configuration.values by claude-code: -, exit 1
    no payer: configuration.route by claude-code: -, exit 1
    another provider: configuration.route by claude-code: -, exit 1
    a settings file with a comment: files.taken by claude-code: settings-malformed, exit 1
    a base URL of another host: effective.base-url by claude-code: -, exit 1
    a header line without a name: effective.headers by claude-code: custom-headers-invalid, exit 1
    a placeholder: effective.credentials by claude-code: -, exit 1
    a dead proxy: effective.proxies by nobody: connection-refused, exit 1
    a provider that speaks otherwise: url.base by claude-code: -, exit 1
    routing is off: nothing, warned by ["configuration.route"], exit 0
    "#);
}

#[test]
fn each_fault_on_the_way_is_named() {
    let to = "https://login.example.com/portal".to_owned();
    let cases = [
        fault("refused", Fault::RefuseConnections),
        fault("reset", Fault::ResetOnAccept),
        fault("garbage", Fault::GarbageBytes),
        fault("redirect", Fault::Redirect { to }),
        fault("edge page", Fault::EdgeHtml { status: 502 }),
        fault("edge problem", Fault::EdgeProblemJson { status: 522 }),
        fault("1010", Fault::ErrorCode1010),
        fault("block page", Fault::BlockPage),
        fault("sandbox", Fault::HostNotAllowed),
        fault("407", Fault::ProxyAuthRequired),
        fault("portal", Fault::Html200),
        fault("huge body", Fault::HugeBody),
        fault("invalid JSON", Fault::InvalidJson),
        fault("empty 500", Fault::Status { status: 500, headers: vec![], body: String::new() }),
        fault("slow, but there", Fault::Delay(Duration::from_millis(200))),
    ];
    assert_snapshot!(told(&cases, &[]), @"
    refused: tcp.connects by nobody: connection-refused, exit 6
    reset: http.answers by nobody: connection-lost, exit 6
    garbage: http.answers by unknown: unexplained-answer, exit 6
    redirect: http.answers by unknown: redirected, exit 6
    edge page: http.answers by cloudflare-edge: edge-error-at-gateway, exit 6
    edge problem: http.answers by cloudflare-edge: edge-error-at-gateway, exit 6
    1010: http.answers by waf: client-banned-1010, exit 6
    block page: http.answers by waf: waf-block-page, exit 6
    sandbox: proxy.passes by sandbox-proxy: host-not-allowed, exit 7
    407: proxy.passes by corporate-proxy: proxy-auth-required, exit 6
    portal: http.answers by corporate-proxy: html-instead-of-answer, exit 6
    huge body: http.answers by unknown: answer-not-a-message, exit 6
    invalid JSON: http.answers by unknown: unexplained-answer, exit 6
    empty 500: http.answers by unknown: unexplained-answer, exit 6
    slow, but there: nothing, warned by [], exit 0
    ");
}

#[test]
fn a_gateway_that_hangs_in_any_phase_does_not_delay_the_report() {
    let cases = [
        fault("handshake", Fault::HandshakeHang),
        fault("accept", Fault::AcceptAndHang),
        fault("headers", Fault::HangAfterHeaders),
        fault("half a body", Fault::StallMidStream),
        case("the API", |rig| rig.emulator.set_fault_of(Host::Api, Some(Fault::AcceptAndHang))),
        case("a proxy", |rig| {
            let proxy = Box::leak(Box::new(Proxy::start(ProxyMode::Hang).expect("loopback")));
            rig.sandbox.set("HTTP_PROXY", proxy.origin());
        }),
    ];
    assert_snapshot!(told(&cases, &["--timeout", "2"]), @r#"
    handshake: http.answers by nobody: no-answer, exit 6
    accept: http.answers by nobody: no-answer, exit 6
    headers: http.answers by nobody: no-answer, exit 6
    half a body: http.answers by nobody: no-answer, exit 6
    the API: nothing, warned by ["log.collected"], exit 0
    a proxy: proxy.passes by nobody: no-answer, exit 6
    "#);
}

/// A health endpoint, a mock or a captive portal is not a gateway, whatever JSON it sends.
#[test]
fn a_web_server_that_answers_everything_is_not_a_gateway() {
    let answers = [
        (200, "{}"),
        (200, r#"{"status":"ok"}"#),
        (200, r#"{"success":true,"result":null}"#),
        (201, r#"{"message":"created"}"#),
        (404, "404 page not found"),
        (403, "Forbidden"),
    ];
    for (status, body) in answers {
        let rig = well();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        rig.emulator.set_fault(Some(Fault::Status { status, headers, body: body.to_owned() }));
        let seen = examined(&rig, &[]);
        assert_ne!(seen.code, 0, "doctor, {status} {body}: {:?}", seen.broken());
        for command in ["status", "verify"] {
            let ran = rig.sandbox.run([command]);
            assert_ne!(ran.code, 0, "{command}, {status} {body}: {ran:?}");
        }
    }
}

#[test]
fn each_refusal_of_gateway_and_provider_is_named() {
    let provider = |what: &'static str, fault: ProviderFault| {
        case(what, move |rig| {
            let faults = BTreeMap::from([("anthropic".to_owned(), fault.clone())]);
            rig.emulator.update(|config| config.provider_faults = faults);
        })
    };
    let overloaded = ProviderFault::Error {
        status: 529,
        kind: "overloaded_error".to_owned(),
        message: "Overloaded".to_owned(),
        retry_after: None,
    };
    let cases = [
        set("unknown gateway", "CF_AIG_GATEWAY_ID", "nothing"),
        set("wrong token", "CF_AIG_TOKEN", "wrong-token"),
        case("no token", |rig| {
            rig.sandbox.unset("CF_AIG_TOKEN");
        }),
        case("no token wanted", |rig| rig.emulator.update(|c| c.gateways[0].authentication = false)),
        set("wrong key", "ANTHROPIC_API_KEY", "sk-ant-wrong"),
        provider("provider unreachable", ProviderFault::Unreachable),
        provider("provider overloaded", overloaded),
        set("dotted model", "ANTHROPIC_MODEL", "claude-haiku-4.5"),
        case("no log", |rig| rig.emulator.update(|c| c.gateways[0].collect_logs = false)),
        case("no credits", |rig| {
            rig.sandbox.set("CF_AIG_AUTH", "unified-billing");
            rig.emulator.update(|c| c.gateways[0].unified_billing = Some(0.0));
        }),
        case("no stored key", |rig| {
            rig.sandbox.set("CF_AIG_AUTH", "stored-key");
        }),
        case("rate limit", |rig| {
            rig.emulator.update(|c| c.gateways[0].rate_limit = Some((1, Duration::from_secs(60))));
            assert_eq!(rig.sandbox.run(["status"]).code, 0, "the one that is let through");
        }),
        case("spend limit", |rig| rig.emulator.update(|c| c.gateways[0].spend_limit_exceeded = true)),
        set("an API token that is none", "CLOUDFLARE_API_TOKEN", "wrong-api-token"),
        case("a login that is not read", |rig| {
            rig.sandbox.unset("ANTHROPIC_API_KEY").set("CF_AIG_AUTH", "subscription");
        }),
    ];
    assert_snapshot!(told(&cases, &[]), @r#"
    unknown gateway: gateway.exists by ai-gateway: gateway-not-found, exit 4
    wrong token: gateway-auth.token by ai-gateway: gateway-token-rejected, exit 3
    no token: gateway-auth.token by ai-gateway: gateway-token-missing, exit 3
    no token wanted: nothing, warned by ["gateway-auth.required"], exit 0
    wrong key: provider-auth.credential by provider: provider-key-rejected, exit 3
    provider unreachable: provider-auth.reached by ai-gateway: provider-unreachable, exit 6
    provider overloaded: provider-auth.reached by provider: provider-overloaded, exit 6
    dotted model: model.id by provider: model-id-dotted, exit 4
    no log: nothing, warned by ["log.collected", "log.found"], exit 0
    no credits: pays.who by ai-gateway: no-credits, exit 1
    no stored key: provider-auth.credential by provider: provider-credential-missing, exit 3
    rate limit: limits.live by gateway-policy: gateway-rate-limit, exit 1
    spend limit: limits.live by gateway-policy: spend-limit, exit 1
    an API token that is none: nothing, warned by ["log.collected"], exit 0
    a login that is not read: nothing, warned by [], exit 0
    "#);
}

fn trusting(tls: Tls) -> Rig {
    let mut rig = with(Config { tls: Some(tls), ..Config::default() });
    let path = rig.sandbox.home().join("ca.pem");
    std::fs::write(&path, rig.emulator.ca_pem().expect("TLS is on")).unwrap();
    rig.sandbox.set("SSL_CERT_FILE", path.to_string_lossy());
    rig
}

#[test]
fn each_fault_of_a_certificate_is_named() {
    let showing = |what: &'static str, tls: Tls| -> Case { (what, Box::new(move || trusting(tls.clone()))) };
    let other = |organization: &str| Tls::OtherIssuer { organization: organization.to_owned() };
    let hang = || {
        let rig = trusting(Tls::Good);
        rig.emulator.set_fault(Some(Fault::HandshakeHang));
        rig
    };
    let plain = || {
        let mut rig = well();
        let origin = rig.emulator.gateway_origin().replace("http:", "https:");
        rig.sandbox.set("CF_AIG_GATEWAY_ORIGIN", origin);
        rig
    };
    let cases = [
        showing("good", Tls::Good),
        showing("self-signed", Tls::SelfSigned),
        showing("expired", Tls::Expired),
        showing("another host's", Tls::WrongHost),
        showing("an unknown authority", other("Nobody, Inc.")),
        showing("an interceptor", other("Zscaler")),
        ("a handshake that hangs", Box::new(hang)),
        ("no TLS at all", Box::new(plain)),
    ];
    assert_snapshot!(told(&cases, &["--timeout", "3"]), @"
    good: nothing, warned by [], exit 0
    self-signed: tls.trusted by tls-interceptor: tls-untrusted-issuer, exit 6
    expired: tls.trusted by tls-interceptor: tls-certificate-expired, exit 6
    another host's: tls.trusted by tls-interceptor: tls-name-mismatch, exit 6
    an unknown authority: tls.trusted by tls-interceptor: tls-untrusted-issuer, exit 6
    an interceptor: tls.trusted by tls-interceptor: tls-interceptor-named, exit 6
    a handshake that hangs: tls.trusted by nobody: no-answer, exit 6
    no TLS at all: tls.trusted by nobody: tls-not-spoken, exit 6
    ");
    let seen = examined(&trusting(Tls::Good), &[]);
    let says = |id: &str| seen.check(id)["evidence"].as_str().unwrap().to_owned();
    assert_eq!(says("tls.trusted"), "issued by Cloudflare AI Gateway emulator");
    assert!(
        says("tls.expiry").starts_with("valid until ") && says("tls.expiry").contains(" days left"),
        "{}",
        says("tls.expiry")
    );
}

#[test]
fn a_trusted_interceptor_is_named_too() {
    let interceptor = Tls::OtherIssuer { organization: "Zscaler".to_owned() };
    let seen = examined(&trusting(interceptor), &[]);
    assert_eq!(seen.check("tls.interception")["cause"], "tls-interceptor-named");
    let proxy = Proxy::start(ProxyMode::Forward).expect("loopback");
    let mut rig = trusting(Tls::Good);
    proxy.route("gateway.ai.cloudflare.com:443", &rig.emulator.gateway_origin().replace("https://", ""));
    let ca = rig.sandbox.vars()["SSL_CERT_FILE"].clone();
    rig.sandbox
        .unset("CF_AIG_GATEWAY_ORIGIN")
        .unset("CLOUDFLARE_API_TOKEN")
        .unset("SSL_CERT_FILE")
        .set("NODE_EXTRA_CA_CERTS", ca)
        .set("HTTPS_PROXY", proxy.origin());
    let seen = examined(&rig, &[]);
    assert_eq!(seen.broken(), r#"nothing, warned by ["tls.interception"], exit 0"#);
    assert_eq!(
        seen.check("proxy.passes")["evidence"],
        format!("through {}", &proxy.origin()["http://".len()..])
    );
}

#[test]
fn a_proxy_that_stands_in_the_way_is_named() {
    let behind = |what: &'static str, mode: ProxyMode| -> Case {
        let make = move || {
            let proxy = Box::leak(Box::new(Proxy::start(mode.clone()).expect("loopback")));
            let mut rig = trusting(Tls::Good);
            rig.sandbox
                .unset("CF_AIG_GATEWAY_ORIGIN")
                .unset("CLOUDFLARE_API_TOKEN")
                .set("HTTPS_PROXY", proxy.origin().replace("://", "://ann:s3cret@"));
            if !matches!(mode, ProxyMode::RequireAuth407) {
                return rig;
            }
            rig.sandbox.set("HTTPS_PROXY", proxy.origin());
            rig
        };
        (what, Box::new(make))
    };
    let cases = [
        behind("wants a login", ProxyMode::RequireAuth407),
        behind("a sandbox's", ProxyMode::Deny403 { reason: "host_not_allowed".to_owned() }),
        behind("hangs", ProxyMode::Hang),
    ];
    assert_snapshot!(told(&cases, &["--timeout", "3"]), @"
    wants a login: proxy.passes by corporate-proxy: proxy-auth-required, exit 6
    a sandbox's: proxy.passes by sandbox-proxy: host-not-allowed, exit 7
    hangs: proxy.passes by nobody: no-answer, exit 6
    ");
}

#[test]
fn a_name_without_an_address_is_named() {
    cf_aig_harness::namespace::isolated(|| {
        let mut rig = well();
        // never resolves anywhere: RFC 6761
        rig.sandbox.set("CF_AIG_GATEWAY_ORIGIN", "https://gateway.invalid");
        let seen = examined(&rig, &["--timeout", "5"]);
        assert_eq!(seen.broken(), "dns.address by nobody: name-not-resolved, exit 6");
    });
}

#[test]
fn a_key_helper_that_never_prints_does_not_delay_the_report() {
    let mut rig = well();
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    rig.sandbox.write("home/.claude/settings.json", r#"{"apiKeyHelper": "exec sleep 30"}"#);
    let seen = examined(&rig, &["--timeout", "1"]);
    assert_eq!(seen.broken(), "effective.request by claude-code: -, exit 1");
}

#[test]
fn the_key_helper_runs_once_even_if_two_requests_are_sent() {
    let mut rig = well();
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    let runs = rig.sandbox.write("home/runs", "");
    let command = format!("echo run >> '{}'; echo {}", runs.display(), cf_aig_emulator::ANTHROPIC_KEY);
    rig.sandbox.write("home/.claude/settings.json", &json!({"apiKeyHelper": command}).to_string());
    let seen = examined(&rig, &["--spend"]);
    assert_eq!(seen.state("model.id"), "ok");
    assert_eq!(std::fs::read_to_string(runs).unwrap(), "run\n");
}

#[test]
fn it_takes_few_round_trips() {
    let rig = well();
    examined(&rig, &[]);
    // one connection to the gateway and one to the API, at once; after the gateway's response two queries
    // to the API's log, on at most one more connection, because policies are read meanwhile
    assert!(rig.emulator.connections() <= 3, "{}", rig.emulator.connections());
    let requests = rig.emulator.requests();
    let api: Vec<_> = requests.iter().filter(|r| r.host == Host::Api).map(|r| r.path.as_str()).collect();
    assert!(api.len() <= 4, "{api:?}");
}

#[test]
fn only_the_gateway_gets_a_providers_credential() {
    let rig = well();
    examined(&rig, &["--spend"]);
    let requests = rig.emulator.requests();
    for request in
        requests.iter().filter(|request| request.host != Host::Gateway && request.host != Host::Provider)
    {
        assert_eq!(request.header("x-api-key"), None, "{request:?}");
        assert!(!format!("{request:?}").contains(cf_aig_emulator::ANTHROPIC_KEY));
    }
    let elsewhere = Rig::new();
    let location = format!("{}/v1/messages", elsewhere.emulator.base_url("anthropic"));
    rig.emulator.set_fault(Some(Fault::Redirect { to: location }));
    examined(&rig, &[]);
    assert_eq!(elsewhere.emulator.connections(), 0, "a redirect is not followed");
}
