//! No secret of any known form is printed, wherever it is in the evidence.

use proptest::prelude::*;

use cf_aig::base::redact::redact;
use cf_aig::services::diagnose::read;

use super::diagnose;

/// Forms of credentials: a name for the failure message, and an expression for its text.
const FORMS: &[(&str, &str)] = &[
    ("Anthropic key", "sk-ant-api03-[A-Za-z0-9_-]{93}AA"),
    ("Anthropic login", "sk-ant-oat01-[A-Za-z0-9_-]{80,95}"),
    ("short Anthropic key", "sk-ant-[a-z0-9]{12,20}"),
    ("OpenAI key", "sk-proj-[A-Za-z0-9_-]{48}"),
    ("OpenRouter key", "sk-or-v1-[a-f0-9]{64}"),
    ("Cloudflare global key", "cfk_[A-Za-z0-9]{48}"),
    ("Cloudflare user token", "cfut_[A-Za-z0-9]{48}"),
    ("Cloudflare account token", "cfat_[A-Za-z0-9]{48}"),
    ("old Cloudflare token", "[A-Za-z0-9]{18}[A-Z][0-9][A-Za-z0-9_-]{19}[a-z]"),
    ("old global key", "[0-9a-f]{16}[a-f][0-9][0-9a-f]{19}"),
    ("JSON web token", "eyJ[A-Za-z0-9_-]{30,60}\\.eyJ[A-Za-z0-9_-]{40,90}\\.[A-Za-z0-9_-]{43}"),
    ("AWS access key", "AKIA[A-Z0-9]{16}"),
    ("AWS session key", "ASIA[A-Z0-9]{16}"),
    ("AWS secret key", "[A-Z][a-z][0-9][A-Za-z0-9/+]{36}[A-Za-z0-9]"),
    ("base64", "[A-Z][a-z][0-9][A-Za-z0-9+/]{60}[A-Za-z0-9]=="),
    ("hex", "[0-9a-f]{31}[0-9][a-f][0-9a-f]{31}"),
    ("GitHub token", "ghp_[A-Za-z0-9]{36}"),
    ("Google key", "AIza[A-Za-z0-9_-]{35}"),
    ("z.ai key", "[0-9a-f]{15}[0-9][a-f]{16}\\.[A-Za-z0-9]{16}"),
];

/// Ways in which the text before a value of no known form gives it away.
const PLACES: &[&str] = &[
    "authorization: Bearer @",
    "Authorization: @",
    "> cf-aig-authorization: Bearer @",
    "< set-cookie: session=@; Path=/",
    "cookie: a=1; b=@; c=\"2\"",
    "x-api-key: @",
    "X-Api-Key:@",
    "proxy-authorization: Basic @",
    "curl -H \"x-api-key: @\" https://example.com",
    "curl -H 'Authorization: Bearer @' https://example.com",
    "ANTHROPIC_API_KEY=@",
    "export ANTHROPIC_AUTH_TOKEN=\"@\"",
    "CLOUDFLARE_API_TOKEN='@' claude",
    "ANTHROPIC_CUSTOM_HEADERS=cf-aig-authorization: Bearer @",
    "{\"api_token\":\"@\",\"n\":1}",
    "{\"headers\":{\"x-api-key\":\"@\"}}",
    "{\"log\":\"{\\\"authorization\\\":\\\"Bearer @\\\"}\"}",
    "https://user:@@example.com/v1",
    "HTTPS_PROXY=http://me:@@proxy.corp.example:8080",
    "https://example.com/?access_token=@&x=1",
    "password=@",
    "{\"headers\":{\"x-api-key\":[\"@\"]}}",
    "{\"name\":\"x-api-key\",\"value\":\"@\"}",
    "rawHeaders: [ 'X-Api-Key', '@' ]",
    "client_secret: @",
    "headers=[(b'x-api-key', b'@'), (b'a', b'b')]",
    "curl -u me:@ https://example.com/v1",
    "curl --user 'me:@' https://example.com/v1",
    "curl -ume:@ https://example.com/v1",
    "curl --user=me:@ https://example.com/v1",
    "<ApiKey>@</ApiKey>",
    "<add key=\"ApiKey\" value=\"@\" />",
    "Server=a;pwd=@;b=c",
    "https://example.com/?user=a&pass=@",
    "password：@",
    "bearer: @",
];

