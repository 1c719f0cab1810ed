//! Proxies in front of the gateway, with the gateway's real name.

use crate::Rig;
use cf_aig_emulator::{Config, Proxy, ProxyMode, Tls};
use insta::assert_snapshot;
use std::io::{Read, Write};
use std::net::TcpListener;

const TARGET: &str = "gateway.ai.cloudflare.com:443";

/// The real host name, which only the proxy can resolve.
fn behind(proxy: &Proxy) -> Rig {
    let mut rig = Rig::with(Config { tls: Some(Tls::Good), ..Config::default() });
    let ca = rig.sandbox.home().join("ca.pem");
    std::fs::write(&ca, rig.emulator.ca_pem().unwrap()).unwrap();
    rig.sandbox
        .unset("CF_AIG_GATEWAY_ORIGIN")
        .set("SSL_CERT_FILE", ca.to_string_lossy())
        .set("HTTPS_PROXY", proxy.origin());
    proxy.route(TARGET, &rig.emulator.gateway_origin().replace("https://", ""));
    rig
}

fn proxy(mode: ProxyMode) -> Proxy {
    Proxy::start(mode).expect("loopback")
}

/// The line, with the proxy's port replaced.
fn line(rig: &Rig) -> String {
    let proxy = rig.sandbox.vars().get("HTTPS_PROXY").cloned().unwrap_or_default();
    let authority = proxy.rsplit(['@', '/']).next().unwrap_or_default().to_owned();
    rig.hook().line().replace(&authority, "PROXY")
}

#[test]
fn a_proxy_that_forwards_is_used_by_each_of_its_variables() {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let proxy = proxy(ProxyMode::Forward);
        let mut rig = behind(&proxy);
        rig.sandbox.unset("HTTPS_PROXY").set(variable, proxy.origin());
        assert_eq!(rig.hook().message, None, "{variable}");
        assert_eq!((proxy.targets(), rig.emulator.requests().len()), (vec![TARGET.to_owned()], 1));
        let tunnel = &proxy.requests()[0];
        assert!(tunnel.headers.iter().all(|(name, _)| !name.starts_with("cf-aig")), "{tunnel:?}");
    }
}

#[test]
fn a_proxy_that_wants_a_login_is_reported_unless_it_gets_one() {
    let proxy = proxy(ProxyMode::RequireAuth407);
    let mut rig = behind(&proxy);
    assert_snapshot!(line(&rig), @"the proxy PROXY requires authentication (407); put the credentials into HTTPS_PROXY");
    let login = proxy.origin().replace("://", "://ann:s3cret@");
    rig.sandbox.set("HTTPS_PROXY", login);
    assert_eq!(rig.hook().message, None);
    assert_eq!(rig.emulator.requests().len(), 1);
}

#[test]
fn a_sandbox_that_denies_the_host_says_which_hosts_to_allow() {
    let proxy = proxy(ProxyMode::Deny403 { reason: "host_not_allowed".to_owned() });
    let mut rig = behind(&proxy);
    assert_snapshot!(line(&rig), @"The cloud session's proxy does not allow this host (403: host_not_allowed); add gateway.ai.cloudflare.com and api.cloudflare.com to the environment's allowed domains (network access: Custom)");
    rig.sandbox.set("CLAUDE_CODE_REMOTE", "true");
    assert_snapshot!(line(&rig), @"The cloud session's proxy does not allow this host (403: host_not_allowed); add gateway.ai.cloudflare.com and api.cloudflare.com to the environment's allowed domains (network access: Custom). in a cloud session, the host decides where Claude's own requests go, so only Bash programs use AI Gateway `emulator` of account 01234567…");
    assert!(rig.emulator.requests().is_empty());
}

/// A proxy that gives each connection the same response.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(answer.as_bytes()));
        }
    });
    origin
}

