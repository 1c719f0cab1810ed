//! Looks up each value: flag · environment · plugin option · settings files · variables that this
//! process was started with.

use super::{Flags, Problem, Source, Sourced, word};
use crate::base::redact::redact;
use crate::base::secret::Secret;
use crate::facts::claude_code::headers::is_cloudflare_token;
use crate::facts::gateway::auth::{AuthMode, token_in_headers};
use crate::facts::gateway::ids::{AccountId, GatewayId, account_fault, gateway_fault};
use crate::facts::gateway::providers::{Protocol, ProviderRef};
use crate::facts::gateway::url::{GATEWAY_HOST, Origin, inspect};
use crate::facts::gateway::{GatewayUrl, HostPolicy};
use crate::facts::metadata::MetadataSpec;
use crate::services::user_settings::{DECIDES_THE_WAY, UserSettings};

const BASE_URL: &str = "ANTHROPIC_BASE_URL";
const HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";

const UNTRUSTED: &str = "a settings file of this folder sets it, and Claude Code does not trust this folder";

/// Looks up values in their sources, in order.
pub(super) struct Lookup<'a> {
    pub(super) var: &'a dyn Fn(&str) -> Option<String>,
    pub(super) settings: &'a UserSettings,
    pub(super) problems: Vec<Problem>,
    /// See [`super::Config::assumes_default`].
    pub(super) assumes_default: bool,
}

