//! Every fixture, and its expected diagnosis.

use std::collections::BTreeSet;

use super::{diagnose, fixture};

/// Fixture, speaker, cause and confidence of the first finding.
///
/// `client`, `log`, `transcript` and `stream` are what Claude Code 2.1.330 printed, `curl` is what curl 7.88
/// printed, both against a loopback server; `body` is written after the fact sheet.
#[rustfmt::skip]
const EXPECTED: &[(&str, &str, &str, &str)] = &[
    ("client/api-10000.json", "cloudflare-api", "api-token-rejected", "certain"),
    ("client/api-6003.json", "cloudflare-api", "api-header-malformed", "certain"),
    ("client/api-7003-input.json", "cloudflare-api", "rest-endpoint-unfit", "certain"),
    ("client/api-7003-model.json", "provider", "model-not-found", "likely"),
    ("client/api-7003-route.json", "provider", "model-not-found", "likely"),
    ("client/api-9109.json", "cloudflare-api", "api-permission-missing", "certain"),
    ("client/base-url-v1.json", "provider", "model-not-found", "likely"),
    ("client/connection-closed.json", "nobody", "connection-lost", "certain"),
    ("client/connection-refused.json", "nobody", "connection-refused", "likely"),
    ("client/connection-reset.json", "nobody", "connection-lost", "certain"),
    ("client/edge-1010.json", "waf", "client-banned-1010", "certain"),
    ("client/edge-404-html.json", "provider", "model-not-found", "likely"),
    ("client/edge-413-html.json", "provider", "request-too-large", "likely"),
    ("client/edge-502-cloudflare.txt", "cloudflare-edge", "edge-error-at-gateway", "certain"),
    ("client/edge-502-html.json", "cloudflare-edge", "edge-bad-gateway", "likely"),
    ("client/edge-504-html.json", "cloudflare-edge", "edge-bad-gateway", "likely"),
    ("client/edge-522-problem.json", "cloudflare-edge", "edge-error-at-provider", "certain"),
    ("client/edge-524-html.json", "cloudflare-edge", "edge-error-at-provider", "certain"),
    ("client/empty-401.json", "provider", "provider-key-rejected", "possible"),
    ("client/foreign-401.json", "provider", "provider-key-rejected", "likely"),
    ("client/gateway-2001-without-message.json", "ai-gateway", "gateway-not-found", "certain"),
    ("client/gateway-2001.json", "ai-gateway", "gateway-not-found", "certain"),
    ("client/gateway-2003.json", "gateway-policy", "gateway-rate-limit", "likely"),
    ("client/gateway-2005.json", "ai-gateway", "provider-unreachable", "certain"),
    ("client/gateway-2008.json", "ai-gateway", "provider-slug-unknown", "likely"),
    ("client/gateway-2009-auth-token.json", "ai-gateway", "gateway-token-rejected", "likely"),
    ("client/gateway-2009-subscription.json", "ai-gateway", "gateway-token-rejected", "likely"),
    ("client/gateway-2009-without-message.json", "ai-gateway", "gateway-token-rejected", "likely"),
    ("client/gateway-2009.json", "ai-gateway", "gateway-token-rejected", "likely"),
    ("client/gateway-2016.json", "gateway-policy", "guardrail-prompt", "certain"),
    ("client/gateway-2017.json", "gateway-policy", "guardrail-response", "certain"),
    ("client/gateway-2019.json", "ai-gateway", "compat-model-format", "certain"),
    ("client/gateway-2021.json", "ai-gateway", "no-credits", "certain"),
    ("client/gateway-2021.txt", "ai-gateway", "no-credits", "certain"),
    ("client/gateway-2029-as-400.json", "gateway-policy", "dlp-request", "certain"),
    ("client/gateway-2029.json", "gateway-policy", "dlp-request", "certain"),
    ("client/gateway-2030.json", "gateway-policy", "dlp-response", "certain"),
    ("client/gateway-2040-as-400.json", "ai-gateway", "stored-key-alias-unknown", "certain"),
    ("client/gateway-2040-as-403.json", "gateway-policy", "spend-limit-unresolved", "certain"),
    ("client/gateway-2041.json", "gateway-policy", "spend-limit", "certain"),
    ("client/gateway-2047.json", "ai-gateway", "model-needs-own-key", "likely"),
    ("client/gateway-error-402.json", "ai-gateway", "no-credits", "certain"),
    ("client/hang.json", "nobody", "no-answer", "likely"),
    ("client/headers-bad-name.json", "claude-code", "custom-headers-invalid", "certain"),
    ("client/headers-typographic-dash.json", "claude-code", "custom-headers-invalid", "certain"),
    ("client/headers-typographic-dash.txt", "claude-code", "custom-headers-invalid", "certain"),
    ("client/html-200.json", "corporate-proxy", "html-instead-of-answer", "likely"),
    ("client/html-401.json", "provider", "provider-key-rejected", "possible"),
    ("client/html-503.json", "cloudflare-edge", "edge-bad-gateway", "likely"),
    ("client/json-200.json", "unknown", "answer-not-a-message", "likely"),
    ("client/key-line-break.json", "claude-code", "credential-malformed", "certain"),
    ("client/name-eai-again.json", "nobody", "name-not-resolved", "likely"),
    ("client/name-enotfound.json", "nobody", "name-not-resolved", "likely"),
    ("client/no-route.json", "nobody", "no-route", "certain"),
    ("client/not-logged-in.json", "claude-code", "not-logged-in", "certain"),
    ("client/not-logged-in.txt", "claude-code", "not-logged-in", "likely"),
    ("client/ok.json", "unknown", "no-failure", "likely"),
    ("client/provider-400-beta.json", "provider", "beta-rejected", "likely"),
    ("client/provider-400-context-management.json", "provider", "field-rejected", "likely"),
    ("client/provider-400-credit.json", "provider", "provider-billing", "certain"),
    ("client/provider-400.json", "provider", "provider-invalid-request", "possible"),
    ("client/provider-401-bearer.json", "provider", "provider-bearer-rejected", "likely"),
    ("client/provider-401.json", "provider", "provider-key-rejected", "likely"),
    ("client/provider-402.json", "provider", "provider-billing", "likely"),
    ("client/provider-403.json", "provider", "provider-permission", "likely"),
    ("client/provider-404-dotted.json", "provider", "model-id-dotted", "likely"),
    ("client/provider-404-v1-v1.json", "provider", "model-not-found", "likely"),
    ("client/provider-404.json", "provider", "model-not-found", "likely"),
    ("client/provider-413.json", "provider", "request-too-large", "likely"),
    ("client/provider-429-retry-after.json", "provider", "provider-rate-limit", "likely"),
    ("client/provider-429.json", "provider", "provider-rate-limit", "likely"),
    ("client/provider-500.json", "provider", "provider-api-error", "likely"),
    ("client/provider-504.json", "provider", "provider-timeout", "likely"),
    ("client/provider-529.json", "provider", "provider-overloaded", "certain"),
    ("client/proxy-403-page.json", "waf", "waf-block-page", "possible"),
    ("client/proxy-407.json", "corporate-proxy", "proxy-auth-required", "certain"),
    ("client/proxy-connect-403.json", "corporate-proxy", "proxy-auth-required", "possible"),
    ("client/proxy-connect-407.json", "corporate-proxy", "proxy-auth-required", "possible"),
    ("client/proxy-refused.json", "nobody", "connection-refused", "likely"),
    ("client/redirect-loop.json", "unknown", "redirected", "certain"),
    ("client/redirect-unresolved.json", "nobody", "name-not-resolved", "likely"),
    ("client/sandbox-403.json", "sandbox-proxy", "host-not-allowed", "likely"),
    ("client/settings-malformed.txt", "claude-code", "settings-malformed", "certain"),
    ("client/stream-api-error.json", "provider", "provider-api-error", "likely"),
    ("client/stream-cut-recovered.json", "unknown", "no-failure", "likely"),
    ("client/stream-cut.json", "nobody", "stream-cut", "certain"),
    ("client/stream-overloaded.json", "provider", "provider-overloaded", "certain"),
    ("client/stream-stalled.json", "nobody", "stream-stalled", "likely"),
    ("client/stream-truncated.json", "nobody", "stream-cut", "likely"),
    ("client/text-500.json", "provider", "provider-api-error", "possible"),
    ("client/tls-expired.json", "tls-interceptor", "tls-certificate-expired", "likely"),
    ("client/tls-foreign-issuer.json", "tls-interceptor", "tls-untrusted-issuer", "likely"),
    ("client/tls-not-spoken.json", "nobody", "tls-not-spoken", "likely"),
    ("client/tls-other-name.json", "tls-interceptor", "tls-name-mismatch", "likely"),
    ("client/tls-self-signed.json", "tls-interceptor", "tls-untrusted-issuer", "likely"),
    ("client/token-line-break.json", "claude-code", "credential-malformed", "certain"),
    ("client/url-invalid.json", "claude-code", "base-url-invalid", "certain"),
    ("client/waf-403-page.json", "waf", "waf-block-page", "certain"),
    ("log/api-10000.log", "cloudflare-api", "api-token-rejected", "certain"),
    ("log/base-url-v1.log", "provider", "base-url-ends-in-v1", "certain"),
    ("log/connection-refused.log", "nobody", "connection-refused", "likely"),
    ("log/edge-502-html.log", "cloudflare-edge", "edge-bad-gateway", "certain"),
    ("log/edge-522-problem.log", "cloudflare-edge", "edge-error-at-provider", "certain"),
    ("log/gateway-2009.log", "ai-gateway", "gateway-token-rejected", "likely"),
    ("log/gateway-2041.log", "gateway-policy", "spend-limit", "certain"),
    ("log/not-logged-in.log", "claude-code", "not-logged-in", "certain"),
    ("log/provider-404-dotted.log", "provider", "model-id-dotted", "certain"),
    ("log/provider-529.log", "provider", "provider-overloaded", "certain"),
    ("log/proxy-connect-403.log", "corporate-proxy", "proxy-refused-host", "likely"),
    ("log/proxy-connect-407.log", "corporate-proxy", "proxy-auth-required", "certain"),
    ("log/sandbox-403.log", "sandbox-proxy", "host-not-allowed", "likely"),
    ("log/settings-malformed.log", "claude-code", "settings-malformed", "certain"),
    ("log/stream-cut-recovered.log", "nobody", "stream-cut", "likely"),
    ("log/stream-stalled.log", "nobody", "stream-stalled", "likely"),
    ("log/tls-self-signed.log", "tls-interceptor", "tls-untrusted-issuer", "likely"),
    ("log/ok.log", "unknown", "no-failure", "likely"),
    ("log/stream-overloaded-recovered.log", "provider", "provider-overloaded", "likely"),
    ("transcript/ok.jsonl", "unknown", "no-failure", "likely"),
    ("stream/ok.jsonl", "unknown", "no-failure", "likely"),
    ("transcript/api-10000.jsonl", "cloudflare-api", "api-token-rejected", "certain"),
    ("transcript/connection-refused.jsonl", "nobody", "connection-refused", "likely"),
    ("transcript/edge-502-html.jsonl", "cloudflare-edge", "edge-bad-gateway", "certain"),
    ("transcript/edge-522-problem.jsonl", "cloudflare-edge", "edge-error-at-provider", "certain"),
    ("transcript/gateway-2003.jsonl", "gateway-policy", "gateway-rate-limit", "likely"),
    ("transcript/gateway-2009.jsonl", "ai-gateway", "gateway-token-rejected", "likely"),
    ("transcript/stream-cut-recovered.jsonl", "unknown", "silent-retries", "certain"),
    ("stream/gateway-2003.jsonl", "gateway-policy", "gateway-rate-limit", "likely"),
    ("curl/2009.txt", "ai-gateway", "gateway-token-missing", "certain"),
    ("curl/2009tok.txt", "ai-gateway", "gateway-token-rejected", "likely"),
    ("curl/connect403.txt", "sandbox-proxy", "host-not-allowed", "certain"),
    ("curl/connect407.txt", "corporate-proxy", "proxy-auth-required", "certain"),
    ("curl/eof.txt", "nobody", "connection-lost", "likely"),
    ("curl/hang.txt", "nobody", "no-answer", "likely"),
    ("curl/i2001.txt", "ai-gateway", "gateway-not-found", "certain"),
    ("curl/midstop.txt", "nobody", "stream-cut", "likely"),
    ("curl/noname.txt", "nobody", "name-not-resolved", "certain"),
    ("curl/p522.txt", "cloudflare-edge", "edge-error-at-provider", "certain"),
    ("curl/proxynoname.txt", "corporate-proxy", "proxy-not-found", "certain"),
    ("curl/proxyref.txt", "nobody", "connection-refused", "certain"),
    ("curl/redir.txt", "unknown", "redirected", "likely"),
    ("curl/refused.txt", "nobody", "connection-refused", "certain"),
    ("curl/reset.txt", "nobody", "connection-lost", "likely"),
    ("curl/sandbox.txt", "sandbox-proxy", "host-not-allowed", "certain"),
    ("curl/tlsexpired.txt", "tls-interceptor", "tls-certificate-expired", "likely"),
    ("curl/tlsforeign.txt", "tls-interceptor", "tls-untrusted-issuer", "likely"),
    ("curl/tlsinsecure.txt", "ai-gateway", "gateway-token-missing", "certain"),
    ("curl/tlsother.txt", "tls-interceptor", "tls-name-mismatch", "likely"),
    ("curl/tlsplain.txt", "nobody", "tls-not-spoken", "likely"),
    ("curl/tlsself.txt", "tls-interceptor", "tls-untrusted-issuer", "likely"),
    ("curl/waf.txt", "waf", "waf-block-page", "certain"),
    ("body/access-redirect.http", "cloudflare-edge", "access-login", "certain"),
    ("body/api-10000-valid.json", "unknown", "no-failure", "likely"),
    ("body/api-10000.json", "cloudflare-api", "api-token-rejected", "certain"),
    ("body/api-1001-accounts.json", "cloudflare-api", "account-token-cannot-list-accounts", "certain"),
    ("body/api-1001.json", "cloudflare-api", "api-no-credential", "certain"),
    ("body/api-4242.json", "cloudflare-api", "api-code-unknown", "likely"),
    ("body/api-429.http", "cloudflare-api", "api-rate-limit", "certain"),
    ("body/api-5403.json", "cloudflare-api", "gateway-id-taken", "certain"),
    ("body/api-6003.json", "cloudflare-api", "api-header-malformed", "certain"),
    ("body/api-7001.json", "cloudflare-api", "api-validation", "certain"),
    ("body/api-7003-input.json", "cloudflare-api", "rest-endpoint-unfit", "certain"),
    ("body/api-7003-model.json", "cloudflare-api", "api-model-unknown", "certain"),
    ("body/api-7003-route.json", "cloudflare-api", "api-route-unknown", "certain"),
    ("body/api-9109.json", "cloudflare-api", "api-permission-missing", "certain"),
    ("body/api-messages-unsupported.json", "cloudflare-api", "rest-endpoint-unfit", "certain"),
    ("body/base-url-messages.txt", "provider", "base-url-ends-in-messages", "certain"),
    ("body/client-too-old.txt", "claude-code", "client-too-old", "likely"),
    ("body/custom-provider-slug.http", "cloudflare-api", "custom-provider-refused", "likely"),
    ("body/edge-1010.json", "waf", "client-banned-1010", "certain"),
    ("body/edge-1010.txt", "waf", "client-banned-1010", "certain"),
    ("body/edge-1020.txt", "cloudflare-edge", "edge-error-1xxx", "likely"),
    ("body/edge-502.http", "cloudflare-edge", "edge-bad-gateway", "certain"),
    ("body/edge-520-gateway.json", "cloudflare-edge", "edge-error-at-gateway", "certain"),
    ("body/edge-521-html.html", "cloudflare-edge", "edge-error", "certain"),
    ("body/edge-522-provider.html", "cloudflare-edge", "edge-error-at-provider", "certain"),
    ("body/edge-522-provider.json", "cloudflare-edge", "edge-error-at-provider", "certain"),
    ("body/edge-524-other.json", "cloudflare-edge", "edge-error", "certain"),
    ("body/empty-500.http", "unknown", "unexplained-answer", "possible"),
    ("body/foreign-v1-v1.json", "provider", "base-url-ends-in-v1", "certain"),
    ("body/gateway-2001.json", "ai-gateway", "gateway-not-found", "certain"),
    ("body/gateway-2002.json", "ai-gateway", "model-output-unparsed", "certain"),
    ("body/gateway-2003.http", "gateway-policy", "gateway-rate-limit", "certain"),
    ("body/gateway-2003.json", "gateway-policy", "gateway-rate-limit", "certain"),
    ("body/gateway-2005.json", "ai-gateway", "provider-unreachable", "certain"),
    ("body/gateway-2008-model.json", "ai-gateway", "gateway-model-unknown", "certain"),
    ("body/gateway-2008.json", "ai-gateway", "provider-slug-unknown", "certain"),
    ("body/gateway-2009-pretty.json", "ai-gateway", "gateway-token-rejected", "likely"),
    ("body/gateway-2009-status-400.json", "ai-gateway", "gateway-token-rejected", "likely"),
    ("body/gateway-2009.json", "ai-gateway", "gateway-token-rejected", "likely"),
    ("body/gateway-2016.json", "gateway-policy", "guardrail-prompt", "certain"),
    ("body/gateway-2017.json", "gateway-policy", "guardrail-response", "certain"),
    ("body/gateway-2019.json", "ai-gateway", "compat-model-format", "certain"),
    ("body/gateway-2021.json", "ai-gateway", "no-credits", "certain"),
    ("body/gateway-2029.json", "gateway-policy", "dlp-request", "certain"),
    ("body/gateway-2030.json", "gateway-policy", "dlp-response", "certain"),
    ("body/gateway-2040-alias.json", "ai-gateway", "stored-key-alias-unknown", "certain"),
    ("body/gateway-2040-spend.json", "gateway-policy", "spend-limit-unresolved", "certain"),
    ("body/gateway-2041.json", "gateway-policy", "spend-limit", "certain"),
    ("body/gateway-2045.json", "gateway-policy", "spend-limit", "certain"),
    ("body/gateway-2047.json", "ai-gateway", "model-needs-own-key", "certain"),
    ("body/gateway-2049.json", "ai-gateway", "no-credits", "likely"),
    ("body/gateway-2999.json", "ai-gateway", "gateway-code-unknown", "likely"),
    ("body/gateway-7013.json", "gateway-policy", "guardrail-unavailable", "certain"),
    ("body/gateway-error-402.json", "ai-gateway", "no-credits", "certain"),
    ("body/hook-duplicate.txt", "claude-code", "plugin-name-taken", "certain"),
    ("body/hook-missing.txt", "claude-code", "hook-command-missing", "likely"),
    ("body/html-200.http", "corporate-proxy", "html-instead-of-answer", "likely"),
    ("body/message-200.http", "unknown", "no-failure", "likely"),
    ("body/mod-cloud.txt", "claude-code", "cloud-session-holds", "certain"),
    ("body/mod-managed.txt", "claude-code", "managed-settings-hold", "certain"),
    ("body/mod-name-taken.txt", "claude-code", "plugin-name-taken", "certain"),
    ("body/mod-off.txt", "claude-code", "mod-not-loaded", "likely"),
    ("body/ndjson-econnrefused.txt", "nobody", "connection-refused", "likely"),
    ("body/nothing-known.txt", "unknown", "unrecognised", "possible"),
    ("body/policy-not-fetched.txt", "claude-code", "policy-not-fetched", "possible"),
    ("body/provider-api-error.json", "provider", "provider-api-error", "likely"),
    ("body/provider-authentication-error.json", "provider", "provider-key-rejected", "likely"),
    ("body/provider-bearer.json", "provider", "provider-bearer-rejected", "likely"),
    ("body/provider-billing-error.json", "provider", "provider-billing", "certain"),
    ("body/provider-brand-new-error.json", "provider", "provider-refused", "likely"),
    ("body/provider-context-management.json", "provider", "field-rejected", "likely"),
    ("body/provider-credit.json", "provider", "provider-billing", "certain"),
    ("body/provider-invalid-request-error.json", "provider", "provider-invalid-request", "likely"),
    ("body/provider-model-dotted.json", "provider", "model-id-dotted", "certain"),
    ("body/provider-model.json", "provider", "model-not-found", "certain"),
    ("body/provider-not-found-error.json", "provider", "provider-not-found", "likely"),
    ("body/provider-overloaded-error.json", "provider", "provider-overloaded", "likely"),
    ("body/provider-permission-error.json", "provider", "provider-permission", "likely"),
    ("body/provider-rate-limit-error.json", "provider", "provider-rate-limit", "likely"),
    ("body/provider-request-too-large.json", "provider", "request-too-large", "likely"),
    ("body/provider-timeout-error.json", "provider", "provider-timeout", "likely"),
    ("body/proxy-407.http", "corporate-proxy", "proxy-auth-required", "certain"),
    ("body/proxy-page.http", "corporate-proxy", "proxy-block-page", "likely"),
    ("body/recorded.json", "provider", "provider-key-rejected", "likely"),
    ("body/redirect.http", "unknown", "redirected", "likely"),
    ("body/sandbox.http", "sandbox-proxy", "host-not-allowed", "certain"),
    ("body/sse-overloaded.http", "provider", "provider-overloaded", "likely"),
    ("body/waf-page.html", "waf", "waf-block-page", "certain"),
    ("body/wrapped.txt", "ai-gateway", "gateway-not-found", "certain"),
];

