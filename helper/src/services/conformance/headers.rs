//! Checks of headers: which must reach the provider unchanged, and at which path.

use super::check::{BlackBox, ContractCheck};
use super::contract_run::ContractRun;
use super::finding::{ContractFinding, ContractVerdict};
use super::requests::{BETAS, OPEN, VERSION, rich_headers, with_beta_field};
use crate::services::verify::request::NO_MODEL;

const NO_BETAS: &str = "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1";

pub(super) const CHECKS: &[ContractCheck] = &[
    ContractCheck {
        id: "path-join",
        group: "headers",
        title: "POST {base}/v1/messages?beta=true reaches the provider's /v1/messages",
        otherwise: "every request fails with 404, and the client blames the model",
        black_box: BlackBox::Free,
        run: path_join,
    },
    ContractCheck {
        id: "anthropic-version",
        group: "headers",
        title: "anthropic-version reaches the provider unchanged",
        otherwise: "the provider refuses every request",
        black_box: BlackBox::Free,
        run: version,
    },
    ContractCheck {
        id: "anthropic-beta",
        group: "headers",
        title: "anthropic-beta reaches the provider verbatim, unknown values included",
        otherwise: "body fields without their beta are refused (400, Extra inputs are not permitted); other features are silently lost",
        black_box: BlackBox::Free,
        run: beta,
    },
    ContractCheck {
        id: "open-headers",
        group: "headers",
        title: "unknown anthropic-* headers reach the provider",
        otherwise: "a new feature breaks with the release that adds its header",
        black_box: BlackBox::No,
        run: open,
    },
];

fn path_join(bench: &ContractRun) -> ContractVerdict {
    if bench.echo().is_none() {
        let said = bench.refused(bench.free())?;
        let found = said.contains(NO_MODEL) || !said.contains("Not Found");
        return Ok(ContractFinding::works_or_broken(found, format!("the provider: {said}"), said));
    }
    let request = bench.arrived()?;
    let (path, shown) = (request.path(), format!("{} {}", request.method, request.target));
    let joined = path.matches("/v1/messages").count() == 1
        && path.ends_with("/v1/messages")
        && !path.contains("//")
        && !path.contains("/v1/v1");
    Ok(ContractFinding::works_or_broken(joined, &shown, format!("it arrived as {shown}")))
}

fn version(bench: &ContractRun) -> ContractVerdict {
    if bench.echo().is_none() {
        let said = bench.refused(bench.free())?;
        let accepted = !said.contains("anthropic-version");
        return Ok(ContractFinding::works_or_broken(accepted, "the provider accepts the request", said));
    }
    Ok(match bench.arrived()?.header("anthropic-version") {
        Some(VERSION) => ContractFinding::works(VERSION),
        Some(other) => ContractFinding::broken(format!("sent {VERSION}, arrived {other}")),
        None => ContractFinding::broken("it did not arrive"),
    })
}

fn beta(bench: &ContractRun) -> ContractVerdict {
    if bench.echo().is_none() {
        let said = bench.refused(&bench.send(&bench.ask_with(rich_headers(), with_beta_field())))?;
        let together =
            "context_management arrived with its beta, or neither did; only an echo shows individual betas";
        let finding = ContractFinding::works_or_broken(!said.contains("context_management"), together, said);
        return Ok(finding.around(NO_BETAS));
    }
    let Some(got) = bench.arrived()?.joined("anthropic-beta") else {
        return Ok(ContractFinding::broken("it did not arrive").around(NO_BETAS));
    };
    let (left, right) = (values(BETAS), values(&got));
    let has_more = right.len() > left.len();
    let missing: Vec<_> = left.iter().filter(|beta| !right.contains(beta)).copied().collect();
    Ok(if !missing.is_empty() {
        ContractFinding::broken(format!("missing: {}", missing.join(", "))).around(NO_BETAS)
    } else if right.starts_with(&left) {
        let extra = if has_more { ", and the gateway adds its own" } else { "" };
        ContractFinding::works(format!("{} values{extra}", left.len()))
    } else {
        // not verbatim, but no feature is lost
        let extra = if has_more { "; the gateway adds its own" } else { "" };
        ContractFinding::works(format!("all arrived, in a different order{extra}"))
    })
}

fn values(header: &str) -> Vec<&str> {
    header.split(',').map(str::trim).filter(|value| !value.is_empty()).collect()
}

fn open(bench: &ContractRun) -> ContractVerdict {
    Ok(match bench.arrived()?.header(OPEN.0) {
        Some(value) if value == OPEN.1 => ContractFinding::works(OPEN.0),
        _ => ContractFinding::degraded(format!("{} did not arrive", OPEN.0)),
    })
}
