//! Providers for Claude Code through the gateway, and the variables that select them.
//!
//! Sources: Cloudflare's Claude Code page (Bedrock, Vertex), its Bedrock page (Mantle), its xAI page; the
//! providers' own guides for Claude Code (OpenRouter, z.ai). What no page documents is marked.

use super::auth::{Environment, Value};
use super::ids::{AccountId, GatewayId};
use super::providers::ProviderRef;
pub use super::providers::{PRESETS, Preset, Speech, preset};
use super::url::{GatewayUrl, Origin, is_plain_segment};
use crate::base::secret::Secret;

/// A provider for Claude Code, with everything that must be known.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// The display name.
    pub title: String,
    /// The row, unless it is the user's own custom provider.
    pub preset: Option<&'static Preset>,
    provider: ProviderRef,
    tail: String,
    region: Option<String>,
    project: Option<String>,
    /// `ANTHROPIC_MODEL`.
    pub model: Option<String>,
}

/// What is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// Unknown name.
    Unknown,
    /// It needs `--region`.
    Region,
    /// It needs `--project`.
    Project,
}

impl Upstream {
    /// Parses a name from the table, or `custom-{slug}[/{path}]`.
    ///
    /// # Errors
    /// Unknown name; or it needs a region or a project.
    pub fn find(
        name: &str,
        region: Option<&str>,
        project: Option<&str>,
        model: Option<&str>,
    ) -> Result<Self, Missing> {
        let preset = preset(name);
        let region = region.filter(|text| is_plain_segment(text)).map(str::to_owned);
        let project = project.filter(|text| is_plain_segment(text)).map(str::to_owned);
        let base = match preset {
            Some(preset) => preset.base,
            None if name.starts_with("custom-") => name,
            None => return Err(Missing::Unknown),
        };
        if Self::takes_region(name) && region.is_none() {
            return Err(Missing::Region);
        }
        if Self::takes_project(name) && project.is_none() {
            return Err(Missing::Project);
        }
        let base = base.replace("{region}", region.as_deref().unwrap_or_default());
        let (slug, tail) = base.split_once('/').unwrap_or((&base, ""));
        let provider = ProviderRef::parse(slug).map_err(|_| Missing::Unknown)?;
        let title = preset.map_or_else(|| name.to_owned(), |preset| preset.title.to_owned());
        let model = model.map(str::to_owned);
        Ok(Self { title, preset, provider, tail: tail.to_owned(), region, project, model })
    }

    /// Whether the provider of this name has a region in its URL or variables.
    pub fn takes_region(name: &str) -> bool {
        preset(name).is_some_and(|preset| preset.base.contains("{region}")) || Self::takes_project(name)
    }

    /// Whether the provider of this name has a project in its variables.
    pub fn takes_project(name: &str) -> bool {
        preset(name).is_some_and(|preset| preset.speech == Speech::Vertex)
    }

    /// The provider at this URL; `None` for Anthropic.
    pub fn at(url: &GatewayUrl) -> Option<Self> {
        let text = url.to_string();
        let base = text.strip_prefix(&url.root())?.trim_start_matches('/');
        let region = base.strip_prefix("aws-bedrock/bedrock-mantle/").and_then(|rest| rest.split('/').next());
        let preset = PRESETS.iter().find(|preset| {
            preset.speech == Speech::Messages
                && preset.base.replace("{region}", region.unwrap_or_default()) == base
        });
        let name = preset.map_or(base, |preset| preset.name);
        Self::find(name, region, None, None).ok().filter(|_| base != "anthropic")
    }

    /// Its base URL behind a gateway; `None` if the path is not one of its bases.
    pub fn url(&self, origin: Origin, ids: Option<(AccountId, GatewayId)>) -> Option<GatewayUrl> {
        GatewayUrl::build(origin, ids, self.provider.clone(), &self.tail)
    }

    /// How Claude Code connects to it.
    pub fn speech(&self) -> Speech {
        self.preset.map_or(Speech::Messages, |preset| preset.speech)
    }

