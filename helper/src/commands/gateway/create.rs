//! `cf-aig gateway create`.

use super::args::{SettingsArgs, spend_limits};
use super::list::{base_url, redacted};
use super::shared::{SETTING, named, one_line};
use crate::base::error::Result;
use crate::cloudflare::Api;
use crate::facts::gateway::resources::{Gateway, Object};
use crate::facts::gateway::settings::{self, SESSIONS, find};
use crate::services::context::Context;
use crate::ui::{Confirm, Screen, TextBlock, ask, print_report};
use serde_json::json;

/// The new gateway.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct CreateArgs {
    /// Gateway id: a-z, 0-9 and -, at most 64 characters
    id: String,
    /// Concurrent sessions, across all developers [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    sessions: Option<u64>,
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    confirm: Confirm,
}

const AFTER_HELP: &str = "\
Defaults for agents: authentication on, logs on, cache off, rate limit 300 per minute and session.
The limit allows for a session with ten subagents: a model call takes 5 seconds or more, so 11
agents make at most 132 calls per minute. Claude Code sends a failing call up to 11 times: if each
agent's current call fails within that minute, that is 121 more, 253 in total, rounded up. On a
terminal, create asks for log retention and spend limit; elsewhere they stay unset.

Settings without a flag (guardrails, dlp, otel, stripe, …): `cf-aig gateway update --help`.

Examples:
  cf-aig gateway create claude-code
  cf-aig gateway create team --sessions 40 --spend-limit 200/day --spend-limit 3000/month --yes
  cf-aig gateway create strict --set 'guardrails={\"prompt\":{\"S1\":\"BLOCK\"},\"response\":{}}' --dry-run

The same by hand:
  curl https://api.cloudflare.com/client/v4/accounts/$CLOUDFLARE_ACCOUNT_ID/ai-gateway/gateways \\
    -H \"Authorization: Bearer $CLOUDFLARE_API_TOKEN\" -H 'Content-Type: application/json' \\
    -d '{\"id\": …}'";

pub(super) fn run(args: &CreateArgs, context: &Context) -> Result<()> {
    let id = named(context, Some(&args.id))?;
    let api = Api::connect(context)?;
    let mut body = settings::defaults(args.sessions.unwrap_or(SESSIONS));
    body.0.extend(args.settings.patch()?);
    if args.confirm.can_ask() {
        complete(&mut body.0)?;
    }
    let request = settings::request(&id, &body);
    let url = base_url(context, &api, id.as_str());
    let notes = settings::notes(&body);
    let plan = planned(&request, api.account().as_str());
    let made = args.confirm.make(plan, "Create it?", || api.create_gateway(&request.0))?;
    let mut report = json!({
        "schema": 1, "created": made.is_some(), "request": redacted(&request), "base_url": url, "notes": notes,
    });
    if let Some(gateway) = &made {
        report["gateway"] = json!(redacted(gateway));
    }
    print_report(args.confirm.json, &report, || {
        let mut out = TextBlock::new().on(Screen::stdout());
        out.rows("created", made.as_ref().map(|_| &url)).rows("note", &notes);
        out.rows("next", made.map(|_| format!("cf-aig setup --gateway-id {id}")));
        out
    })
}

/// Asks for the values that have no good default: log retention and spend limit.
fn complete(body: &mut Object) -> Result<()> {
    if !body.contains_key("log_management") {
        let answer = ask::line("How many log entries to keep, 10000 to 10000000? [Cloudflare's default]");
        if let (Some(text), Some(setting)) = (answer.filter(|a| !a.is_empty()), find("log_management")) {
            body.insert(setting.key.to_owned(), setting.parse(&text)?);
            body.insert("log_management_strategy".to_owned(), json!("DELETE_OLDEST"));
        }
    }
    if !body.contains_key("spend_limits") {
        let answer = ask::line("How much may be spent, such as 50/day? [no limit]");
        let rules: Vec<String> = answer.filter(|a| !a.is_empty()).into_iter().collect();
        if let Some(limits) = spend_limits(&rules)? {
            body.insert("spend_limits".to_owned(), limits);
        }
    }
    Ok(())
}

fn planned(request: &Gateway, account: &str) -> TextBlock {
    let mut out = TextBlock::new().on(Screen::stdout());
    out.row("create", format_args!("gateway {} in account {account}", request.id())).column(SETTING);
    for (key, value) in request.0.iter().filter(|(key, _)| *key != "id") {
        let setting = find(key);
        let default = setting.is_some_and(|s| serde_json::from_str(s.default).ok().as_ref() == Some(value));
        let why = setting.map_or("", |s| if default { s.why } else { s.does });
        out.row(&format!("  {key}"), format!("{:<12} {why}", one_line(key, value)).trim_end());
    }
    out
}
