//! The gateway's own errors, in its own envelope.
//!
//! Codes, statuses and messages as captured or documented.

use serde_json::{Value, json};

use crate::http::Reply;

/// A refusal by the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: u32,
    pub(crate) message: String,
    /// A policy's error: an object without a code.
    error: Option<Value>,
}

impl Refusal {
    fn new(status: u16, code: u32, message: impl Into<String>) -> Refusal {
        Refusal { status, code, message: message.into(), error: None }
    }

    /// By a policy. Documentation of about 2026-10-06.
    pub(crate) fn by_policy(status: u16, error: Value) -> Refusal {
        let message = error["message"].as_str().unwrap_or_default().to_owned();
        Refusal { status, code: 0, message, error: Some(error) }
    }

    /// The gateway is unknown in this account, or the path is malformed.
    pub(crate) fn unknown_gateway() -> Refusal {
        Refusal::new(400, 2001, "Please configure AI Gateway in the Cloudflare dashboard")
    }

    pub(crate) fn rate_limited() -> Refusal {
        Refusal::new(429, 2003, "Rate limited")
    }

    /// An upstream that cannot be reached is a 400, not a 502.
    pub(crate) fn no_response() -> Refusal {
        Refusal::new(400, 2005, "Failed to get response from provider")
    }

    pub(crate) fn invalid_provider() -> Refusal {
        Refusal::new(400, 2008, "Invalid provider")
    }

    /// Missing, wrong, expired and foreign tokens get the same response.
    pub(crate) fn unauthorized() -> Refusal {
        Refusal::new(401, 2009, "Unauthorized")
    }

    pub(crate) fn prompt_blocked() -> Refusal {
        Refusal::new(424, 2016, "Prompt blocked due to security configurations")
    }

    pub(crate) fn response_blocked() -> Refusal {
        Refusal::new(424, 2017, "Response blocked due to security configurations")
    }

    pub(crate) fn bad_chat_format() -> Refusal {
        Refusal::new(400, 2019, "Chat completion bad format")
    }

    pub(crate) fn no_credits() -> Refusal {
        let message = "Insufficient wholesale credits. Please add additional credits on the AI \
                       Gateway Cloudflare dashboard to continue using provider models.";
        Refusal::new(402, 2021, message)
    }

    pub(crate) fn request_leaks() -> Refusal {
        Refusal::new(424, 2029, "Request content blocked due to DLP policy violations")
    }

    pub(crate) fn response_leaks() -> Refusal {
        Refusal::new(424, 2030, "Response content blocked due to DLP policy violations")
    }

    pub(crate) fn no_such_alias(provider: &str, alias: &str, known: &[&str]) -> Refusal {
        let known = known.join(", ");
        let message = format!(
            "Provider '{provider}' has no BYOK credential named '{alias}'. Configured aliases: {known}"
        );
        Refusal::new(400, 2040, message)
    }

    pub(crate) fn spend_limit(provider: &str, model: &str) -> Refusal {
        let message = format!(
            "Spend limit exceeded: rule '5e7f1b6b' (cost limit 100 per 604800s, sliding) for \
             {provider} {model}"
        );
        Refusal::new(429, 2041, message)
    }

    /// Policies and limits leave a log entry; earlier refusals do not.
    pub(crate) fn is_logged(&self) -> bool {
        !matches!(self.code, 2001 | 2008 | 2009 | 2019)
    }

    /// Note `error`, not `errors`; `name` distinguishes the gateway from a provider.
    pub(crate) fn reply(&self) -> Reply {
        if let Some(error) = &self.error {
            return Reply::json(self.status, &json!({"success": false, "error": error}));
        }
        Reply::json(
            self.status,
            &json!({
                "success": false, "result": [], "messages": [],
                "error": [{"code": self.code, "message": self.message}],
                "name": "AiGatewayError",
                "httpCode": self.status,
                "internalCode": self.code,
                "message": self.message,
                "description": self.message,
            }),
        )
    }
}
