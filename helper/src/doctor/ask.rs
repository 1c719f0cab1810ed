//! The one request: the headers that a session of this configuration would send, and a body that
//! buys nothing.

use crate::claude_code::precedence::{Prediction, Surface, predict};
use crate::config::Config;
use crate::explain::Picture;
use crate::gateway::GatewayUrl;
use crate::gateway::auth::AuthMode;
use crate::probe::VERSION;
use crate::session::Route;
use serde_json::{Value, json};

/// No provider has a model of this name: it is refused before a token is counted.
const NO_MODEL: &str = "cf-aig-doctor-no-such-model";
/// The model of the request that buys one token, where the session names none.
pub(super) const CHEAP_MODEL: &str = "claude-haiku-4-5";

/// What is sent.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) url: GatewayUrl,
    pub(super) mode: AuthMode,
    /// Names in lower case; the values hold credentials.
    pub(super) headers: Vec<(String, String)>,
    /// The variable of the provider's credential; `None` when none is sent, as with a claude.ai login,
    /// which is the client's own and is not read.
    pub(super) credential: Option<&'static str>,
}

impl Ask {
    /// The request of a session that is routed so.
    pub(super) fn of(config: &Config, route: &Route, picture: &Picture) -> Self {
        let env = &route.anthropic;
        let get = |name: &str| {
            if let Some((_, value)) = env.set.iter().find(|(set, _)| *set == name) {
                return Some(value.reveal());
            }
            let kept = !env.unset.contains(&name);
            kept.then(|| picture.value(name, Surface::Session)).flatten()
        };
        let mut headers = vec![("anthropic-version".to_owned(), VERSION.to_owned())];
        let mut credential = None;
        match predict(get) {
            Prediction::Sends(request) => {
                for (name, sent) in
                    [("x-api-key", &request.x_api_key), ("authorization", &request.authorization)]
                {
                    // what a helper prints is not asked for here
                    if let Some((sent, value)) = sent.as_ref().and_then(|c| Some((c, c.value.clone()?))) {
                        credential = credential.or(Some(sent.from));
                        headers.push((name.to_owned(), value));
                    }
                }
                headers.extend(request.headers.into_iter().map(|(n, v)| (n.to_ascii_lowercase(), v)));
            }
            _ => {
                // the login is the client's own; the gateway's token alone can be tried
                if let Some(token) = &config.gateway_token {
                    let bearer = format!("Bearer {}", token.value.reveal());
                    headers.push(("cf-aig-authorization".to_owned(), bearer));
                }
                headers.push(("cf-aig-no-wholesale".to_owned(), "true".to_owned()));
            }
        }
        Self { url: route.url.clone(), mode: route.mode, headers, credential }
    }

    /// The body that buys nothing. Under Unified Billing an unknown model is the provider's own 401
    /// (Cloudflare's documentation), so there the model is real and the missing message is refused.
    pub(super) fn free(&self) -> Value {
        let model = if self.mode == AuthMode::UnifiedBilling { CHEAP_MODEL } else { NO_MODEL };
        json!({"model": model, "max_tokens": 1, "messages": []})
    }

    /// The body that buys one token, streamed.
    pub(super) fn paid(model: &str) -> Value {
        json!({
            "model": model,
            "max_tokens": 1,
            "stream": true,
            "messages": [{"role": "user", "content": "ping"}],
        })
    }
}
