//! TLS: the system's roots, and a verifier that records what it saw.

use super::certificate::{Certificate, read};
use super::failure::TlsFault;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;
use std::sync::{Arc, Mutex, PoisonError};

/// What the verifier saw.
#[derive(Debug, Clone, Default)]
pub(super) struct HandshakeWatch {
    seen: Arc<Mutex<Seen>>,
    closely: bool,
}

#[derive(Debug, Clone, Default)]
struct Seen {
    certificate: Option<Certificate>,
    fault: Option<TlsFault>,
}

impl HandshakeWatch {
    /// A verifier that also checks whether the certificate is trusted without the extra roots,
    /// which costs loading the system's roots twice.
    pub(super) fn closely() -> Self {
        Self { closely: true, ..Self::default() }
    }

    /// Why a certificate was refused since the last call, and who issued it.
    pub(super) fn take(&self) -> Option<(TlsFault, Option<String>)> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let issuer = seen.certificate.as_ref().and_then(|certificate| certificate.issuer.clone());
        Some((seen.fault.take()?, issuer))
    }

    pub(super) fn certificate(&self) -> Option<Certificate> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).certificate.clone()
    }

    fn note(&self, certificate: Certificate, fault: Option<TlsFault>) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) =
            Seen { certificate: Some(certificate), fault };
    }
}

/// The client's configuration: the system's roots (`SSL_CERT_FILE` and `SSL_CERT_DIR` first, as in
/// rustls-native-certs), and those of `NODE_EXTRA_CA_CERTS`, which Claude Code also uses. Loads no
/// roots for plain HTTP. The error says why there are no roots.
pub(super) fn config(
    secure: bool,
    extra_roots: Option<&str>,
    watch: &HandshakeWatch,
) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    if !secure {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let extra = extra(extra_roots);
    let plain = if watch.closely { Verifier::new(provider.clone()).ok() } else { None };
    let has_extra = !extra.is_empty();
    let made =
        if has_extra { Verifier::new_with_extra_roots(extra, provider) } else { Verifier::new(provider) };
    let verifier = Arc::new(Watching { inner: made?, has_extra, plain, watch: watch.clone() });
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn extra(path: Option<&str>) -> Vec<CertificateDer<'static>> {
    let certificates = path.and_then(|path| CertificateDer::pem_file_iter(path).ok());
    certificates.map(|all| all.filter_map(Result::ok).collect()).unwrap_or_default()
}

/// Decides exactly as the system's verifier does, and records what it refused.
#[derive(Debug)]
struct Watching {
    inner: Verifier,
    has_extra: bool,
    /// Without the extra roots; `None` if the system has no roots.
    plain: Option<Verifier>,
    watch: HandshakeWatch,
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
        let without = |plain: &Verifier| {
            plain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now).is_ok()
        };
        let by_extra_roots = result.is_ok()
            && self.has_extra
            && self.watch.closely
            && !self.plain.as_ref().is_some_and(without);
        let certificate = Certificate { by_extra_roots, ..read(end_entity) };
        self.watch.note(certificate, result.as_ref().err().map(fault));
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

fn fault(error: &Error) -> TlsFault {
    use CertificateError as Of;
    match error {
        Error::InvalidCertificate(Of::Expired | Of::ExpiredContext { .. }) => TlsFault::Expired,
        Error::InvalidCertificate(Of::NotValidYet | Of::NotValidYetContext { .. }) => TlsFault::NotYet,
        Error::InvalidCertificate(Of::NotValidForName | Of::NotValidForNameContext { .. }) => {
            TlsFault::WrongName
        }
        Error::InvalidCertificate(Of::UnknownIssuer | Of::BadSignature) => TlsFault::Untrusted,
        other => TlsFault::Other(other.to_string()),
    }
}
