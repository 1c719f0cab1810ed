//! The Cloudflare provider's AI Gateway resources.

use crate::facts::gateway::arguments::{self, Argument};
use crate::facts::gateway::settings;

/// A resource of the provider.
#[derive(Debug)]
pub struct Resource {
    /// `cloudflare_…`
    pub terraform: &'static str,
    /// The class in `@pulumi/cloudflare`.
    pub pulumi: &'static str,
    /// The type token in Pulumi's state and on its command line.
    pub token: &'static str,
    /// The corresponding settings of the API, without accounts, ids and references.
    pub arguments: &'static [Argument],
}

/// The gateway.
pub const GATEWAY: Resource = Resource {
    terraform: "cloudflare_ai_gateway",
    pulumi: "AiGateway",
    token: "cloudflare:index/aiGateway:AiGateway",
    arguments: &settings::ARGUMENTS,
};

/// A dynamic route.
pub const ROUTE: Resource = Resource {
    terraform: "cloudflare_ai_gateway_dynamic_routing",
    pulumi: "AiGatewayDynamicRouting",
    token: "cloudflare:index/aiGatewayDynamicRouting:AiGatewayDynamicRouting",
    arguments: arguments::ROUTE,
};

/// An argument's name in Pulumi.
pub(super) fn pulumi_name(argument: &Argument) -> String {
    if argument.plural.is_empty() { camel(argument.terraform) } else { argument.plural.to_owned() }
}

/// `cache_ttl` as `cacheTtl`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for (at, part) in name.split(['_', '-']).filter(|part| !part.is_empty()).enumerate() {
        let mut chars = part.chars();
        match (at, chars.next()) {
            (0, _) | (_, None) => out.push_str(part),
            (_, Some(first)) => out.extend(first.to_uppercase().chain(chars)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pulumi_names_are_camel_case_but_for_plurals() {
        let name = |api: &str| GATEWAY.arguments.iter().find(|a| a.api == api).map(pulumi_name);
        assert_eq!(name("cache_invalidate_on_update").as_deref(), Some("cacheInvalidateOnUpdate"));
        assert_eq!(name("workers_ai_billing_mode").as_deref(), Some("workersAiBillingMode"));
        assert_eq!(name("otel").as_deref(), Some("otels"));
        assert_eq!(camel("claude-code"), "claudeCode");
    }
}
