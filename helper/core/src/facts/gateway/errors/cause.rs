//! The causes: one name for each thing that can go wrong with a request.

use crate::base::named::named;

named! {
    /// Why a request failed. The id is stable: machine output and documentation contain it.
    #[expect(missing_docs, reason = "the row of each cause says what it means")]
    pub enum Cause {
        CustomHeadersInvalid = "custom-headers-invalid",
        CredentialMalformed = "credential-malformed",
        NotLoggedIn = "not-logged-in",
        ApiKeyHelperFailed = "api-key-helper-failed",
        SettingsMalformed = "settings-malformed",
        ModNotLoaded = "mod-not-loaded",
        PluginNameTaken = "plugin-name-taken",
        ManagedSettingsHold = "managed-settings-hold",
        CloudSessionHolds = "cloud-session-holds",
        BaseUrlInvalid = "base-url-invalid",
        ClientTooOld = "client-too-old",
        HookCommandMissing = "hook-command-missing",
        PolicyNotFetched = "policy-not-fetched",
        TlsUntrustedIssuer = "tls-untrusted-issuer",
        TlsInterceptorNamed = "tls-interceptor-named",
        TlsCertificateExpired = "tls-certificate-expired",
        TlsNameMismatch = "tls-name-mismatch",
        TlsNotSpoken = "tls-not-spoken",
        TlsHandshakeFailed = "tls-handshake-failed",
        NameNotResolved = "name-not-resolved",
        ConnectionRefused = "connection-refused",
        NoRoute = "no-route",
        ConnectionLost = "connection-lost",
        ConnectTimedOut = "connect-timed-out",
        NoAnswer = "no-answer",
        StreamStalled = "stream-stalled",
        StreamCut = "stream-cut",
        EdgeErrorAtProvider = "edge-error-at-provider",
        EdgeErrorAtGateway = "edge-error-at-gateway",
        EdgeError = "edge-error",
        EdgeBadGateway = "edge-bad-gateway",
        ClientBanned1010 = "client-banned-1010",
        EdgeError1xxx = "edge-error-1xxx",
        WafBlockPage = "waf-block-page",
        HostNotAllowed = "host-not-allowed",
        ProxyAuthRequired = "proxy-auth-required",
        ProxyRefusedHost = "proxy-refused-host",
        ProxyNotFound = "proxy-not-found",
        ProxyBlockPage = "proxy-block-page",
        HtmlInsteadOfAnswer = "html-instead-of-answer",
        AnswerNotAMessage = "answer-not-a-message",
        AccessLogin = "access-login",
        Redirected = "redirected",
        GatewayNotFound = "gateway-not-found",
        GatewayTokenMissing = "gateway-token-missing",
        GatewayTokenRejected = "gateway-token-rejected",
        ProviderSlugUnknown = "provider-slug-unknown",
        GatewayModelUnknown = "gateway-model-unknown",
        ProviderUnreachable = "provider-unreachable",
        ModelOutputUnparsed = "model-output-unparsed",
        CompatModelFormat = "compat-model-format",
        NoCredits = "no-credits",
        ModelNeedsOwnKey = "model-needs-own-key",
        StoredKeyAliasUnknown = "stored-key-alias-unknown",
        GatewayCodeUnknown = "gateway-code-unknown",
        GatewayRateLimit = "gateway-rate-limit",
        SpendLimit = "spend-limit",
        SpendLimitUnresolved = "spend-limit-unresolved",
        GuardrailPrompt = "guardrail-prompt",
        GuardrailResponse = "guardrail-response",
        GuardrailUnavailable = "guardrail-unavailable",
        DlpRequest = "dlp-request",
        DlpResponse = "dlp-response",
        ResponseBuffered = "response-buffered",
        ApiTokenRejected = "api-token-rejected",
        ApiPermissionMissing = "api-permission-missing",
        ApiHeaderMalformed = "api-header-malformed",
        ApiNoCredential = "api-no-credential",
        AccountTokenCannotListAccounts = "account-token-cannot-list-accounts",
        ApiRouteUnknown = "api-route-unknown",
        ApiModelUnknown = "api-model-unknown",
        RestEndpointUnfit = "rest-endpoint-unfit",
        ApiValidation = "api-validation",
        GatewayIdTaken = "gateway-id-taken",
        CustomProviderRefused = "custom-provider-refused",
        ApiRateLimit = "api-rate-limit",
        ApiCodeUnknown = "api-code-unknown",
        ProviderKeyRejected = "provider-key-rejected",
        ProviderBearerRejected = "provider-bearer-rejected",
        ProviderPermission = "provider-permission",
        ProviderBilling = "provider-billing",
        ModelIdDotted = "model-id-dotted",
        BaseUrlEndsInV1 = "base-url-ends-in-v1",
        BaseUrlEndsInMessages = "base-url-ends-in-messages",
        ModelNotFound = "model-not-found",
        ProviderNotFound = "provider-not-found",
        FieldRejected = "field-rejected",
        BetaRejected = "beta-rejected",
        ProviderInvalidRequest = "provider-invalid-request",
        RequestTooLarge = "request-too-large",
        ProviderRateLimit = "provider-rate-limit",
        ProviderTimeout = "provider-timeout",
        ProviderApiError = "provider-api-error",
        ProviderOverloaded = "provider-overloaded",
        ProviderRefused = "provider-refused",
        AuthConflict = "auth-conflict",
        EnvironmentTooLarge = "environment-too-large",
        BashSandboxBlocked = "bash-sandbox-blocked",
        StartupCheckRefused = "startup-check-refused",
        StartupCheckFailed = "startup-check-failed",
        StreamingRequired = "streaming-required",
        ClientCrashedOnAnswer = "client-crashed-on-answer",
        ClientExited = "client-exited",
        ProxySchemeWrong = "proxy-scheme-wrong",
        ProxyUnreachable = "proxy-unreachable",
        ConnectionFailed = "connection-failed",
        PolicyDenied = "policy-denied",
        PolicySpendLimit = "policy-spend-limit",
        ForeignGuardrail = "foreign-guardrail",
        ForeignGateway = "foreign-gateway",
        UpstreamUnavailable = "upstream-unavailable",
        FrontServerRefused = "front-server-refused",
        ForeignBudget = "foreign-budget",
        UsageLimit = "usage-limit",
        ContextTooLong = "context-too-long",
        ThinkingHistory = "thinking-signature-rejected",
        ConversationBroken = "conversation-broken",
        MediaRejected = "media-rejected",
        RequestTooLargeInFront = "request-too-large-in-front",
        OutputLimit = "output-limit",
        ContentRefused = "content-refused",
        SubscriptionOnlyForClaudeCode = "subscription-only-for-claude-code",
        RegionRefused = "region-refused",
        CloudCredentialRejected = "cloud-credential-rejected",
        ProviderCredentialMissing = "provider-credential-missing",
        WorkersAiCredentialMissing = "workers-ai-credential-missing",
        AttributionRefused = "attribution-refused",
        LongContextUnavailable = "long-context-unavailable",
        UnexplainedAnswer = "unexplained-answer",
        SilentRetries = "silent-retries",
        NoFailure = "no-failure",
        Unrecognised = "unrecognised",
    }
}

impl Cause {
    /// The provider refused the credential that reached it.
    pub fn refuses_the_credential(self) -> bool {
        matches!(
            self,
            Self::ProviderKeyRejected
                | Self::ProviderBearerRejected
                | Self::ProviderCredentialMissing
                | Self::CloudCredentialRejected
                | Self::SubscriptionOnlyForClaudeCode
        )
    }

    /// The gateway refuses before it writes a log entry.
    pub fn comes_before_the_log(self) -> bool {
        matches!(
            self,
            Self::GatewayNotFound
                | Self::GatewayTokenMissing
                | Self::GatewayTokenRejected
                | Self::ProviderSlugUnknown
        )
    }
}

/// For tests and for ids from outside.
impl PartialEq<&str> for Cause {
    fn eq(&self, id: &&str) -> bool {
        self.id() == *id
    }
}
