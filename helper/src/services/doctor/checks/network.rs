//! Checks of the network path: name, proxy, connection, certificate, and whether a gateway responds.

use crate::base::redact::redact;
use crate::facts::gateway::errors::{self, Cause, FailureEvidence, Row, Speaker};
use crate::http::Certificate;
use crate::services::doctor::facts::Facts;
use crate::services::doctor::finding::{CheckState, Checked, Finding, NoResult};
use crate::services::doctor::report::Layer;
use crate::services::doctor::wire::Wire;
use std::time::SystemTime;

/// A certificate with fewer days left than this is reported: Cloudflare's are renewed long before.
const SOON: u64 = 7;

/// What to do about an interceptor that this machine trusts.
const TRUSTED: &str = "if that is your company's proxy, this is expected; if not, do not trust this network";

/// What was observed, if the layers up to this one work; else the finding.
pub(super) fn at(facts: &Facts, layer: Layer) -> Result<&Wire, Finding> {
    let wire = facts.wire.as_ref()?;
    match &wire.broken {
        Some(broken) if broken.layer == layer => Err(Finding::of(&broken.outcome, &wire.host)),
        Some(broken) if broken.layer < layer => {
            Err(Finding::skip(format!("not reached: {} is broken", broken.layer.id())))
        }
        _ => Ok(wire),
    }
}

/// The same, with the fix if NO_PROXY keeps requests to the host from the proxy, or is meant to.
fn at_no_proxy(facts: &Facts, layer: Layer) -> Result<&Wire, Finding> {
    at(facts, layer).map_err(|finding| {
        let (CheckState::Fail, Ok(wire)) = (finding.state, &facts.wire) else { return finding };
        let set = |names: [&str; 2]| names.into_iter().find_map(|name| facts.context.env.var(name)).filter(|value| !value.trim().is_empty());
        let Some(list) = set(["NO_PROXY", "no_proxy"]) else { return finding };
        let host = wire.host.rsplit_once(':').map_or(wire.host.as_str(), |(host, _)| host);
        let named = list.split(',').map(str::trim).find(|entry| entry.contains(host));
        match (&wire.proxy, named) {
            (None, _) if set(["HTTPS_PROXY", "https_proxy"]).is_some() => finding.fix(format!(
                "NO_PROXY exempts {host} from HTTPS_PROXY: if only the proxy has network access, remove the host from NO_PROXY"
            )),
            (Some(_), Some(entry)) => finding.fix(format!(
                "NO_PROXY contains `{}`, which does not match: write only {host}, without scheme, port or path",
                redact(entry)
            )),
            _ => finding,
        }
    })
}

pub(super) fn address(facts: &Facts) -> Checked {
    let wire = at_no_proxy(facts, Layer::Dns)?;
    let ms = wire.lookup.as_millis();
    let ips: Vec<String> = wire.addresses.iter().take(4).map(|at| at.ip().to_string()).collect();
    Ok(Finding::ok(match &wire.proxy {
        Some(proxy) => format!("the proxy {proxy} resolves {}", wire.host),
        None => format!("{}: {} ({ms} ms)", wire.host, ips.join(", ")),
    }))
}

pub(super) fn proxy(facts: &Facts) -> Checked {
    Ok(Finding::ok(match &at_no_proxy(facts, Layer::Proxy)?.proxy {
        Some(proxy) => format!("through {proxy}"),
        None => "no proxy is set for this host".to_owned(),
    }))
}

pub(super) fn connects(facts: &Facts) -> Checked {
    let wire = at_no_proxy(facts, Layer::Tcp)?;
    let peer = wire.heard.as_ref().and_then(|heard| heard.received.peer).or(wire.addresses.first().copied());
    Ok(Finding::ok(peer.map_or("connected".to_owned(), |peer| format!("connected to {peer}"))))
}

