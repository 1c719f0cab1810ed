//! TLS: the system's roots, and a verifier that remembers whom it refused.

use super::failure::TlsFault;
use crate::text::visible;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::sync::{Arc, Mutex, PoisonError};
use x509_cert::der::Decode;

/// What the verifier saw when it refused a certificate.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch(Arc<Mutex<Option<TlsFault>>>);

impl Watch {
    /// What was refused since the last time that this was asked.
    pub(super) fn take(&self) -> Option<TlsFault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note(&self, fault: TlsFault) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }
}

/// The client's configuration: roots of the system (`SSL_CERT_FILE` and `SSL_CERT_DIR` first, as
/// rustls-native-certs does), and those of `NODE_EXTRA_CA_CERTS`, which Claude Code honours too.
/// For plain HTTP no root is loaded. The error says why there are no roots.
pub(super) fn config(secure: bool, extra_roots: Option<&str>, watch: &Watch) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?;
    if !secure {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let inner = verifier(extra_roots, provider)?;
    let verifier = Arc::new(Watching { inner, watch: watch.clone() });
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn verifier(
    extra_roots: Option<&str>,
    provider: Arc<CryptoProvider>,
) -> Result<rustls_platform_verifier::Verifier, String> {
    let extra: Vec<CertificateDer<'static>> = extra_roots
        .and_then(|path| CertificateDer::pem_file_iter(path).ok())
        .map(|certs| certs.filter_map(Result::ok).collect())
        .unwrap_or_default();
    let made = if extra.is_empty() {
        rustls_platform_verifier::Verifier::new(provider)
    } else {
        rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider)
    };
    made.map_err(|e| e.to_string())
}

/// Decides exactly as the system's verifier does, and notes what it refused.
#[derive(Debug)]
struct Watching {
    inner: rustls_platform_verifier::Verifier,
    watch: Watch,
}

impl ServerCertVerifier for Watching {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let result =
            self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        if let Err(error) = &result {
            self.watch.note(fault(error, end_entity));
        }
        result
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

fn fault(error: &Error, certificate: &CertificateDer<'_>) -> TlsFault {
    let issuer = issuer(certificate);
    match error {
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            TlsFault::Expired { issuer }
        }
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => TlsFault::WrongName { issuer },
        Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            TlsFault::Untrusted { issuer }
        }
        other => TlsFault::Other { issuer, reason: other.to_string() },
    }
}

/// The issuer's organisation, else its common name, else the whole name.
fn issuer(certificate: &CertificateDer<'_>) -> Option<String> {
    let certificate = x509_cert::Certificate::from_der(certificate).ok()?;
    let name = certificate.tbs_certificate().issuer();
    let organization = name.organization().ok().flatten();
    let part = organization.or_else(|| name.common_name().ok().flatten());
    let shown = part.map_or_else(|| name.to_string(), String::from);
    let shown: String = visible(&shown).trim().chars().take(80).collect();
    (!shown.is_empty()).then_some(shown)
}
