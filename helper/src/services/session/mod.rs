//! Decides whether and how a session is routed, and if not, why.
//!
//! [`decide`] is pure. The hook, the mod (through `session-env`), `status`, `explain`, `doctor`, `env` and
//! `run` all call it with facts that were gathered once, so they always agree. `setup` and `verify` call only
//! [`plan`]: what keeps a session from its route, `setup` judges by itself for the file that it writes.

mod inputs;
mod login;
mod not_routed;
mod plugin;

pub use inputs::SessionInputs;
pub use login::has_login;
pub use not_routed::{Diversion, NotRouted};
pub use plugin::{Plugin, obstacle};

use crate::facts::claude_code::client::{DISABLE_NONESSENTIAL_TRAFFIC, PROVIDER_SWITCHES};
use crate::facts::gateway::GatewayUrl;
use crate::facts::gateway::auth::{
    AuthError, AuthMode, CUSTOM_HEADERS, Credentials, Environment, GatewayToken, Value, environment,
};
use crate::facts::gateway::providers::ProviderRef;
use crate::services::config::{Config, OnUnreachable, Routing};
use crate::services::probe::ProbeOutcome;
use url::Url;

/// Whether and how one session is routed.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The route that the configuration describes, whatever applies it. An error means that nothing
    /// is routed.
    pub route: Result<Route, NotRouted>,
    /// Why the route must not be set in an environment: a settings file sends requests elsewhere.
    held: Option<NotRouted>,
    /// Why the plugin does not route Claude Code's own requests; `None` if it does.
    pub not_by_plugin: Option<NotRouted>,
}

impl Decision {
    /// The route for an environment: of Bash programs, of `run`, of a shell. A nested `claude`
    /// would take the URL from the settings file and our token from the environment.
    ///
    /// # Errors
    /// Nothing is routed, or a settings file sends requests elsewhere.
    pub fn for_environment(&self) -> Result<&Route, &NotRouted> {
        let route = self.route.as_ref()?;
        self.held.as_ref().map_or(Ok(route), Err)
    }

    /// The route that the plugin sets for Claude Code's own requests.
    ///
    /// # Errors
    /// If the plugin does not route them.
    pub fn by_plugin(&self) -> Result<&Route, &NotRouted> {
        match (&self.not_by_plugin, &self.route) {
            (Some(why), _) | (None, Err(why)) => Err(why),
            (None, Ok(route)) => Ok(route),
        }
    }

    /// What keeps an installed plugin from routing, if the user has to act: another plugin, a
    /// setting, the client. Excludes the user's own choices and problems of the route itself.
    pub fn obstacle(&self) -> Option<&NotRouted> {
        self.not_by_plugin.as_ref().filter(|why| why.is_obstacle())
    }
}

/// Decides. Pure: the same facts give the same decision.
pub fn decide(config: &Config, around: &SessionInputs, plugin: &Plugin) -> Decision {
    let route = plan(config, around);
    let held =
        route.as_ref().ok().and_then(|route| held_back(route, plugin).or_else(|| helper_pays(route, around)));
    let not_by_plugin = match &route {
        Err(why) => Some(why.clone()),
        Ok(_) => plugin::hindrance(config, around, plugin).or_else(|| held.clone()),
    };
    Decision { route, held, not_by_plugin }
}

