//! `cf-aig send`: sends one prompt through the gateway and prints who responded and at what cost.

use super::Run;
use super::flags::{RouteFlags, duration};
use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::resources::LogEntry;
use crate::services::context::Context;
use crate::services::send::{
    Keys, PreparedRequest, SendOptions, SendResponse, SendTarget, Step, logged, send,
};
use crate::system::env::ProcessEnv;
use crate::ui::{Screen, TextBlock, input, note, print, print_report};
use serde_json::json;
use std::time::Duration;

/// What to send, and through which path.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct SendArgs {
    /// Prompt [default: stdin]
    prompt: Option<String>,
    /// Use this provider: anthropic, openai, openrouter, zai, custom-x/path, …
    #[arg(long, default_value = "anthropic", conflicts_with_all = ["route", "chain"])]
    provider: String,
    /// Use this dynamic route
    #[arg(long, value_name = "NAME", conflicts_with = "chain")]
    route: Option<String>,
    /// Use the universal endpoint (deprecated by Cloudflare): the first success is the response
    #[arg(long, value_name = "PROVIDER/MODEL,…", value_delimiter = ',')]
    chain: Vec<String>,
    /// Model; required for every provider except anthropic
    #[arg(long, conflicts_with_all = ["route", "chain"])]
    model: Option<String>,
    /// Maximum number of output tokens
    #[arg(long, value_name = "N", default_value_t = 256)]
    max_tokens: u64,
    /// Allow a response from the gateway's cache
    #[arg(long)]
    cache: bool,
    /// Attempts that the gateway makes, 1 to 5
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=5))]
    attempts: Option<u64>,
    /// Time limit for a provider's first byte; a number without a unit is in milliseconds
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    timeout: Option<u64>,
    /// How long to wait for the log entry, which has the cost; 0 skips it
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    wait: Duration,
    /// Print the equivalent curl command without sending anything
    #[arg(long)]
    curl: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    gateway: RouteFlags,
}

const AFTER_HELP: &str = "\
A provider's key comes from its usual variable (ANTHROPIC_API_KEY, OPENAI_API_KEY, ZAI_API_KEY, …).
Without one, or with --auth stored-key or unified-billing, the gateway uses its stored key or
Cloudflare credits. Cloudflare credits pay only with --auth unified-billing.

JSON: {\"schema\", \"answer\", \"step\", \"provider\", \"model\", \"cache\", \"attempts_allowed\", \"tokens_in\",
\"tokens_out\", \"cost\", \"duration\", \"log_id\", \"notes\"}. No API reports how often the gateway tried.

Examples:
  cf-aig send \"Say hi\"
  cf-aig send --route agents \"Say hi\"
  cf-aig send --provider openai --model gpt-5 --curl \"Say hi\"
  cf-aig send --chain anthropic/claude-haiku-4-5,openai/gpt-5 \"Say hi\"   (deprecated)";

const DEPRECATED: &str =
    "Cloudflare deprecates the universal endpoint; a dynamic route does the same: `cf-aig route create`";

impl Run for SendArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let context = self.gateway.context(env);
        let url = super::env::configured_url(&context)?;
        let target = self.target()?;
        let mode = context.config.auth.as_ref().map(|auth| auth.value);
        let request =
            PreparedRequest::plan(url, &target, &self.options(mode)?, keys(&context, &target, mode))?;
        if self.curl {
            print(request.curl())?;
            let variables = request.variables();
            if !variables.is_empty() {
                note(format!("set {} first", variables.join(", ")));
            }
            return Ok(());
        }
        let answer = send(&request, url.origin().authority(), context.extra_roots.as_deref())?;
        let logged = logged(&context, &answer, self.wait);
        let mut notes: Vec<String> =
            logged.as_ref().err().map(|why| format!("unknown: {}", why.message)).into_iter().collect();
        if matches!(target, SendTarget::Chain(_)) {
            notes.push(DEPRECATED.to_owned());
        }
        let logged = logged.ok();
        let mut shown = json!(answer);
        shown["schema"] = json!(1);
        shown["attempts_allowed"] = json!(self.attempts);
        shown["cost"] = json!(logged.as_ref().and_then(LogEntry::cost));
        shown["duration"] = json!(logged.as_ref().and_then(LogEntry::duration));
        shown["notes"] = json!(notes);
        print_report(self.json, &shown, || text(&answer, logged.as_ref(), self.attempts, &notes))
    }
}

