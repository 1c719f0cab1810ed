//! `cf-aig providers`: the table of providers.

use super::{print, print_json};
use crate::error::Result;
use crate::gateway::providers::{PROVIDERS, Protocol};
use serde_json::json;
use std::process::ExitCode;

/// How to print it.
#[derive(Debug, clap::Args)]
pub struct ProvidersArgs {
    /// Machine-readable
    #[arg(long)]
    json: bool,
    /// Only those that Claude Code can use
    #[arg(long)]
    claude_code: bool,
}

pub(super) fn run(args: &ProvidersArgs) -> Result<ExitCode> {
    let shown = PROVIDERS
        .iter()
        .filter(|p| !args.claude_code || p.bases.iter().any(|b| b.protocol == Protocol::Anthropic));
    if args.json {
        let rows: Vec<_> = shown
            .map(|p| {
                let bases: Vec<_> = p
                    .bases
                    .iter()
                    .map(|b| json!({"path": path(p.slug, b.tail), "speaks": b.protocol.as_str(), "evidence": b.evidence.as_str()}))
                    .collect();
                let sdk: Vec<_> = p
                    .sdk
                    .iter()
                    .map(|s| json!({"variable": s.name, "path": format!("{}{}", p.slug, s.suffix), "credential": s.credential, "package": s.package}))
                    .collect();
                json!({"slug": p.slug, "name": p.name, "replaces": p.replaces, "auth_header": p.auth_header, "bases": bases, "sdk": sdk})
            })
            .collect();
        print_json(&json!({"schema": 1, "providers": rows}));
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = format!(
        "{:<44} {:<10} {:<13} {}\n",
        "PATH BEHIND THE GATEWAY", "SPEAKS", "EVIDENCE", "VARIABLE FOR ITS SDK"
    );
    for provider in shown {
        for (at, base) in provider.bases.iter().enumerate() {
            let variable = provider.sdk.first().filter(|_| at == 0).map_or("", |s| s.name);
            let line = format!(
                "{:<44} {:<10} {:<13} {variable}",
                path(provider.slug, base.tail),
                base.protocol.as_str(),
                base.evidence.as_str()
            );
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out.push_str("custom-{slug}/{path}                         whatever its upstream speaks\n");
    print(&out);
    Ok(ExitCode::SUCCESS)
}

fn path(slug: &str, tail: &str) -> String {
    if tail.is_empty() { slug.to_owned() } else { format!("{slug}/{tail}") }
}
