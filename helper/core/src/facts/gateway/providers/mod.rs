//! The providers behind a gateway: one row each, from which the CLI, the skill and the checks are
//! generated.
//!
//! Source of slugs, bases and replaced prefixes: Cloudflare's provider pages (`usage/providers/*`) and its
//! own npm library `ai-gateway-provider` 4.0.1, which strips the upstream prefix literally.

mod preset;
mod row;
mod table;

pub use preset::{PRESETS, Preset, Speech, preset};
pub use row::{Base, Evidence, Protocol, Provider, SdkVariable};
pub use table::PROVIDERS;

use std::fmt;
use strsim::osa_distance;

/// The provider in a gateway URL: a row of the table, or an account's own custom provider.
#[derive(Clone, PartialEq, Eq)]
pub enum ProviderRef {
    /// A row of [`PROVIDERS`].
    Known(&'static Provider),
    /// `custom-{slug}`: the slug, without the prefix.
    Custom(String),
}

/// Why a provider's name is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// An alias or a misspelling of this slug.
    #[error("did you mean {0}?")]
    DidYouMean(&'static str),
    /// A service that needs a custom provider: its base URL, and the path to use.
    #[error("it needs a custom provider {1} with the base URL {0}")]
    Custom(&'static str, &'static str),
    /// Nothing similar is known.
    #[error("nothing similar is known")]
    Unknown,
}

impl ProviderRef {
    /// Parses a slug as in a gateway URL.
    pub fn parse(text: &str) -> Result<Self, ProviderError> {
        if let Some(known) = find(text) {
            return Ok(Self::Known(known));
        }
        if let Some(slug) = text.strip_prefix("custom-")
            && is_custom_slug(slug)
        {
            return Ok(Self::Custom(slug.to_owned()));
        }
        Err(nearest(text))
    }

    /// The path segment.
    pub fn slug(&self) -> String {
        match self {
            Self::Known(provider) => provider.slug.to_owned(),
            Self::Custom(slug) => format!("custom-{slug}"),
        }
    }

    /// The table row, unless it is a custom provider.
    pub fn known(&self) -> Option<&'static Provider> {
        match self {
            Self::Known(provider) => Some(provider),
            Self::Custom(_) => None,
        }
    }

    /// The format of this tail behind this provider; `None` if it is not one of its base URLs. A custom
    /// provider's tail depends on its upstream: its words decide, and one without known words counts as
    /// Anthropic's format.
    pub fn base(&self, tail: &str) -> Option<Base> {
        match self {
            Self::Known(provider) => provider.bases.iter().copied().find(|b| matches_template(b.tail, tail)),
            Self::Custom(_) => {
                let protocol = protocol_of(tail)?;
                Some(Base { tail: "", protocol, evidence: Evidence::Unverified })
            }
        }
    }

    /// The tail of this provider's base that speaks Anthropic Messages, if there is one without a
    /// placeholder.
    pub fn anthropic_tail(&self) -> Option<&'static str> {
        match self {
            Self::Known(provider) => {
                let mut bases = provider.bases.iter();
                bases.find(|b| b.protocol == Protocol::Anthropic && !b.tail.contains('{')).map(|b| b.tail)
            }
            Self::Custom(_) => {
                let mut bases = PRESETS.iter().filter_map(|preset| preset.base.split_once('/'));
                bases.find(|(slug, _)| *slug == self.slug()).map(|(_, tail)| tail)
            }
        }
    }
}

impl fmt::Debug for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.slug())
    }
}

impl fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.slug())
    }
}

/// The row with exactly this slug.
pub fn find(slug: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|p| p.slug == slug)
}

fn is_custom_slug(slug: &str) -> bool {
    !slug.is_empty()
        && slug.len() <= 64
        && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The format of an upstream's path, judged by common names: `api/anthropic`, `api/coding/paas/v4`,
/// `compatible-mode/v1`. `None` for a `/v1` at the end of an Anthropic base, which the client appends.
fn protocol_of(tail: &str) -> Option<Protocol> {
    const OPENAI: &[&str] = &["openai", "paas", "compatible-mode", "compatible", "compat", "chat"];
    let parts = || tail.split('/');
    let is_version = |part: &str| {
        part.strip_prefix('v').is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()) && n.len() <= 7)
    };
    let last = parts().next_back().unwrap_or_default();
    let openai = parts().any(|part| OPENAI.contains(&part)) || is_version(last) && last != "v1";
    if parts().any(|part| part.contains("anthropic") || part.contains("claude")) || !openai {
        return (last != "v1").then_some(Protocol::Anthropic);
    }
    Some(Protocol::OpenAi)
}

