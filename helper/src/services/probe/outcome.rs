//! The outcomes of a probe: who responded, and what to do.

use crate::facts::gateway::errors::{Cause, Judgement, Response, Row, Speaker};
use crate::http::Failure;
use serde_json::{Map, Value};

/// The result of a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// The gateway accepted the request and the provider responded, even if only to ask for its
    /// key.
    Good,
    /// Something other than the provider responded: who and why.
    Said(Judgement),
    /// Nothing responded.
    Unanswered(Failure),
}

impl From<Failure> for ProbeOutcome {
    fn from(failure: Failure) -> Self {
        ProbeOutcome::Unanswered(failure)
    }
}

impl ProbeOutcome {
    /// What a response means for the path to the provider. Whatever the provider says is good, even in a
    /// format that the catalogue does not know, as long as it is JSON.
    pub(crate) fn of(response: &Response, judged: Judgement) -> Self {
        let is_object = serde_json::from_str::<Map<String, Value>>(&response.body).is_ok();
        let may_be_the_providers =
            judged.speaker() == Speaker::Provider || judged.row.cause == Cause::UnexplainedAnswer;
        match may_be_the_providers {
            _ if judged.is_message() => ProbeOutcome::Good,
            true if is_object => ProbeOutcome::Good,
            true => ProbeOutcome::Said(Judgement { row: Cause::UnexplainedAnswer.row(), ..judged }),
            false => ProbeOutcome::Said(judged),
        }
    }

    /// True if a session's request would reach the provider.
    pub fn is_good(&self) -> bool {
        matches!(self, ProbeOutcome::Good)
    }

    /// True if the gateway requires a token that was not sent.
    pub fn is_token_refused(&self) -> bool {
        matches!(self, ProbeOutcome::Said(said) if matches!(said.row.cause, Cause::GatewayTokenMissing | Cause::GatewayTokenRejected))
    }

    /// The catalogue's row; none for success and for what the catalogue does not know.
    pub fn row(&self) -> Option<&'static Row> {
        match self {
            ProbeOutcome::Good => None,
            ProbeOutcome::Said(said) => Some(said.row),
            ProbeOutcome::Unanswered(failure) => failure.cause().map(Cause::row),
        }
    }

    /// The outcome on one line, without a full stop. `host` is the gateway's host.
    pub fn sentence(&self, host: &str) -> String {
        match self {
            ProbeOutcome::Good => "the gateway responds".to_owned(),
            ProbeOutcome::Said(said) => sentence(said, host),
            ProbeOutcome::Unanswered(failure) => failure.sentence(host),
        }
    }

    /// The next step on one line, without a full stop.
    pub fn fix(&self, host: &str) -> String {
        match self {
            ProbeOutcome::Good => String::new(),
            ProbeOutcome::Said(said) => said.row.fix.to_owned(),
            ProbeOutcome::Unanswered(failure) => failure.fix(host),
        }
    }
}