/// Where the line with the secret is in the evidence.
const AROUND: &[&str] = &[
    "@",
    "API Error: 401 @ Unauthorized",
    "[ERROR] API error (attempt 1/11): 400 400 Invalid provider @",
    "HTTP/1.1 403 Forbidden\r\n@\r\nx-deny-reason: host_not_allowed\r\n\r\n@",
    "{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"invalid x-api-key @\"}}",
    "{\"type\":\"result\",\"is_error\":true,\"result\":\"API Error: 400 Invalid provider @\"}",
    "<html><head><title>@</title></head><body>Attention Required! | Cloudflare @</body></html>",
    "@ connect ECONNREFUSED 127.0.0.1:8787 @",
    "* issuer: O=Zscaler @",
    "< HTTP/1.1 302 Found\n< location: https://x.cloudflareaccess.com/@\n< \n",
    "error code: 1010 @",
];

/// The report on this evidence as text and as JSON, and the whole evidence redacted.
fn outputs(evidence: &str) -> String {
    let report = read(evidence.as_bytes()).expect("memory");
    let json = serde_json::to_string(&report).expect("JSON");
    format!("{}\n{}{json}", redact(evidence), report.text())
}

/// Any twelve characters of the secret are too many.
fn leaks(output: &str, secret: &str) -> Option<String> {
    let chars: Vec<char> = secret.chars().collect();
    let piece = |n: usize| chars[n..n + 12].iter().collect::<String>();
    (0..chars.len().saturating_sub(11)).map(piece).find(|piece| output.contains(piece.as_str()))
}

