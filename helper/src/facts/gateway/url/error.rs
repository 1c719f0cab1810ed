//! What can be wrong with a gateway URL: a stable code, a sentence, a hint, the corrected URL.

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// Stable names of what can be wrong with a gateway URL, as `validate --json` prints them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum UrlErrorCode { $($(#[$doc])* $variant,)* }

        impl UrlErrorCode {
            /// Every code there is.
            pub const ALL: &'static [UrlErrorCode] = &[$(UrlErrorCode::$variant,)*];

            /// The code as text.
            pub fn as_str(self) -> &'static str {
                match self { $(UrlErrorCode::$variant => $code,)* }
            }
        }
    };
}

codes! {
    /// Nothing there.
    Empty = "empty",
    /// More than 2 kB.
    TooLong = "too-long",
    /// A control character, a tab or a line break inside.
    ControlCharacter = "control-character",
    /// White space, quotes or an assignment around it.
    Surrounded = "surrounded",
    /// A character outside ASCII, perhaps one that looks like an ASCII one.
    LookAlike = "look-alike",
    /// Not a URL at all.
    NotAUrl = "not-a-url",
    /// No `https://` in front.
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
    /// A page of the dashboard.
    DashboardUrl = "dashboard-url",
    /// Cloudflare's REST API.
    ApiUrl = "api-url",
    /// A provider's own API: not through any gateway.
    ProviderUrl = "provider-url",
    /// A near miss of Cloudflare's host.
    HostTypo = "host-typo",
    /// A host that was not allowed.
    HostNotAllowed = "host-not-allowed",
    /// A slash at the end.
    TrailingSlash = "trailing-slash",
    /// Two slashes in a row.
    DoubleSlash = "double-slash",
    /// A `%`, a `..` or another character that has no place in the path.
    PathCharacter = "path-character",
    /// No `/v1` behind the host.
    MissingVersion = "missing-version",
    /// No account id.
    MissingAccountId = "missing-account-id",
    /// Not 32 hex digits.
    AccountId = "account-id",
    /// `YOUR_ACCOUNT_ID` and the like.
    AccountIdPlaceholder = "account-id-placeholder",
    /// A credential in the place of an id or a provider.
    TokenInPath = "token-in-path",
    /// No gateway id.
    MissingGatewayId = "missing-gateway-id",
    /// More than 64 characters.
    GatewayIdTooLong = "gateway-id-too-long",
    /// A character that Cloudflare refuses.
    GatewayId = "gateway-id",
    /// `YOUR_GATEWAY_ID` and the like.
    GatewayIdPlaceholder = "gateway-id-placeholder",
    /// Ends behind the gateway id.
    MissingProvider = "missing-provider",
    /// A provider that Cloudflare does not have.
    UnknownProvider = "unknown-provider",
    /// `/v1` at the end: the client appends its own.
    EndsInV1 = "ends-in-v1",
    /// `/v1/messages`, `/chat/completions`: an endpoint, not a base.
    Endpoint = "endpoint",
    /// Right, but Claude Code cannot speak to it.
    NotForClaudeCode = "not-for-claude-code",
    /// More path than this provider has bases.
    NoSuchBase = "no-such-base",
}

impl Serialize for UrlErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is wrong with a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UrlError {
    /// Stable name.
    pub code: UrlErrorCode,
    /// What is wrong, lower case, one line. Never repeats user info or other secrets.
    pub message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The whole URL as it should be, when that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}
