//! Checks of the network path: name, proxy, connection, certificate, and whether a gateway responds.

use crate::base::env::var;
use crate::base::redact::redact;
use crate::facts::gateway::errors::{self, Cause, Clue, Row, Speaker};
use crate::http::Certificate;
use crate::services::doctor::engine::Got;
use crate::services::doctor::facts::Facts;
use crate::services::doctor::finding::Finding;
use crate::services::doctor::report::{Layer, State};
use crate::services::doctor::wire::Wire;
use std::time::SystemTime;

/// A certificate with fewer days left than this is reported: Cloudflare's are renewed long before.
const SOON: u64 = 7;

/// What to do about an interceptor that this machine trusts.
const TRUSTED: &str = "if that is your company's proxy, this is expected; if not, do not trust this network";

/// The check for a layer: broken there, not reached, or the result of `fine`.
pub(super) fn at(facts: &Facts, layer: Layer, fine: impl FnOnce(&Wire) -> Finding) -> Finding {
    let wire = match facts.wire.or_say("the gateway") {
        Ok(wire) => wire,
        Err(finding) => return finding,
    };
    match &wire.broken {
        Some(broken) if broken.layer == layer => Finding::of(&broken.outcome, &wire.host),
        Some(broken) if broken.layer < layer => {
            Finding::skip(format!("not reached: {} is broken", broken.layer.id()))
        }
        _ => fine(wire),
    }
}

/// How NO_PROXY affects the host, if it does or is meant to: it keeps requests from the proxy.
fn at_no_proxy(facts: &Facts, layer: Layer, fine: impl FnOnce(&Wire) -> Finding) -> Finding {
    let finding = at(facts, layer, fine);
    let (State::Fail, Some(wire)) = (finding.state, facts.wire.is()) else { return finding };
    let set = |names: [&str; 2]| names.into_iter().find_map(var).filter(|value| !value.trim().is_empty());
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
}

pub(super) fn address(facts: &Facts) -> Finding {
    at_no_proxy(facts, Layer::Dns, |wire| {
        let ms = wire.lookup.as_millis();
        let ips: Vec<String> = wire.addresses.iter().take(4).map(|at| at.ip().to_string()).collect();
        match &wire.proxy {
            Some(proxy) => Finding::ok(format!("the proxy {proxy} resolves {}", wire.host)),
            None => Finding::ok(format!("{}: {} ({ms} ms)", wire.host, ips.join(", "))),
        }
    })
}

pub(super) fn proxy(facts: &Facts) -> Finding {
    at_no_proxy(facts, Layer::Proxy, |wire| match &wire.proxy {
        Some(proxy) => Finding::ok(format!("through {proxy}")),
        None => Finding::ok("no proxy is set for this host"),
    })
}

pub(super) fn connects(facts: &Facts) -> Finding {
    at_no_proxy(facts, Layer::Tcp, |wire| {
        let peer = wire.heard.as_ref().and_then(|heard| heard.reply.peer);
        match peer.or(wire.addresses.first().copied()) {
            Some(peer) => Finding::ok(format!("connected to {peer}")),
            None => Finding::ok("connected"),
        }
    })
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

pub(super) fn trusted(facts: &Facts) -> Finding {
    let finding = at(facts, Layer::Tls, |wire| match certificate(wire) {
        Ok(certificate) => Finding::ok(format!("issued by {}", issuer(certificate))),
        Err(finding) => finding,
    });
    let interceptor = facts.wire.is().and_then(|wire| wire.certificate.as_ref()).and_then(interceptor);
    match interceptor {
        Some(row) if finding.state == State::Fail => finding.row(row),
        _ => finding,
    }
}

/// The row of a product that intercepts TLS, if it is the issuer.
fn interceptor(certificate: &Certificate) -> Option<&'static Row> {
    let known = errors::matches(&Clue::line(&format!("issuer: {}", issuer(certificate))));
    known.iter().map(|found| found.row).find(|row| row.cause == Cause::TlsInterceptorNamed)
}

pub(super) fn expiry(facts: &Facts) -> Finding {
    let look = |wire: &Wire| {
        let certificate = certificate(wire)?;
        let Some((until, date)) = &certificate.until else {
            return Err(Finding::skip("the certificate's expiry could not be read"));
        };
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let Some(days) = until.checked_sub(now).map(|left| left / (24 * 60 * 60)) else {
            // `trusted` has failed for it, or the clocks of the two sides differ
            return Ok(Finding::warn(format!("expired at {date}")).fix("check this machine's clock"));
        };
        let says = format!("valid valid until {date}, {days} days left");
        Ok(if days < SOON {
            Finding::warn(says).fix("renew the certificate; also check this machine's clock")
        } else {
            Finding::ok(says)
        })
    };
    match facts.wire.or_say("the gateway") {
        Ok(wire) => look(wire).unwrap_or_else(|finding| finding),
        Err(finding) => finding,
    }
}

pub(super) fn interception(facts: &Facts) -> Finding {
    at_or_before(facts, |wire| {
        let certificate = match certificate(wire) {
            Ok(certificate) => certificate,
            Err(finding) => return finding,
        };
        let issuer = issuer(certificate);
        if let Some(row) = interceptor(certificate) {
            let seen = format!("issued by {issuer}, which intercepts connections");
            return Finding::warn(seen).row(row).fix(TRUSTED);
        }
        let cloudflare =
            facts.context.config.url.as_ref().is_some_and(|url| url.value.origin().is_cloudflare());
        if certificate.by_extra_roots && cloudflare {
            return Finding::warn(format!("issued by {issuer}, which is trusted only because of NODE_EXTRA_CA_CERTS"))
                .by(Speaker::TlsInterceptor)
                .means("Something between here and Cloudflare intercepts the connection, and sees prompts and credentials.")
                .fix(TRUSTED);
        }
        Finding::ok("no sign of it")
    })
}

/// Also if the handshake failed: the certificate was still seen.
fn at_or_before(facts: &Facts, look: impl FnOnce(&Wire) -> Finding) -> Finding {
    match facts.wire.or_say("the gateway") {
        Ok(wire) => look(wire),
        Err(finding) => finding,
    }
}

pub(super) fn answers(facts: &Facts) -> Finding {
    if matches!(facts.wire, Got::Late) {
        return Finding::fail("the connection to the gateway timed out")
            .caused(Cause::NoAnswer)
            .fix("allow more time with --timeout 60, or try another network");
    }
    let finding = at(facts, Layer::Http, |wire| match &wire.heard {
        Some(heard) => {
            let (status, ms) = (heard.answer.status(), heard.reply.head.as_millis());
            Finding::ok(format!("responded with {status} after {ms} ms"))
        }
        None => Finding::skip("no response"),
    });
    // if TLS worked, or was not expected, then TLS is not what is missing
    let spoken = |wire: &Wire| !wire.secure || wire.certificate.is_some();
    if finding.cause == Some(Cause::TlsNotSpoken) && facts.wire.is().is_some_and(|wire| spoken(wire)) {
        return finding
            .caused(Cause::UnexplainedAnswer)
            .fix("the server does not speak HTTP: check the host and port of the URL");
    }
    finding
}
