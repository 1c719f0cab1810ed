//! Ways to break the contract, one point each: what a gateway does to a request or a response.

use crate::proxy::Message;
use serde_json::{Value, json};

/// What the gateway does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    Nothing,
    DoubleV1,
    StripBeta,
    AllowlistBeta,
    SortBeta,
    StripVersion,
    StripOpenHeaders,
    Reserialize,
    SystemAsString,
    PrependSystem,
    DropCacheControl,
    DropThinking,
    DropBetaFields,
    DropUnknownFields,
    Refuse413,
    HangOnLarge,
    FirewallShell,
    FirewallHtml,
    BufferStream,
    /// Holds back an event until the next one arrives.
    LagBehind,
    DropPings,
    LoseTheEnd,
    RenameToolIds,
    DropUsage,
    StreamAsJson,
    Gzip,
    WrapErrors,
    RewriteErrors,
    Errors500,
    DropRetryAfter,
    DropLimitHeaders,
    NoCountTokens,
    OwnCountTokens,
    NoModels,
    RedirectModels,
    SlowModels,
    ForeignModels,
    HangHello,
}

/// What happens to a request before it is forwarded.
pub(crate) enum Fate {
    Forward,
    /// Answered by the gateway itself.
    Answer(Message),
    /// Never answered.
    Hang,
}

const OPEN_FIELD: &str = "cf_aig_conformance";