#[test]
fn a_proxy_that_refuses_without_a_reason_is_named() {
    let mut rig = behind(&proxy(ProxyMode::Forward));
    let said = [
        "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 403 Forbidden\r\nx-deny-reason:\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 403 Forbidden\r\nx-deny-reason: \u{1b}[31mpolicy_\u{202e}42\r\ncontent-length: 0\r\n\r\n",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "",
    ]
    .map(|answer| {
        rig.sandbox.set("HTTPS_PROXY", answering(answer));
        format!("{:?}: {}\n", answer.lines().next().unwrap_or_default(), line(&rig))
    });
    assert_snapshot!(said.concat(), @r#"
    "HTTP/1.1 403 Forbidden": the proxy PROXY refused to connect to gateway.ai.cloudflare.com; let the proxy connect to gateway.ai.cloudflare.com:443, or list it in NO_PROXY
    "HTTP/1.1 403 Forbidden": the proxy PROXY refused to connect to gateway.ai.cloudflare.com; let the proxy connect to gateway.ai.cloudflare.com:443, or list it in NO_PROXY
    "HTTP/1.1 502 Bad Gateway": the proxy PROXY refused to connect to gateway.ai.cloudflare.com; let the proxy connect to gateway.ai.cloudflare.com:443, or list it in NO_PROXY
    "HTTP/1.1 403 Forbidden": The cloud session's proxy does not allow this host (403: policy_42); add gateway.ai.cloudflare.com and api.cloudflare.com to the environment's allowed domains (network access: Custom)
    "SSH-2.0-OpenSSH_9.6": the proxy PROXY refused to connect to gateway.ai.cloudflare.com; let the proxy connect to gateway.ai.cloudflare.com:443, or list it in NO_PROXY
    "": the proxy PROXY refused to connect to gateway.ai.cloudflare.com; let the proxy connect to gateway.ai.cloudflare.com:443, or list it in NO_PROXY
    "#);
}

#[test]
fn a_proxy_that_refused_its_login_is_not_asked_for_one() {
    let mut rig = behind(&proxy(ProxyMode::Forward));
    let refusing = answering("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    rig.sandbox.set("HTTPS_PROXY", refusing.replace("://", "://ann:wrong@"));
    assert_snapshot!(line(&rig), @"the proxy PROXY requires authentication (407); it refused the credentials in HTTPS_PROXY: correct them");
}

#[test]
fn claude_codes_own_sandbox_is_named_by_the_hook_and_by_commands_for_the_api() {
    let denied =
        "HTTP/1.1 403 user denied\r\nX-Proxy-Error: blocked-by-allowlist\r\ncontent-length: 0\r\n\r\n";
    let mut rig = behind(&proxy(ProxyMode::Forward));
    rig.sandbox.set("HTTPS_PROXY", answering(denied)).set("CLOUDFLARE_API_TOKEN", cf_aig_emulator::API_TOKEN);
    assert!(line(&rig).contains("sandbox.network.allowedDomains"), "{}", line(&rig));
    rig.sandbox.set("CF_AIG_API_ORIGIN", "https://api.cloudflare.com");
    let said = rig.fails(7, &["gateway", "list"]);
    assert!(said.contains("sandbox.network.allowedDomains") && !said.contains("NO_PROXY"), "{said}");
}

#[test]
fn a_proxy_that_is_not_http_is_named_as_that() {
    let mut rig = behind(&proxy(ProxyMode::Forward));
    rig.sandbox.set("HTTPS_PROXY", "socks5://127.0.0.1:1");
    assert_snapshot!(line(&rig), @"the request failed: could not connect to the proxy PROXY: unsupported scheme socks5; write the proxy as http://host:port in HTTPS_PROXY; `cf-aig explain HTTPS_PROXY` shows where it is set");
}

#[test]
fn a_proxy_that_hangs_or_is_dead_does_not_delay_the_hook() {
    let hanging = proxy(ProxyMode::Hang);
    let hangs = line(&behind(&hanging));
    assert_eq!(hanging.requests().len(), 1);
    let dead = proxy(ProxyMode::Forward);
    let rig = behind(&dead);
    drop(dead);
    assert_snapshot!(format!("hangs: {hangs}\ndead: {}", line(&rig)), @"
    hangs: gateway.ai.cloudflare.com did not respond in time through the proxy PROXY; a firewall or VPN may be dropping the request: try another network
    dead: the proxy PROXY refused the connection; check HTTPS_PROXY
    ");
    assert!(rig.env_file().contains("ANTHROPIC_BASE_URL"));
}

#[test]
fn a_proxy_name_without_an_address_is_reported() {
    cf_aig_harness::namespace::isolated(|| {
        let mut rig = behind(&proxy(ProxyMode::Forward));
        rig.sandbox.set("HTTPS_PROXY", "http://proxy.invalid:3128");
        assert_eq!(line(&rig), "the proxy PROXY could not be resolved; check HTTPS_PROXY");
    });
}

#[test]
fn hosts_in_no_proxy_are_asked_directly() {
    let cases = [
        ("NO_PROXY", "127.0.0.1", "127.0.0.1"),
        ("no_proxy", "example.com, 127.0.0.0/8", "127.0.0.1"),
        ("NO_PROXY", "localhost", "localhost"),
        ("NO_PROXY", "*", "localhost"),
    ];
    for (variable, value, host) in cases {
        let proxy = proxy(ProxyMode::Hang);
        let mut rig = behind(&proxy);
        let origin = rig.emulator.gateway_origin().replace("127.0.0.1", host);
        rig.sandbox.set("CF_AIG_GATEWAY_ORIGIN", origin).set(variable, value);
        assert_eq!(rig.hook().message, None, "{variable}={value}");
        assert_eq!((proxy.requests(), rig.emulator.requests().len()), (vec![], 1));
    }
}

#[test]
fn an_empty_proxy_variable_counts_as_unset() {
    let mut rig = Rig::new();
    rig.sandbox.set("HTTPS_PROXY", "").set("HTTP_PROXY", "").set("ALL_PROXY", "");
    assert_eq!(rig.hook().message, None);
}

#[test]
fn the_password_of_a_proxy_is_never_shown() {
    let mut rig = behind(&proxy(ProxyMode::Forward));
    for answer in ["HTTP/1.1 403 Forbidden\r\n\r\n", "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", ""]
    {
        rig.sandbox.set("HTTPS_PROXY", answering(answer).replace("://", "://ann:s3cret@"));
        for args in [&["session-start"][..], &["status"], &["status", "--json"]] {
            let ran = rig.sandbox.run(args);
            assert!(!format!("{ran:?}").contains("s3cret"), "{args:?}: {ran:?}");
        }
    }
}
