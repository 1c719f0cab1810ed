//! Notes of the troubleshooting page: how the client behaves, and what is ambiguous.

use cf_aig::facts::gateway::errors::Cause::{self, *};

/// The note of a cause; most have one.
pub(crate) fn of(cause: Cause) -> Option<&'static str> {
    NOTES.iter().find(|(of, _)| *of == cause).map(|(_, note)| *note)
}

const NOTES: &[(Cause, &str)] = &[
    (
        CustomHeadersInvalid,
        "The message counts headers and characters and does not show the value. Each line must be `Name: Value`; a line without a colon is silently dropped.",
    ),
    (
        CredentialMalformed,
        "`Invalid API key · Fix external API key` by itself is a different cause: the provider's 401.",
    ),
    (
        NotLoggedIn,
        "A project's `env` counts only after the trust prompt was answered. The same message can also mean a 401 response: then the result has that status, and minutes of retries; a missing login has neither.",
    ),
    (
        ApiKeyHelperFailed,
        "Not every version shows the script's stderr. With apiKeyHelper the key is sent as x-api-key and as Authorization.",
    ),
    (
        SettingsMalformed,
        "The session continues without the file, so the next error may only be a consequence. Headless JSON output does not show this error; with text output it is on stderr.",
    ),
    (ModNotLoaded, "disableAllHooks, allowManagedHooksOnly, --safe-mode or --bare."),
    (
        CloudSessionHolds,
        "It comes as `{deny: …}`, not as an exception; a credential could still be set, and must not be.",
    ),
    (
        AuthConflict,
        "ANTHROPIC_AUTH_TOKEN is sent as Authorization, ANTHROPIC_API_KEY as x-api-key; both are sent if both are set.",
    ),
    (
        EnvironmentTooLarge,
        "131,072 bytes on Linux; 8,191 characters on Windows, where the command is cut and Bash reports an unmatched quote.",
    ),
    (
        BashSandboxBlocked,
        "`HTTP/1.1 403 user denied` with `X-Proxy-Error: blocked-by-allowlist`. Cloud sessions have another proxy, which returns `host-not-allowed`.",
    ),
    (StartupCheckRefused, "The check runs before any plugin, so the gateway is not involved yet."),
    (StartupCheckFailed, "The check runs before any plugin, so the gateway is not involved yet."),
    (
        StreamingRequired,
        "Occurs when streaming failed first and the fallback without streaming takes too long: look for the cause of the first failure.",
    ),
    (
        ClientCrashedOnAnswer,
        "`undefined is not an object` is Bun's wording, `Cannot read properties of undefined` Node's.",
    ),
    (ClientExited, "The SDK and the GitHub Action print only the exit code."),
    (
        TlsUntrustedIssuer,
        "Also occurs with a private authority, or if the server omits an intermediate certificate. Claude Code does not retry it.",
    ),
    (TlsInterceptorNamed, "The list of product names is not complete, and not measured."),
    (TlsCertificateExpired, "Claude Code does not retry it."),
    (TlsNameMismatch, "Claude Code does not retry it."),
    (TlsNotSpoken, "Claude Code retries for about three minutes."),
    (TlsHandshakeFailed, "The certificate was not rejected; that would be tls-untrusted-issuer."),
    (
        NameNotResolved,
        "EAI_AGAIN: no name server responded. ENOTFOUND: a name server reports that the host does not exist. Also printed if a redirect leads to such a host. Claude Code is silent for about three minutes before.",
    ),
    (
        ConnectionRefused,
        "Also printed if the proxy in HTTPS_PROXY is not running. Claude Code is silent for about three minutes before.",
    ),
    (
        ProxySchemeWrong,
        "Bun says `UnsupportedProxyProtocol`, httpx `Unknown scheme for proxy URL`, urllib3 `Your proxy appears to only use HTTP and not HTTPS`.",
    ),
    (ProxyUnreachable, "urllib3 `ProxyError('Cannot connect to proxy.')`, Go `proxyconnect tcp`."),
    (
        ConnectionFailed,
        "The SDKs' `Connection error.`, undici's `fetch failed`, reqwest's `error sending request`: the reason is in the exception that caused it.",
    ),
    (
        ConnectionLost,
        "Either the server or a proxy or firewall in between can cause it. Claude Code retries for about three minutes.",
    ),
    (
        ConnectTimedOut,
        "Node says `connect ETIMEDOUT`, Go `dial tcp: i/o timeout`, undici `ConnectTimeoutError`, curl `Failed to connect` with its code 28.",
    ),
    (NoAnswer, "Claude Code prints nothing while it waits; it was still silent after four minutes."),
    (StreamStalled, "300 s of silence by default behind a gateway."),
    (
        StreamCut,
        "Claude Code silently retries the stream ten times, about three minutes, then sends one request without streaming: a session can work and still lose three minutes on each message.",
    ),
    (
        EdgeErrorAtProvider,
        "520 to 530 with the provider's host as `zone`. Claude Code tries 11 times, about three minutes.",
    ),
    (EdgeErrorAtGateway, "520 to 530, or the page of a 502, with a Cloudflare host as `zone`."),
    (
        EdgeError,
        "520 to 530, as problem JSON today, as HTML before; 524 is a timeout after the connection was made.",
    ),
    (
        EdgeBadGateway,
        "502, 503 or 504 as an HTML page; Claude Code prints only its title. The provider itself responds in JSON.",
    ),
    (
        ClientBanned1010,
        "403, `error code: 1010`. Claude Code's own User-Agent has not been seen to be refused; one rewritten by a proxy can be.",
    ),
    (EdgeError1xxx, "`error code: 1NNN` as plain text."),
    (
        WafBlockPage,
        "403 as HTML; a short curl passes where a real prompt fails. Claude Code prints `Failed to authenticate` and the page's title, and does not retry.",
    ),
    (
        HostNotAllowed,
        "403 with `x-deny-reason: host_not_allowed`, often with a certificate for another host. Claude Code prints only `403 status code (no body)`. Its own requests cannot be routed in such a session; Bash programs can.",
    ),
    (
        ProxyAuthRequired,
        "407, from the proxy only. Claude Code's message mentions the tunnel, not the number; its debug log has both. It gives up at once.",
    ),
    (
        ProxyRefusedHost,
        "In a cloud session the session's own proxy returns the same, and in Claude Code's Bash sandbox the sandbox's proxy. Claude Code retries for about three minutes, but gives up at once on a 407.",
    ),
    (
        ProxyNotFound,
        "This is curl's message; Claude Code prints the same as for any host that does not resolve.",
    ),
    (ProxyBlockPage, "403 as HTML. Neither AI Gateway nor a provider responds to API requests in HTML."),
    (HtmlInsteadOfAnswer, "Claude Code tries twice and stops within a second."),
    (AccessLogin, "Only on custom domains; gateway.ai.cloudflare.com has no login page."),
    (
        Redirected,
        "Claude Code follows redirects, and its error is then about the target: a name that does not resolve, or a page that is not a valid response.",
    ),
    (
        GatewayNotFound,
        "Code 2001. Only the gateway `default` is created on first use. Claude Code sends the request six times within a second, changing its beta headers.",
    ),
    (
        GatewayTokenMissing,
        "Code 2009. Distinguishable from a rejected token only if the request's own headers are in the evidence, as in `curl -v`. Claude Code silently drops a line of ANTHROPIC_CUSTOM_HEADERS without a colon.",
    ),
    (
        GatewayTokenRejected,
        "Code 2009. It has also been reported for throttling and, on the REST endpoint, for a provider that refused the stored credential. Claude Code tries 11 times, about three minutes, and prints only `401 Unauthorized`.",
    ),
    (
        ProviderSlugUnknown,
        "Code 2008. `zhipu`, `xai` and `perplexity` are not slugs; `grok`, `perplexity-ai` and `custom-<slug>` are.",
    ),
    (GatewayModelUnknown, "Code 2008."),
    (
        ProviderUnreachable,
        "Code 2005 has status 400, not 502, so SDKs do not retry it; Claude Code gives up within a second.",
    ),
    (ModelOutputUnparsed, "Code 2002."),
    (CompatModelFormat, "Code 2019."),
    (
        NoCredits,
        "Code 2021, 402, from an authenticated request: URL and gateway token are right. A model that requires your own key returns the same. Claude Code does not retry it.",
    ),
    (ModelNeedsOwnKey, "Code 2047. As it is a 401, Claude Code tries 11 times, about three minutes."),
    (StoredKeyAliasUnknown, "Code 2040, which has a second meaning; the message shows which."),
    (GatewayCodeUnknown, "Recognized by `name: \"AiGatewayError\"`, which only the gateway returns."),
    (
        GatewayRateLimit,
        "Code 2003, without Retry-After. Unified Billing has its own limit, 200 requests in 60 s per gateway; no source shows its response. Claude Code tries 11 times, about three minutes.",
    ),
    (
        SpendLimit,
        "Code 2041 on provider paths, 2045 on the binding; no Retry-After, so Claude Code tries 11 times although a limit of a week does not pass in three minutes.",
    ),
    (
        PolicyDenied,
        "403 `{\"success\": false, \"error\": {\"message\": \"Access denied by policy\"}}`: an object without a code. Policies are in beta; cached responses skip them. Claude Code misleadingly prints it as `Failed to authenticate`.",
    ),
    (
        PolicySpendLimit,
        "429 with an `error` object that has no code. Claude Code tries 11 times although a limit of a day or week does not pass in three minutes.",
    ),
    (
        SpendLimitUnresolved,
        "Code 2040 as 403. Claude Code misleadingly prints it as `Failed to authenticate`.",
    ),
    (GuardrailPrompt, "Code 2016, 424."),
    (
        GuardrailResponse,
        "Code 2017, 424 (422 on the REST endpoint). The tokens were spent. Guardrails hold back the whole response before forwarding it, so nothing streams.",
    ),
    (GuardrailUnavailable, "Code 7013, 503."),
    (
        DlpRequest,
        "Code 2029, 424; a page of the documentation says 400. The response header cf-aig-dlp contains the policy.",
    ),
    (DlpResponse, "Code 2030, 424; a page of the documentation says 400."),
    (
        ResponseBuffered,
        "Claude Code waits 300 s for a silent stream, then tries once more without streaming. Shorter buffering is not a failure: the response only arrives all at once.",
    ),
    (
        ApiTokenRejected,
        "Code 10000. A token with only AI Gateway Run gets it on the management API; a token with only AI Gateway permissions gets it on the REST endpoint /ai/v1, which requires Workers AI Read. In `messages` of a successful response, the same code means that the token is valid. An account-owned token (cfat_) must be verified at /accounts/{id}/tokens/verify.",
    ),
    (
        ApiPermissionMissing,
        "Code 9109. It has been seen in a response with HTTP 200: only `success` is reliable.",
    ),
    (ApiHeaderMalformed, "Code 6003 with 6111 (Authorization) or 6103 (X-Auth-Key) in its chain."),
    (ApiNoCredential, "Code 1001, which has other meanings on other paths."),
    (AccountTokenCannotListAccounts, "Code 1001, reported in 2024; a later report says that it now works."),
    (ApiRouteUnknown, "Code 7003 as 404. Claude Code prints it as an issue with the selected model."),
    (
        ApiModelUnknown,
        "Code 7003. The catalog writes versions with a dot, Anthropic with a dash. Claude Code prints it as an issue with the selected model.",
    ),
    (
        RestEndpointUnfit,
        "Code 7003 as 400: `system` as a list, `temperature`, a forced tool choice. Workers AI models do not support Messages there at all.",
    ),
    (
        ApiValidation,
        "Code 7001. To create a gateway, the API requires `id`, not `name`, and five more fields.",
    ),
    (GatewayIdTaken, "Code 5403."),
    (CustomProviderRefused, "1003 with 409: slug taken; 1002 with 400: base_url; 1004 with 404: unknown."),
    (ApiRateLimit, "Model requests are not affected."),
    (ApiCodeUnknown, "Recognized by `success: false` and a list `errors`."),
    (
        ProviderBilling,
        "Cloudflare's own balance is `no-credits`. Resellers and other vendors report it as 402, 429 (z.ai 1113, OpenAI `insufficient_quota`), 400 or 500 (MiniMax 1008). At OpenRouter, a lower CLAUDE_CODE_MAX_OUTPUT_TOKENS may fit the remaining balance. A coding plan has its own endpoint: its key has no balance at the general one.",
    ),
    (
        ForeignBudget,
        "LiteLLM returns 400 or 429 with `budget_exceeded`, Portkey 412, OpenRouter 403 `Key limit exceeded`. AI Gateway's own limit is `spend-limit`.",
    ),
    (
        UsageLimit,
        "With a subscription, requests through the gateway still count against it. z.ai and MiniMax coding plans return 429.",
    ),
    (
        ProviderOverloaded,
        "529, or an event inside a stream with status 200; other vendors 429 or 503. Claude Code stops after three tries, two seconds. The message contains your gateway's host, which is not at fault.",
    ),
    (
        ProviderRateLimit,
        "11 tries, about three minutes. Claude Code prints the same message for the gateway's own limit.",
    ),
    (ProviderTimeout, "504 in JSON; an HTML 504 is an edge or a proxy."),
    (
        ContextTooLong,
        "Status 400, 413, 422 or 500; retrying never helps. A server behind the gateway may have a smaller window than Anthropic's model of that name.",
    ),
    (
        ThinkingHistory,
        "Occurs when a session continues after the base URL, the account or the model's vendor changed.",
    ),
    (ConversationBroken, "Claude Code prints it as `API Error: 400 due to tool use concurrency issues.`"),
    (MediaRejected, "The image stays in the history, so every further message fails until it is removed."),
    (
        RequestTooLarge,
        "413. Claude Code prints 32 MB regardless of who refuses and what the real limit is; a proxy's limit is often far lower.",
    ),
    (
        RequestTooLargeInFront,
        "A provider refuses in JSON. nginx's default is 1 MB, Express' 100 kB, a Cloudflare edge's 100 MB.",
    ),
    (OutputLimit, "Claude Code's own form: `response exceeded the 32000 output token maximum`."),
    (
        ModelIdDotted,
        "Ids with a dot are correct in Cloudflare's model catalog (REST and binding) and, after `anthropic/`, at OpenRouter.",
    ),
    (
        BaseUrlEndsInV1,
        "Claude Code prints any 404 as an issue with the selected model; its debug log has the path after `[API REQUEST]`. For OpenAI clients, the base URL does end in /v1.",
    ),
    (
        ModelNotFound,
        "Claude Code prints the message about the selected model for every 404, whoever returned it. Other servers return 400, 403 or 503 (new-api and one-api: no channel for the model). A response that contains the model proves that URL and credential are right.",
    ),
    (
        BetaRejected,
        "Bedrock says `invalid beta flag`, Vertex `Unexpected value(s) … for the anthropic-beta header`.",
    ),
    (
        FieldRejected,
        "`context_management`, `defer_loading`, `input_examples`, `adaptive` and the types of server tools are the most common ones.",
    ),
    (LongContextUnavailable, "Also printed as `Extra usage is required for long context requests`."),
    (
        ProviderInvalidRequest,
        "Claude Code drops beta features one after the other, up to six requests within a second.",
    ),
    (
        ProviderApiError,
        "11 tries, about three minutes; if it is an event in a stream, the client then sends a request without streaming.",
    ),
    (
        ProviderRefused,
        "Recognized by an `error` object that is neither AI Gateway's nor the Cloudflare API's.",
    ),
    (RegionRefused, "Anthropic says `Request not allowed` with 403 and type `forbidden`."),
    (CloudCredentialRejected, "Plain text with 403 from Bedrock; JSON with UNAUTHENTICATED from Vertex."),
    (
        ProviderCredentialMissing,
        "`x-api-key header is required` proves that URL and gateway are right. Claude Code may print it as `Not logged in`: then the result has status 401 and minutes of retries, which a missing login does not have. Anthropic models that Cloudflare does not sell to the account also return it, with or without credits.",
    ),
    (
        WorkersAiCredentialMissing,
        "Code 10000 from gateway.ai.cloudflare.com is Workers AI's, not the management API's.",
    ),
    (
        ProviderBearerRejected,
        "Anthropic says `OAuth authentication is currently not supported` if anthropic-beta does not contain the OAuth beta.",
    ),
    (
        ProviderKeyRejected,
        "It proves that URL and gateway token are right. With a stored key or Unified Billing, the usual reason is a placeholder key that the gateway forwards; Cloudflare's pages contradict each other about it. 11 tries, about three minutes. Another gateway behind this one (LiteLLM, new-api) refuses its own key the same way.",
    ),
    (ProviderPermission, "403; Claude Code prints it as `Failed to authenticate` and does not retry."),
    (ForeignGuardrail, "AI Gateway's own are codes 2016 and 2017."),
    (
        ForeignGateway,
        "Recognized by the type of the error, by words that only it uses, or by a header. Errors about a model, a key or a balance are listed under those causes.",
    ),
    (
        UpstreamUnavailable,
        "Envoy returns plain text, nginx and AWS a small page, CloudFront `The request could not be satisfied`.",
    ),
    (FrontServerRefused, "Claude Code misleadingly prints 403 as `Failed to authenticate`."),
    (UnexplainedAnswer, "Status and headers are rarely enough; the body is."),
    (SilentRetries, "From the transcript's own figures: time in requests, with and without retries."),
    (NoFailure, "Code 10000 in `messages` of a response with `success: true` means that the token is valid."),
];

#[test]
fn a_cause_has_one_note() {
    for (at, (cause, _)) in NOTES.iter().enumerate() {
        assert!(NOTES[..at].iter().all(|(other, _)| other != cause), "{cause}");
    }
}
