//! `cf-aig verify`: one request as a session would send it, its answer, and its entry in the log.

use super::Run;
use super::flags::RouteFlags;
use crate::base::error::Result;
use crate::services::verify::{self, Options, Proof, Terminal, Wish};
use crate::ui::{print, print_json};
use std::process::ExitCode;
use std::time::Duration;

/// How to prove it.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct VerifyArgs {
    /// Send one real message of one token instead; it costs a fraction of a cent
    #[arg(long)]
    spend: bool,
    /// The model to ask for [default: one that does not exist; with --spend claude-haiku-4-5]
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// How long to look for the request in the gateway's log
    #[arg(long, value_name = "SECS", default_value_t = verify::WAIT.as_secs(), value_parser = clap::value_parser!(u64).range(0..=3600))]
    wait: u64,
    /// Do not look for it there
    #[arg(long, conflicts_with = "wait")]
    no_log: bool,
    /// Machine-readable, the same findings: schema, verdict, request, answer or unanswered, log, pays,
    /// notes, summary
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    gateway: RouteFlags,
}

const AFTER_HELP: &str = "\
The request carries the credentials and headers that a session of this configuration would send,
to the gateway that is configured and nowhere else. It asks for a model that does not exist and
holds no message: the provider refuses it after it took the credential, and nothing is counted.
Then it is looked for in the gateway's log, which needs CLOUDFLARE_API_TOKEN with AI Gateway Read.

Exit codes: 0 proved, 1 not proved, 3 a credential was refused or is missing, 4 no such gateway
or provider, 6 no answer, 7 a proxy or sandbox refused.

Examples:
  cf-aig verify                        the proof, at no cost
  cf-aig verify --wait 120             a log that is slow
  cf-aig verify --auth stored-key      would a key stored at Cloudflare pay?
  cf-aig verify --no-log               no API token: the way to the provider alone
  cf-aig verify --json | jq .verdict   proved, partly, unlogged, refused or unanswered";

impl Run for VerifyArgs {
    fn run(&self) -> Result<ExitCode> {
        let context = self.gateway.context();
        let options = Options {
            wish: Wish { spend: self.spend, model: self.model.clone() },
            wait: (!self.no_log).then(|| Duration::from_secs(self.wait)),
        };
        let watch = Terminal::watch();
        let proof = Proof::of(&verify::run(&context, &options, &watch)?);
        drop(watch);
        if self.json {
            print_json(&proof)?;
        } else {
            print(proof.text())?;
        }
        Ok(proof.kind().map_or(ExitCode::SUCCESS, |kind| ExitCode::from(kind.exit_code())))
    }
}