/// A judgement on one line.
fn sentence(said: &Judgement, host: &str) -> String {
    let Judgement { row, status, codes, words, .. } = said;
    let code = codes.first().filter(|code| **code != u32::from(*status));
    let code = code.map_or(String::new(), |code| format!("/{code}"));
    let meaning = row.meaning.trim_end_matches('.');
    match (row.speaker, words.is_empty()) {
        // the speaker is unknown
        (Speaker::Unknown, true) => format!("{host} responded with {status}{code}: {meaning}"),
        (Speaker::Unknown, false) => format!("{host} responded with {status}{code}, {words}: {meaning}"),
        (_, true) => format!("{meaning} ({status}{code})"),
        (_, false) => format!("{meaning} ({status}{code}: {words})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::TlsFault;

    fn answer(status: u16, body: &str) -> Response {
        Response { status: Some(status), headers: Vec::new(), body: body.to_owned() }
    }

    fn of_gateway(code: u64, message: &str) -> String {
        format!(
            r#"{{"success":false,"result":[],"messages":[],"error":[{{"code":{code},"message":"{message}"}}],
            "name":"AiGatewayError","httpCode":401,"internalCode":{code},"message":"{message}","description":"{message}"}}"#
        )
    }

    fn classify(answer: &Response, sent: &[&str]) -> ProbeOutcome {
        ProbeOutcome::of(answer, Judgement::of_exchange(answer, sent.iter().copied()))
    }

    /// The cause, or `good`.
    fn cause(answer: &Response, sent: &[&str]) -> &'static str {
        let outcome = classify(answer, sent);
        assert_eq!(outcome.is_good(), outcome.row().is_none(), "{outcome:?}");
        outcome.row().map_or("good", |row| row.cause.id())
    }

    #[test]
    fn who_answered_is_read_from_the_answer() {
        let provider = r#"{"type":"error","error":{"type":"authentication_error","message":"x-api-key header is required"}}"#;
        let edge = r#"{"title":"x","status":522,"error_code":522,"cloudflare_error":true}"#;
        let cases = [
            (answer(401, provider), "good"),
            (answer(400, r#"{"type":"error","error":{"type":"invalid_request_error"}}"#), "good"),
            (answer(529, r#"{"type":"error","error":{"type":"overloaded_error"}}"#), "good"),
            (answer(200, r#"{"type":"message","content":[]}"#), "good"),
            (answer(200, r#"{"choices":[{"message":{"content":"hi"}}]}"#), "good"),
            (answer(200, r#"{"error":{"message":"of another provider"}}"#), "good"),
            (answer(200, "{}"), "answer-not-a-message"),
            (answer(200, r#"{"status":"ok"}"#), "answer-not-a-message"),
            (answer(200, r#"{"success":true,"result":null,"error":null}"#), "answer-not-a-message"),
            (answer(404, "404 page not found"), "unexplained-answer"),
            (answer(401, "Unauthorized"), "unexplained-answer"),
            (answer(404, r#"{"detail":"of a provider with a format of its own"}"#), "good"),
            (answer(401, &of_gateway(2009, "Unauthorized")), "gateway-token-rejected"),
            (answer(400, &of_gateway(2001, "Please configure")), "gateway-not-found"),
            (answer(400, &of_gateway(2008, "Invalid provider")), "provider-slug-unknown"),
            (answer(429, &of_gateway(2003, "Rate limited")), "gateway-rate-limit"),
            (answer(400, &of_gateway(2777, "New")), "gateway-code-unknown"),
            (answer(522, edge), "edge-error"),
            (answer(502, "<html>cloudflare</html>"), "edge-bad-gateway"),
            (answer(403, "error code: 1010"), "client-banned-1010"),
            (answer(200, "<html>Log in to the hotel</html>"), "html-instead-of-answer"),
            (answer(200, "\"text\""), "answer-not-a-message"),
            (answer(500, ""), "unexplained-answer"),
            (answer(407, ""), "proxy-auth-required"),
        ];
        for (given, expected) in cases {
            assert_eq!(cause(&given, &["cf-aig-authorization"]), expected, "{given:?}");
        }
        assert_eq!(cause(&answer(401, &of_gateway(2009, "Unauthorized")), &[]), "gateway-token-missing");
    }

    #[test]
    fn a_sandbox_and_a_redirect_are_recognized_by_their_headers() {
        let with = |status, name: &str, value: &str| Response {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..answer(status, "")
        };
        for reason in ["host_not_allowed", "another"] {
            let denied = classify(&with(403, "X-Deny-Reason", reason), &[]);
            assert_eq!(denied.row().map(|row| row.cause.id()), Some("host-not-allowed"));
            assert!(denied.sentence("h").contains(reason));
        }
        for (location, target) in [
            ("https://login.example.com/x?secret", "login.example.com"),
            ("https://me:secret@login.example.com?sid=secret", "login.example.com"),
            ("//login.example.com/secret", "login.example.com"),
            ("/secret", "another path"),
            ("secret", "another path"),
        ] {
            let moved = classify(&with(302, "location", location), &[]);
            assert_eq!(moved.row().map(|row| row.cause.id()), Some("redirected"));
            let sentence = moved.sentence("h");
            assert!(sentence.contains(&format!("302, to {target}:")), "{location}: {sentence}");
            assert!(!sentence.contains("secret"), "{location}: {sentence}");
        }
    }

    #[test]
    fn every_outcome_that_has_a_row_finds_it() {
        let proxy = None;
        let all = [
            Failure::Proxy { proxy: proxy.clone(), wants_login: true },
            Failure::Proxy { proxy: proxy.clone(), wants_login: false },
            Failure::NotResolved(Some("p".to_owned())),
            Failure::NotResolved(proxy.clone()),
            Failure::Refused(proxy.clone()),
            Failure::Unreachable,
            Failure::TimedOut(proxy),
            Failure::Reset,
            Failure::Tls { fault: TlsFault::Untrusted, issuer: None },
            Failure::Tls { fault: TlsFault::Expired, issuer: None },
            Failure::Tls { fault: TlsFault::WrongName, issuer: None },
            Failure::Garbage,
        ];
        for outcome in all.map(ProbeOutcome::from) {
            assert!(outcome.row().is_some_and(|row| !row.fix.is_empty()), "{outcome:?}");
            assert!(!outcome.fix("h").is_empty(), "{outcome:?}");
        }
    }

    #[test]
    fn server_text_cannot_reach_into_the_terminal() {
        let shown = classify(&answer(400, &of_gateway(2005, "a\\u001b[31mb")), &[]).sentence("h");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }
}