/// A session's route: everything that the hook, the mod, `env` and `run` need.
#[derive(Debug, Clone)]
pub struct Route {
    /// Claude's base URL.
    pub url: GatewayUrl,
    /// Who pays.
    pub mode: AuthMode,
    /// For Claude Code and programs that use Anthropic's API.
    pub anthropic: Environment,
    /// Base URLs for the SDKs of the other providers that the user listed.
    pub others: Vec<(&'static str, Value)>,
}

/// Who pays: the configured mode, else the user's own key if there is one, else unknown.
pub fn mode(config: &Config, around: &SessionInputs) -> Option<AuthMode> {
    let configured = config.auth.as_ref().map(|auth| auth.value);
    configured.or(around.has_key.then_some(AuthMode::OwnKey))
}

/// The route that a configuration describes, whatever applies it. Pure.
///
/// # Errors
/// Nothing is configured, the configuration is invalid, or it is unknown who pays.
pub fn plan(config: &Config, around: &SessionInputs) -> Result<Route, NotRouted> {
    let token = config.gateway_token.as_ref().map(|token| GatewayToken::Held(&token.value));
    plan_with(config, around, token)
}

/// The same with this gateway token.
///
/// # Errors
/// Those of [`plan`].
pub fn plan_with(
    config: &Config,
    around: &SessionInputs,
    gateway_token: Option<GatewayToken<'_>>,
) -> Result<Route, NotRouted> {
    if config.routing.value == Routing::Off {
        return Err(NotRouted::Off);
    }
    if let Some(problem) = config.problems.first() {
        return Err(NotRouted::Problem(problem.to_string()));
    }
    let url = &config.url.as_ref().ok_or(NotRouted::NotConfigured)?.value;
    if let Some(name) = around.client.other_provider {
        return Err(NotRouted::OtherProvider(name));
    }
    let mode = mode(config, around).ok_or(NotRouted::WhoPays)?;
    if mode == AuthMode::OwnKey && around.would_send_login() {
        return Err(NotRouted::LoginInstead);
    }
    let metadata = config.metadata.header_value(around.facts());
    let with = Credentials {
        gateway_token,
        metadata: metadata.as_deref(),
        custom_headers: around.custom_headers.as_deref(),
        carry: &around.carry,
    };
    let anthropic = environment(mode, url, with).map_err(|error| match error {
        AuthError::NeedsGatewayToken => NotRouted::NeedsGatewayToken(mode),
        AuthError::TokenUnfit => NotRouted::Problem(
            "the gateway token has a character that is not allowed in an HTTP header".to_owned(),
        ),
    })?;
    Ok(Route { url: url.clone(), mode, anthropic, others: sdk_variables(config, around, url) })
}

/// Why this route must not be set in an environment that settings files override.
///
/// Claude Code applies the files' `env` over its environment at startup and again after each
/// change. A file that sets only the URL, or only another provider, leaves our token in place and
/// sends it there. An empty URL means Anthropic's own.
fn held_back(route: &Route, plugin: &Plugin) -> Option<NotRouted> {
    if !route.sends_gateway_token() {
        return None;
    }
    if let Some(name) = plugin.file_switch {
        return Some(NotRouted::SettingsFile(Diversion::Provider(name)));
    }
    if let Some(name) = plugin.file_network {
        return Some(NotRouted::SettingsFile(Diversion::Way(name)));
    }
    let ours = route.url.to_string();
    let same = |url: &str| url.trim().trim_end_matches('/') == ours.trim_end_matches('/');
    let other = plugin.file_urls.iter().find(|url| !same(url))?.trim();
    let host = Url::parse(other).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.unwrap_or_else(|| match other {
        "" => "empty, which means Anthropic itself".to_owned(),
        _ => "something that is not a URL".to_owned(),
    });
    Some(NotRouted::SettingsFile(Diversion::Host(host)))
}

/// Why this route must not be combined with an `apiKeyHelper`: the client would send the helper's
/// output, and the key on the request pays at Cloudflare, whatever the mode.
fn helper_pays(route: &Route, around: &SessionInputs) -> Option<NotRouted> {
    let silences_keys = !route.mode.row().unset.is_empty();
    (around.key_helper && silences_keys).then_some(NotRouted::KeyHelper(route.mode))
}

/// What the user must know about a gateway that does not respond properly; `None` if it does.
pub fn reachability_warning(outcome: &ProbeOutcome, host: &str, policy: OnUnreachable) -> Option<String> {
    if outcome.is_good() {
        return None;
    }
    let what = match policy {
        _ if outcome.is_token_refused() => ", and Claude would silently retry for three minutes",
        OnUnreachable::Block => ", so requests will fail",
        _ => "",
    };
    Some(format!("{}{what}; {}", outcome.sentence(host), outcome.fix(host)))
}

/// The base URL variables of the providers that the user listed.
fn sdk_variables(config: &Config, around: &SessionInputs, url: &GatewayUrl) -> Vec<(&'static str, Value)> {
    let known = config.providers.iter().filter_map(ProviderRef::known);
    let variables = known.flat_map(|p| p.sdk.iter().map(move |sdk| (p, sdk)));
    variables
        .filter(|(_, sdk)| !sdk.unless.iter().any(|name| around.set_elsewhere.contains(name)))
        .map(|(p, sdk)| (sdk.name, Value::Plain(format!("{}/{}{}", url.root(), p.slug, sdk.suffix))))
        .collect()
}

impl Route {
    /// True if it includes the gateway token: as a header, or in place of a provider key.
    pub fn sends_gateway_token(&self) -> bool {
        self.anthropic.set.iter().any(|(name, value)| {
            *name == "ANTHROPIC_AUTH_TOKEN"
                || value.reveal().to_ascii_lowercase().contains("cf-aig-authorization")
        })
    }

