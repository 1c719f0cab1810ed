//! Faults of the account, and of the API: settings, log, API token.

use crate::row::{Row, warns};
use crate::world::{World, answer};
use cf_aig_emulator::Fault;
use serde_json::json;

const POLICY: &str = "gateway-policy";
const API: &str = "cloudflare-api";
const NOBODY: &str = "nobody";

pub(crate) static ROWS: &[Row] = &[
    warns(
        "DLP scans responses, and holds them back",
        || {
            let policy = json!({"id": "p", "action": "BLOCK", "check": ["REQUEST", "RESPONSE"], "enabled": true, "profiles": []});
            World::well().gateway(|gateway| {
                gateway.settings.insert("dlp".to_owned(), json!({"enabled": true, "policies": [policy]}));
            })
        },
        "streaming.pieces",
        POLICY,
        "response-buffered",
    ),
    warns(
        "guardrails scan responses, and hold them back",
        || {
            World::well().gateway(|gateway| {
                let rules = json!({"prompt": {}, "response": {"S1": "FLAG"}});
                gateway.settings.insert("guardrails".to_owned(), rules);
            })
        },
        "streaming.pieces",
        POLICY,
        "response-buffered",
    ),
    warns(
        "the gateway keeps no log",
        || World::well().gateway(|gateway| gateway.collect_logs = false),
        "log.collected",
        POLICY,
        "",
    ),
    warns(
        "a header of the session keeps its requests out of the log",
        || World::well().set("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-collect-log: false"),
        "log.found",
        "claude-code",
        "",
    ),
    warns(
        "the API token is rejected",
        || World::well().set("CLOUDFLARE_API_TOKEN", "revoked-api-token"),
        "log.collected",
        API,
        "api-token-rejected",
    ),
    warns(
        "the API token may not read AI Gateway",
        || {
            let body = r#"{"success":false,"errors":[{"code":9109,"message":"Unauthorized to access requested resource"}],"messages":[],"result":null}"#;
            World::well().api_fault(answer(403, &[("content-type", "application/json")], body))
        },
        "log.collected",
        API,
        "api-permission-missing",
    ),
    warns(
        "the API refuses connections",
        || World::well().api_fault(Fault::RefuseConnections),
        "log.collected",
        NOBODY,
        "connection-refused",
    ),
    warns(
        "the API never responds",
        || World::well().api_fault(Fault::AcceptAndHang),
        "log.collected",
        NOBODY,
        "no-answer",
    )
    .hangs(),
    warns(
        "the API's edge responds with a page",
        || World::well().api_fault(Fault::EdgeHtml { status: 502 }),
        "log.collected",
        "cloudflare-edge",
        "edge-error-at-gateway",
    ),
    warns(
        "the API rate limit is reached",
        || {
            let body = r#"{"success":false,"errors":[{"code":10429,"message":"Rate limited. Please wait and consider throttling your request speed"}],"messages":[],"result":null}"#;
            World::well().api_fault(answer(
                429,
                &[("content-type", "application/json"), ("retry-after", "240")],
                body,
            ))
        },
        "log.collected",
        API,
        "api-rate-limit",
    ),
    warns(
        "a portal responds in place of the API",
        || World::well().api_fault(Fault::Redirect { to: "https://login.example.com/".to_owned() }),
        "log.collected",
        "unknown",
        "redirected",
    ),
    warns(
        "the API's response is not HTTP",
        || World::well().api_fault(Fault::GarbageBytes),
        "log.collected",
        NOBODY,
        "tls-not-spoken",
    ),
    warns(
        "the sandbox does not allow the API",
        || World::well().api_fault(Fault::HostNotAllowed),
        "log.collected",
        "sandbox-proxy",
        "host-not-allowed",
    ),
];
