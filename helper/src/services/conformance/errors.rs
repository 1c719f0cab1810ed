//! Checks of provider errors: the client reads their message, status and headers.

use super::bench::{Bench, Tried, message, no_answer, refusal};
use super::check::{BlackBox, Check};
use super::echo::{Refusal, Script};
use super::exchange::Heard;
use super::finding::{Finding, Outcome};
use super::requests::{plain_body, plain_headers};

/// The client recognizes this error by its message.
static REJECTED: Refusal = Refusal {
    status: 400,
    headers: &[("request-id", "req_cfaigconformance")],
    body: "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"thinking: Input tag 'adaptive' found using 'type' does not match any of the expected tags\"},\"request_id\":\"req_cfaigconformance\"}",
};
/// The client waits as long as this header says.
static LIMITED: Refusal = Refusal {
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
static OVERLOADED: Refusal = Refusal {
    status: 529,
    headers: &[],
    body: "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}",
};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "error-body",
        group: "errors",
        title: "the body of a provider error arrives unmodified",
        otherwise: "the client does not recognize the error, so it neither recovers nor reports it",
        black_box: BlackBox::Free,
        run: error_body,
    },
    Check {
        id: "error-status",
        group: "errors",
        title: "the status of a provider error arrives unchanged (400, 429, 529)",
        otherwise: "the client retries errors that it should not, or gives up on errors that it should retry",
        black_box: BlackBox::Free,
        run: error_status,
    },
    Check {
        id: "retry-after",
        group: "errors",
        title: "retry-after arrives with a 429",
        otherwise: "the client retries too early, ten times",
        black_box: BlackBox::No,
        run: retry_after,
    },
    Check {
        id: "limit-headers",
        group: "errors",
        title: "x-should-retry and anthropic-ratelimit-unified-* arrive",
        otherwise: "the client does not know whether to retry, or when a limit resets",
        black_box: BlackBox::No,
        run: limit_headers,
    },
];

fn refuse(bench: &Bench, refusal: &'static Refusal) -> Tried {
    bench.through_echo(Script::Refuse(refusal), bench.messages(plain_headers(), plain_body(bench.model()))).0
}

fn with(tried: &Tried, bench: &Bench, judge: impl FnOnce(&Heard) -> Finding) -> Finding {
    match tried {
        Ok(heard) => judge(heard),
        Err(failure) => no_answer(failure, bench),
    }
}

fn error_body(bench: &Bench) -> Finding {
    if bench.echo().is_none() {
        return with(bench.free(), bench, |heard| {
            let body = heard.json();
            let anthropics = body["type"] == "error" && body["error"]["type"].is_string();
            if anthropics { Finding::works(message(heard)) } else { Finding::broken(refusal(heard)) }
        });
    }
    with(&refuse(bench, &REJECTED), bench, |heard| {
        let sent: serde_json::Value = serde_json::from_str(REJECTED.body).unwrap_or_default();
        if heard.body == REJECTED.body.as_bytes() {
            Finding::works("unchanged")
        } else if heard.json() == sent {
            Finding::degraded("re-serialized: same values, different bytes")
        } else {
            let got: String = heard.text().chars().take(200).collect();
            let has_token = got.contains("capability_rejected:");
            // the one envelope that the contract allows
            if has_token { Finding::degraded(got) } else { Finding::broken(got) }
        }
    })
}

fn error_status(bench: &Bench) -> Finding {
    if bench.echo().is_none() {
        return with(bench.free(), bench, |heard| match heard.status {
            400 | 404 => Finding::works(heard.status.to_string()),
            _ => Finding::broken(refusal(heard)),
        });
    }
    for refusal in [&REJECTED, &LIMITED, &OVERLOADED] {
        let finding = if refusal.status == LIMITED.status {
            limited(bench, |heard| same_status(heard, refusal))
        } else {
            with(&refuse(bench, refusal), bench, |heard| same_status(heard, refusal))
        };
        if finding.outcome != Outcome::Works {
            return finding;
        }
    }
    Finding::works("400, 429, 529")
}

fn same_status(heard: &Heard, refusal: &Refusal) -> Finding {
    if heard.status == refusal.status {
        Finding::works(refusal.status.to_string())
    } else {
        Finding::broken(format!("sent {}, arrived {}", refusal.status, heard.status))
    }
}

/// The response to a rate limit. A gateway that retries by itself takes longer, which the evidence
/// reports.
fn limited(bench: &Bench, judge: impl FnOnce(&Heard) -> Finding) -> Finding {
    let (tried, asked) = bench.limited(&LIMITED);
    let finding = with(tried, bench, judge);
    let evidence = match asked {
        0 | 1 => finding.evidence,
        times => format!("{}; the gateway itself sent the request {times} times", finding.evidence),
    };
    Finding { evidence, ..finding }
}

fn retry_after(bench: &Bench) -> Finding {
    limited(bench, |heard| match heard.header("retry-after") {
        Some("2") => Finding::works("2 s"),
        Some(other) => Finding::degraded(format!("sent 2, arrived {other}")),
        None => Finding::degraded("it did not arrive"),
    })
}

fn limit_headers(bench: &Bench) -> Finding {
    limited(bench, |heard| {
        let own = LIMITED.headers.iter().filter(|(name, _)| *name != "retry-after");
        let lost: Vec<_> =
            own.filter(|(name, value)| heard.header(name) != Some(value)).map(|(name, _)| *name).collect();
        if lost.is_empty() {
            Finding::works("all arrived")
        } else {
            Finding::degraded(format!("missing: {}", lost.join(", ")))
        }
    })
}
