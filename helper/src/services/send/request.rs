//! Builds the request for one prompt. Until it is sent, it holds the names of variables in place of secrets.

use crate::base::error::{Error, Kind, Result};
use crate::base::quote::posix;
use crate::base::secret::Secret;
use crate::facts::gateway::GatewayUrl;
use crate::facts::gateway::providers::{Protocol, ProviderRef};
use crate::facts::gateway::upstream;
use serde_json::{Value, json};

/// Surrounds the name of a variable; removed from everything that the user types.
const MARK: char = '\u{e000}';

/// Where the prompt goes.
#[derive(Debug, Clone)]
pub enum SendTarget {
    /// A provider's path behind the gateway, such as `anthropic` or `custom-zai/api/anthropic`.
    Provider(String),
    /// A dynamic route.
    Route(String),
    /// The deprecated universal endpoint: the steps in order.
    Chain(Vec<Step>),
}

/// The prompt and its options.
#[derive(Debug, Clone, Default)]
pub struct SendOptions {
    /// The prompt.
    pub prompt: String,
    /// The model; a route and a chain define their own.
    pub model: Option<String>,
    /// The maximum number of output tokens.
    pub max_tokens: u64,
    /// Whether the gateway may respond from its cache.
    pub cache: bool,
    /// Attempts that the gateway makes.
    pub attempts: Option<u64>,
    /// Milliseconds until the first byte.
    pub timeout: Option<u64>,
    /// True if Cloudflare credits may pay.
    pub credits: bool,
}