    /// The variable that keeps the gateway token from api.anthropic.com. With its own key or login, Claude Code
    /// sends [`CUSTOM_HEADERS`] there at startup. A user who has set the variable, to any value, has decided.
    pub fn quiet(&self) -> Option<(&'static str, Value)> {
        let is_set = |name: &str| self.anthropic.set.iter().any(|(set, _)| *set == name);
        let in_headers = |(name, value): &(&str, Value)| {
            *name == CUSTOM_HEADERS && value.reveal().to_ascii_lowercase().contains("cf-aig-authorization")
        };
        let sends = self.anthropic.set.iter().any(in_headers);
        // with another provider, the client fetches no startup data
        let asks = !PROVIDER_SWITCHES.iter().any(|name| is_set(name));
        (sends && asks).then(|| (DISABLE_NONESSENTIAL_TRAFFIC, Value::Plain("1".to_owned())))
    }

    /// Everything for Bash programs: also the gateway token under its own name, for programs whose SDK must
    /// be configured to send it.
    pub fn for_programs(&self, config: &Config) -> Environment {
        let mut env = self.anthropic.clone();
        env.set.extend(self.others.iter().cloned());
        if let Some(token) = &config.gateway_token {
            env.set.push(("CF_AIG_TOKEN", Value::Secret(token.value.clone())));
        }
        env
    }

    /// The headers that are not sent along, as a sentence.
    pub fn left_out(&self) -> Option<String> {
        let names = &self.anthropic.left_out;
        (!names.is_empty()).then(|| {
            format!(
                "{} of ANTHROPIC_CUSTOM_HEADERS is not sent to AI Gateway: it looks like a credential for another service",
                names.join(", ")
            )
        })
    }

