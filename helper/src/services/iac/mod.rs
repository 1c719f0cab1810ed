//! Infrastructure as code: a gateway as a Terraform or a Pulumi program, and how far the two have drifted.

mod calls;
pub mod drift;
mod layout;
mod live;
mod pulumi;
mod quote;
pub mod schema;
mod shape;
mod terraform;

pub use calls::Call;
pub use live::Live;
pub use shape::{Fields, LeftOut, SecretName, Term};

use crate::facts::gateway::GatewayId;
use crate::facts::gateway::ids::AccountId;
use crate::facts::gateway::providers::{Evidence, PROVIDERS};
use live::{Item, text};
use schema::{GATEWAY, ROUTE};
use serde_json::Value;
use shape::Shaper;
use std::collections::BTreeSet;

/// A program, in no language yet.
#[derive(Debug)]
pub struct Program {
    /// Whose gateway; unknown only where nothing was read.
    pub account: Option<AccountId>,
    /// Which one.
    pub gateway: GatewayId,
    /// True when it is what Cloudflare has, false for the defaults.
    pub is_live: bool,
    /// Whether it takes over what exists.
    pub import: bool,
    /// The gateway's arguments.
    pub arguments: Fields,
    /// Its dynamic routes.
    pub routes: Vec<Route>,
    /// What no resource covers.
    pub calls: Vec<Call>,
    /// What the provider cannot be told, or could not be read.
    pub left_out: Vec<LeftOut>,
    /// Whether 5.22.0 of the provider is too old.
    pub late: bool,
    /// What follows the gateway's URL in the base URLs of providers.
    pub bases: Vec<String>,
}

/// A dynamic route.
#[derive(Debug)]
pub struct Route {
    /// Cloudflare's id.
    pub id: String,
    /// A name for the resource: a letter, then letters, digits and underscores. Its own among all.
    pub label: String,
    /// Name and elements.
    pub arguments: Fields,
}

impl Program {
    /// The program for what there is. Errors: a setting without which there is no gateway.
    pub fn new(live: &Live, gateway: GatewayId, account: Option<AccountId>) -> Result<Self, String> {
        let mut shaper = Shaper::default();
        let mut settings = live.settings.clone();
        for key in NUMBERS {
            if settings.get(key).is_some_and(Value::is_null) {
                settings.insert(key.to_owned(), 0.into());
            }
        }
        let arguments = shaper.fields(GATEWAY.arguments, &settings, "")?;
        let mut taken = BTreeSet::from([label(gateway.as_str())]);
        let mut routes = Vec::new();
        let mut by_hand = Vec::new();
        for route in &live.routes {
            match shaped(route) {
                Some(arguments) => {
                    let label = own(label(text(route, "name")), &mut taken);
                    routes.push(Route { id: text(route, "id").to_owned(), label, arguments });
                }
                None => by_hand.push(route),
            }
        }
        let mut left_out = shaper.left_out;
        left_out.extend(live.unread.iter().cloned());
        Ok(Self {
            calls: calls::calls(live, &gateway, &by_hand),
            bases: bases(live),
            is_live: false,
            import: false,
            late: shaper.late,
            account,
            gateway,
            arguments,
            routes,
            left_out,
        })
    }

    /// As Terraform.
    pub fn terraform(&self) -> String {
        terraform::text(self)
    }

    /// As a Pulumi program in TypeScript.
    pub fn pulumi(&self) -> String {
        pulumi::text(self)
    }

    /// The variables that hold what must not stand in code.
    pub fn secrets(&self) -> Vec<&SecretName> {
        let mut found = Vec::new();
        self.arguments.iter().for_each(|(_, term)| term.secrets(&mut found));
        found
    }

    /// The gateway's name as a resource.
    fn label(&self) -> String {
        label(self.gateway.as_str())
    }

    /// `{account}/{gateway}`, by which the provider imports.
    fn import_id(&self) -> Option<String> {
        let account = self.account.as_ref().filter(|_| self.import)?;
        Some(format!("{account}/{}", self.gateway))
    }

    /// What a reader should know first, one line each.
    fn remarks(&self) -> Vec<String> {
        let gateway = &self.gateway;
        let mut lines = vec![if self.is_live {
            format!("AI Gateway {gateway}, as Cloudflare has it. Made by `cf-aig iac`.")
        } else {
            format!("AI Gateway {gateway}: the defaults of `cf-aig gateway create`. Made by `cf-aig iac`.")
        }];
        for left in &self.left_out {
            lines.push(format!(
                "Left out: {} {}.",
                crate::base::text::visible(&left.at),
                crate::base::text::visible(&left.why)
            ));
        }
        lines
    }
}

/// Where `null` means off, and the provider wants a number.
const NUMBERS: [&str; 3] = ["cache_ttl", "rate_limiting_interval", "rate_limiting_limit"];

/// A route as the provider takes it; `None` when that is not the whole route.
fn shaped(route: &Item) -> Option<Fields> {
    let known = ["name", "elements"];
    let part: Item = route
        .iter()
        .filter(|(key, _)| known.contains(&key.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let mut shaper = Shaper::default();
    let fields = shaper.fields(ROUTE.arguments, &part, "").ok()?;
    shaper.left_out.is_empty().then_some(fields)
}

/// The documented bases of all providers, and those of the account's own.
fn bases(live: &Live) -> Vec<String> {
    let mut bases = Vec::new();
    for provider in PROVIDERS {
        for base in provider.bases.iter().filter(|base| base.evidence == Evidence::Documented) {
            // a base with a place to fill in is no URL yet
            if !base.tail.contains('{') {
                let tail = if base.tail.is_empty() { String::new() } else { format!("/{}", base.tail) };
                bases.push(format!("{}{tail}", provider.slug));
            }
        }
    }
    let enabled = |provider: &&Item| provider.get("enable") == Some(&Value::Bool(true));
    bases.extend(live.custom_providers.iter().filter(enabled).map(|p| format!("custom-{}", text(p, "slug"))));
    bases
}

/// A name as both languages take it.
fn label(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let plain = plain.to_ascii_lowercase();
    if plain.starts_with(|c: char| c.is_ascii_lowercase()) { plain } else { format!("gateway_{plain}") }
}

/// The name, or one like it that nothing else has.
fn own(label: String, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{label}_{number}"));
    let free = std::iter::once(label.clone()).chain(numbered).find(|name| !taken.contains(name));
    let free = free.unwrap_or(label);
    taken.insert(free.clone());
    free
}
