//! Generates pages from the helper's tables as Markdown, for the skill and for `docs/`.
//!
//! A test fails when a page is stale; `CF_AIG_UPDATE_DOCS=1 cargo test --test docs` writes them again.

use cf_aig::facts::gateway::auth::MODES;
use cf_aig::facts::gateway::providers::{PRESETS, PROVIDERS};
use std::fmt::Write;

pub(crate) const NOTE: &str = "<!-- Generated from the helper's tables. Edit those, then run: CF_AIG_UPDATE_DOCS=1 cargo test --test docs -->";

/// Each page: its path relative to the plugin's folder, and its text.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("skills/ai-gateway/references/providers.md", providers()),
        ("skills/ai-gateway/references/auth-modes.md", auth_modes()),
        ("skills/ai-gateway/references/errors.md", crate::errors::page()),
        ("docs/environment.md", crate::environment::page()),
    ]
}

fn providers() -> String {
    let mut out = format!(
        "# Providers behind a gateway\n\n{NOTE}\n\n`G` is `https://gateway.ai.cloudflare.com/v1/{{account_id}}/{{gateway_id}}`. \
         Claude Code can use the bases that speak `anthropic`. `cf-aig providers --json` prints the same.\n\n\
         | base | provider | speaks | evidence | replaces | key in |\n| --- | --- | --- | --- | --- | --- |\n"
    );
    for provider in PROVIDERS {
        for base in provider.bases {
            let tail = if base.tail.is_empty() { String::new() } else { format!("/{}", base.tail) };
            let upstream =
                if provider.replaces.is_empty() { String::new() } else { format!("`{}`", provider.replaces) };
            let key = if provider.auth_header.is_empty() {
                String::new()
            } else {
                format!("`{}`", provider.auth_header)
            };
            let (slug, name) = (provider.slug, provider.name);
            let (speaks, evidence) = (base.protocol.id(), base.evidence.id());
            row(&mut out, &[&format!("`G/{slug}{tail}`"), name, speaks, evidence, &upstream, &key]);
        }
    }
    row(
        &mut out,
        &[
            "`G/custom-{slug}/{path}`",
            "your own",
            "what its upstream speaks",
            "documented",
            "its base URL",
            "",
        ],
    );
    out.push_str("\n## Base URL variables of SDKs\n\nRead in the SDKs' own source. A provider that is not listed has no such variable, or has one that makes its SDK drop the gateway's path.\n\n| variable | value | SDK | key in | not set while one of these is set |\n| --- | --- | --- | --- | --- |\n");
    for (provider, sdk) in PROVIDERS.iter().flat_map(|p| p.sdk.iter().map(move |s| (p, s))) {
        let unless: Vec<_> = sdk.unless.iter().map(|name| format!("`{name}`")).collect();
        let value = format!("`G/{}{}`", provider.slug, sdk.suffix);
        row(
            &mut out,
            &[
                &format!("`{}`", sdk.name),
                &value,
                sdk.package,
                &format!("`{}`", sdk.credential),
                &unless.join(", "),
            ],
        );
    }
    out.push_str("\n## Common wrong names\n\n| written | right |\n| --- | --- |\n");
    for provider in PROVIDERS {
        for alias in provider.aliases {
            row(&mut out, &[&format!("`{alias}`"), &format!("`{}`", provider.slug)]);
        }
    }
    for preset in PRESETS.iter().filter(|preset| !preset.custom.is_empty()) {
        let place = format!("`{}`, a custom provider with base URL `{}`", preset.base, preset.custom);
        for alias in preset.aliases {
            row(&mut out, &[&format!("`{alias}`"), &place]);
        }
    }
    out
}

fn auth_modes() -> String {
    let mut out = format!(
        "# Who pays\n\n{NOTE}\n\nA provider key on the request wins over a key stored at Cloudflare, and that over Cloudflare \
         credits. Each mode is an exact set of variables; `cf-aig env --auth MODE` prints them.\n\n\
         | auth | who pays | gateway token in | unset | more headers | evidence |\n| --- | --- | --- | --- | --- | --- |\n"
    );
    for mode in MODES {
        let token = mode
            .token_as
            .map_or("`cf-aig-authorization`, when the gateway is authenticated".to_owned(), |v| {
                format!("`{v}` only")
            });
        let unset: Vec<_> = mode.unset.iter().map(|name| format!("`{name}`")).collect();
        let headers: Vec<_> = mode.headers.iter().map(|(name, value)| format!("`{name}: {value}`")).collect();
        row(
            &mut out,
            &[
                &format!("`{}`", mode.mode),
                mode.mode.label(),
                &token,
                &unset.join(", "),
                &headers.join(", "),
                mode.evidence,
            ],
        );
    }
    out
}

pub(crate) fn row(out: &mut String, cells: &[&str]) {
    out.push('|');
    for cell in cells {
        let _ = write!(out, " {} |", cell.replace('|', "\\|"));
    }
    out.push('\n');
}
