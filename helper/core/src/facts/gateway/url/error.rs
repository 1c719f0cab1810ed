//! Errors in a gateway URL: a stable code, a message, a hint, the corrected URL.

use crate::base::named::named;
use serde::Serialize;

named! {
    /// Stable names of errors in a gateway URL, as `validate --json` prints them.
    pub enum UrlErrorCode {
        /// The URL is empty.
        Empty = "empty",
        /// More than 2 kB.
        TooLong = "too-long",
        /// A control character, a tab or a line break inside the URL.
        ControlCharacter = "control-character",
        /// White space, quotes or an assignment around it.
        Surrounded = "surrounded",
        /// A non-ASCII character, possibly one that looks like ASCII.
        LookAlike = "look-alike",
        /// Not a URL.
        NotAUrl = "not-a-url",
        /// `https://` is missing.
        MissingScheme = "missing-scheme",
        /// `http://`.
        PlainHttp = "plain-http",
        /// A scheme that is neither.
        WrongScheme = "wrong-scheme",
        /// `user:password@`.
        UserInfo = "user-info",
        /// `?…`.
        Query = "query",
        /// `#…`.
        Fragment = "fragment",
        /// A port on Cloudflare's host.
        Port = "port",
        /// Upper case in the host.
        HostCase = "host-case",
        /// A dashboard page.
        DashboardUrl = "dashboard-url",
        /// Cloudflare's REST API.
        ApiUrl = "api-url",
        /// A provider's own API, which no gateway is part of.
        ProviderUrl = "provider-url",
        /// A misspelling of Cloudflare's host.
        HostTypo = "host-typo",
        /// A host that is not allowed.
        HostNotAllowed = "host-not-allowed",
        /// A trailing slash.
        TrailingSlash = "trailing-slash",
        /// Two slashes in a row.
        DoubleSlash = "double-slash",
        /// A `%`, a `..` or another character that is not allowed in the path.
        PathCharacter = "path-character",
        /// No `/v1` after the host.
        MissingVersion = "missing-version",
        /// No account id.
        MissingAccountId = "missing-account-id",
        /// Not 32 hex digits.
        AccountId = "account-id",
        /// `YOUR_ACCOUNT_ID` and the like.
        AccountIdPlaceholder = "account-id-placeholder",
        /// A credential in place of an id or a provider.
        TokenInPath = "token-in-path",
        /// No gateway id.
        MissingGatewayId = "missing-gateway-id",
        /// More than 64 characters.
        GatewayIdTooLong = "gateway-id-too-long",
        /// `YOUR_GATEWAY_ID` and the like.
        GatewayIdPlaceholder = "gateway-id-placeholder",
        /// Ends after the gateway id.
        MissingProvider = "missing-provider",
        /// A provider that Cloudflare does not have.
        UnknownProvider = "unknown-provider",
        /// `/v1` at the end: the client appends its own.
        EndsInV1 = "ends-in-v1",
        /// `/v1/messages`, `/chat/completions`: an endpoint, not a base.
        Endpoint = "endpoint",
        /// Valid, but Claude Code cannot use it.
        NotForClaudeCode = "not-for-claude-code",
        /// A path beyond this provider's bases.
        NoSuchBase = "no-such-base",
    }
}

/// An error in a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UrlError {
    /// Stable name.
    pub code: UrlErrorCode,
    /// What is wrong, on one lower-case line. Never contains user info or other secrets.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The complete corrected URL, if it can be determined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}
