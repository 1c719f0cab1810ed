//! `cf-aig conformance`: Anthropic's gateway contract, checked against a gateway.

use super::Run;
use super::flags::RouteFlags;
use crate::base::error::{Kind, Result};
use crate::services::conformance::echo::{ADDRESS, Echo};
use crate::services::conformance::{self, Check, Options, Target};
use crate::services::verify::request::CHEAP_MODEL;
use crate::ui::progress::Progress;
use crate::ui::{file, note, print, print_json};
use std::path::PathBuf;
use std::process::ExitCode;

/// What to check, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct ConformanceArgs {
    /// The gateway's base URL, as ANTHROPIC_BASE_URL would have it [default: the gateway that is configured]
    #[arg(value_name = "URL")]
    url: Option<String>,
    /// Be the provider behind the gateway: listen here, see what comes through [default: 127.0.0.1:4319]
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = ADDRESS, require_equals = true)]
    echo: Option<String>,
    /// Run the checks that need a real answer too; without --echo they cost about 80 tokens
    #[arg(long)]
    spend: bool,
    /// The model to ask for
    #[arg(long, value_name = "ID", default_value = CHEAP_MODEL)]
    model: String,
    /// Only this check or group; may be repeated
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// Every check, what it is about and what it costs, instead of running any
    #[arg(long)]
    list: bool,
    /// Machine-readable, the same findings: schema, target, mode, checks (id, group, title, outcome,
    /// evidence, and otherwise and setting where it is amiss), summary
    #[arg(long)]
    json: bool,
    /// Write the results to this file as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    gateway: RouteFlags,
}

const AFTER_HELP: &str = "\
The contract is Anthropic's page \"Gateway protocol reference\". Each check comes out as works,
degraded (Claude Code goes on, with less), broken or skipped, with the setting of Claude Code that
works around it.

Without --echo the gateway is a black box in front of its real provider: requests carry the
credentials that Claude Code would send (the configured gateway's, or for another URL
ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN and ANTHROPIC_CUSTOM_HEADERS), and most of them ask for a
model that does not exist, so they cost nothing. With --echo this command is the provider: let the
gateway's Anthropic upstream be the address it prints.

Exit codes: 0 nothing is broken, 1 something is, 3 the credential was refused, 6 no answer.

Examples:
  cf-aig conformance                                     the configured gateway, at no cost
  cf-aig conformance --spend --junit conformance.xml     everything that a black box shows
  cf-aig conformance http://127.0.0.1:4000 --echo        its upstream being http://127.0.0.1:4319
  cf-aig conformance --only stream --only retry-after    a group and a check
  cf-aig conformance --list";

impl Run for ConformanceArgs {
    fn run(&self) -> Result<ExitCode> {
        if self.list {
            if self.json {
                print_json(&conformance::list())?;
            } else {
                print(conformance::list_text())?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let target = Target::find(self.gateway.context(), self.url.as_deref())?;
        let echo = self.echo.as_deref().map(Echo::start).transpose()?;
        if let Some(echo) = &echo {
            note(format!("the echo listens at {}", echo.origin()));
        }
        let options = Options { echo, spend: self.spend, model: self.model.clone(), only: self.only.clone() };
        let mut progress = Progress::new("checking");
        let mut done = 0;
        let report = conformance::run(&target, options, &mut |_: &Check| {
            done += 1;
            progress.at(done, None);
        });
        drop(progress);
        let report = report?;
        if let Some(file) = &self.junit {
            file::write(file, &conformance::junit(&report))?;
        }
        if self.json {
            print_json(&report)?;
        } else {
            print(report.text())?;
        }
        Ok(if report.is_broken() { ExitCode::from(Kind::Finding.exit_code()) } else { ExitCode::SUCCESS })
    }
}
