//! Registers every credential that the doctor finds on the machine, so that no report shows one.
//!
//! A server may echo what it was sent, in any text that a check quotes.

use super::finding::Finding;
use crate::base::redact::known;
use crate::base::text::visible;
use crate::base::url_parts::UrlParts;
use crate::facts::claude_code::precedence::{Shown, VARIABLES};
use crate::services::context::Context;
use crate::services::explain::Sources;
use crate::services::verify::SessionRequest;

/// Registers the credentials of this machine.
pub(super) fn register(context: &Context, picture: Option<&Sources>) {
    values(context, picture).iter().for_each(|value| known::register(value));
}

/// Registers the credentials of a request.
pub(super) fn register_sent(session_request: &SessionRequest) {
    let credential = |name: &str| matches!(name, "x-api-key" | "authorization" | "cf-aig-authorization");
    let sent = session_request.headers.iter().filter(|(name, _)| credential(name));
    sent.for_each(|(_, value)| known::register(value.reveal()));
}

/// The text without them, and without control characters.
pub(super) fn text(text: &str) -> String {
    visible(&known::hide(text))
}

/// Removes all secrets from a finding's texts.
pub(super) fn finding(finding: &mut Finding) {
    finding.evidence = text(&finding.evidence);
    for part in [&mut finding.meaning, &mut finding.fix].into_iter().flatten() {
        *part = text(part);
    }
}

fn values(context: &Context, picture: Option<&Sources>) -> Vec<String> {
    let tokens = [&context.config.gateway_token, &context.config.api_token];
    let mut secrets: Vec<String> =
        tokens.into_iter().flatten().map(|token| token.value.reveal().to_owned()).collect();
    for source in picture.into_iter().flat_map(|picture| &picture.sources) {
        let Some(text) = source.text() else { continue };
        let row = VARIABLES.iter().find(|row| row.name == source.name);
        match row.map(|row| row.shown) {
            Some(Shown::Secret | Shown::Command) => secrets.push(text.to_owned()),
            Some(Shown::Headers) => secrets.extend(header_values(text)),
            _ => secrets.extend(login(text)),
        }
    }
    secrets
}

/// The values of header lines. Labels are not secrets, but are not shown either.
fn header_values(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| line.split_once(':')).map(|(_, value)| value.to_owned())
}

/// The user info in a URL: user, password.
fn login(url: &str) -> Vec<String> {
    let Some(login) = UrlParts::of(url).login else { return Vec::new() };
    let mut parts: Vec<String> = login.splitn(2, ':').map(str::to_owned).collect();
    parts.push(login.to_owned());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_secret_is_hidden_at_any_position() {
        known::register("Bearer hunter2-hunter2");
        assert_eq!(text("a hunter2-hunter2b."), "a [redacted]b.");
        assert_eq!(text("a bearer of news"), "a bearer of news");
        assert_eq!(login("http://me:pw@proxy:1/x"), ["me", "pw", "me:pw"]);
    }
}