fn matches_template(template: &str, tail: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), tail.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(w), Some(g)) if w == g || (w.starts_with('{') && !g.is_empty()) => {}
            _ => return false,
        }
    }
}

fn nearest(text: &str) -> ProviderError {
    let lower = text.to_ascii_lowercase();
    let bare = lower.strip_prefix("custom-").unwrap_or(&lower);
    let is_custom = |preset: &&Preset| !preset.custom.is_empty() && preset.aliases.contains(&bare);
    if let Some(preset) = PRESETS.iter().find(is_custom) {
        return ProviderError::Custom(preset.custom, preset.base);
    }
    let exact = PROVIDERS.iter().find(|p| p.slug == lower || p.aliases.contains(&lower.as_str()));
    let near = || {
        PROVIDERS
            .iter()
            .flat_map(|p| std::iter::once(p.slug).chain(p.aliases.iter().copied()).map(move |name| (p, name)))
            .map(|(p, name)| (osa_distance(&lower, name), name.len(), p))
            .filter(|(d, len, _)| *d <= (len / 3).clamp(1, 2))
            .min_by_key(|(d, ..)| *d)
            .map(|(.., p)| p)
    };
    exact.or_else(near).map_or(ProviderError::Unknown, |p| ProviderError::DidYouMean(p.slug))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_and_aliases_are_unique() {
        let mut names: Vec<_> =
            PROVIDERS.iter().flat_map(|p| std::iter::once(p.slug).chain(p.aliases.iter().copied())).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn a_wrong_name_leads_to_the_right_one() {
        let cases = [
            ("xai", ProviderError::DidYouMean("grok")),
            ("perplexity", ProviderError::DidYouMean("perplexity-ai")),
            ("antropic", ProviderError::DidYouMean("anthropic")),
            ("Anthropic", ProviderError::DidYouMean("anthropic")),
            ("opneai", ProviderError::DidYouMean("openai")),
            ("zai", ProviderError::Custom("https://api.z.ai", "custom-zai/api/anthropic")),
            ("zhipu", ProviderError::Custom("https://api.z.ai", "custom-zai/api/anthropic")),
            ("nothing-like-it", ProviderError::Unknown),
        ];
        for (given, expected) in cases {
            assert_eq!(ProviderRef::parse(given), Err(expected), "{given}");
        }
    }

    #[test]
    fn a_base_is_recognised_by_its_tail() {
        let bedrock = ProviderRef::parse("aws-bedrock").unwrap();
        assert_eq!(bedrock.base("bedrock-mantle/us-east-1/anthropic").unwrap().protocol, Protocol::Anthropic);
        assert_eq!(bedrock.base("bedrock-runtime/eu-west-1").unwrap().protocol, Protocol::Native);
        assert!(bedrock.base("bedrock-runtime").is_none());
        assert!(ProviderRef::parse("anthropic").unwrap().base("v1").is_none());
        assert!(ProviderRef::parse("custom-zai").unwrap().base("api/anthropic").is_some());
        assert!(ProviderRef::parse("custom-zai").unwrap().base("v1").is_none());
    }

    #[test]
    fn the_format_of_a_custom_path_is_detected_from_its_segments() {
        let own = ProviderRef::parse("custom-mine").unwrap();
        let speaks = |tail: &str| own.base(tail).map(|base| base.protocol.id());
        for tail in ["", "anthropic", "api/anthropic", "apps/anthropic", "plan/anthropic", "claude", "eu"] {
            assert_eq!(speaks(tail), Some("anthropic"), "{tail}");
        }
        for tail in [
            "api/coding/paas/v4",
            "api/paas/v4",
            "v4",
            "api/v3",
            "compatible-mode/v1",
            "openai/v1",
            "v1beta/openai",
            "api/openai",
        ] {
            assert_eq!(speaks(tail), Some("openai"), "{tail}");
        }
        for tail in ["v1", "anthropic/v1", "api/v1"] {
            assert_eq!(speaks(tail), None, "{tail}");
        }
    }
}
