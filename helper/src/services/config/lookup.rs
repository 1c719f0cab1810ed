//! Looks up each value: flag · environment · plugin option · settings files (for `setup`, the one that it
//! writes) · variables that this process was started with.

use super::layers::{RequestedProvider, SetupLayer};
use super::value::{ConfigSource, Flags, Problem, Sourced, word};
use crate::base::redact::redact;
use crate::base::secret::Secret;
use crate::facts::claude_code::headers::is_cloudflare_token;
use crate::facts::gateway::auth::{AuthMode, BASE_URL, token_in_headers};
use crate::facts::gateway::ids::{AccountId, GatewayId, account_fault, gateway_fault};
use crate::facts::gateway::providers::{Protocol, ProviderRef};
use crate::facts::gateway::upstream::Speech;
use crate::facts::gateway::url::{GATEWAY_HOST, Origin, inspect};
use crate::facts::gateway::{GatewayUrl, HostPolicy};
use crate::facts::metadata::MetadataSpec;
use crate::services::user_settings::{NETWORK_VARIABLES, UserSettings};
use crate::system::env::ProcessEnv;

const HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";

const UNTRUSTED: &str = "a settings file of this folder sets it, and Claude Code does not trust this folder";

/// Looks up values in their sources, in order.
pub(super) struct Lookup<'a> {
    pub(super) flags: &'a Flags,
    pub(super) setup: Option<&'a SetupLayer<'a>>,
    pub(super) env: &'a ProcessEnv,
    pub(super) settings: &'a UserSettings,
    pub(super) hosts: HostPolicy,
    pub(super) problems: Vec<Problem>,
    /// See [`super::Config::assumes_default`].
    pub(super) assumes_default: bool,
}

