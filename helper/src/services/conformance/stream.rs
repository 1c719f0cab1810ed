//! Checks of the streamed response: incremental, with pings, complete, and not compressed.

use super::check::{BlackBox, ContractCheck};
use super::contract_run::{ContractRun, refusal};
use super::finding::{ContractFinding, ContractVerdict};
use super::stream_script::{INPUT_TOKENS, STREAM};
use crate::http::Received;
use serde_json::Value;

pub(super) const CHECKS: &[ContractCheck] = &[
    ContractCheck {
        id: "stream-incremental",
        group: "stream",
        title: "events arrive as the provider sends them",
        otherwise: "nothing is shown until the response is complete, and after 300 s of silence the client gives up",
        black_box: BlackBox::Spends,
        run: incremental,
    },
    ContractCheck {
        id: "stream-pings",
        group: "stream",
        title: "the provider's pings arrive",
        otherwise: "during long thinking nothing arrives, and after 300 s the client gives up",
        black_box: BlackBox::No,
        run: pings,
    },
    ContractCheck {
        id: "stream-events",
        group: "stream",
        title: "the sequence of events arrives complete and unchanged",
        otherwise: "responses are cut off, or tool calls are lost",
        black_box: BlackBox::Spends,
        run: events,
    },
    ContractCheck {
        id: "usage",
        group: "stream",
        title: "message_start reports the usage, including prompt cache",
        otherwise: "context and cost are displayed wrong, and the context is not compacted in time",
        black_box: BlackBox::Spends,
        run: usage,
    },
    ContractCheck {
        id: "stream-type",
        group: "stream",
        title: "a streamed response has the type text/event-stream",
        otherwise: "the client treats the response as malformed",
        black_box: BlackBox::Spends,
        run: content_type,
    },
    ContractCheck {
        id: "compression",
        group: "stream",
        title: "nothing is compressed unless requested, in either direction",
        otherwise: "compressed streams are held back until a block is full",
        black_box: BlackBox::Spends,
        run: compression,
    },
];

/// The streamed response, if it is one.
fn streamed(bench: &ContractRun) -> Result<&Received, ContractFinding> {
    match bench.heard(&bench.streamed().tried)? {
        heard if heard.status() == 200 => Ok(heard),
        heard => Err(ContractFinding::broken(refusal(heard))),
    }
}

fn incremental(bench: &ContractRun) -> ContractVerdict {
    let heard = streamed(bench)?;
    if bench.echo().is_none() {
        let evidence = format!("{} pieces", heard.pieces);
        let fault = "the whole stream arrived in one piece";
        return Ok(ContractFinding::works_or_broken(heard.pieces > 1, evidence, fault));
    }
    Ok(match bench.streamed().first_seen {
        Some(1) => ContractFinding::works("the first event arrived before the provider sent the second"),
        Some(sent) if sent < STREAM.len() => ContractFinding::degraded(format!(
            "the first event was held back for 2 s, until the provider had sent {sent}"
        )),
        _ => ContractFinding::broken(
            "no event arrived before the provider had sent the last one, after pauses of 2 s",
        ),
    })
}

fn pings(bench: &ContractRun) -> ContractVerdict {
    let arrived = parse(&streamed(bench)?.response.body).iter().any(|event| event["type"] == "ping");
    Ok(ContractFinding::works_or_broken(arrived, "the ping arrived", "the provider's ping did not arrive"))
}

fn events(bench: &ContractRun) -> ContractVerdict {
    // other checks cover pings and the usage in the first event
    let own = |events: Vec<Value>| -> Vec<Value> {
        let mut events: Vec<_> = events.into_iter().filter(|event| event["type"] != "ping").collect();
        for event in &mut events {
            if let Some(message) = event["message"].as_object_mut() {
                message.remove("usage");
            }
        }
        events
    };
    let got = own(parse(&streamed(bench)?.response.body));
    let names = |events: &[Value]| -> Vec<String> {
        events.iter().map(|event| event["type"].as_str().unwrap_or("?").to_owned()).collect()
    };
    if bench.echo().is_none() {
        let names = names(&got);
        let complete = names.first().is_some_and(|name| name == "message_start")
            && names.last().is_some_and(|name| name == "message_stop")
            && names.iter().any(|name| name == "message_delta");
        let evidence = format!("{} events", names.len());
        return Ok(ContractFinding::works_or_broken(
            complete,
            evidence,
            format!("not complete: {}", shorten(&names)),
        ));
    }
    let sent = own(parse(&STREAM.iter().map(|step| format!("{}\n\n", step.event)).collect::<String>()));
    if got == sent {
        return Ok(ContractFinding::works(format!("{} events", got.len())));
    }
    let (sent_names, got_names) = (names(&sent), names(&got));
    if sent_names != got_names {
        let fault = format!("sent {}, arrived {}", shorten(&sent_names), shorten(&got_names));
        return Ok(ContractFinding::broken(fault));
    }
    let at = sent.iter().zip(&got).position(|(sent, got)| sent != got).unwrap_or_default();
    let got: String = got[at].to_string().chars().take(160).collect();
    Ok(ContractFinding::degraded(format!("event {} was re-serialized: {got}", at + 1)))
}

fn usage(bench: &ContractRun) -> ContractVerdict {
    let events = parse(&streamed(bench)?.response.body);
    let first = events.iter().find(|event| event["type"] == "message_start");
    let usage = first.map(|event| event["message"]["usage"].clone()).unwrap_or_default();
    let number = |key: &str| usage[key].as_u64();
    let told = format!(
        "input {}, written to cache {}, read from cache {}",
        shown(number("input_tokens")),
        shown(number("cache_creation_input_tokens")),
        shown(number("cache_read_input_tokens"))
    );
    let whole = number("input_tokens").is_some_and(|tokens| tokens > 0);
    let exact = number("input_tokens") == Some(INPUT_TOKENS)
        && number("cache_creation_input_tokens") == Some(13)
        && number("cache_read_input_tokens") == Some(17);
    let is_right = if bench.echo().is_some() { exact } else { whole };
    Ok(if is_right { ContractFinding::works(told) } else { ContractFinding::degraded(told) })
}

fn shown(number: Option<u64>) -> String {
    number.map_or_else(|| "unknown".to_owned(), |number| number.to_string())
}

fn content_type(bench: &ContractRun) -> ContractVerdict {
    let kind = streamed(bench)?.header("content-type").unwrap_or("no content-type");
    Ok(ContractFinding::works_or_broken(kind.starts_with("text/event-stream"), kind, kind))
}

fn compression(bench: &ContractRun) -> ContractVerdict {
    let downwards = streamed(bench)?.header("content-encoding").filter(|encoding| *encoding != "identity");
    let upwards = bench.streamed().arrived.first().and_then(|request| request.header("content-encoding"));
    Ok(match (downwards, upwards) {
        (Some(encoding), _) => ContractFinding::broken(format!("the response is compressed: {encoding}")),
        (_, Some(encoding)) => {
            ContractFinding::degraded(format!("the gateway compresses the request: {encoding}"))
        }
        _ => ContractFinding::works("nothing is compressed"),
    })
}

/// The data of each event.
fn parse(text: &str) -> Vec<Value> {
    text.lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .filter_map(|data| serde_json::from_str(data.trim()).ok())
        .collect()
}

fn shorten(names: &[String]) -> String {
    let text = names.join(" ");
    if text.chars().count() > 300 { text.chars().take(300).chain(['…']).collect() } else { text }
}
