//! Documentation pages that rows link to.

pub(super) const AUTH: &str = "https://developers.cloudflare.com/ai-gateway/configuration/authentication/";
pub(super) const MANAGE: &str = "https://developers.cloudflare.com/ai-gateway/configuration/manage-gateway/";
pub(super) const BYOK: &str =
    "https://developers.cloudflare.com/ai-gateway/configuration/bring-your-own-keys/";
pub(super) const CUSTOM: &str =
    "https://developers.cloudflare.com/ai-gateway/configuration/custom-providers/";
pub(super) const PROVIDERS: &str = "https://developers.cloudflare.com/ai-gateway/usage/providers/";
pub(super) const COMPAT: &str = "https://developers.cloudflare.com/ai-gateway/usage/chat-completion/";
pub(super) const REST: &str = "https://developers.cloudflare.com/ai-gateway/usage/rest-api/";
pub(super) const UNIFIED: &str = "https://developers.cloudflare.com/ai-gateway/features/unified-billing/";
pub(super) const RATE: &str = "https://developers.cloudflare.com/ai-gateway/features/rate-limiting/";
pub(super) const SPEND: &str = "https://developers.cloudflare.com/ai-gateway/features/spend-limits/";
pub(super) const GUARDRAILS: &str =
    "https://developers.cloudflare.com/ai-gateway/features/guardrails/set-up-guardrail/";
pub(super) const DLP: &str = "https://developers.cloudflare.com/ai-gateway/features/dlp/";
pub(super) const TROUBLE: &str = "https://developers.cloudflare.com/ai-gateway/reference/troubleshooting/";
pub(super) const TOKENS: &str =
    "https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/";
pub(super) const CC_CLOUDFLARE: &str =
    "https://developers.cloudflare.com/ai-gateway/integrations/coding-agents/claude-code/";
pub(super) const CC_PROTOCOL: &str = "https://code.claude.com/docs/en/llm-gateway-protocol";
pub(super) const CC_CONNECT: &str = "https://code.claude.com/docs/en/llm-gateway-connect";
pub(super) const CC_NETWORK: &str = "https://code.claude.com/docs/en/network-config";
pub(super) const CC_ERRORS: &str = "https://code.claude.com/docs/en/errors";
pub(super) const CC_SETTINGS: &str = "https://code.claude.com/docs/en/settings";
pub(super) const CC_MODS: &str = "https://code.claude.com/docs/en/plugins/mods/troubleshoot";
pub(super) const CC_HOOKS: &str = "https://code.claude.com/docs/en/hooks";
pub(super) const CC_CLOUD: &str = "https://code.claude.com/docs/en/claude-code-on-the-web";