impl SendArgs {
    fn target(&self) -> Result<SendTarget> {
        if let Some(route) = &self.route {
            return Ok(SendTarget::Route(route.clone()));
        }
        if self.chain.is_empty() {
            return Ok(SendTarget::Provider(self.provider.clone()));
        }
        let step = |text: &String| {
            let parts =
                text.split_once('/').filter(|(provider, model)| !provider.is_empty() && !model.is_empty());
            parts
                .map(|(provider, model)| Step { provider: provider.to_owned(), model: model.to_owned() })
                .ok_or_else(|| {
                    let message = format!("`{}` is not PROVIDER/MODEL", text.escape_debug());
                    Error::new(Kind::Usage, message)
                })
        };
        Ok(SendTarget::Chain(self.chain.iter().map(step).collect::<Result<_>>()?))
    }

    fn options(&self, mode: Option<AuthMode>) -> Result<SendOptions> {
        Ok(SendOptions {
            prompt: prompt(self.prompt.as_deref())?,
            model: self.model.clone(),
            max_tokens: self.max_tokens,
            cache: self.cache,
            attempts: self.attempts,
            timeout: self.timeout,
            credits: mode == Some(AuthMode::UnifiedBilling),
        })
    }
}

/// The value of a header that has always been in milliseconds.
fn milliseconds(text: &str) -> Result<u64> {
    text.parse().or_else(|_| Ok(u64::try_from(duration(text)?.as_millis()).unwrap_or(u64::MAX)))
}

/// Longer than any context window.
const MAX_PROMPT: u64 = 8 << 20;

fn prompt(given: Option<&str>) -> Result<String> {
    if let Some(text) = given.filter(|text| *text != "-") {
        return Ok(text.to_owned());
    }
    let piped = input::piped(MAX_PROMPT)?.filter(|text| !text.trim().is_empty());
    piped.ok_or_else(|| Error::new(Kind::Usage, "no prompt given").hinted("cf-aig send \"Say hi\""))
}

/// The gateway token, and the provider keys unless the gateway pays.
fn keys(context: &Context, target: &SendTarget, mode: Option<AuthMode>) -> Keys {
    let token = context.config.gateway_token.as_ref().map(|token| token.value.clone());
    let own = matches!(mode, None | Some(AuthMode::OwnKey));
    let names: Vec<&'static str> = match target {
        _ if !own => Vec::new(),
        SendTarget::Provider(name) => Keys::variables(name),
        SendTarget::Chain(steps) => steps.iter().flat_map(|step| Keys::variables(&step.provider)).collect(),
        SendTarget::Route(_) => Vec::new(),
    };
    // in a session that pays with the token, the token is where a provider key would be
    let key = |name: &'static str| {
        let secret = context.env.var(name).and_then(Secret::new).filter(Secret::fits_a_header);
        secret.filter(|secret| Some(secret) != token.as_ref()).map(|secret| (name, secret))
    };
    let mut keys: Vec<_> = names.into_iter().filter_map(key).collect();
    keys.extend(token.clone().map(|token| ("CF_AIG_TOKEN", token)));
    Keys(keys)
}

fn text(
    answer: &SendResponse,
    logged: Option<&LogEntry>,
    attempts: Option<u64>,
    notes: &[String],
) -> TextBlock {
    let mut out = TextBlock::new().on(Screen::stdout());
    out.line(&answer.answer).gap();
    let or = |value: &Option<String>, other: &str| value.clone().unwrap_or_else(|| other.to_owned());
    if let Some(step) = answer.step {
        out.row("step", step);
    }
    out.row("provider", or(&answer.provider, "unknown"));
    out.row("model", or(&answer.model, "unknown"));
    out.row("cache", or(&answer.cache, "not used"));
    let allowed = attempts.map_or("as configured".to_owned(), |n| format!("at most {}", n.saturating_sub(1)));
    out.row("retries", format_args!("{allowed}; the gateway does not report how many it made"));
    let count = |n: Option<u64>| n.map_or("?".to_owned(), |n| n.to_string());
    out.row("tokens", format_args!("{} in, {} out", count(answer.tokens_in), count(answer.tokens_out)));
    if let Some(logged) = logged {
        let cost = logged.cost().map_or("the gateway reports none".to_owned(), |usd| {
            format!("{usd:.6} USD (the gateway's estimate)")
        });
        out.row("cost", cost);
        if let Some(ms) = logged.duration() {
            out.row("duration", format_args!("{ms} ms"));
        }
    }
    out.row("log id", or(&answer.log_id, "none"));
    out.rows("note", notes);
    out
}