impl Lookup<'_> {
    /// A variable that is set, unless a settings file of an untrusted folder sets it.
    pub(super) fn var(&self, name: &str) -> Option<String> {
        let value = self.env.filled(name)?;
        (!self.settings.is_untrusted(name, &value)).then_some(value)
    }

    /// A variable that this process was started with, unless the file that `setup` writes has it too.
    fn of_process(&self, name: &'static str) -> Option<Sourced<String>> {
        let replaced = self.setup.is_some() && self.in_file(name).is_some();
        let value = self.var(name).filter(|_| !replaced)?;
        Some(Sourced { value, source: ConfigSource::BaseUrl(name) })
    }

    /// A variable of the route in Claude Code's settings files, or in the file that `setup` writes.
    fn in_file(&self, name: &'static str) -> Option<(String, ConfigSource)> {
        let (value, path) = match self.setup.map(|setup| &setup.file) {
            None => self.settings.variable(name).map(|(value, file)| (value, file.path.clone()))?,
            Some(file) if name == BASE_URL => (file.base_url.clone()?, file.path.clone()),
            Some(file) if name == HEADERS => (file.headers.clone()?, file.path.clone()),
            Some(_) => return None,
        };
        Some((value, ConfigSource::File(name, path)))
    }

    /// A variable as the client's settings files set it, unless an untrusted folder sets it.
    fn in_files(&self, name: &'static str) -> Option<Sourced<String>> {
        let (value, source) = self.in_file(name).filter(|(value, _)| !value.trim().is_empty())?;
        // `setup` has decided whether the values of its file count
        let counts = self.setup.is_some() || !self.settings.is_untrusted(name, &value);
        counts.then_some(Sourced { value, source })
    }

    /// Reports if only such a file configures the gateway, and returns that gateway.
    pub(super) fn untrusted(&mut self) -> Option<Sourced<GatewayUrl>> {
        let hint = "start Claude Code here and accept its trust dialog, or configure the gateway yourself";
        if let Some(name) = self.by_untrusted_file(&["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ORIGIN"]) {
            self.problem(&ConfigSource::Environment(name), UNTRUSTED, Some(hint));
            return None;
        }
        let of_process = || self.env.var(BASE_URL).map(|url| (url, ConfigSource::Environment(BASE_URL)));
        let (text, source) = self
            .in_file(BASE_URL)
            .or_else(of_process)
            .filter(|(url, _)| self.settings.is_untrusted(BASE_URL, url))?;
        let url = self.for_claude_code(&text);
        if url.is_some() || text.contains(GATEWAY_HOST) {
            self.problem(&source, UNTRUSTED, Some(hint));
        }
        url.map(|value| Sourced { value, source })
    }

    /// Reports if such a file sets the proxy or the certificates of this process.
    pub(super) fn untrusted_network(&mut self) -> bool {
        let Some(name) = self.by_untrusted_file(&NETWORK_VARIABLES) else { return false };
        let hint = "start Claude Code here and accept its trust dialog";
        self.problem(&ConfigSource::Environment(name), UNTRUSTED, Some(hint));
        true
    }

    /// The first of these variables that such a file sets for this process.
    fn by_untrusted_file(&self, names: &[&'static str]) -> Option<&'static str> {
        let is_set =
            |name: &&str| self.env.var(name).is_some_and(|value| self.settings.is_untrusted(name, &value));
        names.iter().copied().find(is_set)
    }

    /// Environment · plugin option (as passed to a hook or the mod, else as saved).
    fn configured(&self, variable: &'static str, option: &'static str) -> Option<Sourced<String>> {
        let of_environment = self.var(variable).map(|value| (value, ConfigSource::Environment(variable)));
        let of_options = || {
            let exported = self.var(&format!("CLAUDE_PLUGIN_OPTION_{}", option.to_ascii_uppercase()));
            let saved = || self.settings.plugin_option(option).filter(|v| !v.trim().is_empty());
            exported.or_else(saved).map(|value| (value, ConfigSource::PluginOption(option)))
        };
        let (value, source) = of_environment.or_else(of_options)?;
        Some(Sourced { value: value.trim().to_owned(), source })
    }

    /// The same, after a flag.
    fn given(
        &self,
        (flag, value): (&'static str, Option<&str>),
        variable: &'static str,
        option: &'static str,
    ) -> Option<Sourced<String>> {
        let of_flag =
            value.map(|value| Sourced { value: value.trim().to_owned(), source: ConfigSource::Flag(flag) });
        of_flag.or_else(|| self.configured(variable, option))
    }

    fn problem(&mut self, source: &ConfigSource, message: impl Into<String>, hint: Option<&str>) {
        let hint = hint.map(str::to_owned);
        self.problems.push(Problem { source: source.clone(), message: message.into(), hint });
    }

    /// One of the words of an option.
    pub(super) fn choice<T: clap::ValueEnum>(
        &mut self,
        variable: &'static str,
        option: &'static str,
        default: T,
    ) -> Sourced<T> {
        let Some(Sourced { value, source }) = self.configured(variable, option) else {
            return Sourced { value: default, source: ConfigSource::Default };
        };
        let value = T::from_str(&value, false).unwrap_or_else(|_| {
            let names: Vec<_> = T::value_variants().iter().map(|value| word(value.clone())).collect();
            self.problem(&source, format!("{option} must be one of {}", names.join(", ")), None);
            default
        });
        Sourced { value, source }
    }
}

/// The URL for Anthropic's API.
fn anthropic(origin: Origin, ids: Option<(AccountId, GatewayId)>) -> Option<GatewayUrl> {
    GatewayUrl::build(origin, ids, ProviderRef::parse("anthropic").ok()?, "")
}

/// True for an origin whose URLs need no account and gateway.
fn is_custom_domain(origin: &Origin) -> bool {
    origin.as_str().starts_with("https:")
}

impl Lookup<'_> {
    /// `CF_AIG_GATEWAY_ORIGIN`, `CF_AIG_API_ORIGIN`: a custom domain, or a host for tests. Setting
    /// the variable allows the host.
    pub(super) fn origin(&mut self, variable: &'static str) -> Option<Origin> {
        let text = self.var(variable)?;
        let origin = Origin::parse(text.trim());
        if origin.is_none() {
            let hint = "use https://host, or http:// on loopback, without a path";
            self.problem(&ConfigSource::Environment(variable), "not an origin", Some(hint));
        }
        origin
    }

    pub(super) fn url(&mut self, origin: Option<Origin>) -> Option<Sourced<GatewayUrl>> {
        let account = ("account-id", self.flags.account_id.as_deref());
        let account = self.given(account, "CLOUDFLARE_ACCOUNT_ID", "account_id");
        let gateway = ("gateway-id", self.flags.gateway_id.as_deref());
        let gateway = self.given(gateway, "CF_AIG_GATEWAY_ID", "gateway_id");
        let is_url = |given: &&Sourced<String>| given.value.contains(GATEWAY_HOST);
        if let Some(given) = [&account, &gateway].into_iter().flatten().find(is_url) {
            return self.pasted_url(given);
        }
        match (account, gateway) {
            (Some(account), gateway) => self.named_url(&account, gateway, origin),
            (None, Some(gateway)) if !origin.as_ref().is_some_and(is_custom_domain) => {
                self.existing().or_else(|| {
                    let hint = Some("set account_id, or CLOUDFLARE_ACCOUNT_ID");
                    self.problem(&gateway.source, "a gateway is configured, but not its account", hint);
                    None
                })
            }
            (None, _) => self.existing().or_else(|| {
                let origin = origin.filter(is_custom_domain)?;
                let value = anthropic(origin, None)?;
                Some(Sourced { value, source: ConfigSource::Environment("CF_AIG_GATEWAY_ORIGIN") })
            }),
        }
    }

    /// The user pasted the whole URL in place of an id, which is unambiguous.
    fn pasted_url(&mut self, given: &Sourced<String>) -> Option<Sourced<GatewayUrl>> {
        let inspection = inspect(&given.value, &self.hosts);
        if inspection.url.is_none() {
            let error = inspection.errors.first()?;
            self.problem(&given.source, error.message.clone(), error.hint.as_deref());
        }
        inspection.url.map(|value| Sourced { value, source: given.source.clone() })
    }

    fn named_url(
        &mut self,
        account: &Sourced<String>,
        gateway: Option<Sourced<String>>,
        origin: Option<Origin>,
    ) -> Option<Sourced<GatewayUrl>> {
        let unnamed = gateway.is_none();
        let gateway =
            gateway.unwrap_or(Sourced { value: "default".to_owned(), source: ConfigSource::Default });
        // a flag is an explicit choice for one command, so it is the source even of one part
        let flagged = matches!(gateway.source, ConfigSource::Flag(_));
        let source = if flagged { gateway.source.clone() } else { account.source.clone() };
        let account_id = AccountId::parse(&account.value).map_err(|error| {
            let (message, hint) = account_fault(&account.value, error);
            self.problem(&account.source, message, Some(hint));
        });
        let gateway_id = GatewayId::parse(&gateway.value).map_err(|error| {
            let (message, hint) = gateway_fault(&gateway.value, error);
            self.problem(&gateway.source, message, Some(hint));
        });
        let ids = Some((account_id.ok()?, gateway_id.ok()?));
        let origin = origin.unwrap_or_else(Origin::cloudflare);
        let url = anthropic(origin, ids)?;
        // a session that is routed to another provider of this gateway stays there, because its
        // credential belongs to that provider
        let there = self.existing().map(|url| url.value).filter(|there| there.root() == url.root());
        self.assumes_default = unnamed && there.is_none();
        Some(Sourced { value: there.unwrap_or(url), source })
    }

    /// The gateway URL that Claude Code uses: from its settings files, else the one that this
    /// process was started with, if Claude Code can use it.
    fn existing(&self) -> Option<Sourced<GatewayUrl>> {
        let usable = |found: Sourced<String>| found.and_then(|text| self.for_claude_code(&text));
        self.in_files(BASE_URL).and_then(usable).or_else(|| self.of_process(BASE_URL).and_then(usable))
    }

    /// A gateway URL of the format that Claude Code sends.
    fn for_claude_code(&self, text: &str) -> Option<GatewayUrl> {
        inspect(text, &self.hosts).url.filter(|url| url.protocol() == Protocol::Anthropic)
    }

    pub(super) fn secret(&self, variable: &'static str, option: &'static str) -> Option<Sourced<Secret>> {
        self.configured(variable, option)?.and_then(Secret::new)
    }

    /// The URL as the requested provider has it.
    pub(super) fn served(&mut self, url: Sourced<GatewayUrl>) -> Sourced<GatewayUrl> {
        let Some(requested) = self.setup.and_then(|setup| setup.wanted.provider.as_ref()) else { return url };
        let ids = url.value.account_id().cloned().zip(url.value.gateway_id().cloned());
        let origin = url.value.origin().clone();
        let built = match requested {
            RequestedProvider::Upstream(upstream) => upstream.url(origin, ids),
            RequestedProvider::Anthropic => anthropic(origin, ids),
        };
        let Some(value) = built else {
            let hint = Some("`cf-aig providers` lists them");
            self.problem(&ConfigSource::Flag("provider"), "this is not a base URL of that provider", hint);
            return url;
        };
        Sourced { value, ..url }
    }

    /// Who pays, and the gateway token.
    pub(super) fn payment(
        &mut self,
        url: Option<&Sourced<GatewayUrl>>,
    ) -> (Option<Sourced<AuthMode>>, Option<Sourced<Secret>>) {
        let (mut token, mut auth) = (self.gateway_token(), self.auth());
        if token.is_none()
            && auth.is_none()
            && let Some((mode, paying)) = self.paying_token(url)
        {
            auth = Some(Sourced { value: mode, source: paying.source.clone() });
            token = Some(paying);
        }
        let Some(setup) = self.setup else { return (auth, token) };
        let mode = |value| Some(Sourced { value, source: ConfigSource::Default });
        match setup.wanted.upstream() {
            // their credentials are stored at Cloudflare, which signs requests; the token has its own header
            Some(upstream) if upstream.speech() != Speech::Messages => auth = mode(AuthMode::OwnKey),
            Some(upstream) if upstream.stores_key() && setup.wanted.key.is_none() => {
                auth = auth.or_else(|| mode(AuthMode::StoredKey));
            }
            _ => {}
        }
        if let Some((of_file, paying)) = &setup.file.paying {
            auth = auth.or_else(|| mode(*of_file));
            token = token.or_else(|| Some(Sourced { value: paying.clone(), source: ConfigSource::Default }));
        }
        (auth, token.filter(|_| !setup.wanted.without_token))
    }

    fn gateway_token(&mut self) -> Option<Sourced<Secret>> {
        let entered = self.setup.and_then(|setup| setup.wanted.token.clone());
        let in_headers = |found: Sourced<String>| found.and_then(|headers| token_in_headers(&headers));
        let token = entered
            .map(|value| Sourced { value, source: ConfigSource::Entered })
            .or_else(|| self.secret("CF_AIG_TOKEN", "gateway_token"))
            .or_else(|| self.in_files(HEADERS).and_then(in_headers))
            .or_else(|| self.of_process(HEADERS).and_then(in_headers))?;
        if !token.value.fits_a_header() {
            let message = "the gateway token has a character that is not allowed in an HTTP header";
            self.problem(&token.source, message, Some("copy it again, without spaces and line breaks"));
            return None;
        }
        Some(token)
    }

    /// The token that pays behind a base URL which somebody set for Claude Code, and the mode that this means.
    ///
    /// There it is in the place of a provider key, as the table of modes has it; Cloudflare's page for Claude
    /// Code has it as `ANTHROPIC_API_KEY`. Behind the provider `anthropic`, every `ANTHROPIC_AUTH_TOKEN` that
    /// is not Anthropic's is taken for it; elsewhere, and as a key, only what is certainly Cloudflare's.
    fn paying_token(&self, url: Option<&Sourced<GatewayUrl>>) -> Option<(AuthMode, Sourced<Secret>)> {
        let url =
            url.filter(|url| matches!(url.source, ConfigSource::File(..) | ConfigSource::BaseUrl(_)))?;
        let look = |name| self.in_files(name).or_else(|| self.of_process(name));
        let is_anthropic = url.value.provider().to_string() == "anthropic";
        let paying = |name: &'static str, bare: bool| {
            look(name).filter(|found| {
                let value = found.value.trim();
                is_cloudflare_token(value) || bare && !value.starts_with("sk-")
            })
        };
        let found = paying("ANTHROPIC_AUTH_TOKEN", is_anthropic);
        let found = found.or_else(|| paying("ANTHROPIC_API_KEY", false))?;
        let token = found.and_then(|text| Secret::new(text.trim()).filter(Secret::fits_a_header))?;
        let headers = look(HEADERS).map(|found| found.value).unwrap_or_default();
        Some((AuthMode::of_paying_token(&headers), token))
    }

    fn auth(&mut self) -> Option<Sourced<AuthMode>> {
        let given = self.given(("auth", self.flags.auth.as_deref()), "CF_AIG_AUTH", "auth")?;
        let mode = AuthMode::parse(&given.value);
        if mode.is_none() {
            let names = AuthMode::ALL.map(AuthMode::id).join(", ");
            self.problem(&given.source, format!("auth must be one of {names}"), None);
        }
        mode.map(|value| Sourced { value, source: given.source })
    }

    pub(super) fn providers(&mut self) -> Vec<ProviderRef> {
        let flag = ("providers", self.setup.and_then(|setup| setup.wanted.providers.as_deref()));
        let Some(given) = self.given(flag, "CF_AIG_PROVIDERS", "providers") else { return Vec::new() };
        let mut found: Vec<ProviderRef> = Vec::new();
        for name in given.value.split([',', ' ']).filter(|n| !n.is_empty()) {
            match ProviderRef::parse(name) {
                Ok(provider) if found.contains(&provider) => {}
                Ok(provider) => found.push(provider),
                Err(_) => {
                    // the user may have pasted a token here
                    let message = format!("`{}` is not an AI Gateway provider", redact(name).escape_debug());
                    self.problem(&given.source, message, Some("`cf-aig providers` lists them"));
                }
            }
        }
        found
    }

    pub(super) fn metadata(&mut self) -> MetadataSpec {
        let flag = ("metadata", self.setup.and_then(|setup| setup.wanted.metadata.as_deref()));
        let Some(given) = self.given(flag, "CF_AIG_METADATA", "metadata") else {
            return MetadataSpec::default();
        };
        MetadataSpec::parse(&given.value).unwrap_or_else(|message| {
            self.problem(&given.source, redact(&format!("metadata: {message}")), None);
            MetadataSpec::default()
        })
    }
}
