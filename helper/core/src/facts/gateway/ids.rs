//! The two ids in a gateway URL: the account and the gateway.

use std::fmt;

use crate::base::redact::{REDACTED, redact};

/// A Cloudflare account id: 32 lower-case hex digits (`^[0-9a-f]{32}$` in Cloudflare's OpenAPI).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountId(String);

/// A gateway id: 1 to 64 characters of `a-z`, `0-9` and `-`, and, unusually, `A-Z`, `_`, `.` and `~`.
///
/// The length is Cloudflare's documented limit. The alphabet is not published: clients that create gateways
/// report that upper case and underscores are rejected, while public projects use ids with underscores
/// (`claude_code_ralph`, `csv_ai_gateway`). So what is unusual gets a warning, and the gateway decides.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GatewayId(String);

/// Why a text is not an account id or a gateway id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdError {
    /// The text is empty.
    Empty,
    /// A placeholder from an example (`YOUR_ACCOUNT_ID`, `<GATEWAY_ID>`, `$VAR`, `{id}`).
    Placeholder,
    /// An account id that is valid in lower case.
    UpperCase,
    /// Not 32 characters (account), or more than 64 (gateway).
    Length,
    /// An invalid character.
    Character,
    /// The text looks like a credential, so it must not be printed.
    Credential,
}

/// The longest gateway id that Cloudflare accepts.
pub const GATEWAY_ID_MAX: usize = 64;

impl AccountId {
    /// Accepts exactly 32 lower-case hex digits.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let names = ["accountid", "accountidhere", "account", "acct", "accttag", "accounttag"];
        Err(match text {
            "" => IdError::Empty,
            _ if is_placeholder(text, &names) || is_repeated(text) => IdError::Placeholder,
            _ if !text.bytes().all(|b| b.is_ascii_hexdigit()) => IdError::Character,
            _ if text.len() != 32 => IdError::Length,
            _ if text.bytes().any(|b| b.is_ascii_uppercase()) => IdError::UpperCase,
            _ => return Ok(Self(text.to_owned())),
        })
    }

    /// The id as in a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl GatewayId {
    /// The gateway's page in the dashboard. Third-party code uses this path; only its index page is
    /// documented.
    pub fn dashboard(&self, account: &AccountId) -> String {
        format!("https://dash.cloudflare.com/{account}/ai/ai-gateway/gateways/{self}")
    }

    /// Accepts 1 to 64 characters of `a-z`, `A-Z`, `0-9`, `-`, `_`, `.`, `~`.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let fits = |b: u8| is_usual(b) || b.is_ascii_uppercase() || matches!(b, b'_' | b'.' | b'~');
        Err(match text {
            "" => IdError::Empty,
            _ if is_placeholder(text, &["gatewayid", "gatewayidhere", "gatewayname"]) => IdError::Placeholder,
            _ if text.len() > GATEWAY_ID_MAX => IdError::Length,
            // a single dot is a path segment with its own meaning
            _ if text.bytes().all(|b| b == b'.') || !text.bytes().all(fits) => IdError::Character,
            // tokens consist of the same characters
            _ if !text.bytes().all(is_usual) && redact(text).contains(REDACTED) => IdError::Credential,
            _ => return Ok(Self(text.to_owned())),
        })
    }

    /// The warning about an id with a character that Cloudflare is reported to refuse for new gateways,
    /// without its fix.
    pub fn warning(&self) -> Option<&'static str> {
        const UNUSUAL: &str =
            "the gateway id has a character that Cloudflare is reported to refuse for new gateways";
        (!self.0.bytes().all(is_usual)).then_some(UNUSUAL)
    }

    /// The gateway that Cloudflare creates automatically on the first authenticated request (changelog
    /// 2026-03-02).
    pub fn default_gateway() -> Self {
        Self("default".to_owned())
    }

    /// The id as in a URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for GatewayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is wrong with an invalid account id, and where to find the right one.
pub fn account_fault(text: &str, error: IdError) -> (String, &'static str) {
    let place = "copy it from the dashboard: https://dash.cloudflare.com/?to=/:account/ai/ai-gateway";
    let rule = "must be 32 hex digits";
    (fault(text, error, "account", &format!("it {rule}"), rule), place)
}

