//! `cf-aig providers`: lists the providers that a gateway URL can name.

use super::Run;
use crate::base::error::Result;
use crate::facts::gateway::providers::{PROVIDERS, Protocol, SdkVariable};
use crate::system::env::ProcessEnv;
use crate::ui::{print, print_json};
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
        let row = |path: &str, speaks: &str, evidence: &str, variable: &str| {
            let line = format!("{path:<46} {speaks:<10} {evidence:<13} {variable}");
            line.trim_end().to_owned() + "\n"
        };
        let mut out = row("PATH BEHIND THE GATEWAY", "API", "EVIDENCE", "VARIABLE FOR ITS SDK");
        for provider in shown {
            for base in provider.bases {
                let leads_here = |s: &&SdkVariable| s.suffix.trim_start_matches('/') == base.tail;
                let variable = provider.sdk.iter().find(leads_here).map_or("", |s| s.name);
                let path = path(provider.slug, base.tail);
                out.push_str(&row(&path, base.protocol.id(), base.evidence.id(), variable));
            }
        }
        out.push_str(&row("custom-{slug}/{path}", "whatever its upstream speaks", "", ""));
        print(&out)
    }
}

fn path(slug: &str, tail: &str) -> String {
    if tail.is_empty() { slug.to_owned() } else { format!("{slug}/{tail}") }
}