    /// Who and where, in a few words: ``AI Gateway `dev` of account 01234567…``.
    pub fn gateway(&self) -> String {
        self.url.in_words()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::config::Flags;
    use crate::services::user_settings::UserSettings;
    use crate::system::env::ProcessEnv;

    const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";

    fn planned(vars: &[(&str, &str)]) -> Result<Route, NotRouted> {
        let env = ProcessEnv::from_iter(vars.iter().copied());
        let settings = UserSettings::default();
        let config = Config::resolve(&Flags::default(), None, &env, &settings);
        let around = SessionInputs::gather(&env, &settings, Some("s".into()), Some("/home/me/shop".into()));
        plan(&config, &around)
    }

    #[test]
    fn the_users_own_key_pays_by_default() {
        let route = planned(&[("CLOUDFLARE_ACCOUNT_ID", ACCOUNT), ("ANTHROPIC_API_KEY", "k")]).unwrap();
        assert_eq!(route.mode, AuthMode::OwnKey);
        let headers = route.anthropic.set.iter().find(|(n, _)| *n == "ANTHROPIC_CUSTOM_HEADERS").unwrap();
        assert_eq!(headers.1.reveal(), r#"cf-aig-metadata: {"session":"s","project":"shop"}"#);
    }

    #[test]
    fn only_a_credential_in_the_headers_keeps_the_login_from_the_gateway() {
        let sends = |headers: &str, key: &str| {
            let env =
                ProcessEnv::from_iter([("ANTHROPIC_CUSTOM_HEADERS", headers), ("ANTHROPIC_API_KEY", key)]);
            let mut around = SessionInputs::gather(&env, &UserSettings::default(), None, None);
            around.login = true;
            around.would_send_login()
        };
        for headers in ["", "X-Team: ours", "x-api-key:", "Authorization:"] {
            assert!(sends(headers, ""), "{headers}");
            assert!(!sends(headers, "k"), "{headers}");
        }
        for headers in ["x-api-key: k", "X-Team: ours\nAuthorization: Bearer t"] {
            assert!(!sends(headers, ""), "{headers}");
        }
    }

    #[test]
    fn a_login_goes_to_the_gateway_only_if_the_user_chose_the_subscription() {
        let login = [("CLOUDFLARE_ACCOUNT_ID", ACCOUNT), ("CLAUDE_CODE_OAUTH_TOKEN", "login")];
        let with = |auth| planned(&[&login[..], &[("CF_AIG_AUTH", auth)]].concat());
        assert_eq!(with("own-key").unwrap_err(), NotRouted::LoginInstead);
        assert_eq!(with("subscription").unwrap().mode, AuthMode::Subscription);
    }

    #[test]
    fn a_key_helper_is_refused_only_where_its_key_would_pay_instead() {
        for (auth, refused) in [("own-key", false), ("stored-key", true), ("unified-billing", true)] {
            let vars = [("CLOUDFLARE_ACCOUNT_ID", ACCOUNT), ("CF_AIG_AUTH", auth), ("CF_AIG_TOKEN", "t")];
            let route = planned(&vars).unwrap();
            let mut around =
                SessionInputs::gather(&ProcessEnv::default(), &UserSettings::default(), None, None);
            assert_eq!(helper_pays(&route, &around), None, "{auth}");
            around.key_helper = true;
            assert_eq!(helper_pays(&route, &around).is_some(), refused, "{auth}");
        }
    }

    #[test]
    fn an_unknown_payer_is_an_error_and_not_a_guess() {
        assert_eq!(planned(&[("CLOUDFLARE_ACCOUNT_ID", ACCOUNT)]).unwrap_err(), NotRouted::WhoPays);
        let chosen = [("CLOUDFLARE_ACCOUNT_ID", ACCOUNT), ("CF_AIG_AUTH", "subscription")];
        assert_eq!(planned(&chosen).unwrap().mode, AuthMode::Subscription);
    }

    #[test]
    fn nothing_is_half_routed() {
        let paid = ("ANTHROPIC_API_KEY", "k");
        let cases: &[(&[(&str, &str)], NotRouted)] = &[
            (&[paid], NotRouted::NotConfigured),
            (&[paid, ("CLOUDFLARE_ACCOUNT_ID", ACCOUNT), ("CF_AIG_ROUTING", "off")], NotRouted::Off),
            (
                &[("CLOUDFLARE_ACCOUNT_ID", ACCOUNT), ("CF_AIG_AUTH", "stored-key")],
                NotRouted::NeedsGatewayToken(AuthMode::StoredKey),
            ),
            (
                &[paid, ("CLOUDFLARE_ACCOUNT_ID", ACCOUNT), ("CLAUDE_CODE_USE_VERTEX", "1")],
                NotRouted::OtherProvider("CLAUDE_CODE_USE_VERTEX"),
            ),
        ];
        for (vars, expected) in cases {
            assert_eq!(planned(vars).unwrap_err(), *expected);
        }
        assert!(matches!(planned(&[paid, ("CLOUDFLARE_ACCOUNT_ID", "x")]), Err(NotRouted::Problem(_))));
    }

    #[test]
    fn no_token_is_set_where_a_settings_file_names_another_url() {
        let vars = [("CLOUDFLARE_ACCOUNT_ID", ACCOUNT), ("ANTHROPIC_API_KEY", "k"), ("CF_AIG_TOKEN", "t")];
        let (with, without) = (planned(&vars).unwrap(), planned(&vars[..2]).unwrap());
        let ours = with.url.to_string();
        let files = |urls: &[String]| Plugin { file_urls: urls.to_vec(), ..Plugin::default() };
        assert_eq!(held_back(&with, &files(&[])), None);
        assert_eq!(held_back(&with, &files(&[ours.clone(), format!(" {ours}/")])), None);
        for (url, host) in [
            ("https://me:secret@proxy.example/v1", "proxy.example"),
            ("", "empty, which means Anthropic itself"),
            ("secret", "something that is not a URL"),
            (&ours.replace("/default/", "/other/"), "gateway.ai.cloudflare.com"),
        ] {
            let files = files(&[ours.clone(), url.to_owned()]);
            let diverted = NotRouted::SettingsFile(Diversion::Host(host.into()));
            assert_eq!(held_back(&with, &files), Some(diverted));
            assert_eq!(held_back(&without, &files), None, "there is no token to lose");
        }
        let switched = Plugin { file_switch: Some("CLAUDE_CODE_USE_VERTEX"), ..Plugin::default() };
        let diverted = NotRouted::SettingsFile(Diversion::Provider("CLAUDE_CODE_USE_VERTEX"));
        assert_eq!(held_back(&with, &switched), Some(diverted));
        assert_eq!(held_back(&without, &switched), None, "there is no token to lose");
    }

    #[test]
    fn other_sdks_get_the_base_that_fits_their_path() {
        let vars = [
            ("CLOUDFLARE_ACCOUNT_ID", ACCOUNT),
            ("ANTHROPIC_API_KEY", "k"),
            ("CF_AIG_PROVIDERS", "openai,openrouter,groq"),
        ];
        let root = format!("https://gateway.ai.cloudflare.com/v1/{ACCOUNT}/default");
        let others = planned(&vars).unwrap().others;
        let shown: Vec<_> = others.iter().map(|(n, v)| (*n, v.reveal().to_owned())).collect();
        let expected = [
            ("OPENAI_BASE_URL", format!("{root}/openai")),
            ("OPENROUTER_BASE_URL", format!("{root}/openrouter/v1")),
        ];
        assert_eq!(shown, expected);
        let azure = [&vars[..], &[("AZURE_OPENAI_API_KEY", "k")]].concat();
        assert_eq!(
            planned(&azure).unwrap().others.len(),
            1,
            "the OpenAI SDK would send Azure's requests there too"
        );
    }
}
