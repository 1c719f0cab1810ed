//! The configuration of the emulated account: gateways, tokens, keys, limits, and the provider behind it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::analytics::Analytics;
use crate::synthetic::SyntheticLogs;
use crate::upstream::ProviderFault;

/// The account that [`Config::default`] has.
pub const ACCOUNT_ID: &str = "0123456789abcdef0123456789abcdef";
/// The gateway that [`Config::default`] has.
pub const GATEWAY_ID: &str = "emulator";
/// The token (permission *AI Gateway Run*) that the default gateway accepts.
pub const GATEWAY_TOKEN: &str = "emulator-gateway-token";
/// The token (AI Gateway Read and Write) that the default API host accepts.
pub const API_TOKEN: &str = "emulator-api-token";
/// The key that the emulated Anthropic accepts by default.
pub const ANTHROPIC_KEY: &str = "sk-ant-emulator";
/// The claude.ai login (OAuth access token) that the emulated Anthropic accepts by default, if the
/// request also carries the `oauth-2025-04-20` beta.
pub const ANTHROPIC_LOGIN: &str = "sk-ant-oat01-emulator";

/// The whole configuration; [`crate::Emulator::update`] changes it at run time.
#[derive(Debug, Clone)]
pub struct Config {
    /// The gateways; [`crate::Emulator::base_url`] refers to the first one.
    pub gateways: Vec<Gateway>,
    /// Serves https with such a certificate; `None` means plain http. Whether TLS is used is decided at
    /// start; the certificate may change later.
    pub tls: Option<Tls>,
    /// The organization of the test authority, such as a product that intercepts TLS. Decided at start.
    pub authority: String,
    /// Port of the gateway host; 0 lets the system choose.
    pub port: u16,
    /// Port of the API host; 0 lets the system choose.
    pub api_port: u16,
    /// Tokens that the API host accepts (`Authorization: Bearer`).
    pub api_tokens: Vec<String>,
    /// Read-only tokens.
    pub api_read_tokens: Vec<String>,
    /// The keys that a provider accepts. A provider that is not listed accepts `sk-{slug}-emulator`.
    pub provider_keys: BTreeMap<String, Vec<String>>,
    /// How providers misbehave, by slug. The gateway in front of them stays healthy.
    pub provider_faults: BTreeMap<String, ProviderFault>,
    /// Whether a provider credential that equals one of the gateway's own tokens is treated as the
    /// placeholder from Cloudflare's Claude Code page, and dropped. Cloudflare's pages disagree; with
    /// `false` it is forwarded, and the provider responds with 401.
    pub ignores_own_token_as_key: bool,
    /// Pause between two events of a stream.
    pub pace: Duration,
    /// The API's rate limit per token: requests and window; further requests get 429.
    pub api_rate_limit: Option<(u32, Duration)>,
    /// A synthetic log of every gateway, before the real entries.
    pub synthetic_logs: Option<SyntheticLogs>,
    /// The account's logs are in Workers Observability: the Logs API lists nothing. It is not documented
    /// what Cloudflare lists for such accounts.
    pub logs_in_observability: bool,
    /// Other properties of the account's logs.
    pub logs: LogQuirks,
    /// Whether a gateway token that is sent only in `Authorization` is also forwarded as a provider
    /// credential, which no Cloudflare page excludes.
    pub forwards_own_bearer: bool,
    /// GraphQL analytics.
    pub analytics: Analytics,
}

/// Properties of an account's logs.
#[derive(Debug, Clone, Default)]
pub struct LogQuirks {
    /// The API tokens may not query Workers Observability.
    pub observability_refused: bool,
    /// This many log queries return nothing, whatever was logged: a delay without a clock.
    pub lag: u32,
    /// Responses do not contain their log id.
    pub no_ids: bool,
    /// `cf-aig-event-id` is neither stored nor returned.
    pub no_event_ids: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            gateways: vec![Gateway::default()],
            tls: None,
            authority: "Cloudflare AI Gateway emulator".to_owned(),
            port: 0,
            api_port: 0,
            api_tokens: vec![API_TOKEN.to_owned()],
            api_read_tokens: Vec::new(),
            provider_keys: BTreeMap::from([(
                "anthropic".to_owned(),
                vec![ANTHROPIC_KEY.to_owned(), ANTHROPIC_LOGIN.to_owned()],
            )]),
            provider_faults: BTreeMap::new(),
            ignores_own_token_as_key: true,
            pace: Duration::from_millis(1),
            logs: LogQuirks::default(),
            forwards_own_bearer: false,
            api_rate_limit: None,
            synthetic_logs: None,
            logs_in_observability: false,
            analytics: Analytics::default(),
        }
    }
}

impl Config {
    /// Whether `provider` would accept `key`.
    #[must_use]
    pub fn provider_accepts(&self, provider: &str, key: &str) -> bool {
        match self.provider_keys.get(provider) {
            Some(keys) => keys.iter().any(|known| known == key),
            None => key == format!("sk-{provider}-emulator"),
        }
    }