/// The same for a gateway id.
pub fn gateway_fault(text: &str, error: IdError) -> (String, &'static str) {
    let size = format!("the maximum is {GATEWAY_ID_MAX}");
    let rule = "may contain only letters, digits, -, _, . and ~";
    (fault(text, error, "gateway", &size, rule), "the gateway's name in the dashboard, or `default`")
}

fn fault(text: &str, error: IdError, id: &str, size: &str, rule: &str) -> String {
    match error {
        IdError::Empty => format!("the {id} id is missing"),
        IdError::Placeholder => format!("the {id} id is still a placeholder"),
        IdError::UpperCase => format!("the {id} id must be in lower case"),
        IdError::Length => format!("the {id} id has {} characters; {size}", text.chars().count()),
        IdError::Character => format!("the {id} id {rule}"),
        IdError::Credential => format!("there is a token where the {id} id belongs"),
    }
}

/// The characters that every gateway id may have.
fn is_usual(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
}

/// True for placeholders that documentation and templates use for an id.
fn is_placeholder(text: &str, names: &[&str]) -> bool {
    let bare: String =
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let bracketed = text.starts_with(['<', '{', '$', '[', '%', ':']);
    let name =
        ["my", "cloudflare", "cf"].iter().fold(bare.as_str(), |rest, lead| rest.trim_start_matches(lead));
    bracketed || bare.starts_with("your") || names.contains(&name) || text.contains("...")
}

/// True for one repeated character (`00000…`, `xxxxx…`), which people type as filler.
fn is_repeated(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next();
    text.len() > 3 && bytes.all(|b| Some(b) == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn an_account_id_is_32_lower_case_hex_digits() {
        assert!(AccountId::parse(ACCOUNT).is_ok());
        assert_eq!(AccountId::parse(&ACCOUNT.to_uppercase()), Err(IdError::UpperCase));
        assert_eq!(AccountId::parse(&ACCOUNT[..31]), Err(IdError::Length));
        assert_eq!(AccountId::parse("an account"), Err(IdError::Character));
        assert_eq!(AccountId::parse(""), Err(IdError::Empty));
    }

    #[test]
    fn an_id_from_an_example_is_a_placeholder() {
        for text in [
            "YOUR_ACCOUNT_ID",
            "<ACCOUNT_ID>",
            "{account_id}",
            "$CLOUDFLARE_ACCOUNT_ID",
            "ACCOUNT_ID",
            "account-id",
            "xxxxxxxx",
            "00000000000000000000000000000000",
            "0123...",
        ] {
            assert_eq!(AccountId::parse(text), Err(IdError::Placeholder), "{text}");
        }
        for text in ["YOUR_GATEWAY_ID", "<GATEWAY_ID>", "{gateway_id}", "GATEWAY_ID", "your-gateway"] {
            assert_eq!(GatewayId::parse(text), Err(IdError::Placeholder), "{text}");
        }
    }

    #[test]
    fn a_gateway_id_is_short_and_plain() {
        assert!(GatewayId::parse("claude-code").is_ok());
        assert!(GatewayId::parse(&"a".repeat(64)).is_ok());
        assert_eq!(GatewayId::parse(&"a".repeat(65)), Err(IdError::Length));
        for text in ["a/b", "a b", "é", "..", ".", "a%2f"] {
            assert_eq!(GatewayId::parse(text), Err(IdError::Character), "{text}");
        }
    }

    #[test]
    fn a_token_is_not_a_gateway_id() {
        for text in ["cfut_0123456789abcdefghij0123456789abcdefghij", "sk-ant-api03-AbCdEfGh1234567890"] {
            assert_eq!(GatewayId::parse(text), Err(IdError::Credential), "{text}");
        }
    }

    #[test]
    fn an_underscore_or_a_capital_is_unusual_and_not_an_error() {
        for text in ["claude_code_ralph", "Claude-Code", "v1.2", "a~b"] {
            assert!(GatewayId::parse(text).is_ok_and(|id| id.warning().is_some()), "{text}");
        }
        assert!(GatewayId::parse("claude-code").is_ok_and(|id| id.warning().is_none()));
    }
}
