//! The judgement of a response: who sent it, why, and the words that prove it.
//!
//! Every command that gets a response judges it here. What a command adds is a policy about the
//! judgement, such as that a probe is satisfied with a provider's refusal.

use super::evidence::{FailureEvidence, Response};
use super::row::{Confidence, Row, Speaker};
use super::{Cause, Match, body, matches};
use crate::base::redact::redact;
use crate::base::text::{clean, up_to};
use crate::base::url_parts::UrlParts;

/// How much of a body is judged: the reason of a refusal is at the start.
const JUDGED: usize = 64 << 10;

/// What a response means. Its texts are safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The catalogue's row.
    pub row: &'static Row,
    /// HTTP status.
    pub status: u16,
    /// The speaker's codes, such as 2009.
    pub codes: Vec<u32>,
    /// What the speaker says; may be empty.
    pub words: String,
    /// The words that prove it.
    pub evidence: String,
}

impl Judgement {
    /// Judges a response.
    pub fn of(response: &Response) -> Self {
        Self::knowing(response, None)
    }

    /// The same if the names of the request's headers are known: a token that was not sent cannot have
    /// been refused. The names are in lower case.
    pub fn of_exchange<'a>(response: &Response, sent: impl IntoIterator<Item = &'a str>) -> Self {
        Self::knowing(response, Some(sent.into_iter().map(str::to_owned).collect()))
    }

    fn knowing(response: &Response, sent: Option<Vec<String>>) -> Self {
        let status = response.status.unwrap_or_default();
        let is_success = (200..300).contains(&status);
        if is_success && is_of_a_model(&response.body) {
            let (row, evidence) = (Cause::NoFailure.row(), "a response without an error".to_owned());
            return Self { row, status, codes: Vec::new(), words: String::new(), evidence };
        }
        let start = up_to(&response.body, JUDGED);
        let clue = if start.len() < response.body.len() {
            FailureEvidence::from(&Response { body: start.to_owned(), ..response.clone() })
        } else {
            FailureEvidence::arrived(response)
        };
        let clue = FailureEvidence { sent, ..clue };
        let unknown = if status < 400 { Cause::AnswerNotAMessage } else { Cause::UnexplainedAnswer };
        let best = matches(&clue).first().copied();
        let best = best.unwrap_or_else(|| Match::engine(unknown, Confidence::Possible));
        Self {
            row: best.row,
            status,
            words: clean(&redact(&words(&clue, status))),
            evidence: clue.excerpt(best.sign),
            codes: clue.body.codes.into_iter().chain(clue.body.edge.map(u32::from)).collect(),
        }
    }

    /// Who responded, as far as the response shows it.
    pub fn speaker(&self) -> Speaker {
        self.row.speaker
    }

    /// A model's response.
    pub fn is_message(&self) -> bool {
        self.row.cause == Cause::NoFailure
    }

    /// False if nothing in the catalogue explains the response.
    pub fn is_explained(&self) -> bool {
        !matches!(self.row.cause, Cause::AnswerNotAMessage | Cause::UnexplainedAnswer)
    }
}

/// A whole response of a model, or a stream that starts like a message and reports no error.
fn is_of_a_model(body: &str) -> bool {
    if let Ok(body) = serde_json::from_str(body) {
        return body::is_of_a_model(&body);
    }
    let has = |kind: &str| body::events(body).any(|event| event["type"] == kind);
    has("message_start") && !has("error")
}

/// The speaker's message: a sandbox's reason, the host of a redirect, or what the body says.
fn words(clue: &FailureEvidence, status: u16) -> String {
    let header = |name| clue.header(name).map(str::trim).filter(|value| !value.is_empty());
    if let Some(reason) = header("x-deny-reason") {
        return reason.to_owned();
    }
    if let Some(location) = header("location").filter(|_| (300..400).contains(&status)) {
        return match UrlParts::of(location) {
            UrlParts { scheme: "", .. } => "to another path".to_owned(),
            parts => format!("to {}", parts.host()),
        };
    }
    // a truncated body is not a readable message
    let message = clue.body.message.as_deref().filter(|words| !words.starts_with(['{', '[', '<']));
    message.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Judgement {
        Judgement::of(&Response { status: Some(status), headers: Vec::new(), body: body.to_owned() })
    }

    #[test]
    fn a_model_responds_with_a_message_a_completion_or_a_stream() {
        for body in [
            r#"{"type":"message","content":[{"type":"text","text":"overloaded_error: not found"}]}"#,
            r#"{"choices":[]}"#,
            "event: message_start\ndata: {\"type\":\"message_start\"}\n\n",
        ] {
            let judged = of(200, body);
            assert!(judged.is_message() && judged.is_explained(), "{judged:?}");
            assert!(!of(404, body).is_message(), "{body}");
        }
        let broken = "data: {\"type\":\"message_start\"}\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n";
        assert_eq!(of(200, broken).speaker(), Speaker::Provider);
    }

    #[test]
    fn a_response_that_nothing_explains_is_no_message() {
        // any API may have a list `content`
        for body in ["{}", r#"{"content":[]}"#, r#"{"type":"page","content":[]}"#, r#"{"type":"message"}"#] {
            for (status, cause) in [(200, Cause::AnswerNotAMessage), (500, Cause::UnexplainedAnswer)] {
                let judged = of(status, body);
                assert_eq!((judged.row.cause, judged.is_explained()), (cause, false), "{body}");
            }
        }
    }

    #[test]
    fn only_the_start_of_a_long_body_is_judged() {
        let long = format!(r#"{{"success":false,"errors":[{{"code":10000}}],"x":"{}"}}"#, "y".repeat(JUDGED));
        assert_eq!(of(403, &long).codes, [10000]);
    }
}
