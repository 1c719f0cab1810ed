//! Certificates: a test authority, and servers' certificates that are valid or invalid in known ways.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::Tls;
use crate::state::lock;

/// The names for which certificates are valid: loopback, and the emulated hosts.
const NAMES: &[&str] = &[
    "localhost",
    "127.0.0.1",
    "::1",
    "gateway.ai.cloudflare.com",
    "api.cloudflare.com",
    "api.anthropic.com",
];

type Anyhow<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The test authority, and the last requested acceptor.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    last: Mutex<Option<(Tls, TlsAcceptor)>>,
}

impl Authority {
    pub(crate) fn new(organization: &str) -> Anyhow<Authority> {
        let (issuer, certificate) = authority(organization)?;
        Ok(Authority { issuer, pem: certificate.pem(), last: Mutex::default() })
    }

    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// Kept between connections, so that sessions can be resumed as with a real server.
    pub(crate) fn acceptor(&self, tls: &Tls) -> Anyhow<TlsAcceptor> {
        let mut last = lock(&self.last);
        if let Some((_, acceptor)) = last.as_ref().filter(|(known, _)| known == tls) {
            return Ok(acceptor.clone());
        }
        let acceptor = self.make(tls)?;
        *last = Some((tls.clone(), acceptor.clone()));
        Ok(acceptor)
    }

    fn make(&self, tls: &Tls) -> Anyhow<TlsAcceptor> {
        let key = KeyPair::generate()?;
        let names = if *tls == Tls::WrongHost { &["wrong.example"][..] } else { NAMES };
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = name("localhost", None);
        match tls {
            Tls::Expired => {
                params.not_before = rcgen::date_time_ymd(2020, 1, 1);
                params.not_after = rcgen::date_time_ymd(2021, 1, 1);
            }
            Tls::EndsIn { days } => {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
                let end = now + Duration::from_secs(u64::from(*days) * 24 * 60 * 60);
                params.not_after = rcgen::date_time_ymd(1970, 1, 1) + end;
            }
            Tls::NotYet => params.not_before = rcgen::date_time_ymd(2126, 1, 1),
            _ => {}
        }
        let certificate = match tls {
            Tls::SelfSigned => params.self_signed(&key)?,
            Tls::OtherIssuer { organization } => {
                let (other, _) = authority(organization)?;
                params.signed_by(&key, &other)?
            }
            Tls::Good | Tls::Expired | Tls::EndsIn { .. } | Tls::NotYet | Tls::WrongHost => {
                params.signed_by(&key, &self.issuer)?
            }
        };
        acceptor(certificate.der().clone(), &key)
    }
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> Anyhow<TlsAcceptor> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn authority(organization: &str) -> Anyhow<(Issuer<'static, KeyPair>, rcgen::Certificate)> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = name(&format!("{organization} Root CA"), Some(organization));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key)?;
    Ok((Issuer::new(params, key), certificate))
}

fn name(common: &str, organization: Option<&str>) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    if let Some(organization) = organization {
        name.push(DnType::OrganizationName, organization);
    }
    name
}
