//! Builds the request: a session's headers for this configuration, a body that costs nothing, and a
//! nonce to find it by.
//!
//! The body requests a model that does not exist and has no message, so there are two reasons to
//! refuse it before any token is counted. Why this request:
//!
//! - it goes to `/v1/messages?beta=true`, like every request of Claude Code; the gateway forwards the
//!   model name unchanged and Anthropic refuses an unknown one with 404 (anomalyco/opencode#44252)
//! - `count_tokens` and the list of models cost nothing either, but it is not documented whether the
//!   gateway's Anthropic path forwards and logs them
//! - under Unified Billing, an unknown model is not forwarded with Cloudflare's key: the documentation
//!   says that the provider's own 401 comes back, which would look like a refused credential. There
//!   the model is a real one, and the request is refused only for the missing message.

use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::claude_code::headers;
use crate::facts::claude_code::precedence::{ClientRequest, Prediction, Surface, VARIABLES, predict};
use crate::facts::gateway::GatewayUrl;
use crate::facts::gateway::auth::{AuthMode, CUSTOM_HEADERS, Value};
use crate::facts::gateway::url::inspect;
use crate::facts::metadata;
use crate::services::context::Context;
use crate::services::explain::{Destination, Sources, folder, without_plugin};
use crate::services::session::{NotRouted, Route, SessionInputs, plan};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::json;

use super::helper;

/// The model of the request that costs nothing. No provider has a model of this name.
pub const NO_MODEL: &str = "cf-aig-verify-no-such-model";
/// The default model of the request that costs one token.
pub const CHEAP_MODEL: &str = "claude-haiku-4-5";
/// The mode is own-key, without a key.
pub const NO_KEY: &str = "auth is own-key, and no provider key is set";
/// The path after the base URL, as the client writes it.
pub const PATH: &str = "/v1/messages?beta=true";
/// The metadata entry that holds the nonce.
pub const METADATA_KEY: &str = "verify";
/// Its header.
pub const EVENT_ID: &str = "cf-aig-event-id";
/// The betas that affect credentials; a session sends more, for features of the body.
const BETA: &str = "claude-code-20250219";
const LOGIN_BETA: &str = "oauth-2025-04-20";
/// The headers with a provider's credential.
const CREDENTIALS: [&str; 2] = ["x-api-key", "authorization"];

/// A variable holds the gateway token, which this mode does not send in the place of a key.
#[derive(Debug, thiserror::Error)]
#[error("{name} holds the gateway token, and would reach the provider under auth {mode}")]
pub struct MisplacedToken {
    name: &'static str,
    mode: AuthMode,
}

/// A request that is ready to be sent.
#[derive(Debug, Clone)]
pub struct SessionRequest {
    /// Claude's base URL.
    pub url: GatewayUrl,
    /// Who should pay.
    pub mode: AuthMode,
    /// Names in lower case. Values that may be credentials are never printed.
    pub headers: Vec<(String, Value)>,
    /// The body.
    pub body: serde_json::Value,
    /// What to search for: the event id, and a metadata value.
    pub nonce: String,
    /// The variable of the provider's credential; `None` is a saved claude.ai login, which belongs
    /// to the client and is not read.
    pub credential: Option<&'static str>,
    /// True if it costs a token.
    pub spends: bool,
}

/// The kind of request.
#[derive(Debug, Clone, Default)]
pub struct RequestKind {
    /// One real message with one token.
    pub spend: bool,
    /// The model to request.
    pub model: Option<String>,
}

/// True if the client would have only a saved login, or nothing, although a key should pay.
pub fn lacks_key(mode: AuthMode, prediction: &Prediction) -> bool {
    mode == AuthMode::OwnKey && matches!(prediction, Prediction::LoginOrNothing(_))
}