const DIRECTORIES: &[&str] = &["client", "log", "transcript", "stream", "curl", "body"];

#[test]
fn every_fixture_gets_the_right_speaker_and_cause() {
    let mut wrong = Vec::new();
    for (name, speaker, cause, confidence) in EXPECTED {
        let report = diagnose(&std::fs::read(fixture(name)).expect(name));
        let first = report.first();
        let got = (first.speaker.id(), first.cause.id(), first.confidence.id());
        if got != (*speaker, *cause, *confidence) {
            wrong.push(format!("{name}: {got:?} instead of {speaker} {cause} {confidence}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_fixture_is_without_an_expectation() {
    let expected: BTreeSet<String> = EXPECTED.iter().map(|row| row.0.to_owned()).collect();
    let mut there = BTreeSet::new();
    for directory in DIRECTORIES {
        for entry in std::fs::read_dir(fixture(directory)).expect(directory) {
            let name = entry.expect("an entry").file_name().into_string().expect("a plain name");
            there.insert(format!("{directory}/{name}"));
        }
    }
    assert_eq!(there, expected);
}

/// The words of a finding's evidence for a fixture.
fn evidence(name: &str) -> String {
    diagnose(&std::fs::read(fixture(name)).expect(name)).first().evidence.clone()
}

#[test]
fn evidence_says_where_and_how_often() {
    let evidence = evidence("log/gateway-2009.log");
    assert!(evidence.starts_with("line "), "{evidence}");
    assert!(evidence.ends_with("401 Unauthorized (12 times)"), "{evidence}");
}

#[test]
fn evidence_of_a_response_has_status_and_proving_header() {
    assert_eq!(evidence("body/sandbox.http"), "HTTP 403, x-deny-reason: host_not_allowed");
}

#[test]
fn what_the_client_says_about_a_bad_header_is_kept() {
    let evidence = evidence("client/headers-typographic-dash.json");
    assert!(evidence.contains("typographic dash (U+2014) at character 9"), "{evidence}");
}

#[test]
fn a_later_success_is_reported_and_lowers_the_confidence() {
    let report =
        diagnose(&std::fs::read(fixture("transcript/stream-cut-recovered.jsonl")).expect("the fixture"));
    let lost = report.findings.iter().find(|f| f.cause == "connection-lost").expect("the connection");
    assert_eq!(lost.confidence.id(), "likely");
    assert!(lost.evidence.ends_with("; a later response was good"), "{}", lost.evidence);
}

#[test]
fn the_sentence_about_the_model_names_the_other_404s_too() {
    let report = diagnose(&std::fs::read(fixture("client/base-url-v1.json")).expect("the fixture"));
    let causes: Vec<&str> = report.findings.iter().map(|f| f.cause.id()).collect();
    assert_eq!(causes, ["model-not-found", "base-url-ends-in-v1", "api-route-unknown"]);
}
