//! The forward proxy: tunnels, absolute-form requests, and its refusals.

use cf_aig_emulator::{Config, Emulator, Proxy, ProxyMode, Tls};
use reqwest::blocking::Client;

use crate::support::{IMPATIENCE, client_with, read, start};

fn start_proxy(mode: ProxyMode) -> Proxy {
    Proxy::start(mode).expect("loopback")
}

fn through(proxy: &str, emulator: &Emulator) -> Client {
    let proxy = reqwest::Proxy::all(proxy).expect("a URL");
    client_with(|builder| {
        let builder = builder.proxy(proxy);
        match emulator.ca_pem() {
            Some(pem) => {
                let authority = reqwest::Certificate::from_pem(pem.as_bytes()).expect("a certificate");
                builder.tls_certs_only([authority])
            }
            None => builder,
        }
    })
}

#[test]
fn a_plain_request_is_forwarded_and_its_target_remembered() {
    let (emulator, proxy) = (start(), start_proxy(ProxyMode::Forward));
    let url = format!("{}/v1/x", emulator.gateway_origin());
    let answer = through(&proxy.origin(), &emulator).get(&url).send().expect("an answer");
    assert_eq!(read(answer).1["internalCode"], 2001);
    assert_eq!(proxy.targets(), [url]);
    assert_eq!(emulator.requests()[0].path, "/v1/x");
}

#[test]
fn a_tunnel_leads_to_the_emulator_under_the_real_hosts_name() {
    let config = Config { tls: Some(Tls::Good), ..Config::default() };
    let emulator = Emulator::start(config).expect("loopback");
    let proxy = start_proxy(ProxyMode::Forward);
    let address = emulator.gateway_origin().replace("https://", "");
    proxy.route("gateway.ai.cloudflare.com:443", &address);
    let client = through(&proxy.origin(), &emulator);
    let answer = client.get("https://gateway.ai.cloudflare.com/").send().expect("an answer");
    assert_eq!(read(answer).1["internalCode"], 2001);
    assert_eq!(proxy.targets(), ["gateway.ai.cloudflare.com:443"]);
}

#[test]
fn a_proxy_with_a_password_accepts_only_that_password() {
    let (emulator, proxy) = (start(), start_proxy(ProxyMode::RequireAuth407));
    let stranger = through(&proxy.origin(), &emulator);
    assert_eq!(stranger.get(emulator.gateway_origin()).send().expect("an answer").status(), 407);
    let known = proxy.origin().replace("http://", "http://user:password@");
    let guest = through(&known, &emulator);
    assert_eq!(guest.get(emulator.gateway_origin()).send().expect("an answer").status(), 400);
}

#[test]
fn a_sandbox_denies_hosts_and_says_why() {
    let reason = "host_not_allowed".to_owned();
    let (emulator, proxy) = (start(), start_proxy(ProxyMode::Deny403 { reason }));
    let client = through(&proxy.origin(), &emulator);
    let answer = client.get(emulator.gateway_origin()).send().expect("an answer");
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["x-deny-reason"]),
        (403, &"host_not_allowed".parse().expect("a value"))
    );
    assert!(client.get("https://gateway.ai.cloudflare.com/").send().is_err());
    assert!(emulator.requests().is_empty());
}

#[test]
fn a_proxy_can_hang() {
    let (emulator, proxy) = (start(), start_proxy(ProxyMode::Hang));
    let request = through(&proxy.origin(), &emulator).get(emulator.gateway_origin());
    assert!(request.timeout(IMPATIENCE).send().is_err_and(|cause| cause.is_timeout()));
    assert_eq!(proxy.requests()[0].method, "GET");
}

#[test]
fn a_proxy_can_fail_in_other_ways() {
    let (emulator, proxy) = (start(), start_proxy(ProxyMode::BadGateway502));
    let client = through(&proxy.origin(), &emulator);
    assert_eq!(client.get(emulator.gateway_origin()).send().expect("an answer").status(), 502);
    for mode in [ProxyMode::Close, ProxyMode::Garbage] {
        proxy.set_mode(mode.clone());
        assert!(client.get(emulator.gateway_origin()).send().is_err(), "{mode:?}");
    }
    assert_eq!((emulator.requests().len(), proxy.requests().len()), (0, 3));
}