    /// A key that `provider` accepts, as Cloudflare itself would use it with Unified Billing.
    #[must_use]
    pub fn provider_key(&self, provider: &str) -> String {
        self.provider_keys
            .get(provider)
            .and_then(|keys| keys.first().cloned())
            .unwrap_or_else(|| format!("sk-{provider}-emulator"))
    }

    pub(crate) fn gateway(&self, account_id: &str, gateway_id: &str) -> Option<&Gateway> {
        self.gateways
            .iter()
            .find(|gateway| gateway.account_id == account_id && gateway.gateway_id == gateway_id)
    }

    pub(crate) fn gateway_mut(&mut self, account: &str, gateway: &str) -> Option<&mut Gateway> {
        self.gateways.iter_mut().find(|known| known.account_id == account && known.gateway_id == gateway)
    }
}

/// One gateway of one account.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// 32 hexadecimal characters.
    pub account_id: String,
    /// The gateway's id, which is also its name.
    pub gateway_id: String,
    /// Whether requests need a gateway token.
    pub authentication: bool,
    /// The accepted tokens. A foreign or expired token is simply one that is missing here: Cloudflare
    /// returns the same 401 for all of them.
    pub tokens: Vec<String>,
    /// Whether requests are logged (`cf-aig-collect-log` overrides it).
    pub collect_logs: bool,
    /// How long answers are cached; `None` is off (`cf-aig-cache-ttl` overrides it).
    pub cache_ttl: Option<Duration>,
    /// The rate limit: requests and window.
    pub rate_limit: Option<(u32, Duration)>,
    /// The window of `rate_limit` slides instead of resetting.
    pub rate_limit_sliding: bool,
    /// A spend limit is exhausted: requests are refused with 2041.
    pub spend_limit_exceeded: bool,
    /// BYOK: provider slug to its stored key (the alias `default`).
    pub stored_keys: BTreeMap<String, String>,
    /// BYOK under other aliases (`cf-aig-byok-alias`): provider slug to alias to key.
    pub stored_key_aliases: BTreeMap<String, BTreeMap<String, String>>,
    /// Unified Billing: the remaining credit in US cents; `None` if it is not enabled.
    pub unified_billing: Option<f64>,
    /// Never fall back to Unified Billing.
    pub byok_only: bool,
    /// Custom providers, slug (without `custom-`) to base URL.
    pub custom_providers: BTreeMap<String, String>,
    /// Dynamic routes: name to the (provider, model) pairs that are tried in order.
    pub dynamic_routes: BTreeMap<String, Vec<(String, String)>>,
    /// Dynamic routes as the API deploys them: name to elements.
    pub dynamic_graphs: BTreeMap<String, Vec<Value>>,
    /// Other fields of the gateway in the API, by name.
    pub settings: Map<String, Value>,
    /// Guardrails and DLP.
    pub policy: Policy,
    /// Policies in force, in the API's format. A single one enables default-deny.
    pub policies: Vec<Value>,
    /// Staged policies.
    pub staged_policies: Vec<Value>,
    /// How many spend rules have been given an id.
    pub spend_rules_made: u32,
}

impl Default for Gateway {
    fn default() -> Self {
        Gateway {
            account_id: ACCOUNT_ID.to_owned(),
            gateway_id: GATEWAY_ID.to_owned(),
            authentication: true,
            tokens: vec![GATEWAY_TOKEN.to_owned()],
            collect_logs: true,
            cache_ttl: None,
            rate_limit: None,
            rate_limit_sliding: false,
            spend_limit_exceeded: false,
            stored_keys: BTreeMap::new(),
            stored_key_aliases: BTreeMap::new(),
            unified_billing: None,
            byok_only: false,
            custom_providers: BTreeMap::new(),
            dynamic_routes: BTreeMap::new(),
            dynamic_graphs: BTreeMap::new(),
            settings: Map::new(),
            policy: Policy::default(),
            policies: Vec::new(),
            staged_policies: Vec::new(),
            spend_rules_made: 0,
        }
    }
}

/// What guardrails and DLP block: a text that contains one of the words.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Guardrails on the request: 424, 2016.
    pub blocked_prompts: Vec<String>,
    /// Guardrails on the response: 424, 2017.
    pub blocked_responses: Vec<String>,
    /// DLP on the request: 424, 2029.
    pub dlp_requests: Vec<String>,
    /// DLP on the response: 424, 2030.
    pub dlp_responses: Vec<String>,
}

/// The certificate that a TLS listener presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Right names, right dates, signed by the test CA ([`crate::Emulator::ca_pem`]).
    Good,
    /// Signed by its own key.
    SelfSigned,
    /// Signed by the test CA, but expired.
    Expired,
    /// Signed by the test CA, expiring in this many days.
    EndsIn {
        /// Days from its creation.
        days: u32,
    },
    /// Signed by the test CA, but not valid for another hundred years, as if this machine's clock were
    /// wrong.
    NotYet,
    /// Signed by the test CA for another host.
    WrongHost,
    /// Right names, but from another authority, like a TLS-intercepting product.
    OtherIssuer {
        /// The organization and name of that authority.
        organization: String,
    },
}