impl Lookup<'_> {
    /// A variable that is set, unless a settings file of an untrusted folder sets it.
    pub(super) fn var(&self, name: &str) -> Option<String> {
        let value = (self.var)(name).filter(|value| !value.trim().is_empty())?;
        (!self.settings.is_untrusted(name, &value)).then_some(value)
    }

    /// Reports if only such a file configures the gateway, and returns that gateway.
    pub(super) fn untrusted(&mut self, hosts: &HostPolicy) -> Option<Sourced<GatewayUrl>> {
        let hint = "start Claude Code here and accept its trust dialog, or configure the gateway yourself";
        if let Some(name) = self.by_untrusted_file(&["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ORIGIN"]) {
            self.problem(Source::Environment(name), UNTRUSTED, Some(hint.to_owned()));
            return None;
        }
        let in_file = self
            .settings
            .of_route(BASE_URL)
            .map(|(url, file)| (url, Source::File(BASE_URL, file.path.clone())));
        let of_process = || (self.var)(BASE_URL).map(|url| (url, Source::Environment(BASE_URL)));
        let (text, source) =
            in_file.or_else(of_process).filter(|(url, _)| self.settings.is_untrusted(BASE_URL, url))?;
        let url = inspect(&text, hosts).url.filter(|url| url.protocol() == Protocol::Anthropic);
        if url.is_some() || text.contains(GATEWAY_HOST) {
            self.problem(source.clone(), UNTRUSTED, Some(hint.to_owned()));
        }
        url.map(|value| Sourced { value, source })
    }

    /// Reports if such a file sets the proxy or the certificates of this process.
    pub(super) fn untrusted_way(&mut self) -> bool {
        let Some(name) = self.by_untrusted_file(&DECIDES_THE_WAY) else { return false };
        let hint = "start Claude Code here and accept its trust dialog";
        self.problem(Source::Environment(name), UNTRUSTED, Some(hint.to_owned()));
        true
    }

    /// The first of these variables that such a file sets for this process.
    fn by_untrusted_file(&self, names: &[&'static str]) -> Option<&'static str> {
        let is_set =
            |name: &&str| (self.var)(name).is_some_and(|value| self.settings.is_untrusted(name, &value));
        names.iter().copied().find(is_set)
    }

    /// flag · environment · plugin option (as passed to a hook or the mod, else as saved).
    pub(super) fn first(
        &self,
        flag: Option<(&Option<String>, &'static str)>,
        variables: &[&'static str],
        option: &'static str,
    ) -> Option<Sourced<String>> {
        let flagged = flag.and_then(|(value, name)| value.clone().map(|value| (value, Source::Flag(name))));
        let from_env = || variables.iter().find_map(|n| self.var(n).map(|v| (v, Source::Environment(n))));
        let from_options = || {
            let exported = self.var(&format!("CLAUDE_PLUGIN_OPTION_{}", option.to_ascii_uppercase()));
            let saved = || self.settings.plugin_option(option).filter(|v| !v.trim().is_empty());
            exported.or_else(saved).map(|v| (v, Source::PluginOption(option)))
        };
        let (value, source) = flagged.or_else(from_env).or_else(from_options)?;
        Some(Sourced { value: value.trim().to_owned(), source })
    }

    fn problem(&mut self, source: Source, message: impl Into<String>, hint: Option<String>) {
        self.problems.push(Problem { source, message: message.into(), hint });
    }

    pub(super) fn choice<T: clap::ValueEnum>(
        &mut self,
        what: &str,
        given: Option<Sourced<String>>,
        default: T,
    ) -> Sourced<T> {
        let Some(given) = given else { return Sourced { value: default, source: Source::Default } };
        if let Ok(value) = T::from_str(&given.value, false) {
            return Sourced { value, source: given.source };
        }
        let names: Vec<_> = T::value_variants().iter().map(|value| word(value.clone())).collect();
        self.problem(given.source.clone(), format!("{what} must be one of {}", names.join(", ")), None);
        Sourced { value: default, source: given.source }
    }
}

impl Lookup<'_> {
    /// `CF_AIG_GATEWAY_ORIGIN`, `CF_AIG_API_ORIGIN`: a custom domain, or a host for tests. Setting
    /// the variable allows the host.
    pub(super) fn origin(&mut self, variable: &'static str) -> Option<Origin> {
        let text = self.var(variable)?;
        let origin = Origin::parse(text.trim());
        if origin.is_none() {
            let hint = Some("use https://host, or http:// on loopback, without a path".to_owned());
            self.problem(Source::Environment(variable), "not an origin", hint);
        }
        origin
    }

    pub(super) fn url(
        &mut self,
        flags: &Flags,
        origin: Option<Origin>,
        hosts: &HostPolicy,
    ) -> Option<Sourced<GatewayUrl>> {
        let account =
            self.first(Some((&flags.account_id, "account-id")), &["CLOUDFLARE_ACCOUNT_ID"], "account_id");
        let gateway =
            self.first(Some((&flags.gateway_id, "gateway-id")), &["CF_AIG_GATEWAY_ID"], "gateway_id");
        let pasted =
            [&account, &gateway].into_iter().flatten().find(|v| v.value.contains(GATEWAY_HOST)).cloned();
        if let Some(pasted) = pasted {
            return self.pasted_url(&pasted, hosts);
        }
        match (account, gateway) {
            (Some(account), gateway) => self.named_url(&account, gateway, origin, hosts),
            (None, Some(gateway)) if origin.is_none() => self.existing(hosts).or_else(|| {
                let hint = Some("set account_id, or CLOUDFLARE_ACCOUNT_ID".to_owned());
                self.problem(gateway.source, "a gateway is configured, but not its account", hint);
                None
            }),
            (None, _) => self.existing(hosts).or_else(|| {
                let origin = origin.filter(|o| o.as_str().starts_with("https:"))?;
                let url = GatewayUrl::build(origin, None, ProviderRef::parse("anthropic").ok()?, "")?;
                Some(Sourced { value: url, source: Source::Environment("CF_AIG_GATEWAY_ORIGIN") })
            }),
        }
    }

    /// The user pasted the whole URL in place of an id, which is unambiguous.
    fn pasted_url(&mut self, given: &Sourced<String>, hosts: &HostPolicy) -> Option<Sourced<GatewayUrl>> {
        let inspection = inspect(&given.value, hosts);
        if inspection.url.is_none() {
            let error = inspection.errors.first()?;
            self.problem(given.source.clone(), error.message.clone(), error.hint.clone());
        }
        let url = inspection.url?;
        Some(Sourced { value: url, source: given.source.clone() })
    }

    fn named_url(
        &mut self,
        account: &Sourced<String>,
        gateway: Option<Sourced<String>>,
        origin: Option<Origin>,
        hosts: &HostPolicy,
    ) -> Option<Sourced<GatewayUrl>> {
        let unnamed = gateway.is_none();
        let gateway = gateway.unwrap_or(Sourced { value: "default".to_owned(), source: Source::Default });
        let account_id = AccountId::parse(&account.value).map_err(|error| {
            let (message, hint) = account_fault(&account.value, error);
            self.problem(account.source.clone(), message, Some(hint.to_owned()));
        });
        let gateway_id = GatewayId::parse(&gateway.value).map_err(|error| {
            let (message, hint) = gateway_fault(&gateway.value, error);
            self.problem(gateway.source, message, Some(hint.to_owned()));
        });
        let ids = Some((account_id.ok()?, gateway_id.ok()?));
        let origin = origin.unwrap_or_else(Origin::cloudflare);
        let url = GatewayUrl::build(origin, ids, ProviderRef::parse("anthropic").ok()?, "")?;
        // a session that is routed to another provider of this gateway stays there, because its
        // credential belongs to that provider
        let there = self.existing(hosts).map(|url| url.value).filter(|there| there.root() == url.root());
        self.assumes_default = unnamed && there.is_none();
        Some(Sourced { value: there.unwrap_or(url), source: account.source.clone() })
    }

    /// The gateway URL that Claude Code uses: from its settings files, else the one that this
    /// process was started with, if Claude Code can use it.
    fn existing(&mut self, hosts: &HostPolicy) -> Option<Sourced<GatewayUrl>> {
        let usable = |(text, source): (String, Source)| {
            let url = inspect(&text, hosts).url.filter(|url| url.protocol() == Protocol::Anthropic)?;
            Some(Sourced { value: url, source })
        };
        let of_process = || self.var(BASE_URL).map(|text| (text, Source::BaseUrl(BASE_URL)));
        self.in_files(BASE_URL).and_then(usable).or_else(|| of_process().and_then(usable))
    }

    /// A variable as the client's settings files set it, unless an untrusted folder sets it.
    fn in_files(&self, name: &'static str) -> Option<(String, Source)> {
        let (value, file) = self.settings.of_route(name).filter(|(value, _)| !value.trim().is_empty())?;
        let source = Source::File(name, file.path.clone());
        (!self.settings.is_untrusted(name, &value)).then_some((value, source))
    }

    pub(super) fn secret(&self, variables: &[&'static str], option: &'static str) -> Option<Sourced<Secret>> {
        let found = self.first(None, variables, option)?;
        Secret::new(found.value).map(|value| Sourced { value, source: found.source })
    }

    pub(super) fn gateway_token(&mut self) -> Option<Sourced<Secret>> {
        let token = self.secret(&["CF_AIG_TOKEN"], "gateway_token").or_else(|| {
            let of_process = self.var(HEADERS).map(|text| (text, Source::BaseUrl(HEADERS)));
            let places = self.in_files(HEADERS).into_iter().chain(of_process);
            let mut found =
                places.filter_map(|(headers, source)| Some((token_in_headers(&headers)?, source)));
            found.next().map(|(value, source)| Sourced { value, source })
        })?;
        if !token.value.fits_a_header() {
            let hint = Some("copy it again, without spaces and line breaks".to_owned());
            self.problem(
                token.source,
                "the gateway token has a character that is not allowed in an HTTP header",
                hint,
            );
            return None;
        }
        Some(token)
    }

    /// The token that pays behind a base URL which somebody set for Claude Code, and the mode that this means.
    ///
    /// There it is in the place of a provider key, as the table of modes has it; Cloudflare's page for Claude
    /// Code has it as `ANTHROPIC_API_KEY`. Behind the provider `anthropic`, every `ANTHROPIC_AUTH_TOKEN` that
    /// is not Anthropic's is taken for it; elsewhere, and as a key, only what is certainly Cloudflare's.
    pub(super) fn paying_token(
        &self,
        url: Option<&Sourced<GatewayUrl>>,
    ) -> Option<(AuthMode, Sourced<Secret>)> {
        let url = url.filter(|url| matches!(url.source, Source::File(..) | Source::BaseUrl(_)))?;
        let look = |name: &'static str| {
            self.in_files(name).or_else(|| self.var(name).map(|text| (text, Source::BaseUrl(name))))
        };
        let is_anthropic = url.value.provider().to_string() == "anthropic";
        let (value, source) = [("ANTHROPIC_AUTH_TOKEN", is_anthropic), ("ANTHROPIC_API_KEY", false)]
            .into_iter()
            .filter_map(|(name, bare)| look(name).map(|found| (found, bare)))
            .find(|((value, _), bare)| {
                is_cloudflare_token(value.trim()) || (*bare && !value.trim().starts_with("sk-"))
            })?
            .0;
        let token = Secret::new(value.trim().to_owned()).filter(Secret::fits_a_header)?;
        let headers = look(HEADERS).map(|(text, _)| text).unwrap_or_default();
        let mode = AuthMode::of_paying_token(&headers);
        Some((mode, Sourced { value: token, source }))
    }

    pub(super) fn auth(&mut self, flags: &Flags) -> Option<Sourced<AuthMode>> {
        let given = self.first(Some((&flags.auth, "auth")), &["CF_AIG_AUTH"], "auth")?;
        let mode = AuthMode::parse(&given.value);
        if mode.is_none() {
            let names = AuthMode::ALL.map(AuthMode::id).join(", ");
            self.problem(given.source.clone(), format!("auth must be one of {names}"), None);
        }
        mode.map(|value| Sourced { value, source: given.source })
    }

    pub(super) fn providers(&mut self) -> Vec<ProviderRef> {
        let Some(given) = self.first(None, &["CF_AIG_PROVIDERS"], "providers") else { return Vec::new() };
        let mut found: Vec<ProviderRef> = Vec::new();
        for name in given.value.split([',', ' ']).filter(|n| !n.is_empty()) {
            match ProviderRef::parse(name) {
                Ok(provider) if found.contains(&provider) => {}
                Ok(provider) => found.push(provider),
                Err(_) => {
                    // the user may have pasted a token here
                    let message = format!("`{}` is not an AI Gateway provider", redact(name).escape_debug());
                    self.problem(
                        given.source.clone(),
                        message,
                        Some("`cf-aig providers` lists them".to_owned()),
                    );
                }
            }
        }
        found
    }

    pub(super) fn metadata(&mut self) -> MetadataSpec {
        let Some(given) = self.first(None, &["CF_AIG_METADATA"], "metadata") else {
            return MetadataSpec::default();
        };
        MetadataSpec::parse(&given.value).unwrap_or_else(|message| {
            self.problem(given.source, redact(&format!("metadata: {message}")), None);
            MetadataSpec::default()
        })
    }
}