    /// The slug of the custom provider that it requires.
    pub fn custom_slug(&self) -> Option<&str> {
        match &self.provider {
            ProviderRef::Custom(slug) => Some(slug),
            ProviderRef::Known(_) => None,
        }
    }

    /// True if its credentials are usually stored at Cloudflare.
    pub fn stores_key(&self) -> bool {
        self.preset.is_some_and(|preset| preset.key_variable.is_empty())
    }

    /// The usual variable of its key.
    pub fn key_variable(&self) -> Option<&'static str> {
        self.preset.map(|preset| preset.key_variable).filter(|name| !name.is_empty())
    }

    /// Converts the variables that route to Anthropic into those for this provider at this URL. `key` is
    /// the provider's own key, if it is sent with each request.
    pub fn rework(&self, mut env: Environment, url: &GatewayUrl, key: Option<&Secret>) -> Environment {
        let plain = |text: &str| Value::Plain(text.to_owned());
        let mut set = Vec::new();
        match self.speech() {
            Speech::Messages => {
                set.push(("ANTHROPIC_BASE_URL", plain(&url.to_string())));
                if let Some(key) = key {
                    // Anthropic's key must not be sent to anyone else; OpenRouter's guide says so too
                    env.set.retain(|(name, _)| *name != "ANTHROPIC_AUTH_TOKEN");
                    set.push(("ANTHROPIC_AUTH_TOKEN", Value::Secret(key.clone())));
                }
                env.unset.retain(|name| *name != "ANTHROPIC_AUTH_TOKEN" || key.is_none());
                if !env.unset.contains(&"ANTHROPIC_API_KEY") {
                    env.unset.push("ANTHROPIC_API_KEY");
                }
            }
            Speech::Bedrock => {
                set.push(("CLAUDE_CODE_USE_BEDROCK", plain("1")));
                set.push(("ANTHROPIC_BEDROCK_BASE_URL", plain(&url.to_string())));
                set.push(("CLAUDE_CODE_SKIP_BEDROCK_AUTH", plain("1")));
            }
            Speech::Vertex => {
                set.push(("CLAUDE_CODE_USE_VERTEX", plain("1")));
                set.push(("ANTHROPIC_VERTEX_BASE_URL", plain(&url.to_string())));
                set.push(("ANTHROPIC_VERTEX_PROJECT_ID", plain(self.project.as_deref().unwrap_or_default())));
                set.push(("CLOUD_ML_REGION", plain(self.region.as_deref().unwrap_or_default())));
                set.push(("CLAUDE_CODE_SKIP_VERTEX_AUTH", plain("1")));
            }
        }
        if self.speech() != Speech::Messages {
            // observed with 2.1.330: in Vertex mode ANTHROPIC_API_KEY is also sent, as `x-api-key`
            env.unset = vec!["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];
        }
        set.extend(self.preset.into_iter().flat_map(|p| p.also).map(|(name, value)| (*name, plain(value))));
        set.extend(self.model.as_deref().map(|model| ("ANTHROPIC_MODEL", plain(model))));
        let rest = env.set.into_iter().filter(|(name, _)| *name != "ANTHROPIC_BASE_URL");
        set.extend(rest);
        Environment { set, unset: env.unset, left_out: env.left_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gateway::auth::{AuthMode, Credentials, GatewayToken, environment};

    fn vars(name: &str, mode: AuthMode, key: Option<&str>) -> (Vec<(String, String)>, Vec<&'static str>) {
        let upstream = Upstream::find(name, Some("us-east-1"), Some("my-project"), None).unwrap();
        let ids =
            (AccountId::parse("0123456789abcdef0123456789abcdef").unwrap(), GatewayId::parse("dev").unwrap());
        let url = upstream.url(Origin::cloudflare(), Some(ids)).unwrap();
        let (token, key) = (Secret::new("tok").unwrap(), key.and_then(Secret::new));
        let with = Credentials {
            gateway_token: Some(GatewayToken::Held(&token)),
            metadata: None,
            custom_headers: None,
            carry: &[],
        };
        let env = upstream.rework(environment(mode, &url, with).unwrap(), &url, key.as_ref());
        let root = format!("{}/", url.root());
        let shown = |value: &Value| value.reveal().replace(&root, "G/");
        (env.set.iter().map(|(name, value)| ((*name).to_owned(), shown(value))).collect(), env.unset)
    }

    fn var(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    const HEADER: (&str, &str) = ("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-authorization: Bearer tok");

    #[test]
    fn a_custom_provider_gets_its_own_key_and_no_other() {
        let (set, unset) = vars("zai", AuthMode::OwnKey, Some("zai-key"));
        assert_eq!(
            set,
            [
                var("ANTHROPIC_BASE_URL", "G/custom-zai/api/anthropic"),
                var("ANTHROPIC_AUTH_TOKEN", "zai-key"),
                var("API_TIMEOUT_MS", "3000000"),
                var(HEADER.0, HEADER.1),
            ]
        );
        assert_eq!(unset, ["ANTHROPIC_API_KEY"]);
    }

    #[test]
    fn a_stored_key_leaves_the_token_in_its_place() {
        let (set, unset) = vars("openrouter", AuthMode::StoredKey, None);
        assert_eq!(set[0], var("ANTHROPIC_BASE_URL", "G/openrouter"));
        assert_eq!(set[1], var("ANTHROPIC_AUTH_TOKEN", "tok"));
        assert_eq!(unset, ["ANTHROPIC_API_KEY"]);
    }

    #[test]
    fn bedrock_mantle_gets_anthropics_variables() {
        let (set, _) = vars("mantle", AuthMode::StoredKey, None);
        assert_eq!(set[0], var("ANTHROPIC_BASE_URL", "G/aws-bedrock/bedrock-mantle/us-east-1/anthropic"));
    }

    #[test]
    fn bedrock_and_vertex_have_variables_of_their_own() {
        let (set, unset) = vars("bedrock", AuthMode::OwnKey, None);
        assert_eq!(
            set,
            [
                var("CLAUDE_CODE_USE_BEDROCK", "1"),
                var("ANTHROPIC_BEDROCK_BASE_URL", "G/aws-bedrock/bedrock-runtime/us-east-1"),
                var("CLAUDE_CODE_SKIP_BEDROCK_AUTH", "1"),
                var(HEADER.0, HEADER.1),
            ]
        );
        assert_eq!(unset, ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"]);
        let (set, _) = vars("vertex", AuthMode::OwnKey, None);
        assert_eq!(
            set,
            [
                var("CLAUDE_CODE_USE_VERTEX", "1"),
                var("ANTHROPIC_VERTEX_BASE_URL", "G/google-vertex-ai/v1"),
                var("ANTHROPIC_VERTEX_PROJECT_ID", "my-project"),
                var("CLOUD_ML_REGION", "us-east-1"),
                var("CLAUDE_CODE_SKIP_VERTEX_AUTH", "1"),
                var(HEADER.0, HEADER.1),
            ]
        );
    }

    #[test]
    fn the_url_determines_the_upstream() {
        use crate::facts::gateway::HostPolicy;
        let at = |path: &str| {
            let root = "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev";
            Upstream::at(&GatewayUrl::parse(&format!("{root}/{path}"), &HostPolicy::default()).unwrap())
        };
        assert!(at("anthropic").is_none());
        for (path, title) in [
            ("custom-zai/api/anthropic", "z.ai"),
            ("custom-mine/api", "custom-mine/api"),
            ("openrouter", "OpenRouter"),
            ("aws-bedrock/bedrock-mantle/eu-west-1/anthropic", "Amazon Bedrock Mantle"),
        ] {
            assert_eq!(at(path).map(|upstream| upstream.title).as_deref(), Some(title), "{path}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let find = |name, region, project| Upstream::find(name, region, project, None).map(|u| u.title);
        assert_eq!(find("bedrock", None, None), Err(Missing::Region));
        assert_eq!(find("mantle", Some("a/b"), None), Err(Missing::Region));
        assert_eq!(find("vertex", Some("r"), None), Err(Missing::Project));
        assert_eq!(find("nobody", None, None), Err(Missing::Unknown));
        assert_eq!(find("custom-mine/api", None, None), Ok("custom-mine/api".to_owned()));
    }
}