impl SessionRequest {
    /// The request that a session of this configuration would send.
    ///
    /// # Errors
    /// If the configuration routes nothing, or the client would send nothing.
    pub fn of(context: &Context, wish: &RequestKind) -> Result<Self> {
        let (picture, around) = seen(context);
        let destination = Destination::of(&picture, Surface::Session, &context.config.hosts);
        if let Some(why) = destination.untested() {
            return Err(Error::new(Kind::Conflict, why)
                .hinted("send one message in a session, then find it: `cf-aig logs list`"));
        }
        let route = plan(&context.config, &around)?;
        let env = &route.anthropic;
        let set = |name: &str| env.set.iter().find(|(set, _)| *set == name).map(|(_, value)| value.reveal());
        // the value that the client has once it is routed
        let in_place = has_cloudflares_form(context, &picture, &route);
        let get = |name: &str| match set(name) {
            _ if in_place => picture.value(name, Surface::Session),
            None if !env.unset.contains(&name) => picture.value(name, Surface::Session),
            value => value,
        };
        let request = match predict(get) {
            Prediction::Sends(request) => request,
            Prediction::LoginOrNothing(base_url) if route.mode == AuthMode::Subscription => {
                let mut headers = headers::sent(set(CUSTOM_HEADERS).unwrap_or_default()).unwrap_or_default();
                headers.retain(|(name, _)| !CREDENTIALS.iter().any(|known| known.eq_ignore_ascii_case(name)));
                ClientRequest { base_url, x_api_key: None, authorization: None, headers }
            }
            other => return Err(unsent(&other)),
        };
        let credential = request.authorization.as_ref().or(request.x_api_key.as_ref()).map(|c| c.from);
        let token = context.config.gateway_token.as_ref().map(|token| token.value.reveal());
        if let Some(name) = token.and_then(|token| stands_as_a_key(token, route.mode, &request)) {
            let misplaced = MisplacedToken { name, mode: route.mode };
            return Err(Error::new(Kind::Auth, misplaced.to_string())
                .caused_by(misplaced)
                .hinted("set the provider key there, or choose auth = stored-key or unified-billing"));
        }
        let nonce = nonce()?;
        let printed = helper::needed(&request).then(|| helper::ask(&context.env, &picture)).transpose()?;
        let headers = with_nonce(&request, printed.as_ref(), &nonce);
        let body = body(route.mode, wish, &nonce);
        Ok(Self {
            url: route.url.clone(),
            mode: route.mode,
            headers,
            body,
            nonce,
            credential,
            spends: wish.spend,
        })
    }

    /// The URL, as the client writes it.
    pub fn target(&self) -> String {
        format!("{}{PATH}", self.url)
    }

    /// The value of a header of the request; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.reveal())
    }

    /// True if the metadata contains the nonce: a session that already has five entries has no room
    /// for it.
    pub fn is_labelled(&self) -> bool {
        self.header(metadata::HEADER).is_some_and(|labels| labels.contains(&self.nonce))
    }

    /// The same request with the gateway token as on Cloudflare's Claude Code page: as the provider
    /// key, and in the gateway's own header. `None` if the mode does not send the token as a key,
    /// or already sends it that way.
    pub fn other_form(&self) -> Option<Self> {
        self.mode.row().token_as?;
        let bearer = self.header("authorization")?.to_owned();
        let token = bearer.strip_prefix("Bearer ")?.to_owned();
        let mut other = self.renewed().ok()?;
        other.headers.retain(|(name, _)| name != "authorization");
        other.headers.push(("x-api-key".to_owned(), Value::Secret(Secret::new(token)?)));
        other.headers.push(("cf-aig-authorization".to_owned(), Value::Secret(Secret::new(bearer)?)));
        Some(other)
    }

    /// A real message with one token, streamed, with the same credentials.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn streamed(&self, model: Option<String>) -> Result<Self> {
        let mut other = self.renewed()?;
        other.body = body(self.mode, &RequestKind { spend: true, model }, &other.nonce);
        other.body["stream"] = true.into();
        other.spends = true;
        Ok(other)
    }

    /// The same request with a nonce of its own.
    fn renewed(&self) -> Result<Self> {
        let mut other = Self { nonce: nonce()?, ..self.clone() };
        for (_, value) in &mut other.headers {
            if let Value::Plain(text) = value {
                *text = text.replace(&self.nonce, &other.nonce);
            }
        }
        Ok(other)
    }
}

/// What a client started from here would see, without the plugin.
fn seen(context: &Context) -> (Sources, SessionInputs) {
    let env = &context.env;
    let picture = without_plugin(context);
    let seen = VARIABLES.iter().fold(env.clone(), |env, row| {
        env.with(row.name, picture.value(row.name, Surface::Session).map(str::to_owned))
    });
    let cwd = folder(env).map(|dir| dir.to_string_lossy().into_owned());
    let mut around = SessionInputs::gather(&seen, &context.settings, None, cwd);
    around.client.cloud = context.around.client.cloud;
    (picture, around)
}

/// True if the user has set the variables as on Cloudflare's Claude Code page, with the gateway token in the place
/// of a key, for a mode that pays with it, and no plugin replaces them.
fn has_cloudflares_form(context: &Context, picture: &Sources, route: &Route) -> bool {
    let Some(token) = context.config.gateway_token.as_ref().map(|token| token.value.reveal()) else {
        return false;
    };
    let value = |name| picture.value(name, Surface::Session).map_or("", str::trim);
    let admission = format!("Bearer {token}");
    let lines = headers::sent(value(CUSTOM_HEADERS)).unwrap_or_default();
    route.mode.row().token_as.is_some()
        && value("ANTHROPIC_API_KEY") == token
        && value("ANTHROPIC_AUTH_TOKEN").is_empty()
        && lines
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("cf-aig-authorization") && *value == admission)
        && inspect(value("ANTHROPIC_BASE_URL"), &context.config.hosts).url.as_ref() == Some(&route.url)
        && context.decide().by_plugin().is_err()
}

