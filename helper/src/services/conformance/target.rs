//! The gateway to check, and what a request to it must contain.

use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::claude_code::precedence::{Prediction, predict};
use crate::facts::gateway::auth::Value;
use crate::facts::gateway::url::{Origin, inspect};
use crate::services::config::{ConfigSource, Sourced};
use crate::services::context::Context;
use crate::services::verify::{RequestKind, SessionRequest};
use crate::system::env::ProcessEnv;
use url::Url;

/// A gateway by its base URL.
#[derive(Debug, Clone)]
pub struct ContractTarget {
    /// The part before `/v1/messages`, without a trailing slash.
    pub base: String,
    /// The user's credentials and headers. Values that may be credentials are never printed.
    pub headers: Vec<(String, Value)>,
    /// Betas that the credential requires.
    pub betas: Vec<String>,
    /// True if the headers contain a credential.
    pub has_credential: bool,
    pub(super) extra_roots: Option<String>,
}

/// Headers that every check sets itself.
const OUR_OWN: &[&str] = &["accept", "content-type", "anthropic-version", "anthropic-beta"];

impl ContractTarget {
    /// The configured gateway, or the one at this URL.
    ///
    /// A URL of Cloudflare's (or of the configured origin) gets what a session routed there would
    /// send. Any other gets what Claude Code would send with it as `ANTHROPIC_BASE_URL`: the
    /// credentials of the environment, but no Cloudflare gateway token.
    ///
    /// # Errors
    /// If nothing is configured, the URL is not a valid base, or --auth would decide nothing.
    pub fn find(mut context: Context, url: Option<&str>) -> Result<Self> {
        let extra_roots = context.extra_roots.clone();
        let Some(url) = url else {
            return Self::routed(&context, extra_roots);
        };
        if let Some(gateway) = inspect(url, &context.config.hosts).url {
            context.config.url = Some(Sourced { value: gateway, source: ConfigSource::Flag("URL") });
            return Self::routed(&context, extra_roots);
        }
        if let Some(problem) = context.config.untrusted_network() {
            return Err(Error::new(Kind::Usage, problem.to_string()));
        }
        if matches!(context.config.auth, Some(Sourced { source: ConfigSource::Flag(_), .. })) {
            return Err(Error::usage("--auth has no effect with a URL that is not Cloudflare's"));
        }
        let token = context.config.gateway_token.map(|token| token.value);
        Self::elsewhere(&context.env, url, token.as_ref(), extra_roots)
    }

    fn routed(context: &Context, extra_roots: Option<String>) -> Result<Self> {
        let session_request = SessionRequest::of(context, &RequestKind::default())?;
        let betas = session_request
            .header("anthropic-beta")
            .unwrap_or_default()
            .split(',')
            .map(str::to_owned)
            .collect();
        let mut headers = session_request.headers.clone();
        headers.retain(|(name, _)| !OUR_OWN.contains(&name.as_str()));
        let has_credential = session_request.credential.is_some();
        Ok(Self { base: session_request.url.to_string(), headers, betas, has_credential, extra_roots })
    }

    /// In a routed session the gateway token is in the very variables that are read here.
    fn elsewhere(
        env: &ProcessEnv,
        text: &str,
        token: Option<&Secret>,
        extra_roots: Option<String>,
    ) -> Result<Self> {
        let wrong = |why: &str| {
            // the part before an @ may be a password
            let shown = text.rsplit('@').next().unwrap_or_default();
            Error::new(Kind::Usage, format!("`{}` is not a base URL: {why}", shown.escape_debug()))
                .hinted("it is what ANTHROPIC_BASE_URL would be, such as https://llm.example.com")
        };
        let url = Url::parse(text.trim()).map_err(|error| wrong(&error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(wrong("it must not have credentials or a query"));
        }
        let origin = url.origin().ascii_serialization();
        if Origin::parse(&origin).is_none() {
            return Err(wrong("use https, or http on this machine only"));
        }
        let base = format!("{origin}{}", url.path().trim_end_matches('/'));
        let values = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS"]
            .map(|name| (name, env.var(name)));
        let get =
            |name: &str| values.iter().find(|(known, _)| *known == name).and_then(|(_, v)| v.as_deref());
        let is_cloudflares = |text: &str| token.is_some_and(|token| text.contains(token.reveal()));
        let secret = |text: &str| Secret::new(text).filter(|_| !is_cloudflares(text)).map(Value::Secret);
        let (mut headers, mut has_credential) = (Vec::new(), false);
        if let Prediction::Sends(request) = predict(get) {
            for (name, credential) in
                [("x-api-key", request.x_api_key), ("authorization", request.authorization)]
            {
                let value = credential.and_then(|c| c.value).as_deref().and_then(secret);
                has_credential |= value.is_some();
                headers.extend(value.map(|value| (name.to_owned(), value)));
            }
            let theirs = request.headers.iter().filter(|(name, _)| {
                // headers that only Cloudflare's gateway reads
                !name.to_ascii_lowercase().starts_with("cf-aig-")
            });
            headers
                .extend(theirs.filter_map(|(name, value)| Some((name.to_ascii_lowercase(), secret(value)?))));
        }
        Ok(Self { base, headers, betas: Vec::new(), has_credential, extra_roots })
    }
}
