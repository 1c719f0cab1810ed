//! `cf-aig costs`: estimates of what requests cost.

use super::Run;
use super::flags::GatewayFlags;
use crate::base::error::Result;
use crate::services::costs::cell::By;
use crate::services::costs::gather::{CostsRequest, gather};
use crate::services::costs::period::Period;
use crate::services::costs::{machine, page, text};
use crate::system::env::ProcessEnv;
use crate::ui::{Screen, file, print, print_json};
use jiff::Timestamp;

use std::path::PathBuf;

/// What to count, and how to show it.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct CostsArgs {
    /// Start: an age (12h, 30d, 4w), a day or a time (UTC)
    #[arg(long, default_value = "30d", value_name = "WHEN")]
    since: String,
    /// End: an age, a day (included) or a time (UTC) in whole hours [default: now]
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Group by
    #[arg(long, value_enum, default_value = "model")]
    by: By,
    /// All gateways of the account
    #[arg(long, conflicts_with = "gateway_id")]
    all_gateways: bool,
    /// Make no network requests: use only this machine's transcripts and the price list
    #[arg(long, conflicts_with_all = ["account_id", "gateway_id"])]
    offline: bool,
    /// Do not read Claude Code's transcripts
    #[arg(long, conflicts_with = "offline")]
    no_transcripts: bool,
    /// Print JSON with the same figures
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
    /// Write an HTML page with charts to this new file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print nothing; only refresh what the status line shows
    #[arg(long, conflicts_with_all = ["json", "csv", "html", "offline"])]
    refresh: bool,
    #[command(flatten)]
    gateway: GatewayFlags,
}

const AFTER_HELP: &str = "\
Up to three estimates (not a bill):
  gateway      Cloudflare's estimate, from its analytics
  Claude Code  the client's own estimate, from its transcripts on this machine
  list price   tokens times a dated price list; * marks prices based on the gateway's token counts
Estimates that differ by more than 10 % are flagged as drift, with possible reasons.

The API token needs Account Analytics Read, and AI Gateway Read for spend limits and for rows that
exist only in the log.

Examples:
  cf-aig costs                                   30 days by model
  cf-aig costs --since 7d --by day
  cf-aig costs --since 2026-11-01 --by project --csv > costs.csv
  cf-aig costs --html costs.html                 a page to keep or print
  cf-aig costs --offline                         no token needed: from the transcripts";

impl Run for CostsArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        self.html.as_deref().map(file::check_new).transpose()?;
        let now = Timestamp::now();
        let wanted = CostsRequest {
            by: self.by,
            period: Period::parse(&self.since, self.until.as_deref(), now)?,
            offline: self.offline,
            all: self.all_gateways,
            transcripts: !self.no_transcripts && !self.refresh,
            until_now: self.until.is_none(),
            compare: self.html.is_some(),
        };
        let of_all = (self.by == By::Gateway).then_some("--by gateway counts all of the account");
        let context = self.gateway.context_beside(env, of_all)?;
        let report = gather(&context, &wanted, now)?;
        if self.refresh {
            return Ok(());
        }
        if let Some(file) = &self.html {
            file::create(file, &page::html(&report))?;
        }
        match (self.json, self.csv, &self.html) {
            (true, ..) => print_json(&machine::json(&report))?,
            (_, true, _) => print(machine::csv(&report))?,
            (_, _, Some(file)) => print(format!("wrote {}\n", file.display()))?,
            _ => print(text::text(&report, Screen::stdout()))?,
        }
        Ok(())
    }
}
