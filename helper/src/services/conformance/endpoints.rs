//! Checks of the optional endpoints: if one is missing, it must not delay a session.

use super::check::{BlackBox, ContractCheck};
use super::contract_run::{ContractRun, refusal};
use super::echo::{COUNTED, EchoScript};
use super::finding::{ContractFinding, ContractVerdict};
use super::requests::to_count;
use crate::base::text::visible;
use crate::http::Failure;
use std::time::Duration;

/// How long Claude Code waits for the list of models.
const DISCOVERY: Duration = Duration::from_secs(3);
/// A warm-up request that takes longer than this is delayed.
const HELLO: Duration = Duration::from_secs(10);
const LONGER: &str = "CLAUDE_CODE_GATEWAY_MODEL_DISCOVERY_TIMEOUT_MS=10000";

pub(super) const CHECKS: &[ContractCheck] = &[
    ContractCheck {
        id: "count-tokens",
        group: "endpoints",
        title: "POST /v1/messages/count_tokens responds",
        otherwise: "the client counts through the messages endpoint, which costs tokens",
        black_box: BlackBox::Free,
        run: count_tokens,
    },
    ContractCheck {
        id: "models",
        group: "endpoints",
        title: "GET /v1/models?limit=1000 responds within 3 s, without a redirect",
        otherwise: "model discovery (off by default) silently finds nothing",
        black_box: BlackBox::Free,
        run: models,
    },
    ContractCheck {
        id: "hello",
        group: "endpoints",
        title: "HEAD /api/hello gets a response with any status",
        otherwise: "the client's warm-up request waits in vain; nothing breaks",
        black_box: BlackBox::Free,
        run: hello,
    },
];

fn count_tokens(bench: &ContractRun) -> ContractVerdict {
    let mut ask = bench.ask(to_count(bench.model()));
    ask.path = "/v1/messages/count_tokens?beta=true";
    let counted = bench.through_echo(EchoScript::Whole, ask);
    let heard = bench.heard(&counted.tried)?;
    Ok(match heard.json()["input_tokens"].as_u64() {
        Some(COUNTED) => ContractFinding::works("the provider's count"),
        Some(count) if bench.echo().is_none() => ContractFinding::works(format!("{count} tokens")),
        Some(count) => ContractFinding::degraded(format!("the gateway counts by itself: {count}")),
        None => ContractFinding::degraded(refusal(heard)),
    })
}

fn models(bench: &ContractRun) -> ContractVerdict {
    let heard = bench.get("/v1/models?limit=1000", DISCOVERY).map_err(|failure| {
        let timed_out = matches!(failure, Failure::TimedOut(_));
        let finding = ContractFinding::degraded(failure.sentence("the gateway"));
        if timed_out { finding.around(LONGER) } else { finding }
    })?;
    if (300..400).contains(&heard.status()) {
        let to = heard.header("location").map(visible).unwrap_or_default();
        return Ok(ContractFinding::degraded(format!(
            "{} to {to}: the client does not follow",
            heard.status()
        )));
    }
    let body = heard.json();
    let Some(list) = body["data"].as_array() else { return Ok(ContractFinding::degraded(refusal(&heard))) };
    let ids: Vec<_> = list.iter().filter_map(|model| model["id"].as_str()).map(str::to_lowercase).collect();
    let usable = ids.iter().filter(|id| id.contains("claude") || id.contains("anthropic")).count();
    Ok(match usable {
        0 => ContractFinding::degraded(format!(
            "{} ids, none of which contains claude or anthropic",
            ids.len()
        )),
        _ => ContractFinding::works(format!("{usable} models in {} ms", heard.whole.as_millis())),
    })
}

fn hello(bench: &ContractRun) -> ContractVerdict {
    match bench.hello(HELLO) {
        Ok(heard) => Ok(ContractFinding::works(format!("{}, which is harmless", heard.status()))),
        Err(failure) => Ok(ContractFinding::degraded(failure.sentence("the gateway"))),
    }
}
