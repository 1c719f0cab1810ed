//! Checks of the optional endpoints: if one is missing, it must not delay a session.

use super::bench::{Bench, no_answer, refusal};
use super::check::{BlackBox, Check};
use super::echo::{COUNTED, Script};
use super::finding::Finding;
use super::requests::{plain_headers, to_count};
use crate::http::Failure;
use crate::services::probe::{Outcome, visible};
use reqwest::Method;
use std::time::Duration;

/// How long Claude Code waits for the list of models.
const DISCOVERY: Duration = Duration::from_secs(3);
/// A warm-up request that takes longer than this is delayed.
const HELLO: Duration = Duration::from_secs(10);
const LONGER: &str = "CLAUDE_CODE_GATEWAY_MODEL_DISCOVERY_TIMEOUT_MS=10000";

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "count-tokens",
        group: "endpoints",
        title: "POST /v1/messages/count_tokens responds",
        otherwise: "the client counts through the messages endpoint, which costs tokens",
        black_box: BlackBox::Free,
        run: count_tokens,
    },
    Check {
        id: "models",
        group: "endpoints",
        title: "GET /v1/models?limit=1000 responds within 3 s, without a redirect",
        otherwise: "model discovery (off by default) silently finds nothing",
        black_box: BlackBox::Free,
        run: models,
    },
    Check {
        id: "hello",
        group: "endpoints",
        title: "HEAD /api/hello gets a response with any status",
        otherwise: "the client's warm-up request waits in vain; nothing breaks",
        black_box: BlackBox::Free,
        run: hello,
    },
];

fn count_tokens(bench: &Bench) -> Finding {
    let mut ask = bench.messages(plain_headers(), to_count(bench.model()));
    ask.path = "/v1/messages/count_tokens?beta=true";
    let (tried, _) = bench.through_echo(Script::Whole, ask);
    match tried {
        Err(failure) => no_answer(&failure, bench),
        Ok(heard) => match heard.json()["input_tokens"].as_u64() {
            Some(COUNTED) => Finding::works("the provider's count"),
            Some(count) if bench.echo().is_none() => Finding::works(format!("{count} tokens")),
            Some(count) => Finding::degraded(format!("the gateway counts by itself: {count}")),
            None => Finding::degraded(refusal(&heard)),
        },
    }
}

fn models(bench: &Bench) -> Finding {
    match bench.get(Method::GET, "/v1/models?limit=1000", DISCOVERY) {
        Err(failure) => {
            let timed_out = matches!(failure, Failure::TimedOut { .. });
            let finding = Finding::degraded(Outcome::from(failure).sentence("the gateway"));
            if timed_out { finding.around(LONGER) } else { finding }
        }
        Ok(heard) if (300..400).contains(&heard.status) => {
            let to = heard.header("location").map(visible).unwrap_or_default();
            Finding::degraded(format!("{} to {to}: the client does not follow", heard.status))
        }
        Ok(heard) => {
            let body = heard.json();
            let ids = body["data"].as_array().into_iter().flatten().filter_map(|model| model["id"].as_str());
            let usable = ids.clone().map(str::to_lowercase);
            let usable = usable.filter(|id| id.contains("claude") || id.contains("anthropic")).count();
            let all = ids.count();
            match (body["data"].is_array(), usable) {
                (false, _) => Finding::degraded(refusal(&heard)),
                (true, 0) => {
                    Finding::degraded(format!("{all} ids, none of which contains claude or anthropic"))
                }
                (true, _) => Finding::works(format!("{usable} models in {} ms", heard.took.as_millis())),
            }
        }
    }
}

fn hello(bench: &Bench) -> Finding {
    match bench.hello(HELLO) {
        Ok(heard) => Finding::works(format!("{}, which is harmless", heard.status)),
        Err(failure) => Finding::degraded(Outcome::from(failure).sentence("the gateway")),
    }
}
