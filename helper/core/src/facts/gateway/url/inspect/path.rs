//! Reads the path of a URL: account, gateway, provider, and what stands in their places instead.

use super::super::{API_HOST, GatewayUrl, Origin, UrlErrorCode as Code};
use super::{UrlReader, printable};
use crate::base::redact::{REDACTED, redact};
use crate::facts::gateway::ids::{AccountId, GatewayId, IdError, account_fault, gateway_fault};
use crate::facts::gateway::providers::{ProviderError, ProviderRef};

impl UrlReader<'_> {
    pub(super) fn account_style(&mut self, origin: Origin, segments: &[String]) -> Option<GatewayUrl> {
        let mut rest = segments;
        if rest.first().is_some_and(|s| s == "v1") {
            rest = &rest[1..];
        } else {
            self.fault(Code::MissingVersion, "/v1 is missing after the host");
        }
        let at = |at: usize| rest.get(at).map_or("", String::as_str);
        let account = self.id(at(0), "account", AccountId::parse, account_fault, |error| match error {
            IdError::Empty => Code::MissingAccountId,
            IdError::Placeholder => Code::AccountIdPlaceholder,
            _ => Code::AccountId,
        });
        let account = account.or_else(|| AccountId::parse(&at(0).to_ascii_lowercase()).ok());
        let gateway = self.id(at(1), "gateway", GatewayId::parse, gateway_fault, |error| match error {
            IdError::Empty => Code::MissingGatewayId,
            IdError::Placeholder => Code::GatewayIdPlaceholder,
            IdError::Length => Code::GatewayIdTooLong,
            _ => Code::PathCharacter,
        });
        let url = self.provider_style(
            origin,
            account.clone().zip(gateway.clone()),
            rest.get(2..).unwrap_or_default(),
        );
        (account.is_some() && gateway.is_some()).then_some(url)?
    }

    /// Whether a credential is in place of something else; reports it.
    fn is_token(&mut self, text: &str, place: &str) -> bool {
        let is_hex = text.bytes().all(|b| b.is_ascii_hexdigit());
        let found = !is_hex && redact(text).contains(REDACTED);
        if found {
            self.fault(Code::TokenInPath, format!("there is a token where {place}"))
                .hinted("send the token in a header, and rotate this one, because URLs end up in logs");
        }
        found
    }

    /// The id in its place; reports what is wrong with it.
    fn id<T>(
        &mut self,
        text: &str,
        name: &str,
        parse: fn(&str) -> Result<T, IdError>,
        words: fn(&str, IdError) -> (String, &'static str),
        code: fn(IdError) -> Code,
    ) -> Option<T> {
        let error = match parse(text) {
            Ok(id) => return Some(id),
            Err(error) => error,
        };
        if !self.is_token(text, &format!("the {name} id belongs")) {
            let (message, hint) = words(text, error);
            self.fault(code(error), message).hinted(hint);
        }
        None
    }

    pub(super) fn provider_style(
        &mut self,
        origin: Origin,
        ids: Option<(AccountId, GatewayId)>,
        segments: &[String],
    ) -> Option<GatewayUrl> {
        let is_endpoint = || segments.get(1).is_none_or(|next| next == "messages");
        let Some(name) = segments.first().filter(|name| *name != "v1" || !is_endpoint()) else {
            self.fault(Code::MissingProvider, "the provider is missing")
                .hinted("for Claude Code it is /anthropic");
            return anthropic_at(origin, ids);
        };
        let provider = match ProviderRef::parse(name) {
            Ok(provider) => provider,
            Err(error) => return self.meant_provider(origin, ids, name, &error, &segments[1..]),
        };
        let tail = self.tail(&provider, &segments[1..])?;
        GatewayUrl::build(origin, ids, provider, &tail)
    }

    fn meant_provider(
        &mut self,
        origin: Origin,
        ids: Option<(AccountId, GatewayId)>,
        name: &str,
        error: &ProviderError,
        rest: &[String],
    ) -> Option<GatewayUrl> {
        if self.is_token(name, "the provider belongs") {
            return None;
        }
        let message = format!("{} is not an AI Gateway provider", printable(name));
        match error {
            ProviderError::DidYouMean(slug) => {
                self.fault(Code::UnknownProvider, message).hinted(format!("did you mean {slug}?"));
                let provider = ProviderRef::parse(slug).ok()?;
                let tail = self.tail(&provider, rest)?;
                GatewayUrl::build(origin, ids, provider, &tail)
            }
            ProviderError::Custom(upstream, path) => {
                self.fault(Code::UnknownProvider, message)
                    .hinted(format!("use a custom provider with base URL {upstream}"));
                let (slug, tail) = path.split_once('/')?;
                GatewayUrl::build(origin, ids, ProviderRef::parse(slug).ok()?, tail)
            }
            ProviderError::Unknown => {
                self.fault(Code::UnknownProvider, message)
                    .hinted("`cf-aig providers` lists them; use custom-{slug} for your own");
                None
            }
        }
    }

    /// The intended base: an endpoint reduced to its base, without a `/v1` that the client appends.
    fn tail(&mut self, provider: &ProviderRef, rest: &[String]) -> Option<String> {
        const ENDPOINTS: &str = "v1/messages/count_tokens messages/count_tokens v1/messages messages \
            chat/completions completions responses embeddings v1/models models";
        let mut tail = rest.join("/");
        let before = |tail: &str, end: &str| {
            let base = tail.strip_suffix(end).filter(|base| base.is_empty() || base.ends_with('/'))?;
            Some(base.trim_end_matches('/').to_owned())
        };
        let endpoint = ENDPOINTS.split(' ').find_map(|end| Some((end, before(&tail, end)?)));
        if let Some((endpoint, base)) = endpoint {
            self.fault(Code::Endpoint, format!("/{endpoint} is an endpoint, not a base"))
                .hinted("the client appends it");
            tail = base;
        }
        while provider.base(&tail).is_none()
            && let Some(base) = before(&tail, "v1")
        {
            self.fault(Code::EndsInV1, "the URL ends in /v1")
                .hinted("the client appends /v1/messages, so the request would go to /v1/v1/messages");
            tail = base;
        }
        if provider.base(&tail).is_some() {
            return Some(tail);
        }
        let bases: Vec<_> = provider
            .known()?
            .bases
            .iter()
            .map(|b| if b.tail.is_empty() { provider.slug() } else { format!("{provider}/{}", b.tail) })
            .collect();
        self.fault(Code::NoSuchBase, format!("{provider} has no base {}", printable(&format!("/{tail}"))))
            .hinted(format!("its bases: {}", bases.join(", ")));
        bases.first().filter(|b| !b.contains('{') && !b.contains('/')).map(|_| String::new())
    }

    /// A page of the dashboard, `https://dash.cloudflare.com/{account_id}/ai/ai-gateway/gateways/{gateway_id}/…`,
    /// or of the API, `https://api.cloudflare.com/client/v4/accounts/{account_id}/ai-gateway/gateways/{gateway_id}`
    /// or `…/ai/v1/…`.
    pub(super) fn elsewhere_at_cloudflare(&mut self, host: &str, segments: &[String]) -> Option<GatewayUrl> {
        let after = |name: &str| segments.iter().position(|s| s == name).and_then(|at| segments.get(at + 1));
        let account = if host == API_HOST {
            let hint =
                "Claude Code sends fields that the REST endpoint rejects; it needs the gateway's own host";
            self.fault(Code::ApiUrl, "this is Cloudflare's REST API, not a gateway").hinted(hint);
            after("accounts")
        } else {
            self.fault(Code::DashboardUrl, "this is a page of the dashboard, not a gateway");
            segments.first()
        };
        let account = AccountId::parse(account?).ok()?;
        let gateway =
            after("gateways").map_or_else(|| Ok(GatewayId::default_gateway()), |g| GatewayId::parse(g));
        anthropic_at(Origin::cloudflare(), Some((account, gateway.ok()?)))
    }
}

/// The intended URL if nothing shows another provider: that is what Claude Code uses.
fn anthropic_at(origin: Origin, ids: Option<(AccountId, GatewayId)>) -> Option<GatewayUrl> {
    GatewayUrl::build(origin, ids, ProviderRef::parse("anthropic").ok()?, "")
}
