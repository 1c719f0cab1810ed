//! Checks of provider errors: the client reads their message, status and headers.

use super::check::{BlackBox, ContractCheck};
use super::contract_run::{ContractResult, ContractRun, is_anthropics, message, refusal};
use super::echo::{EchoRefusal, EchoScript};
use super::finding::{ContractFinding, ContractVerdict};
use super::requests::plain_body;
use crate::http::Received;

/// The client recognizes this error by its message.
static REJECTED: EchoRefusal = EchoRefusal {
    status: 400,
    headers: &[("request-id", "req_cfaigconformance")],
    body: "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"thinking: Input tag 'adaptive' found using 'type' does not match any of the expected tags\"},\"request_id\":\"req_cfaigconformance\"}",
};
/// The client waits as long as this header says.
static LIMITED: EchoRefusal = EchoRefusal {
    status: 429,
    headers: &[
        ("retry-after", "2"),
        ("x-should-retry", "true"),
        ("anthropic-ratelimit-unified-status", "rejected"),
        ("anthropic-ratelimit-unified-reset", "1790000000"),
    ],
    body: "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"This request would exceed your rate limit\"}}",
};
/// The client counts these, then switches the model.
static OVERLOADED: EchoRefusal = EchoRefusal {
    status: 529,
    headers: &[],
    body: "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}",
};

pub(super) const CHECKS: &[ContractCheck] = &[
    ContractCheck {
        id: "error-body",
        group: "errors",
        title: "the body of a provider error arrives unmodified",
        otherwise: "the client does not recognize the error, so it neither recovers nor reports it",
        black_box: BlackBox::Free,
        run: error_body,
    },
    ContractCheck {
        id: "error-status",
        group: "errors",
        title: "the status of a provider error arrives unchanged (400, 429, 529)",
        otherwise: "the client retries errors that it should not, or gives up on errors that it should retry",
        black_box: BlackBox::Free,
        run: error_status,
    },
    ContractCheck {
        id: "retry-after",
        group: "errors",
        title: "retry-after arrives with a 429",
        otherwise: "the client retries too early, ten times",
        black_box: BlackBox::No,
        run: retry_after,
    },
    ContractCheck {
        id: "limit-headers",
        group: "errors",
        title: "x-should-retry and anthropic-ratelimit-unified-* arrive",
        otherwise: "the client does not know whether to retry, or when a limit resets",
        black_box: BlackBox::No,
        run: limit_headers,
    },
];

fn refuse(bench: &ContractRun, refusal: &'static EchoRefusal) -> ContractResult {
    bench.through_echo(EchoScript::Refuse(refusal), bench.ask(plain_body(bench.model()))).tried
}

fn error_body(bench: &ContractRun) -> ContractVerdict {
    if bench.echo().is_none() {
        let heard = bench.heard(bench.free())?;
        return Ok(ContractFinding::works_or_broken(is_anthropics(heard), message(heard), refusal(heard)));
    }
    let tried = refuse(bench, &REJECTED);
    let heard = bench.heard(&tried)?;
    if heard.response.body == REJECTED.body {
        return Ok(ContractFinding::works("unchanged"));
    }
    let sent: serde_json::Value = serde_json::from_str(REJECTED.body).unwrap_or_default();
    if heard.json() == sent {
        return Ok(ContractFinding::degraded("re-serialized: same values, different bytes"));
    }
    let got: String = heard.response.body.chars().take(200).collect();
    // the one envelope that the contract allows
    let has_token = got.contains("capability_rejected:");
    Ok(if has_token { ContractFinding::degraded(got) } else { ContractFinding::broken(got) })
}

fn error_status(bench: &ContractRun) -> ContractVerdict {
    if bench.echo().is_none() {
        let heard = bench.heard(bench.free())?;
        let kept = matches!(heard.status(), 400 | 404);
        return Ok(ContractFinding::works_or_broken(kept, heard.status().to_string(), refusal(heard)));
    }
    same_status(bench.heard(&refuse(bench, &REJECTED))?, &REJECTED)?;
    limited(bench, |heard| same_status(heard, &LIMITED))?;
    same_status(bench.heard(&refuse(bench, &OVERLOADED))?, &OVERLOADED)?;
    Ok(ContractFinding::works("400, 429, 529"))
}

fn same_status(heard: &Received, refusal: &EchoRefusal) -> ContractVerdict {
    match heard.status() {
        status if status == refusal.status => Ok(ContractFinding::works(status.to_string())),
        other => Err(ContractFinding::broken(format!("sent {}, arrived {other}", refusal.status))),
    }
}

/// The response to a rate limit. A gateway that retries by itself takes longer, which the evidence
/// reports.
fn limited(bench: &ContractRun, judge: impl FnOnce(&Received) -> ContractVerdict) -> ContractVerdict {
    let limited = bench.limited(&LIMITED);
    let asked = limited.arrived.len();
    let told = |mut finding: ContractFinding| {
        if asked > 1 {
            finding.evidence.push_str(&format!("; the gateway itself sent the request {asked} times"));
        }
        finding
    };
    bench.heard(&limited.tried).and_then(judge).map(told).map_err(told)
}

fn retry_after(bench: &ContractRun) -> ContractVerdict {
    limited(bench, |heard| {
        Ok(match heard.header("retry-after") {
            Some("2") => ContractFinding::works("2 s"),
            Some(other) => ContractFinding::degraded(format!("sent 2, arrived {other}")),
            None => ContractFinding::degraded("it did not arrive"),
        })
    })
}

fn limit_headers(bench: &ContractRun) -> ContractVerdict {
    limited(bench, |heard| {
        let own = LIMITED.headers.iter().filter(|(name, _)| *name != "retry-after");
        let lost: Vec<_> =
            own.filter(|(name, value)| heard.header(name) != Some(value)).map(|(name, _)| *name).collect();
        Ok(match lost.is_empty() {
            true => ContractFinding::works("all arrived"),
            false => ContractFinding::degraded(format!("missing: {}", lost.join(", "))),
        })
    })
}