impl Break {
    /// Changes the request.
    pub(crate) fn request(self, request: &mut Message) -> Fate {
        let is_model_request = request.start.starts_with("POST");
        let path = request.start.split(' ').nth(1).unwrap_or_default().to_owned();
        let is = |method: &str, part: &str| request.start.starts_with(method) && path.contains(part);
        match self {
            Break::DoubleV1 => request.start = request.start.replacen("/v1/", "/v1/v1/", 1),
            Break::StripBeta => request.drop_header("anthropic-beta"),
            Break::AllowlistBeta => request.set_header("anthropic-beta", |betas| {
                let known = ["claude-code-20250219", "interleaved-thinking-2025-05-14"];
                betas.split(',').filter(|beta| known.contains(beta)).collect::<Vec<_>>().join(",")
            }),
            Break::SortBeta => request.set_header("anthropic-beta", |betas| {
                let mut betas: Vec<_> = betas.split(',').collect();
                betas.sort_unstable();
                betas.join(",")
            }),
            Break::StripVersion => request.drop_header("anthropic-version"),
            Break::StripOpenHeaders => request.drop_header("anthropic-cf-aig-conformance"),
            Break::Reserialize if is_model_request => request.edit(|_| {}),
            Break::SystemAsString => request.edit_if_changed(|body| {
                let blocks = body["system"].as_array().cloned().unwrap_or_default();
                // its cache markers are kept elsewhere, so that this breaks only one thing
                if blocks.len() > 1 {
                    let text: Vec<_> = blocks.iter().filter_map(|block| block["text"].as_str()).collect();
                    body["system"] = json!(text.join("\n"));
                    body["kept"] = json!(blocks);
                }
            }),
            Break::PrependSystem => request.edit_if_changed(|body| {
                if let Some(blocks) = body["system"].as_array_mut() {
                    blocks.insert(0, json!({"type": "text", "text": "Be polite."}));
                }
            }),
            Break::DropCacheControl => request.edit_if_changed(|body| {
                // another check covers the system blocks
                drop_key(&mut body["tools"], "cache_control");
                drop_key(&mut body["messages"], "cache_control");
            }),
            Break::DropThinking => request.edit_if_changed(|body| drop_top(body, &["thinking"])),
            Break::DropBetaFields => {
                request.edit_if_changed(|body| drop_top(body, &["context_management", "output_config"]));
            }
            Break::DropUnknownFields => request.edit_if_changed(|body| drop_top(body, &[OPEN_FIELD])),
            Break::Refuse413 if request.body.len() > 100_000 => {
                let page = "<html><head><title>413 Request Entity Too Large</title></head></html>";
                return Fate::Answer(Message::answer(413, "text/html", page));
            }
            Break::HangOnLarge if request.body.len() > 100_000 => return Fate::Hang,
            Break::FirewallShell if has(&request.body, "/etc/passwd") => return Fate::Answer(block_page()),
            Break::FirewallHtml if has(&request.body, "<script>") => return Fate::Answer(block_page()),
            Break::NoCountTokens if is("POST", "count_tokens") => {
                return Fate::Answer(Message::answer(404, "application/json", r#"{"detail":"Not Found"}"#));
            }
            Break::OwnCountTokens if is("POST", "count_tokens") => {
                return Fate::Answer(Message::answer(200, "application/json", r#"{"input_tokens":9}"#));
            }
            Break::NoModels if is("GET", "/models") => {
                return Fate::Answer(Message::answer(404, "application/json", r#"{"detail":"Not Found"}"#));
            }
            Break::RedirectModels if is("GET", "/models") => {
                let mut answer = Message::answer(307, "text/plain", "");
                answer.headers.push(("location".to_owned(), "https://llm.example.com/v1/models".to_owned()));
                return Fate::Answer(answer);
            }
            Break::ForeignModels if is("GET", "/models") => {
                let list = r#"{"data":[{"id":"gpt-5"},{"id":"our-model"}]}"#;
                return Fate::Answer(Message::answer(200, "application/json", list));
            }
            Break::SlowModels if is("GET", "/models") => return Fate::Hang,
            Break::HangHello if is("HEAD", "/api/hello") => return Fate::Hang,
            _ => {}
        }
        Fate::Forward
    }

    /// True if the whole response is needed before any of it is passed on.
    pub(crate) fn holds_back(self) -> bool {
        self == Break::BufferStream
    }

    /// Changes status line and headers of the response.
    pub(crate) fn head(self, head: &mut Message) {
        let failed = head.status() >= 400;
        let is_stream = head.header("content-type").is_some_and(|kind| kind.contains("event-stream"));
        match self {
            Break::StreamAsJson if is_stream => {
                head.set_header("content-type", |_| "application/json".to_owned())
            }
            Break::Gzip if is_stream => head.headers.push(("content-encoding".to_owned(), "gzip".to_owned())),
            Break::Errors500 if failed => head.start = "HTTP/1.1 500 X".to_owned(),
            Break::DropRetryAfter => head.drop_header("retry-after"),
            Break::DropLimitHeaders => {
                head.drop_header("x-should-retry");
                head.drop_header("anthropic-ratelimit-unified-status");
            }
            _ => {}
        }
    }

    /// Changes the body of an error.
    pub(crate) fn error(self, body: &[u8]) -> Vec<u8> {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        match self {
            Break::WrapErrors => {
                let inner = String::from_utf8_lossy(body).into_owned();
                let message = format!("litellm.BadRequestError: AnthropicException - {inner}");
                json!({"error": {"message": message, "type": "None", "code": "400"}}).to_string().into_bytes()
            }
            Break::RewriteErrors => serde_json::to_vec_pretty(&value).unwrap_or_default(),
            _ => body.to_vec(),
        }
    }

    /// Changes one event of a stream; `None` drops it.
    pub(crate) fn event(self, event: &str) -> Option<String> {
        let of = |name: &str| event.contains(&format!("event: {name}\n"));
        match self {
            Break::DropPings if of("ping") => None,
            Break::LoseTheEnd if of("message_delta") || of("message_stop") => None,
            Break::RenameToolIds => Some(event.replace("toolu_cfaigconformance01", "call_1")),
            Break::DropUsage if of("message_start") => {
                let at = event.find(",\"usage\":").unwrap_or(event.len());
                let end = event[at..].find('}').map_or(event.len(), |end| at + end + 1);
                Some(format!("{}{}", &event[..at], &event[end..]))
            }
            _ => Some(event.to_owned()),
        }
    }
}

fn has(body: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(body).contains(text)
}

fn drop_top(body: &mut Value, keys: &[&str]) {
    if let Some(map) = body.as_object_mut() {
        map.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

fn drop_key(value: &mut Value, key: &str) {
    match value {
        Value::Object(map) => {
            map.remove(key);
            map.values_mut().for_each(|value| drop_key(value, key));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| drop_key(value, key)),
        _ => {}
    }
}

/// The response of Cloudflare's firewall.
fn block_page() -> Message {
    let page = "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head>\
                <body><h1>Sorry, you have been blocked</h1></body></html>";
    Message::answer(403, "text/html; charset=UTF-8", page)
}
