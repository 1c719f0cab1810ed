//! `cf-aig validate`: checks a base URL.

use super::Run;
use crate::base::error::{Error, Kind, Result};
use crate::facts::gateway::providers::{Evidence, Protocol};
use crate::facts::gateway::url::{Inspection, MAX_LENGTH, Origin, UrlError, UrlErrorCode, inspect};
use crate::facts::gateway::{GatewayUrl, HostPolicy};
use crate::system::env::ProcessEnv;
use crate::ui::{TextBlock, input, note, print_report};
use serde::Serialize;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  cf-aig validate \"$ANTHROPIC_BASE_URL\"
  cf-aig validate https://ai.example.com/anthropic --allow-host https://ai.example.com";

/// What to check.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ValidateArgs {
    /// URL, or - to read it from stdin
    #[arg(value_name = "URL")]
    url: String,
    /// Print JSON: {"schema":1,"ok":bool,"url"?,"account_id"?,"gateway_id"?,"provider"?,"mode"?,"errors":[…]}
    #[arg(long)]
    json: bool,
    /// Also reject a valid URL that Claude Code cannot use because it does not speak Anthropic's API
    #[arg(long)]
    for_claude_code: bool,
    /// Accept this custom domain or other gateway in the URL (https://host)
    #[arg(long, value_name = "ORIGIN")]
    allow_host: Vec<String>,
}

#[derive(Serialize)]
struct ValidateReport {
    schema: u8,
    ok: bool,
    #[serde(flatten)]
    parts: Option<Parts>,
    errors: Vec<UrlError>,
}

/// The parts of a good URL.
#[derive(Serialize)]
struct Parts {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_id: Option<String>,
    provider: String,
    speaks: &'static str,
    /// Why that is less than certain; `None` if Cloudflare documents it.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<CloudMode>,
}

impl Run for ValidateArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let text = read(&self.url)?;
        let mut policy = HostPolicy::default();
        let named = env.filled("CF_AIG_GATEWAY_ORIGIN");
        let by_flag = self.allow_host.iter().map(|origin| ("--allow-host", origin));
        for (place, origin) in by_flag.chain(named.iter().map(|origin| ("$CF_AIG_GATEWAY_ORIGIN", origin))) {
            // do not repeat the value: it may hold a password
            let origin = Origin::parse(origin).ok_or_else(|| {
                Error::new(Kind::Usage, format!("{place} is not an origin"))
                    .hinted("use https://host, or http:// on loopback, without a path")
            })?;
            policy.allowed.push(origin);
        }
        let mut found = inspect(&text, &policy);
        if self.for_claude_code {
            claude_code_check(&mut found);
        }
        if let Some(warning) = found.url.as_ref().and_then(|url| url.gateway_id()?.warning()) {
            note(warning);
        }
        let report = report(found);
        print_report(self.json, &report, || text_of(&report))?;
        super::found((!report.ok).then_some(Kind::Finding))
    }
}

fn read(given: &str) -> Result<String> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let text = input::beginning(Path::new("-"), MAX_LENGTH as u64 * 2)?;
    // the line break comes from the pipe, not from the URL
    let line = text.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    Ok(line.unwrap_or(&text).to_owned())
}

/// A Claude Code mode for a cloud's own API, which has its own base URL.
#[derive(Serialize)]
struct CloudMode {
    name: &'static str,
    /// The variable that takes the URL.
    variable: &'static str,
    /// What else must be set (Cloudflare's page on Claude Code).
    with: [&'static str; 2],
}

/// The mode that this URL belongs to, if it is not for `ANTHROPIC_BASE_URL`.
fn mode(url: &GatewayUrl) -> Option<CloudMode> {
    if !url.is_of_a_cloud() {
        return None;
    }
    Some(match url.provider().slug().as_str() {
        "aws-bedrock" => CloudMode {
            name: "bedrock",
            variable: "ANTHROPIC_BEDROCK_BASE_URL",
            with: ["CLAUDE_CODE_USE_BEDROCK=1", "CLAUDE_CODE_SKIP_BEDROCK_AUTH=1"],
        },
        _ => CloudMode {
            name: "vertex",
            variable: "ANTHROPIC_VERTEX_BASE_URL",
            with: ["CLAUDE_CODE_USE_VERTEX=1", "CLAUDE_CODE_SKIP_VERTEX_AUTH=1"],
        },
    })
}

/// A URL that Claude Code cannot use is a finding, with the usable URL behind the same provider.
fn claude_code_check(found: &mut Inspection) {
    let Some(url) = found.url.as_ref() else { return };
    if url.is_of_a_cloud() || url.protocol() == Protocol::Anthropic {
        return;
    }
    let twin =
        url.provider().anthropic_tail().and_then(|tail| url.with_tail(tail)).map(|url| url.to_string());
    let slug = url.provider();
    let place = if url.tail().is_empty() { slug.to_string() } else { format!("{slug}/{}", url.tail()) };
    found.errors.push(UrlError {
        code: UrlErrorCode::NotForClaudeCode,
        message: format!("{place} does not speak Anthropic Messages, which Claude Code requires"),
        hint: twin.is_none().then(|| {
            "`cf-aig providers --claude-code` lists those that do; many vendors have a second path, often /anthropic".to_owned()
        }),
        suggestion: None,
    });
    // the intended URL is not one that Claude Code can use
    found.errors.iter_mut().for_each(|error| error.suggestion.clone_from(&twin));
}

fn evidence(url: &GatewayUrl) -> Option<Evidence> {
    let evidence = url.provider().base(url.tail())?.evidence;
    (evidence != Evidence::Documented).then_some(evidence)
}

fn report(Inspection { url, errors, .. }: Inspection) -> ValidateReport {
    let ok = errors.is_empty();
    let parts = url.filter(|_| ok).map(|url| Parts {
        account_id: url.account_id().map(ToString::to_string),
        gateway_id: url.gateway_id().map(ToString::to_string),
        provider: url.provider().slug(),
        speaks: url.protocol().id(),
        evidence: evidence(&url),
        mode: mode(&url),
        url: url.to_string(),
    });
    ValidateReport { schema: 1, ok, parts, errors }
}

fn text_of(report: &ValidateReport) -> TextBlock {
    let mut out = TextBlock::with_column(10);
    if let Some(Parts { url, account_id, gateway_id, provider, speaks, evidence, mode }) = &report.parts {
        let evidence = evidence.map_or(String::new(), |evidence| format!(" ({evidence})"));
        out.row("url", url).rows("account", account_id).rows("gateway", gateway_id);
        out.row("provider", provider).row("speaks", format_args!("{speaks}{evidence}"));
        if let Some(CloudMode { name, variable, with }) = mode {
            out.row("mode", format_args!("{name}: set {variable} to it, with {}", with.join(" and ")));
        }
    }
    for error in &report.errors {
        out.line(format_args!("{}: {}", error.code, error.message));
        if let Some(hint) = &error.hint {
            out.line(format_args!("  hint: {hint}"));
        }
    }
    if let Some(meant) = report.errors.iter().find_map(|e| e.suggestion.as_ref()) {
        out.line(format_args!("use: {meant}"));
    }
    out
}
