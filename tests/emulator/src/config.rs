//! What the emulated account looks like: gateways, tokens, keys, limits, and the provider behind it.

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

/// Everything that can be decided about the emulator; changed in flight by
/// [`crate::Emulator::update`].
#[derive(Debug, Clone)]
pub struct Config {
    /// The gateways; [`crate::Emulator::base_url`] speaks of the first one.
    pub gateways: Vec<Gateway>,
    /// Serve https with such a certificate; `None` is plain http. Whether there is TLS is decided
    /// at start, which certificate is shown may change later.
    pub tls: Option<Tls>,
    /// The organization of the test authority, for instance of a product that opens TLS. Decided at start.
    pub authority: String,
    /// Port of the gateway host; 0 lets the system choose.
    pub port: u16,
    /// Port of the API host; 0 lets the system choose.
    pub api_port: u16,
    /// Tokens that the API host accepts (`Authorization: Bearer`).
    pub api_tokens: Vec<String>,
    /// Tokens that may read and nothing else.
    pub api_read_tokens: Vec<String>,
    /// Which keys a provider accepts. A provider that is not listed accepts `sk-{slug}-emulator`.
    pub provider_keys: BTreeMap<String, Vec<String>>,
    /// How providers misbehave, by slug. The gateway in front of them stays healthy.
    pub provider_faults: BTreeMap<String, ProviderFault>,
    /// Whether a provider credential that equals one of the gateway's own tokens is taken for the
    /// placeholder that Cloudflare's Claude Code page recommends, and dropped. Cloudflare's pages
    /// disagree; `false` forwards it, and the provider answers 401.
    pub ignores_own_token_as_key: bool,
    /// Pause between two events of a stream.
    pub pace: Duration,
    /// The API lets each token ask so often in each window of that length; beyond it there is 429.
    pub api_rate_limit: Option<(u32, Duration)>,
    /// A made-up log of every gateway, in front of what was really logged.
    pub synthetic_logs: Option<SyntheticLogs>,
    /// The account is one of those whose logs live in Workers Observability: the Logs API lists
    /// nothing. Cloudflare does not say what it lists for them.
    pub logs_in_observability: bool,
    /// What else is special about the account's logs.
    pub logs: LogQuirks,
    /// Whether a gateway token that is sent only in `Authorization` is forwarded as a provider
    /// credential too, which no page of Cloudflare excludes.
    pub forwards_own_bearer: bool,
    /// GraphQL analytics.
    pub analytics: Analytics,
}

/// What is special about an account's logs.
#[derive(Debug, Clone, Default)]
pub struct LogQuirks {
    /// The API tokens may not ask Workers Observability.
    pub observability_refused: bool,
    /// So many questions about logs find nothing, whatever was logged: a delay without a clock.
    pub lag: u32,
    /// Answers do not tell their log id.
    pub no_ids: bool,
    /// `cf-aig-event-id` is neither kept nor answered.
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

    /// A key that `provider` accepts, as Cloudflare itself would use it under Unified Billing.
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
    /// The tokens that are accepted. A foreign or an expired token is simply one that is not
    /// here: Cloudflare answers all of them with the same 401.
    pub tokens: Vec<String>,
    /// Whether requests are logged (`cf-aig-collect-log` overrides it).
    pub collect_logs: bool,
    /// How long answers are cached; `None` is off (`cf-aig-cache-ttl` overrides it).
    pub cache_ttl: Option<Duration>,
    /// At most so many requests in each window of that length.
    pub rate_limit: Option<(u32, Duration)>,
    /// The window of `rate_limit` slides instead of being cut at its multiples.
    pub rate_limit_sliding: bool,
    /// A spend limit is exhausted: requests are refused with 2041.
    pub spend_limit_exceeded: bool,
    /// BYOK: provider slug to its stored key (the alias `default`).
    pub stored_keys: BTreeMap<String, String>,
    /// BYOK under other aliases (`cf-aig-byok-alias`): provider slug to alias to key.
    pub stored_key_aliases: BTreeMap<String, BTreeMap<String, String>>,
    /// Unified Billing: the credit that is left, in US cents; `None` when it is not enabled.
    pub unified_billing: Option<f64>,
    /// Never fall back to Unified Billing.
    pub byok_only: bool,
    /// Custom providers, slug (without `custom-`) to base URL.
    pub custom_providers: BTreeMap<String, String>,
    /// Dynamic routes: name to the (provider, model) pairs that are tried in order.
    pub dynamic_routes: BTreeMap<String, Vec<(String, String)>>,
    /// Dynamic routes as the API deploys them: name to elements.
    pub dynamic_graphs: BTreeMap<String, Vec<Value>>,
    /// What else the API shows of the gateway, by its own field names.
    pub settings: Map<String, Value>,
    /// Guardrails and DLP.
    pub policy: Policy,
    /// Policies in force, as the API has them. One is enough for default-deny.
    pub policies: Vec<Value>,
    /// Policies that wait for a commit.
    pub staged_policies: Vec<Value>,
    /// How many spend rules were given an id.
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

/// What guardrails and DLP stop. A text is stopped when it contains one of the words.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Guardrails on the request: 424, 2016.
    pub blocked_prompts: Vec<String>,
    /// Guardrails on the answer: 424, 2017.
    pub blocked_responses: Vec<String>,
    /// DLP on the request: 424, 2029.
    pub dlp_requests: Vec<String>,
    /// DLP on the answer: 424, 2030.
    pub dlp_responses: Vec<String>,
}

/// Which certificate a TLS listener shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Right names, right dates, signed by the test CA ([`crate::Emulator::ca_pem`]).
    Good,
    /// Signed by its own key.
    SelfSigned,
    /// Signed by the test CA, but its time is over.
    Expired,
    /// Signed by the test CA, and its time is over so many days from now.
    EndsIn {
        /// Days from the moment at which it is made.
        days: u32,
    },
    /// Signed by the test CA, and its time begins in a hundred years, or this machine's clock is wrong.
    NotYet,
    /// Signed by the test CA for another host.
    WrongHost,
    /// Right names, but from another authority, as a TLS-intercepting product does it.
    OtherIssuer {
        /// The organization and name of that authority.
        organization: String,
    },
}