/// Why the client would send nothing to the gateway.
fn unsent(prediction: &Prediction) -> Error {
    let (kind, message, hint) = match prediction {
        Prediction::OtherProvider(name) => return NotRouted::OtherProvider(name).into(),
        Prediction::Refuses(_) => (
            Kind::Usage,
            "a line of ANTHROPIC_CUSTOM_HEADERS is not a valid header, so Claude Code sends nothing",
            "`cf-aig explain ANTHROPIC_CUSTOM_HEADERS` shows which",
        ),
        Prediction::Tunnelled => (
            Kind::Conflict,
            "ANTHROPIC_UNIX_SOCKET is set, so Claude Code sends every request through that socket",
            "unset it: `cf-aig explain ANTHROPIC_UNIX_SOCKET` shows where it is set",
        ),
        Prediction::Sends(_) | Prediction::LoginOrNothing(_) => (
            Kind::Auth,
            NO_KEY,
            "set ANTHROPIC_API_KEY, or choose another auth: /plugin configure cloudflare",
        ),
    };
    Error::new(kind, message).hinted(hint)
}

/// The variable with the gateway token in place of a provider key. The gateway forwards these
/// headers, unless the mode makes it remove the token from them.
fn stands_as_a_key(token: &str, mode: AuthMode, request: &ClientRequest) -> Option<&'static str> {
    if mode.row().token_as.is_some() {
        return None;
    }
    let credentials = [&request.x_api_key, &request.authorization].into_iter().flatten();
    let mut holding =
        credentials.filter(|credential| credential.value.as_ref().is_some_and(|value| value.contains(token)));
    holding.next().map(|credential| credential.from)
}

/// The headers of a session's request, with the nonce.
fn with_nonce(request: &ClientRequest, printed: Option<&Secret>, nonce: &str) -> Vec<(String, Value)> {
    let plain = |name: &str, value: &str| (name.to_owned(), Value::Plain(value.to_owned()));
    let login = request.authorization.as_ref().is_some_and(|c| c.from == "CLAUDE_CODE_OAUTH_TOKEN");
    let betas = if login { format!("{BETA},{LOGIN_BETA}") } else { BETA.to_owned() };
    let mut headers = vec![
        plain("accept", "application/json"),
        plain("content-type", "application/json"),
        plain("anthropic-version", "2023-06-01"),
        plain("anthropic-beta", &betas),
    ];
    let of_helper = |scheme: &str| printed.map(|secret| format!("{scheme}{}", secret.reveal()));
    for (name, credential, scheme) in
        [("x-api-key", &request.x_api_key, ""), ("authorization", &request.authorization, "Bearer ")]
    {
        let value = credential.as_ref().and_then(|c| c.value.clone().or_else(|| of_helper(scheme)));
        if let Some(secret) = value.and_then(Secret::new) {
            headers.push((name.to_owned(), Value::Secret(secret)));
        }
    }
    let mut labels = None;
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            metadata::HEADER => labels = Some(value.clone()),
            EVENT_ID => {}
            // the value may be a credential: it is the user's own line
            _ => {
                headers.retain(|(known, _)| *known != name);
                let value =
                    Secret::new(value.clone()).map_or_else(|| Value::Plain(String::new()), Value::Secret);
                headers.push((name, value));
            }
        }
    }
    let labels = metadata::with_entry(labels.as_deref(), METADATA_KEY, nonce);
    if let Some(labels) = labels {
        headers.push((metadata::HEADER.to_owned(), Value::Plain(labels)));
    }
    headers.push(plain(EVENT_ID, nonce));
    headers
}

fn body(mode: AuthMode, wish: &RequestKind, nonce: &str) -> serde_json::Value {
    let real = wish.model.as_deref().unwrap_or(CHEAP_MODEL);
    if wish.spend {
        // the nonce makes the body unique: no cache has a response for it
        return json!({
            "model": real,
            "max_tokens": 1,
            "messages": [{"role": "user", "content": format!("ping {nonce}")}],
        });
    }
    let model =
        if mode == AuthMode::UnifiedBilling { real } else { wish.model.as_deref().unwrap_or(NO_MODEL) };
    json!({"model": model, "max_tokens": 1, "messages": []})
}

fn nonce() -> Result<String> {
    let mut bytes = [0; 12];
    SystemRandom::new()
        .fill(&mut bytes) // ring's error says nothing more
        .or(Err(Error::new(Kind::Refused, "the system returned no random numbers")))?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("cf-aig-{hex}"))
}
