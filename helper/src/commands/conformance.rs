//! `cf-aig conformance`: Anthropic's gateway contract, checked against a gateway.

use super::Run;
use super::flags::{RouteFlags, duration_in, refuse_wrong};
use crate::base::error::{Kind, Result};
use crate::services::conformance::echo::{ADDRESS, Echo};
use crate::services::conformance::{self, ContractCheck, ContractOptions, ContractTarget};
use crate::services::verify::request::CHEAP_MODEL;
use crate::system::env::ProcessEnv;
use crate::ui::progress::Progress;
use crate::ui::{file, note, print_report};
use std::path::PathBuf;
use std::time::Duration;

/// What to check, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct ConformanceArgs {
    /// Base URL of the gateway, as in ANTHROPIC_BASE_URL [default: the configured gateway]
    #[arg(value_name = "URL", conflicts_with_all = ["account_id", "gateway_id"])]
    url: Option<String>,
    /// Act as the provider behind the gateway: listen here and check what arrives [default: 127.0.0.1:4319]
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = ADDRESS, require_equals = true)]
    echo: Option<String>,
    /// Also run the checks that need a real response; without --echo they cost about 80 tokens
    #[arg(long)]
    spend: bool,
    /// Model to request
    #[arg(long, value_name = "ID", default_value = CHEAP_MODEL)]
    model: String,
    /// Time limit for each response
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = duration_in(1..=120))]
    timeout: Duration,
    /// Run only this check or group; can be repeated
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// List the checks, with what they cost, without running them
    #[arg(long, conflicts_with_all = ["account_id", "gateway_id", "auth"])]
    list: bool,
    /// Print JSON: schema, target, mode, checks (id, group, title, outcome, evidence; also otherwise and
    /// setting unless the outcome is "works"), summary
    #[arg(long)]
    json: bool,
    /// Also write the results to this new file as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    gateway: RouteFlags,
}

const AFTER_HELP: &str = "\
The contract is Anthropic's page \"Gateway protocol reference\". Each check reports works, degraded
(Claude Code continues with fewer features), broken or skipped and, if there is one, the Claude Code
setting that works around the problem.

Without --echo, the gateway is tested as a black box in front of its real provider. Requests carry
the credentials that Claude Code would send (the configured gateway's, or for another URL
ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN and ANTHROPIC_CUSTOM_HEADERS). Most of them request a model
that does not exist, so they cost nothing. With --echo, this command acts as the provider: set the
gateway's Anthropic upstream to the address that it prints.

Exit codes: 0 nothing broken, 1 something broken, 3 credential refused, 6 no response.

Examples:
  cf-aig conformance                                     the configured gateway, at no cost
  cf-aig conformance --spend --junit conformance.xml     all checks without --echo
  cf-aig conformance http://127.0.0.1:4000 --echo        upstream: http://127.0.0.1:4319
  cf-aig conformance --only stream --only retry-after    one group and one check
  cf-aig conformance --list";

impl Run for ConformanceArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        if self.list {
            return print_report(self.json, &conformance::list(), conformance::list_text);
        }
        self.junit.as_deref().map(file::check_new).transpose()?;
        let context = self.gateway.context(env);
        refuse_wrong(&context.config)?;
        let target = ContractTarget::find(context, self.url.as_deref())?;
        let echo = self.echo.as_deref().map(Echo::start).transpose()?;
        if let Some(echo) = &echo {
            note(format!("echo listening on {}", echo.origin()));
        }
        let options = ContractOptions {
            echo,
            spend: self.spend,
            model: self.model.clone(),
            only: self.only.clone(),
            limit: self.timeout,
        };
        let mut progress = Progress::new("checking");
        let mut done = 0;
        let report = conformance::run(&target, options, &mut |_: &ContractCheck| {
            done += 1;
            progress.at(done, None);
        });
        drop(progress);
        let report = report?;
        if let Some(file) = &self.junit {
            file::create(file, &conformance::junit(&report))?;
        }
        print_report(self.json, &report, || report.text())?;
        super::found(report.is_broken().then_some(Kind::Finding))
    }
}
