//! The last look before anything is shown: no value that is known to be a credential stands in it.
//!
//! Every place redacts for itself; this is for the words of others, such as a server that repeats
//! what it was sent.

use super::facts::Facts;
use super::report::Check;
use crate::base::text::visible;
use crate::facts::claude_code::precedence::{Shown, VARIABLES};
use crate::services::context::Context;
use crate::services::explain::Picture;

/// What stands in place of a secret.
const HIDDEN: &str = "[redacted]";
/// A shorter value would be found in words that are none.
const SHORTEST: usize = 6;

/// The credentials that are known here, longest first.
pub(super) struct Scrub {
    secrets: Vec<String>,
}

impl Scrub {
    /// Those of this machine, and those of the request that was made.
    pub(super) fn of(facts: &Facts) -> Self {
        let picture = facts.local.is().map(|local| &local.picture);
        let mut secrets = known(&facts.context, picture);
        if let Some(Ok(errand)) = facts.errand.is() {
            let credential =
                |name: &str| matches!(name, "x-api-key" | "authorization" | "cf-aig-authorization");
            let sent = errand.headers.iter().filter(|(name, _)| credential(name));
            secrets.extend(sent.map(|(_, value)| value.reveal().to_owned()));
        }
        Self::hiding(secrets)
    }

    /// Those of this machine.
    pub(super) fn of_machine(context: &Context, picture: &Picture) -> Self {
        Self::hiding(known(context, Some(picture)))
    }

    fn hiding(found: Vec<String>) -> Self {
        let mut secrets: Vec<String> = Vec::new();
        for value in found {
            // a scheme in front of it is no secret, what follows is
            secrets.extend(value.split_whitespace().map(str::to_owned));
        }
        secrets.retain(|secret| secret.len() >= SHORTEST && !secret.eq_ignore_ascii_case("bearer"));
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self { secrets }
    }

    /// The text without them, and without control characters.
    pub(super) fn text(&self, text: &str) -> String {
        visible(&self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN)))
    }

    pub(super) fn check(&self, check: &mut Check) {
        check.evidence = self.text(&check.evidence);
        for part in [&mut check.meaning, &mut check.fix].into_iter().flatten() {
            *part = self.text(part);
        }
    }
}

fn known(context: &Context, picture: Option<&Picture>) -> Vec<String> {
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

/// The values of header lines; labels are no secrets, and are shown nowhere.
fn header_values(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| line.split_once(':')).map(|(_, value)| value.to_owned())
}

/// What stands in front of a URL's host: user, password.
fn login(url: &str) -> Vec<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let Some((login, _)) = authority.rsplit_once('@') else { return Vec::new() };
    let mut parts: Vec<String> = login.splitn(2, ':').map(str::to_owned).collect();
    parts.push(login.to_owned());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_hidden_wherever_it_stands() {
        let scrub = Scrub::hiding(vec!["Bearer hunter2-hunter2".to_owned(), "user-name".to_owned()]);
        assert_eq!(scrub.text("a hunter2-hunter2b user-name."), "a [redacted]b [redacted].");
        assert_eq!(scrub.text("a bearer of news"), "a bearer of news");
        assert_eq!(login("http://me:pw@proxy:1/x"), ["me", "pw", "me:pw"]);
    }
}
