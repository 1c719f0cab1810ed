//! The resolved configuration: every value is looked up once, the first source wins, and each value
//! knows its source.
//!
//! Order: flag · environment · plugin options · Claude Code's settings files in its own order · the gateway
//! URL in `ANTHROPIC_BASE_URL` of this process.

mod layers;
mod lookup;
mod value;

pub use layers::{FileRoute, RequestedProvider, RequestedRoute, SetupLayer};
pub use value::{ConfigSource, Flags, OnUnreachable, Problem, Routing, Sourced};

use crate::base::secret::Secret;
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::providers::ProviderRef;
use crate::facts::gateway::url::Origin;
use crate::facts::gateway::{GatewayUrl, HostPolicy};
use crate::facts::metadata::MetadataSpec;
use crate::services::user_settings::{NETWORK_VARIABLES, UserSettings};
use crate::system::env::ProcessEnv;
use lookup::Lookup;

/// The whole configuration, resolved once.
#[derive(Debug, Clone)]
pub struct Config {
    /// Claude's own base URL; `None` if no gateway is configured or the configured one is unusable
    /// (then `problems` says why).
    pub url: Option<Sourced<GatewayUrl>>,
    /// The gateway that only files of this folder configure, while Claude Code does not trust the
    /// folder. It is shown, but nothing is sent to it.
    pub untrusted_url: Option<Sourced<GatewayUrl>>,
    /// Only the account is configured, so its gateway `default` is assumed.
    pub assumes_default: bool,
    /// The token of an authenticated gateway.
    pub gateway_token: Option<Sourced<Secret>>,
    /// The token for Cloudflare's API.
    pub api_token: Option<Sourced<Secret>>,
    /// The origin of Cloudflare's API: `CF_AIG_API_ORIGIN`, or the default.
    pub api_origin: Origin,
    /// The requested mode; `None` derives it from the available credential.
    pub auth: Option<Sourced<AuthMode>>,
    /// How the session is routed.
    pub routing: Sourced<Routing>,
    /// What to do if the gateway does not respond.
    pub on_unreachable: OnUnreachable,
    /// Other providers whose SDK variables are set for Bash programs.
    pub providers: Vec<ProviderRef>,
    /// The contents of `cf-aig-metadata`.
    pub metadata: MetadataSpec,
    /// Hosts that are allowed in a URL besides Cloudflare's.
    pub hosts: HostPolicy,
    /// False if `CF_AIG_PROBE=off`.
    pub probe: bool,
    /// Values that cannot be used. Nothing is routed while there is one.
    pub problems: Vec<Problem>,
}

/// The first problem with one of these variables of the environment.
fn about<'a>(problems: &'a [Problem], variables: &[&str]) -> Option<&'a Problem> {
    let is_of =
        |source: &ConfigSource| matches!(source, ConfigSource::Environment(name) if variables.contains(name));
    problems.iter().find(|problem| is_of(&problem.source))
}

/// The variables that replace Cloudflare's hosts.
const ORIGINS: [&str; 2] = ["CF_AIG_GATEWAY_ORIGIN", "CF_AIG_API_ORIGIN"];

impl Config {
    /// An origin that is set but cannot be used: the user means another host than the default, so
    /// nothing may be sent.
    pub fn wrong_origin(&self) -> Option<&Problem> {
        about(&self.problems, &ORIGINS)
    }

    /// The proxy or the certificates that an untrusted folder sets for this process: nothing may be
    /// sent.
    pub fn untrusted_network(&self) -> Option<&Problem> {
        about(&self.problems, &NETWORK_VARIABLES)
    }

