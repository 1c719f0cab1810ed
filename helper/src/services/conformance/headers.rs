//! Checks of headers: which must reach the provider unchanged, and at which path.

use super::bench::{Bench, arrived, refused};
use super::check::{BlackBox, Check};
use super::finding::Finding;
use super::requests::{BETAS, OPEN, VERSION, rich_headers, with_beta_field};
use crate::services::verify::request::NO_MODEL;

const NO_BETAS: &str = "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1";

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "path-join",
        group: "headers",
        title: "POST {base}/v1/messages?beta=true reaches the provider's /v1/messages",
        otherwise: "every request fails with 404, and the client blames the model",
        black_box: BlackBox::Free,
        run: path_join,
    },
    Check {
        id: "anthropic-version",
        group: "headers",
        title: "anthropic-version reaches the provider unchanged",
        otherwise: "the provider refuses every request",
        black_box: BlackBox::Free,
        run: version,
    },
    Check {
        id: "anthropic-beta",
        group: "headers",
        title: "anthropic-beta reaches the provider verbatim, unknown values included",
        otherwise: "body fields without their beta are refused (400, Extra inputs are not permitted); other features are silently lost",
        black_box: BlackBox::Free,
        run: beta,
    },
    Check {
        id: "open-headers",
        group: "headers",
        title: "unknown anthropic-* headers reach the provider",
        otherwise: "a new feature breaks with the release that adds its header",
        black_box: BlackBox::No,
        run: open,
    },
];

fn path_join(bench: &Bench) -> Finding {
    if bench.echo().is_none() {
        return refused(bench.free(), bench, |said| {
            let found = said.contains(NO_MODEL) || !said.contains("Not Found");
            if found { Finding::works(format!("the provider: {said}")) } else { Finding::broken(said) }
        });
    }
    match arrived(bench) {
        Err(finding) => finding,
        Ok(request)
            if request.path().matches("/v1/messages").count() == 1
                && request.path().ends_with("/v1/messages")
                && !request.path().contains("//")
                && !request.path().contains("/v1/v1") =>
        {
            Finding::works(format!("{} {}", request.method, request.target))
        }
        Ok(request) => Finding::broken(format!("it arrived as {} {}", request.method, request.target)),
    }
}

fn version(bench: &Bench) -> Finding {
    if bench.echo().is_none() {
        return refused(bench.free(), bench, |said| {
            if said.contains("anthropic-version") {
                Finding::broken(said)
            } else {
                Finding::works("the provider accepts the request")
            }
        });
    }
    match arrived(bench) {
        Err(finding) => finding,
        Ok(request) => match request.header("anthropic-version") {
            Some(VERSION) => Finding::works(VERSION),
            Some(other) => Finding::broken(format!("sent {VERSION}, arrived {other}")),
            None => Finding::broken("it did not arrive"),
        },
    }
}

fn beta(bench: &Bench) -> Finding {
    if bench.echo().is_none() {
        let tried = bench.send(&bench.messages(rich_headers(), with_beta_field()));
        return refused(&tried, bench, |said| {
            if said.contains("context_management") {
                Finding::broken(said).around(NO_BETAS)
            } else {
                Finding::works(
                    "context_management arrived with its beta, or neither did; only an echo shows individual betas",
                )
            }
        });
    }
    let request = match arrived(bench) {
        Ok(request) => request,
        Err(finding) => return finding,
    };
    let Some(got) = request.joined("anthropic-beta") else {
        return Finding::broken("it did not arrive").around(NO_BETAS);
    };
    let (left, right) = (values(BETAS), values(&got));
    if right.starts_with(&left) {
        let extra = if right.len() > left.len() { ", and the gateway adds its own" } else { "" };
        return Finding::works(format!("{} values{extra}", left.len()));
    }
    let missing: Vec<_> = left.iter().filter(|beta| !right.contains(beta)).copied().collect();
    if !missing.is_empty() {
        return Finding::broken(format!("missing: {}", missing.join(", "))).around(NO_BETAS);
    }
    // not verbatim, but no feature is lost
    let extra = if right.len() > left.len() { "; the gateway adds its own" } else { "" };
    Finding::works(format!("all arrived, in a different order{extra}"))
}

fn values(header: &str) -> Vec<&str> {
    header.split(',').map(str::trim).filter(|value| !value.is_empty()).collect()
}

fn open(bench: &Bench) -> Finding {
    match arrived(bench) {
        Err(finding) => finding,
        Ok(request) if request.header(OPEN.0) == Some(OPEN.1) => Finding::works(OPEN.0),
        Ok(_) => Finding::degraded(format!("{} did not arrive", OPEN.0)),
    }
}
