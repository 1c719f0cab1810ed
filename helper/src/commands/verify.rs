//! `cf-aig verify`: sends one request like a session's, and checks its response and its log entry.

use super::Run;
use super::flags::{RouteFlags, duration_in};
use crate::base::error::Result;
use crate::services::verify::{self, RequestKind, Watch};
use crate::system::env::ProcessEnv;
use crate::ui::{Screen, print_report};
use std::time::Duration;

/// How to verify.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct VerifyArgs {
    /// Send a real message with one output token; costs a fraction of a cent
    #[arg(long)]
    spend: bool,
    /// Model to request [default: one that does not exist; with --spend or auth unified-billing
    /// claude-haiku-4-5]
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// How long to search the gateway's log for the request
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration_in(0..=3600))]
    wait: Duration,
    /// Do not search the gateway's log
    #[arg(long, conflicts_with = "wait")]
    no_log: bool,
    /// Print JSON: schema, verdict, request, answer or unanswered, log, pays,
    /// notes, summary
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    gateway: RouteFlags,
}

const AFTER_HELP: &str = "\
verify sends one request with the credentials and headers of a session to the configured gateway,
and nowhere else. It has no message and requests a model that does not exist (under unified-billing
one that does), so the provider accepts the credential, refuses the request and charges nothing.
verify then searches the gateway's log for the request, which needs CLOUDFLARE_API_TOKEN with
AI Gateway Read.

Exit codes: 0 proved, 1 not proved, 3 credential refused or missing, 4 gateway or provider not
found, 6 no response, 7 blocked by a sandbox, a proxy or a policy of the gateway.

Examples:
  cf-aig verify                        prove the route at no cost
  cf-aig verify --wait 120             wait longer for a slow log
  cf-aig verify --auth stored-key      check whether a key stored at Cloudflare pays
  cf-aig verify --no-log               without an API token: only the path to the provider
  cf-aig verify --json | jq .verdict   proved, partly, unlogged, refused or unanswered";

impl Run for VerifyArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let context = self.gateway.context(env);
        let wish = RequestKind { spend: self.spend, model: self.model.clone() };
        let wait = (!self.no_log).then_some(self.wait);
        let watch = Watch::terminal();
        let proof = verify::run(&context, &wish, wait, &watch)?;
        drop(watch);
        print_report(self.json, &proof, || proof.text(Screen::stdout()))?;
        super::found(proof.kind)
    }
}
