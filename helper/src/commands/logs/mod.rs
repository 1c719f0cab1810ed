//! `cf-aig logs`: reads the gateway's log.

mod export;
mod list;
mod show;
mod tail;

use super::Run;
use super::flags::GatewayFlags;
use crate::base::error::{Error, Kind, Result};
use crate::cloudflare::Api;
use crate::services::context::Context;
use crate::services::logs::query::{self, Query};
use crate::services::logs::time::{self, Edge};
use crate::services::logs::{LogReader, Range, Store};
use crate::system::env::ProcessEnv;
use crate::ui::note;
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  cf-aig logs list 'model:claude cost>0.01 failed'
  cf-aig logs show 01a204c4-5ed4-778d-aab2-a9006c878a6c --request
  cf-aig logs tail --json
  cf-aig logs export --since 7d --output week.ndjson";

/// Log subcommands.
#[derive(Debug, Subcommand)]
pub(super) enum LogsCommand {
    /// List the newest entries that match
    List(list::LogsListArgs),
    /// Show one entry, or the bodies of its request and response
    Show(show::LogsShowArgs),
    /// Print new entries as they arrive
    #[command(alias = "follow")]
    Tail(tail::TailArgs),
    /// Export all entries to a file; an interrupted export resumes
    Export(export::ExportArgs),
}

/// Arguments of `cf-aig logs`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct LogsArgs {
    /// Subcommand
    #[command(subcommand)]
    command: Box<LogsCommand>,
    #[command(flatten)]
    gateway: GatewayFlags,
}

impl Run for LogsArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let context = self.gateway.context(env);
        let mut reader = reader(&context)?;
        match &*self.command {
            LogsCommand::List(args) => list::run(args, &mut reader),
            LogsCommand::Show(args) => show::run(args, &reader),
            LogsCommand::Tail(args) => tail::run(args, &mut reader),
            LogsCommand::Export(args) => export::run(args, &mut reader),
        }
    }
}

/// Which entries; all conditions must hold.
#[derive(Debug, clap::Args)]
struct WantedArgs {
    /// Conditions, such as: model:claude provider:anthropic 'cost>0.01' failed meta.session:ID "some words"
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// Start: an age (30m, 1h, 7d), a day or a time (UTC)
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
}

/// Every field of a query, for `--help`.
const FIELDS_HELP: &str = "\
A query is a list of conditions separated by spaces; all must hold. A condition is FIELD:VALUE,
FIELD followed by = != ~ (contains) < > <= or >= and a value, or one of failed, ok, cached and
uncached. A value may be a list (a,b) or a \"quoted text\". Any other word matches anywhere in
the entry. Quote the query for the shell. Fields: provider, model, model_type, success, status,
cached, cost, tokens, tokens_in, tokens_out, duration, id, event_id, user_agent, meta.KEY,
metadata.key, metadata.value, request_type, request_content_type, response_content_type, feedback,
authentication, wholesale, compatibilityMode, dlp_action.";

impl WantedArgs {
    /// The parsed conditions.
    fn query(&self) -> Result<Query> {
        query::parse(&self.words())
    }

    /// The conditions as typed.
    fn words(&self) -> String {
        self.query.join(" ")
    }

    /// The time range up to `until`; ages count back from `now`.
    fn range(&self, until: Option<&str>, now: i64) -> Result<Range> {
        let read = |flag: &str, text: Option<&str>, edge: Edge| {
            text.map(|text| time::moment_of(flag, text, now, edge)).transpose()
        };
        let range = Range {
            since: read("--since", self.since.as_deref(), Edge::Start)?,
            until: read("--until", until, Edge::End)?,
        };
        match (range.since, range.until) {
            (Some(since), Some(until)) if since > until => {
                Err(Error::new(Kind::Usage, "--until is before --since"))
            }
            (Some(since), _) if since > now => Err(Error::new(Kind::Usage, "--since is in the future")),
            _ => Ok(range),
        }
    }
}

fn reader(context: &Context) -> Result<LogReader> {
    let api = Api::connect(context)?;
    let gateway = context.config.url.as_ref().and_then(|url| url.value.gateway_id());
    let gateway = gateway.ok_or_else(|| {
        Error::new(Kind::Usage, "no gateway configured").hinted("set CF_AIG_GATEWAY_ID or pass --gateway-id")
    })?;
    Ok(LogReader::new(api, gateway.clone()))
}

/// Explains an empty result on stderr: it can have several reasons.
const EMPTY: &str =
    "the Logs API lists no entries. Accounts whose first gateway was created on or after 2026-09-24 have
their logs in Workers Observability; no entry of this gateway was found there either. See
https://dash.cloudflare.com/?to=/:account/ai/ai-gateway, and run `cf-aig status` to see whether this
session is routed";

const ELSEWHERE: &str =
    "this account's logs live in Workers Observability and are read from there; Cloudflare documents no
fields for them, so some may be missing";

/// Finds out where the log is when the Logs API listed nothing, and prints the result. Returns true
/// if there is something to read elsewhere.
fn elsewhere(reader: &mut LogReader, unfiltered: bool) -> Result<bool> {
    if reader.store == Store::Observability || reader.locate()? == Store::LogsApi {
        if unfiltered {
            note(EMPTY);
        }
        return Ok(false);
    }
    note(ELSEWHERE);
    Ok(true)
}
