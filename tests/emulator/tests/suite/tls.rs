//! Certificates: a valid one, and each way of being invalid.

use std::sync::Arc;

use cf_aig_emulator::{Config, Emulator, Fault, Tls};
use reqwest::blocking::Client;

use crate::support::{client_with, read};

fn start(tls: Tls) -> Emulator {
    Emulator::start(Config { tls: Some(tls), ..Config::default() }).expect("loopback")
}

fn trusting(emulator: &Emulator) -> Client {
    let pem = emulator.ca_pem().expect("TLS is on");
    let authority = reqwest::Certificate::from_pem(pem.as_bytes()).expect("a certificate");
    client_with(|builder| builder.tls_certs_only([authority]))
}

/// Why the handshake failed, in rustls' words.
fn complaint(emulator: &Emulator) -> String {
    let error = trusting(emulator).get(emulator.gateway_origin()).send().expect_err("no trust");
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    let mut chain = String::new();
    while let Some(error) = cause {
        chain.push_str(&format!("{error}; "));
        cause = error.source();
    }
    chain
}

#[test]
fn a_good_certificate_is_trusted_under_all_its_names() {
    let emulator = start(Tls::Good);
    let origin = emulator.gateway_origin();
    assert!(origin.starts_with("https://127.0.0.1:"));
    let client = trusting(&emulator);
    for origin in [origin.clone(), origin.replace("127.0.0.1", "localhost"), emulator.api_origin()] {
        assert!(client.get(origin).send().is_ok());
    }
}

#[test]
fn http_2_is_spoken_where_it_is_wanted() {
    let emulator = start(Tls::Good);
    let response = trusting(&emulator).get(emulator.gateway_origin()).send().expect("an answer");
    assert_eq!(response.version(), reqwest::Version::HTTP_2);
    assert_eq!(read(response).1["internalCode"], 2001);
}

#[test]
fn each_bad_certificate_has_its_own_fault() {
    let product = Tls::OtherIssuer { organization: "Example Inspection".to_owned() };
    for (tls, why) in [
        (Tls::SelfSigned, "UnknownIssuer"),
        (product, "UnknownIssuer"),
        (Tls::Expired, "expired"),
        (Tls::WrongHost, "not valid for name"),
        (Tls::NotYet, "not valid yet"),
    ] {
        let complaint = complaint(&start(tls.clone()));
        assert!(complaint.contains(why), "{tls:?}: {complaint}");
    }
}

#[test]
fn a_certificate_that_ends_soon_is_still_good() {
    let emulator = start(Tls::EndsIn { days: 2 });
    assert!(trusting(&emulator).get(emulator.gateway_origin()).send().is_ok());
}

#[test]
fn the_certificate_can_be_exchanged_in_flight() {
    let emulator = start(Tls::Good);
    emulator.update(|config| config.tls = Some(Tls::Expired));
    assert!(complaint(&emulator).contains("expired"));
}

#[test]
fn an_interceptor_names_itself() {
    let organization = "Example Inspection".to_owned();
    let emulator = start(Tls::OtherIssuer { organization });
    let address = emulator.gateway_origin().replace("https://", "");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(trust_all::Everything(provider)))
        .with_no_client_auth();
    let name = "gateway.ai.cloudflare.com".try_into().expect("a name");
    let mut session = rustls::ClientConnection::new(Arc::new(config), name).expect("a session");
    let mut socket = std::net::TcpStream::connect(address).expect("a listener");
    while session.is_handshaking() {
        session.complete_io(&mut socket).expect("a handshake");
    }
    let shown = session.peer_certificates().expect("a certificate")[0].to_vec();
    assert!(String::from_utf8_lossy(&shown).contains("Example Inspection"));
}

#[test]
fn a_handshake_can_hang() {
    let emulator = start(Tls::Good);
    emulator.set_fault(Some(Fault::HandshakeHang));
    let request = trusting(&emulator).get(emulator.gateway_origin());
    let error = request.timeout(crate::support::IMPATIENCE).send();
    assert!(error.is_err_and(|cause| cause.is_timeout()));
}

/// A verifier for inspecting certificates that must not be trusted.
mod trust_all {
    use std::sync::Arc;

    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
    use rustls::crypto::CryptoProvider;
    use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
    use rustls::{DigitallySignedStruct, Error, SignatureScheme};

    #[derive(Debug)]
    pub(super) struct Everything(pub(super) Arc<CryptoProvider>);

    impl ServerCertVerifier for Everything {
        fn verify_server_cert(
            &self,
            _end_entity: &CertificateDer<'_>,
            _intermediates: &[CertificateDer<'_>],
            _server_name: &ServerName<'_>,
            _ocsp_response: &[u8],
            _now: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _message: &[u8],
            _cert: &CertificateDer<'_>,
            _dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _message: &[u8],
            _cert: &CertificateDer<'_>,
            _dss: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }
    }
}