/// The certificate, if TLS is used and one was seen.
fn certificate(wire: &Wire) -> Result<&Certificate, Finding> {
    if !wire.secure {
        return Err(Finding::skip("plain HTTP, which is allowed only on this machine"));
    }
    wire.certificate.as_ref().ok_or_else(|| Finding::skip("no certificate was seen"))
}

fn issuer(certificate: &Certificate) -> &str {
    certificate.issuer.as_deref().unwrap_or("an unnamed issuer")
}

pub(super) fn trusted(facts: &Facts) -> Checked {
    let interceptor = || interceptor(facts.wire.as_ref().ok()?.certificate.as_ref()?);
    let wire = at(facts, Layer::Tls).map_err(|finding| match interceptor() {
        Some(row) if finding.state == CheckState::Fail => finding.row(row),
        _ => finding,
    })?;
    Ok(Finding::ok(format!("issued by {}", issuer(certificate(wire)?))))
}

/// The row of a product that intercepts TLS, if it is the issuer.
fn interceptor(certificate: &Certificate) -> Option<&'static Row> {
    let known = errors::matches(&FailureEvidence::line(&format!("issuer: {}", issuer(certificate))));
    known.iter().map(|found| found.row).find(|row| row.cause == Cause::TlsInterceptorNamed)
}

pub(super) fn expiry(facts: &Facts) -> Checked {
    let Some((until, date)) = &certificate(facts.wire.as_ref()?)?.until else {
        return Err(Finding::skip("the certificate's expiry could not be read"));
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let Some(days) = until.checked_sub(now).map(|left| left / (24 * 60 * 60)) else {
        // `trusted` has failed for it, or the clocks of the two sides differ
        return Ok(Finding::warn(format!("expired at {date}")).fix("check this machine's clock"));
    };
    let says = format!("valid until {date}, {days} days left");
    Ok(match days < SOON {
        true => Finding::warn(says).fix("renew the certificate; also check this machine's clock"),
        false => Finding::ok(says),
    })
}

/// Also if the handshake failed: the certificate was still seen.
pub(super) fn interception(facts: &Facts) -> Checked {
    let certificate = certificate(facts.wire.as_ref()?)?;
    let issuer = issuer(certificate);
    if let Some(row) = interceptor(certificate) {
        let seen = format!("issued by {issuer}, which intercepts connections");
        return Ok(Finding::warn(seen).row(row).fix(TRUSTED));
    }
    let cloudflare = facts.context.config.url.as_ref().is_some_and(|url| url.value.origin().is_cloudflare());
    if certificate.by_extra_roots && cloudflare {
        return Ok(Finding::warn(format!("issued by {issuer}, which is trusted only because of NODE_EXTRA_CA_CERTS"))
            .by(Speaker::TlsInterceptor)
            .means("Something between here and Cloudflare intercepts the connection, and sees prompts and credentials.")
            .fix(TRUSTED));
    }
    Ok(Finding::ok("no sign of it"))
}

pub(super) fn answers(facts: &Facts) -> Checked {
    if matches!(facts.wire, Err(NoResult::Late(_))) {
        return Ok(Finding::fail("the connection to the gateway timed out")
            .caused(Cause::NoAnswer)
            .fix("allow more time with --timeout 60, or try another network"));
    }
    // if TLS worked, or was not expected, then TLS is not what is missing
    let spoken = || facts.wire.as_ref().is_ok_and(|wire| !wire.secure || wire.certificate.is_some());
    let wire = at(facts, Layer::Http).map_err(|finding| match finding.cause {
        Some(Cause::TlsNotSpoken) if spoken() => finding
            .caused(Cause::UnexplainedAnswer)
            .fix("the server does not speak HTTP: check the host and port of the URL"),
        _ => finding,
    })?;
    let heard = wire.heard.as_ref().ok_or_else(|| Finding::skip("no response"))?;
    let (status, ms) = (heard.status(), heard.received.head.as_millis());
    Ok(Finding::ok(format!("responded with {status} after {ms} ms")))
}
