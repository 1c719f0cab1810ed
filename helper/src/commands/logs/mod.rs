//! `cf-aig logs`: reads the gateway's log.

mod elsewhere;
mod export;
mod list;
mod show;
mod tail;
mod wanted;

use super::Run;
use super::flags::GatewayFlags;
use super::gateway::named;
use crate::base::error::Result;
use crate::cloudflare::Api;
use crate::services::logs::LogReader;
use crate::system::env::ProcessEnv;
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
        let gateway = named(&context, None)?;
        let mut reader = LogReader::new(Api::connect(&context)?, gateway);
        match &*self.command {
            LogsCommand::List(args) => list::run(args, &mut reader),
            LogsCommand::Show(args) => show::run(args, &reader),
            LogsCommand::Tail(args) => tail::run(args, &mut reader),
            LogsCommand::Export(args) => export::run(args, &mut reader),
        }
    }
}
