//! `cf-aig providers`: lists the providers that a gateway URL can name.

use super::Run;
use crate::base::error::Result;
use crate::facts::gateway::providers::{Base, PROVIDERS, Protocol, Provider, SdkVariable};
use crate::system::env::ProcessEnv;
use crate::ui::{Column, print, print_json, table};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  cf-aig providers --claude-code
  cf-aig providers --json";

/// How to print the table.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ProvidersArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// List only providers that Claude Code can use
    #[arg(long)]
    claude_code: bool,
}

impl Run for ProvidersArgs {
    fn run(&self, _: &ProcessEnv) -> Result<()> {
        let shown = PROVIDERS
            .iter()
            .filter(|p| !self.claude_code || p.bases.iter().any(|b| b.protocol == Protocol::Anthropic));
        if self.json {
            let rows: Vec<_> = shown
            .map(|p| {
                let bases: Vec<_> = p
                    .bases
                    .iter()
                    .map(|b| json!({"path": path(p.slug, b.tail), "speaks": b.protocol.id(), "evidence": b.evidence.id()}))
                    .collect();
                let sdk: Vec<_> = p
                    .sdk
                    .iter()
                    .map(|s| json!({"variable": s.name, "path": format!("{}{}", p.slug, s.suffix), "credential": s.credential, "package": s.package}))
                    .collect();
                json!({"slug": p.slug, "name": p.name, "replaces": p.replaces, "auth_header": p.auth_header, "bases": bases, "sdk": sdk})
            })
            .collect();
            return print_json(&json!({"schema": 1, "providers": rows}));
        }
        let columns =
            ["PATH BEHIND THE GATEWAY", "API", "EVIDENCE", "VARIABLE FOR ITS SDK"].map(Column::left);
        let of_base = |provider: &Provider, base: &Base| {
            let leads_here = |s: &&SdkVariable| s.suffix.trim_start_matches('/') == base.tail;
            let variable = provider.sdk.iter().find(leads_here).map_or("", |s| s.name);
            [&path(provider.slug, base.tail), base.protocol.id(), base.evidence.id(), variable]
                .map(str::to_owned)
        };
        let mut rows: Vec<_> = shown
            .flat_map(|provider| provider.bases.iter().map(move |base| of_base(provider, base)))
            .collect();
        rows.push(["custom-{slug}/{path}", "any", "", ""].map(str::to_owned));
        print(table(columns, rows))
    }
}

fn path(slug: &str, tail: &str) -> String {
    if tail.is_empty() { slug.to_owned() } else { format!("{slug}/{tail}") }
}
