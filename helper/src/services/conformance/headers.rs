//! Checks of headers: which must reach the provider unchanged, and at which path.

use super::bench::Bench;
use super::check::{BlackBox, Check};
use super::finding::{Finding, Verdict};
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

fn path_join(bench: &Bench) -> Verdict {
    if bench.echo().is_none() {
        let said = bench.refused(bench.free())?;
        let found = said.contains(NO_MODEL) || !said.contains("Not Found");
        return Ok(Finding::works_or_broken(found, format!("the provider: {said}"), said));
    }
    let request = bench.arrived()?;
    let (path, shown) = (request.path(), format!("{} {}", request.method, request.target));
    let joined = path.matches("/v1/messages").count() == 1
        && path.ends_with("/v1/messages")
        && !path.contains("//")
        && !path.contains("/v1/v1");
    Ok(Finding::works_or_broken(joined, &shown, format!("it arrived as {shown}")))
}

fn version(bench: &Bench) -> Verdict {
    if bench.echo().is_none() {
        let said = bench.refused(bench.free())?;
        let accepted = !said.contains("anthropic-version");
        return Ok(Finding::works_or_broken(accepted, "the provider accepts the request", said));
    }
    Ok(match bench.arrived()?.header("anthropic-version") {
        Some(VERSION) => Finding::works(VERSION),
        Some(other) => Finding::broken(format!("sent {VERSION}, arrived {other}")),
        None => Finding::broken("it did not arrive"),
    })
}

fn beta(bench: &Bench) -> Verdict {
    if bench.echo().is_none() {
        let said = bench.refused(&bench.send(&bench.ask_with(rich_headers(), with_beta_field())))?;
        let together =
            "context_management arrived with its beta, or neither did; only an echo shows individual betas";
        let finding = Finding::works_or_broken(!said.contains("context_management"), together, said);
        return Ok(finding.around(NO_BETAS));
    }
    let Some(got) = bench.arrived()?.joined("anthropic-beta") else {
        return Ok(Finding::broken("it did not arrive").around(NO_BETAS));
    };
    let (left, right) = (values(BETAS), values(&got));
    let has_more = right.len() > left.len();
    let missing: Vec<_> = left.iter().filter(|beta| !right.contains(beta)).copied().collect();
    Ok(if !missing.is_empty() {
        Finding::broken(format!("missing: {}", missing.join(", "))).around(NO_BETAS)
    } else if right.starts_with(&left) {
        let extra = if has_more { ", and the gateway adds its own" } else { "" };
        Finding::works(format!("{} values{extra}", left.len()))
    } else {
        // not verbatim, but no feature is lost
        let extra = if has_more { "; the gateway adds its own" } else { "" };
        Finding::works(format!("all arrived, in a different order{extra}"))
    })
}

fn values(header: &str) -> Vec<&str> {
    header.split(',').map(str::trim).filter(|value| !value.is_empty()).collect()
}

fn open(bench: &Bench) -> Verdict {
    Ok(match bench.arrived()?.header(OPEN.0) {
        Some(value) if value == OPEN.1 => Finding::works(OPEN.0),
        _ => Finding::degraded(format!("{} did not arrive", OPEN.0)),
    })
}