    /// Resolves everything. Looks each value up once and never fails: errors are in `problems`.
    pub fn resolve(
        flags: &Flags,
        setup: Option<&SetupLayer<'_>>,
        env: &ProcessEnv,
        settings: &UserSettings,
    ) -> Self {
        let (hosts, problems) = (HostPolicy::default(), Vec::new());
        let mut look = Lookup { flags, setup, env, settings, hosts, problems, assumes_default: false };
        let origin = look.origin(ORIGINS[0]);
        let api_origin = look.origin(ORIGINS[1]).unwrap_or_else(Origin::api);
        look.hosts = origin.clone().map_or_else(HostPolicy::default, HostPolicy::allowing);
        let mut url = look.url(origin);
        let untrusted_url = if url.is_none() { look.untrusted() } else { None };
        if look.untrusted_network() || about(&look.problems, &ORIGINS).is_some() {
            url = None;
            look.assumes_default = false;
        }
        let (auth, gateway_token) = look.payment(url.as_ref());
        let url = url.map(|url| look.served(url));
        let api_token = look.secret("CLOUDFLARE_API_TOKEN", "api_token");
        let routing = look.choice("CF_AIG_ROUTING", "routing", Routing::Session);
        let on_unreachable =
            look.choice("CF_AIG_ON_UNREACHABLE", "on_unreachable", OnUnreachable::Warn).value;
        let providers = look.providers();
        let metadata = look.metadata();
        let probe =
            look.var("CF_AIG_PROBE").is_none_or(|v| !matches!(v.trim(), "off" | "0" | "false" | "no"));
        let Lookup { hosts, problems, assumes_default, .. } = look;
        Self {
            url,
            untrusted_url,
            assumes_default,
            gateway_token,
            api_token,
            api_origin,
            auth,
            // the user asked to write it to a file, whatever the option says
            routing: if setup.is_some() { Sourced { value: Routing::Settings, ..routing } } else { routing },
            on_unreachable,
            providers,
            metadata,
            hosts,
            probe,
            problems,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gateway::url::GATEWAY_HOST;

    const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";

    fn config(vars: &[(&str, &str)]) -> Config {
        let env = ProcessEnv::from_iter(vars.iter().copied());
        Config::resolve(&Flags::default(), None, &env, &UserSettings::default())
    }

    fn url(config: &Config) -> String {
        config.url.as_ref().map(|u| u.value.to_string()).unwrap_or_default()
    }

    #[test]
    fn no_configuration_is_not_an_error() {
        let config = config(&[("ANTHROPIC_BASE_URL", "http://localhost:1/"), ("ANTHROPIC_API_KEY", "k")]);
        assert!(config.url.is_none() && config.problems.is_empty());
    }

    #[test]
    fn the_first_place_that_has_a_value_wins() {
        let vars = [
            ("CLOUDFLARE_ACCOUNT_ID", ACCOUNT),
            ("CLAUDE_PLUGIN_OPTION_ACCOUNT_ID", "x"),
            ("CLAUDE_PLUGIN_OPTION_GATEWAY_ID", "dev"),
        ];
        let found = config(&vars);
        assert_eq!(url(&found), format!("https://{GATEWAY_HOST}/v1/{ACCOUNT}/dev/anthropic"));
        assert_eq!(found.url.unwrap().source, ConfigSource::Environment("CLOUDFLARE_ACCOUNT_ID"));
    }

    #[test]
    fn an_account_without_a_gateway_means_the_default_gateway() {
        assert!(url(&config(&[("CLOUDFLARE_ACCOUNT_ID", ACCOUNT)])).ends_with("/default/anthropic"));
    }

    #[test]
    fn a_routed_process_reads_its_gateway_and_token_from_its_environment() {
        let text = format!("https://{GATEWAY_HOST}/v1/{ACCOUNT}/dev/anthropic");
        let found = config(&[
            ("ANTHROPIC_BASE_URL", &text),
            ("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-authorization: Bearer t"),
        ]);
        assert_eq!(url(&found), text);
        assert_eq!(found.gateway_token.unwrap().value.reveal(), "t");
    }

    #[test]
    fn a_whole_url_in_place_of_an_id_is_understood() {
        let text = format!("https://{GATEWAY_HOST}/v1/{ACCOUNT}/dev/anthropic/");
        assert_eq!(url(&config(&[("CLAUDE_PLUGIN_OPTION_ACCOUNT_ID", &text)])), text.trim_end_matches('/'));
    }

    #[test]
    fn an_unusable_value_is_reported_with_its_source() {
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[("CLAUDE_PLUGIN_OPTION_ACCOUNT_ID", "<ACCOUNT_ID>")], "plugin option account_id"),
            (&[("CLOUDFLARE_ACCOUNT_ID", ACCOUNT), ("CF_AIG_GATEWAY_ID", "a b")], "$CF_AIG_GATEWAY_ID"),
            (&[("CLOUDFLARE_ACCOUNT_ID", ACCOUNT), ("CF_AIG_GATEWAY_ID", "a/openai")], "$CF_AIG_GATEWAY_ID"),
            (&[("CF_AIG_GATEWAY_ID", "dev")], "$CF_AIG_GATEWAY_ID"),
            (&[("CF_AIG_GATEWAY_ORIGIN", "http://example.com")], "$CF_AIG_GATEWAY_ORIGIN"),
            (&[("CF_AIG_API_ORIGIN", "http://example.com")], "$CF_AIG_API_ORIGIN"),
            (&[("CF_AIG_TOKEN", "a b")], "$CF_AIG_TOKEN"),
            (&[("CLAUDE_PLUGIN_OPTION_AUTH", "byok")], "plugin option auth"),
            (&[("CLAUDE_PLUGIN_OPTION_ROUTING", "on")], "plugin option routing"),
            (&[("CLAUDE_PLUGIN_OPTION_PROVIDERS", "openai,opneai")], "plugin option providers"),
            (&[("CLAUDE_PLUGIN_OPTION_METADATA", "cf.a=1")], "plugin option metadata"),
        ];
        for (vars, source) in cases {
            let found = config(vars);
            assert_eq!(found.problems.len(), 1, "{vars:?}");
            assert_eq!(found.problems[0].source.to_string(), *source);
        }
    }

    #[test]
    fn another_provider_of_the_same_gateway_stays() {
        let zai = format!("https://{GATEWAY_HOST}/v1/{ACCOUNT}/dev/custom-zai/api/anthropic");
        let ids =
            [("CLOUDFLARE_ACCOUNT_ID", ACCOUNT), ("CF_AIG_GATEWAY_ID", "dev"), ("ANTHROPIC_BASE_URL", &zai)];
        assert_eq!(url(&config(&ids)), zai);
        let other = [ids[0], ("CF_AIG_GATEWAY_ID", "prod"), ids[2]];
        assert_eq!(url(&config(&other)), format!("https://{GATEWAY_HOST}/v1/{ACCOUNT}/prod/anthropic"));
    }

    #[test]
    fn a_custom_domain_needs_no_ids() {
        let found = config(&[("CF_AIG_GATEWAY_ORIGIN", "https://ai.example.com")]);
        assert_eq!(url(&found), "https://ai.example.com/anthropic");
    }
}