/// The available credentials, by the names of their usual variables.
#[derive(Debug, Default)]
pub struct Keys(pub Vec<(&'static str, Secret)>);

/// The step that responds.
#[derive(Debug, Clone)]
pub struct Step {
    /// The provider's slug.
    pub provider: String,
    /// The requested model.
    pub model: String,
}

/// A request that is ready to be sent or printed.
#[derive(Debug)]
pub struct PreparedRequest {
    /// The complete URL.
    pub url: String,
    /// Names and values, with variable names in place of secrets.
    pub headers: Vec<(&'static str, String)>,
    /// The body, likewise.
    pub body: Value,
    /// Who may respond.
    pub steps: Vec<Step>,
    pub(super) target: SendTarget,
    keys: Keys,
}

/// The default model for a prompt to Anthropic.
const DEFAULT_MODEL: &str = "claude-haiku-4-5";
/// The variable of the gateway token.
const TOKEN: &str = "CF_AIG_TOKEN";

/// The endpoint of a provider and its format.
struct Endpoint {
    provider: ProviderRef,
    /// The path after the slug.
    path: String,
    protocol: Protocol,
}

impl PreparedRequest {
    /// Builds the request. Pure: the same target, options and keys give the same request.
    ///
    /// # Errors
    /// Unknown provider, a provider that supports neither Anthropic's nor OpenAI's format, or no
    /// model.
    pub fn plan(
        gateway: &GatewayUrl,
        target: &SendTarget,
        options: &SendOptions,
        keys: Keys,
    ) -> Result<Self> {
        let mut options = options.clone();
        options.prompt.retain(|c| c != MARK);
        let root = gateway.root();
        let (url, own, body, steps) = match target {
            SendTarget::Provider(name) => {
                let place = place(name)?;
                let model = model(&place, options.model.as_deref())?;
                let body = message(&model, &options);
                let step = Step { provider: place.provider.slug(), model };
                (
                    format!("{root}/{}/{}", place.provider, place.path),
                    headers(&place, &keys),
                    body,
                    vec![step],
                )
            }
            SendTarget::Route(name) => {
                let name = name.strip_prefix("dynamic/").unwrap_or(name);
                let body = message(&format!("dynamic/{name}"), &options);
                (format!("{root}/compat/chat/completions"), Vec::new(), body, Vec::new())
            }
            SendTarget::Chain(steps) => {
                let mut body = Vec::new();
                let mut named = Vec::new();
                for Step { provider, model } in steps {
                    let place = place(provider)?;
                    let mut headers = json!({"content-type": "application/json"});
                    for (name, value) in self::headers(&place, &keys) {
                        headers[name] = json!(value);
                    }
                    body.push(json!({
                        "provider": place.provider.slug(), "endpoint": place.path, "headers": headers,
                        "query": message(model, &options),
                    }));
                    named.push(Step { provider: place.provider.slug(), model: model.clone() });
                }
                (root, Vec::new(), Value::Array(body), named)
            }
        };
        let mut headers = vec![("content-type", "application/json".to_owned())];
        if keys.has(TOKEN) {
            headers.push(("cf-aig-authorization", format!("Bearer {}", marked(TOKEN))));
        }
        headers.extend(own.into_iter().filter(|(name, _)| *name != "content-type"));
        let asked = [
            ("cf-aig-skip-cache", (!options.cache).then(|| "true".to_owned())),
            ("cf-aig-no-wholesale", (!options.credits).then(|| "true".to_owned())),
            ("cf-aig-max-attempts", options.attempts.map(|n| n.to_string())),
            ("cf-aig-request-timeout", options.timeout.map(|ms| ms.to_string())),
        ];
        headers.extend(asked.into_iter().filter_map(|(name, value)| Some((name, value?))));
        Ok(Self { url, headers, body, steps, target: target.clone(), keys })
    }

    /// Inserts the secrets into a text.
    pub(super) fn revealed(&self, text: &str) -> String {
        self.with_keys(text, str::to_owned)
    }

    /// Inserts the secrets into JSON, escaped.
    pub(super) fn revealed_in_json(&self, text: &str) -> String {
        self.with_keys(text, |secret| {
            let quoted = Value::from(secret).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        })
    }

    fn with_keys(&self, text: &str, written: impl Fn(&str) -> String) -> String {
        let insert = |text: String, (name, secret): &(&str, Secret)| {
            text.replace(&marked(name), &written(secret.reveal()))
        };
        self.keys.0.iter().fold(text.to_owned(), insert)
    }

    /// The equivalent curl command, with secrets as shell variables.
    pub fn curl(&self) -> String {
        let header =
            |(name, value): &(&str, String)| format!(" \\\n  -H {}", shell(&format!("{name}: {value}")));
        let headers: String = self.headers.iter().map(header).collect();
        format!("curl -sS -i {}{headers} \\\n  -d {}\n", shell(&self.url), shell(&self.body.to_string()))
    }

    /// The variables that the curl command reads.
    pub fn variables(&self) -> Vec<&'static str> {
        let text = format!("{:?}{}", self.headers, self.body);
        let used = |name: &&'static str| text.contains(*name);
        self.keys.0.iter().map(|(name, _)| *name).filter(used).collect()
    }
}

impl Keys {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    /// Every variable that may hold a provider key.
    pub fn variables(provider: &str) -> Vec<&'static str> {
        let name = upstream::preset(provider).map_or(provider, |preset| preset.base);
        let slug = name.split('/').next().unwrap_or(name);
        if slug == "anthropic" {
            return vec!["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];
        }
        let preset = upstream::PRESETS.iter().find(|p| p.base.split('/').next() == Some(slug));
        let own = preset.map(|preset| preset.key_variable).filter(|name| !name.is_empty());
        let row = crate::facts::gateway::providers::find(slug);
        let sdk = row.and_then(|row| row.sdk.first()).map(|sdk| sdk.credential);
        own.or(sdk).into_iter().collect()
    }
}

fn marked(name: &str) -> String {
    format!("{MARK}{name}{MARK}")
}

/// Quotes for a POSIX shell: in single quotes, except for the variables.
fn shell(text: &str) -> String {
    let piece = |(at, piece): (usize, &str)| match piece {
        name if at % 2 == 1 => format!("\"${name}\""),
        "" => String::new(),
        text => posix(text),
    };
    text.split(MARK).enumerate().map(piece).collect()
}

fn place(name: &str) -> Result<Endpoint> {
    let base = upstream::preset(name).map_or(name, |preset| preset.base);
    let (slug, tail) = base.split_once('/').unwrap_or((base, ""));
    let provider = ProviderRef::parse(slug).map_err(|_| {
        Error::new(Kind::Usage, format!("`{}` is not an AI Gateway provider", name.escape_debug()))
            .hinted("`cf-aig providers` lists them")
    })?;
    let speaks = |protocol: Protocol| matches!(protocol, Protocol::Anthropic | Protocol::OpenAi);
    let found = match provider.known() {
        // the usual base that supports one of the two formats
        Some(row) if tail.is_empty() => {
            row.bases.iter().find(|b| speaks(b.protocol) && !b.tail.contains('{')).copied()
        }
        _ => provider.base(tail).filter(|base| speaks(base.protocol)),
    };
    let found = found.ok_or_else(|| {
        let message = format!("{name} has no known path that accepts Anthropic's or OpenAI's format");
        Error::new(Kind::Usage, message).hinted("`cf-aig providers` shows each provider's base URLs")
    })?;
    let tail = if tail.is_empty() { found.tail } else { tail };
    let end = if found.protocol == Protocol::Anthropic { "v1/messages" } else { "chat/completions" };
    let path = if tail.is_empty() { end.to_owned() } else { format!("{tail}/{end}") };
    Ok(Endpoint { provider, path, protocol: found.protocol })
}

fn model(place: &Endpoint, given: Option<&str>) -> Result<String> {
    match given {
        Some(model) => Ok(model.to_owned()),
        None if place.provider.slug() == "anthropic" => Ok(DEFAULT_MODEL.to_owned()),
        None => {
            Err(Error::new(Kind::Usage, format!("no model given for {}", place.provider))
                .hinted("pass --model"))
        }
    }
}

/// The prompt, as both formats write it.
fn message(model: &str, options: &SendOptions) -> Value {
    json!({
        "model": model, "max_tokens": options.max_tokens,
        "messages": [{"role": "user", "content": options.prompt}],
    })
}

/// The provider's own headers, with its key if there is one.
fn headers(place: &Endpoint, keys: &Keys) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    if place.protocol == Protocol::Anthropic {
        headers.push(("anthropic-version", "2023-06-01".to_owned()));
    }
    let slug = place.provider.slug();
    let found = Keys::variables(&slug).into_iter().find(|name| keys.has(name));
    let Some(variable) = found else { return headers };
    let header = place.provider.known().map_or("authorization", |row| row.auth_header);
    let bearer = header.is_empty() || header == "authorization" || variable == "ANTHROPIC_AUTH_TOKEN";
    if bearer {
        headers.push(("authorization", format!("Bearer {}", marked(variable))));
    } else {
        headers.push((header, marked(variable)));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gateway::HostPolicy;

    fn plan(target: &SendTarget, model: Option<&str>) -> Result<PreparedRequest> {
        let text = "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev/anthropic";
        let gateway = GatewayUrl::parse(text, &HostPolicy::default()).unwrap();
        let keys = [
            ("CF_AIG_TOKEN", "t0k"),
            ("ANTHROPIC_API_KEY", "a\"k"),
            ("OPENAI_API_KEY", "ok"),
            ("ZAI_API_KEY", "zk"),
        ];
        let keys = Keys(keys.iter().map(|(name, value)| (*name, Secret::new(*value).unwrap())).collect());
        let options = SendOptions {
            prompt: format!("it's {MARK}OPENAI_API_KEY{MARK}"),
            model: model.map(str::to_owned),
            max_tokens: 9,
            ..SendOptions::default()
        };
        PreparedRequest::plan(&gateway, target, &options, keys)
    }

    #[test]
    fn each_provider_is_asked_in_its_own_format_with_its_own_key() {
        let of = |name: &str| {
            let request = plan(&SendTarget::Provider(name.to_owned()), Some("m")).unwrap();
            let key = request.headers.iter().find(|(n, _)| ["x-api-key", "authorization"].contains(n));
            (request.url.split("/dev/").nth(1).unwrap().to_owned(), key.map(|(_, v)| request.revealed(v)))
        };
        assert_eq!(of("anthropic"), ("anthropic/v1/messages".into(), Some("a\"k".into())));
        assert_eq!(of("openai"), ("openai/chat/completions".into(), Some("Bearer ok".into())));
        assert_eq!(of("zai"), ("custom-zai/api/anthropic/v1/messages".into(), Some("Bearer zk".into())));
        assert_eq!(of("groq"), ("groq/chat/completions".into(), None));
        assert!(plan(&SendTarget::Provider("elevenlabs".into()), Some("m")).is_err());
        assert!(plan(&SendTarget::Provider("openai".into()), None).is_err());
    }

    #[test]
    fn a_named_base_is_one_of_the_providers_own() {
        let path = |name: &str| place(name).map(|place| place.path).ok();
        for (name, expected) in [
            ("openrouter", Some("v1/messages")),
            ("openrouter/v1", Some("v1/chat/completions")),
            ("openrouter/v2", None),
            ("workers-ai", Some("v1/chat/completions")),
        ] {
            assert_eq!(path(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_prompt_cannot_name_a_secret() {
        let request = plan(&SendTarget::Provider("anthropic".into()), None).unwrap();
        assert_eq!(request.body["messages"][0]["content"], "it's OPENAI_API_KEY");
    }

    #[test]
    fn curl_has_variables_where_the_secrets_are() {
        let step = |provider: &str, model: &str| Step { provider: provider.into(), model: model.into() };
        let chain = SendTarget::Chain(vec![step("anthropic", "c"), step("openai", "g")]);
        let request = plan(&chain, None).unwrap();
        let curl = request.curl();
        assert!(!curl.contains("a\"k") && !curl.contains("t0k"), "{curl}");
        assert!(curl.contains(r#""x-api-key":"'"$ANTHROPIC_API_KEY"'""#), "{curl}");
        assert!(curl.contains(r#"-H 'cf-aig-authorization: Bearer '"$CF_AIG_TOKEN""#), "{curl}");
        assert!(curl.contains(r"it'\''s"), "{curl}");
        let body = request.revealed_in_json(&request.body.to_string());
        let json: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(json[0]["headers"]["x-api-key"], "a\"k");
    }
}
