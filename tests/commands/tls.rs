//! TLS with the gateway: certificates and roots.

use crate::Rig;
use cf_aig_emulator::{Config, Fault, Tls};
use insta::assert_snapshot;

/// A gateway that presents this certificate. Its authority is not trusted yet.
fn showing(tls: Tls) -> Rig {
    Rig::with(Config { tls: Some(tls), ..Config::default() })
}

/// The authority's certificate as a file.
fn authority(rig: &Rig) -> String {
    let path = rig.sandbox.home().join("ca.pem");
    std::fs::write(&path, rig.emulator.ca_pem().expect("TLS is on")).unwrap();
    path.to_string_lossy().into_owned()
}

fn trusting(tls: Tls) -> Rig {
    let mut rig = showing(tls);
    let path = authority(&rig);
    rig.sandbox.set("SSL_CERT_FILE", path);
    rig
}

#[test]
fn each_bad_certificate_is_reported_with_its_fault_and_issuer() {
    let interceptor = Tls::OtherIssuer { organization: "Example Inspection, Inc.".to_owned() };
    let rigs = [
        ("intercepted", trusting(interceptor)),
        ("self-signed", trusting(Tls::SelfSigned)),
        ("expired", trusting(Tls::Expired)),
        ("for another host", trusting(Tls::WrongHost)),
        ("of an authority that only this test knows", showing(Tls::Good)),
    ];
    let said = rigs.map(|(what, rig)| {
        let line = rig.steady(rig.hook().line());
        assert!(rig.emulator.requests().is_empty(), "nothing is sent before the certificate is good");
        assert_eq!(rig.emulator.connections(), 1);
        format!("{what}: {line}\n")
    });
    assert_snapshot!(said.concat(), @"
    intercepted: GATEWAY presented a certificate that this machine does not trust, issued by Example Inspection, Inc.; if that is your company's proxy, add its CA to NODE_EXTRA_CA_CERTS; if not, do not trust this network
    self-signed: GATEWAY presented a certificate that this machine does not trust, issued by localhost; if that is your company's proxy, add its CA to NODE_EXTRA_CA_CERTS; if not, do not trust this network
    expired: GATEWAY presented an expired certificate, issued by Cloudflare AI Gateway emulator; check this machine's clock
    for another host: GATEWAY presented the certificate of another host, issued by Cloudflare AI Gateway emulator; check the certificate's subject with `curl -v`; it shows who really responds
    of an authority that only this test knows: GATEWAY presented a certificate that this machine does not trust, issued by Cloudflare AI Gateway emulator; if that is your company's proxy, add its CA to NODE_EXTRA_CA_CERTS; if not, do not trust this network
    ");
}

#[test]
fn an_issuers_name_cannot_reach_into_the_terminal() {
    let organization = "\u{1b}[31mEvil\u{7}\u{202e}, O=Good".to_owned();
    let rig = trusting(Tls::OtherIssuer { organization });
    let line = rig.hook().line().to_owned();
    assert!(line.contains("Evil") && !line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
}

#[test]
fn a_good_certificate_is_good_by_each_way_to_name_its_authority() {
    for variable in ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
        let mut rig = showing(Tls::Good);
        let path = authority(&rig);
        rig.sandbox.set(variable, path);
        assert_eq!(rig.hook().message, None, "{variable}");
        assert_eq!(rig.emulator.requests().len(), 1);
    }
    let mut rig = showing(Tls::Good);
    let folder = rig.sandbox.home().join("certs");
    std::fs::create_dir(&folder).unwrap();
    std::fs::rename(authority(&rig), folder.join("ca.pem")).unwrap();
    rig.sandbox.set("SSL_CERT_DIR", folder.to_string_lossy());
    assert_eq!(rig.hook().message, None, "SSL_CERT_DIR");
}

#[test]
fn unreadable_extra_roots_are_ignored() {
    for path in ["/nonexistent/ca.pem", "/dev/null", "/"] {
        let mut rig = trusting(Tls::Good);
        rig.sandbox.set("NODE_EXTRA_CA_CERTS", path);
        assert_eq!(rig.hook().message, None, "{path}");
    }
}

#[test]
fn a_machine_without_root_certificates_is_reported() {
    let mut rig = showing(Tls::Good);
    rig.sandbox.set("SSL_CERT_FILE", "/nonexistent/ca.pem").set("SSL_CERT_DIR", "/nonexistent");
    assert_snapshot!(rig.steady(rig.hook().line()), @"this machine has no root certificates to verify the gateway with; install ca-certificates, or set SSL_CERT_FILE");
    let path = authority(&rig);
    rig.sandbox.set("NODE_EXTRA_CA_CERTS", path);
    assert_eq!(rig.hook().message, None, "the extra ones are enough");
}

#[test]
fn a_handshake_that_hangs_or_is_cut_is_reported() {
    let alert = vec![0x15, 3, 3, 0, 2, 2, 40];
    let said = [
        Fault::HandshakeHang,
        Fault::HandshakeEnds(Vec::new()),
        Fault::HandshakeEnds(alert),
        Fault::ResetOnAccept,
        Fault::EndsUnanswered,
        Fault::RefuseConnections,
    ]
    .map(|fault| {
        let rig = trusting(Tls::Good);
        rig.emulator.set_fault(Some(fault.clone()));
        format!("{fault:?}: {}\n", rig.steady(rig.hook().line()))
    });
    assert_snapshot!(said.concat(), @"
    HandshakeHang: GATEWAY did not respond in time; a firewall or VPN may be dropping the request: try another network
    HandshakeEnds([]): the TLS handshake with GATEWAY failed; run `curl -v` against the base URL and pass the output to `cf-aig diagnose`; try another network, or have the host exempted from TLS inspection
    HandshakeEnds([21, 3, 3, 0, 2, 2, 40]): the TLS handshake with GATEWAY failed; run `curl -v` against the base URL and pass the output to `cf-aig diagnose`; try another network, or have the host exempted from TLS inspection
    ResetOnAccept: the connection to GATEWAY was cut; a firewall or proxy may be cutting the connection: try another network
    EndsUnanswered: the connection to GATEWAY was cut; a firewall or proxy may be cutting the connection: try another network
    RefuseConnections: GATEWAY refused the connection; nothing listens there, or a firewall rejects the connection: check the host and the port, then the network
    ");
}

#[test]
fn a_server_without_tls_is_reported() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_GATEWAY_ORIGIN", rig.emulator.gateway_origin().replace("http:", "https:"));
    assert_snapshot!(rig.steady(rig.hook().line()), @"the server at GATEWAY does not speak HTTP or TLS; correct the scheme or the port of the URL; `cf-aig validate` checks it");
}
