//! Words that stand within others, or in text about something else, are no sign of a cause.

use cf_aig::facts::gateway::errors::{Confidence, Judgement, Response};

use super::diagnose;

/// The causes that are more than a guess.
fn causes(text: &str) -> Vec<&'static str> {
    let mut findings = diagnose(text.as_bytes()).findings;
    findings.retain(|finding| finding.confidence > Confidence::Possible);
    findings.iter().map(|finding| finding.cause.id()).collect()
}

#[test]
fn a_word_in_another_one_is_no_sign() {
    let invalid = |message: &str| {
        format!(r#"{{"type":"error","error":{{"type":"invalid_request_error","message":"{message}"}}}}"#)
    };
    let cases = [
        (
            "* Uses proxy env variable HTTPS_PROXY == 'http://https-gw.corp:3128'\n* error: it failed"
                .to_owned(),
            "base-url-invalid",
        ),
        ("Error: cannot fetch https://web.archive.org/web/https-everywhere".to_owned(), "base-url-invalid"),
        (invalid("schema doesn't match for certain properties"), "tls-name-mismatch"),
        (invalid("lossless output doesn't match the format"), "tls-name-mismatch"),
        (invalid("Invalid content type. Expected application/json"), "tls-not-spoken"),
        (invalid("unknown protocol in field transport"), "tls-not-spoken"),
        ("* Connected to e1234.akamaiedge.net (1.2.3.4) port 443".to_owned(), "waf-block-page"),
        ("* connect to e1234.akamaiedge.net port 443 failed: it took too long".to_owned(), "waf-block-page"),
        ("Error: 404 {\"message\":\"the webhook was not found\"}".to_owned(), "hook-command-missing"),
        ("npm error: a peer dependency could not be satisfied".to_owned(), "upstream-unavailable"),
        ("This coding plan has five steps".to_owned(), "usage-limit"),
    ];
    for (text, cause) in cases {
        assert!(!causes(&text).contains(&cause), "{text}: {cause}");
    }
}

#[test]
fn the_words_themselves_still_are() {
    let cases = [
        ("Error: request to https://https://gateway.ai.cloudflare.com failed", "base-url-invalid"),
        ("Error: Failed to fetch https//gateway.ai.cloudflare.com/v1", "base-url-invalid"),
        (
            "ssl.CertificateError: hostname 'gateway.ai.cloudflare.com' doesn't match 'proxy.corp'",
            "tls-name-mismatch",
        ),
        ("error: SSL23_GET_SERVER_HELLO:unknown protocol", "tls-not-spoken"),
        ("error: SSLError(1, '[SSL: UNKNOWN_PROTOCOL] unknown protocol (_ssl.c:777)')", "tls-not-spoken"),
        ("error: Post \"https://127.0.0.1:1\": tls: invalid content type", "tls-not-spoken"),
        (
            "<html><head><title>Just a moment...</title></head><body>Enable JavaScript and cookies to continue</body></html>",
            "waf-block-page",
        ),
        (
            "<html><body><script src=\"/cdn-cgi/challenge-platform/h/b\"></script></body></html>",
            "waf-block-page",
        ),
        ("PreToolUse hook error: not found", "hook-command-missing"),
        ("Error 502: The request could not be satisfied", "upstream-unavailable"),
    ];
    for (text, cause) in cases {
        assert_eq!(causes(text)[0], cause, "{text}");
    }
}

/// The cause of a response with this status, these headers and this body.
fn judged(status: u16, headers: &[(&str, &str)], body: &str) -> &'static str {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Judgement::of(&Response { status: Some(status), headers, body: body.to_owned() }).row.cause.id()
}

#[test]
fn a_429_is_the_apis_only_if_nobody_else_wrote_it() {
    let api = |code: u32, message: &str| {
        format!(
            r#"{{"success":false,"errors":[{{"code":{code},"message":"{message}"}}],"messages":[],"result":null}}"#
        )
    };
    let gateway = r#"{"success":false,"error":[{"code":2003,"message":"Rate limited"}],"name":"AiGatewayError","internalCode":2003}"#;
    let provider = r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#;
    let foreign = r#"{"error":{"message":"Rate limit reached for requests","code":"rate_limit_exceeded"}}"#;
    let cases = [
        (gateway.to_owned(), "gateway-rate-limit"),
        (provider.to_owned(), "provider-rate-limit"),
        (foreign.to_owned(), "provider-rate-limit"),
        (api(2003, "Rate limited"), "gateway-rate-limit"),
        (api(2041, "Spend limit exceeded"), "spend-limit"),
        (api(2045, "Spend limit reached"), "spend-limit"),
        (api(971, "Please wait and consider throttling your request speed"), "api-rate-limit"),
        (api(10429, "Rate limited"), "api-rate-limit"),
    ];
    for policy in
        [&[][..], &[("RateLimit-Policy", "100;w=60")], &[("ratelimit-policy", "\"default\";q=1200;w=300")]]
    {
        for (body, cause) in &cases {
            assert_eq!(judged(429, policy, body), *cause, "{policy:?} {body}");
        }
    }
    assert_eq!(judged(429, &[("ratelimit-policy", "\"default\";q=1200;w=300")], ""), "api-rate-limit");
}

#[test]
fn the_apis_answers_to_a_bad_token_and_a_bad_key_are_told_apart() {
    let body = |code: u32, message: &str| {
        format!(
            r#"{{"success":false,"errors":[{{"code":{code},"message":"{message}"}}],"messages":[],"result":null}}"#
        )
    };
    assert_eq!(judged(401, &[], &body(2009, "Unauthorized")), "provider-key-rejected");
    assert_eq!(judged(401, &[], &body(1000, "Invalid API Token")), "api-token-rejected");
    assert_eq!(judged(401, &[], &body(10000, "Authentication error")), "api-token-rejected");
    assert_eq!(judged(400, &[], &body(1000, "another")), "api-code-unknown");
}