fn any_secret() -> impl Strategy<Value = (&'static str, String)> {
    (0..FORMS.len()).prop_flat_map(|at| {
        let (name, form) = FORMS[at];
        proptest::string::string_regex(form).expect("a form").prop_map(move |secret| (name, secret))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn known_forms_of_secrets_are_never_printed(
        (name, secret) in any_secret(),
        around in prop::sample::select(AROUND),
        before in "[ \"'(=:,]{1,2}|word |key=|\u{1b}\\[1m",
        after in "[ \"'),;]?",
    ) {
        let evidence = around.replace('@', &format!("{before}{secret}{after}"));
        let output = outputs(&evidence);
        prop_assert_eq!(leaks(&output, &secret), None, "{} in {:?}: {}", name, evidence, output);
    }

    #[test]
    fn a_named_value_of_any_form_never_comes_out(
        secret in "[a-z]{6}[A-Za-z0-9_.~-]{6,30}",
        place in prop::sample::select(PLACES),
        around in prop::sample::select(AROUND),
    ) {
        // In a JSON string, the surrounding quotes would end it; that would be another text.
        let line = if around.starts_with('{') { serde_json::to_string(place).expect("text").trim_matches('"').to_owned() } else { place.to_owned() };
        let line = line.replacen('@', &secret, 1);
        let evidence = around.replace('@', &line);
        let output = outputs(&evidence);
        prop_assert_eq!(leaks(&output, &secret), None, "{:?}: {}", evidence, output);
    }

    #[test]
    fn no_control_character_comes_out(text in any::<Vec<char>>()) {
        let text: String = text.into_iter().collect();
        let evidence = format!("API Error: 400 {text}\nInvalid provider\u{1b}]0;title\u{7}\u{1b}[2J\u{202e}");
        let output = outputs(&evidence);
        prop_assert!(!output.chars().any(|c| c.is_control() && c != '\n'), "{output:?}");
        prop_assert_eq!(output.find('\u{202e}'), None);
    }

    #[test]
    fn any_bytes_give_a_report(bytes in any::<Vec<u8>>()) {
        prop_assert!(!diagnose(&bytes).findings.is_empty());
    }
}

/// Long evidence in which a text is cut: its form, and how much of it is kept.
const CUTS: &[(&str, usize, &str)] = &[
    ("a line of JSON", 16 << 10, r#"{"type":"error","error":{"type":"api_error","message": "@"}}"#),
    ("JSON over lines", 16 << 10, "{\n \"type\": \"error\",\n \"error\": {\"message\": \"@\"}\n}"),
    ("an object of a list", 16 << 10, "[\n {\"error\": {\"message\": \"@\"}}\n]"),
    ("an escape", 16 << 10, "{\n \"error\": {\"message\": \"\\\"\\n\\ud83d\\udd12\\\\@\"}\n}"),
    ("a value", 128 << 10, "{\n \"list\": [#],\n \"error\": {\"message\": \"@\"}\n}"),
    ("a body", 64 << 10, "HTTP/1.1 502 Bad Gateway\r\n\r\nSee: #\n@"),
];

#[test]
fn a_known_secret_is_hidden_wherever_long_evidence_is_cut() {
    let secret = "plainwordsecretvalue12345xyz";
    cf_aig::base::redact::known::register(secret);
    let (mut shown, mut leaked) = (0, Vec::new());
    for (form, limit, evidence) in CUTS {
        let evidence = evidence.replace('#', &("\"a text\", ".repeat((limit - (16 << 10)) / 10) + "1"));
        let start = if *limit == 16 << 10 { "ge\": \"" } else { "See: " };
        let begin = evidence.find(start).map_or(0, |at| if *limit == 16 << 10 { at + 5 } else { at });
        let before = evidence.find('@').expect("a place") - begin;
        let more = "z".repeat(if form.starts_with("a line") { 70_000 } else { 40 });
        let said = "connection refused. Sorry, you have been blocked with token ";
        for back in 0..secret.len() + 3 {
            let fill = "y".repeat(limit - before - said.len() - back);
            let output =
                diagnose(evidence.replace('@', &format!("{fill} {said}{secret} and {more}")).as_bytes())
                    .text();
            leaked.extend(leaks(&output, secret).map(|part| format!("{form}, {back}: {part}")));
            shown += usize::from(output.contains("with token"));
        }
    }
    assert_eq!(leaked, [""; 0]);
    assert!(shown > 180, "the place of the secret is in the excerpt: {shown}");
}

#[test]
fn words_are_kept() {
    for text in [
        "API Error: 400 Unexpected value(s) `mid-conversation-tool-changes-2026-07-01` for the `anthropic-beta` header.",
        "max_tokens: must be greater than or equal to 1",
        "Invalid format for Authorization header",
        "There's an issue with the selected model (claude-opus-5-5).",
        "https://gateway.ai.cloudflare.com/v1/account/my-gateway/anthropic/v1/messages",
        "no bearer token",
        "tests pass: 12, fail: 0",
        "{\"pass\": 12}",
        "Provider 'anthropic' has no BYOK credential named 'team'. Configured aliases: default",
        "x-deny-reason: host_not_allowed",
        "StreamNoEventsError, DEPTH_ZERO_SELF_SIGNED_CERT, UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        "req_011CXmockmockmockmock001",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn a_known_secret_is_hidden_where_a_long_line_is_read_in_blocks() {
    let secret = "plainwordsecretvalue12345xyz";
    cf_aig::base::redact::known::register(secret);
    // another block begins here
    let border = (512 << 10) - 512;
    for back in (0..secret.len()).step_by(3) {
        let (before, after) = (" ".repeat(border - back), "more ".repeat(200));
        let text = format!("{before}{secret} connection refused and {after}");
        let report = diagnose(text.as_bytes());
        assert_eq!(leaks(&report.text(), secret), None, "{back}");
        assert!(report.first().evidence.contains("refused"), "{back}");
    }
}
