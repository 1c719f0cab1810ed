//! `cf-aig doctor`: every layer between a session and its model, and the first one that is broken.

use super::Run;
use super::flags::RouteFlags;
use crate::base::error::Result;
use crate::services::context::Context;
use crate::services::doctor::{self, Options, Report, State};
use crate::ui::progress::Line;
use crate::ui::{ask, confirm::declined, note, print, print_json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const AFTER_HELP: &str = "\
A request passes configuration, files, effective values, url, dns, proxy, tcp, tls, http, gateway,
gateway-auth, provider-auth, model, streaming, log, pays and limits, in this order. The first broken
layer is named; those behind it are skipped, and say so. One request is sent, with what a session
would send and a body that buys nothing.

JSON: an object with schema (1), checks and summary. A check has id, layer, state (ok, warn, fail,
skip or crash) and evidence, and where there is something to say speaker, cause, meaning, fix and
doc. The summary counts the states, and has broken (the first broken layer, if there is one) and
says (the last line). cause and speaker are those of `cf-aig diagnose --list`.

Exit codes: 0 nothing is broken, 3 a credential was refused, 4 what is named does not exist,
6 the network, 7 a sandbox's policy, 1 anything else.

Examples:
  cf-aig doctor                          everything that costs nothing
  cf-aig doctor --spend                  also one message of one token: model, streaming
  cf-aig doctor --only tls,gateway-auth  some layers or checks
  cf-aig doctor --fix                    shows what it would change, asks, writes
  cf-aig doctor --bundle report.json     a report without secrets, for a bug report";

/// How to look.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct DoctorArgs {
    /// Machine-readable, the same findings
    #[arg(long)]
    json: bool,
    /// The checks there are, instead of making any
    #[arg(long, conflicts_with_all = ["only", "offline", "spend", "fix", "bundle"])]
    list: bool,
    /// These checks or layers alone
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Vec<String>,
    /// Ask nobody
    #[arg(long, conflicts_with = "spend")]
    offline: bool,
    /// Send one real message of one token, to see the model answer and the answer arrive in pieces
    #[arg(long)]
    spend: bool,
    /// How long everything together may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    timeout: u64,
    /// Mend what can be mended on this machine: shows the change, asks, writes
    #[arg(long, conflicts_with_all = ["json", "bundle"])]
    fix: bool,
    /// With --fix: ask nothing
    #[arg(long, short, requires = "fix")]
    yes: bool,
    /// Write a report without secrets into a new file
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    gateway: RouteFlags,
}

impl Run for DoctorArgs {
    fn run(&self) -> Result<ExitCode> {
        if self.list {
            print(doctor::list(self.json))?;
            return Ok(ExitCode::SUCCESS);
        }
        let context = self.gateway.context();
        let options = Options {
            offline: self.offline,
            spend: self.spend,
            only: self.only.clone(),
            limit: Duration::from_secs(self.timeout),
        };
        let report = look(&context, &options)?;
        if self.json {
            print_json(&report)?;
        } else {
            print(report.text())?;
        }
        if let Some(file) = &self.bundle {
            doctor::bundle::write(file, &context, &report)?;
            note(format!("wrote {}; read it before you pass it on", file.display()));
        }
        if self.fix {
            return mend(self, &options, &report);
        }
        Ok(exit_code(&report))
    }
}

fn look(context: &Context, options: &Options) -> Result<Report> {
    let line = Line::new();
    doctor::examine(context, options, &|what| line.say(what))
}

fn exit_code(report: &Report) -> ExitCode {
    report.kind().map_or(ExitCode::SUCCESS, |kind| ExitCode::from(kind.exit_code()))
}

/// Shows each change, asks, writes; then looks again.
fn mend(args: &DoctorArgs, options: &Options, report: &Report) -> Result<ExitCode> {
    let flags = args.gateway.config();
    let mends = doctor::mend::plan(&flags, report)?;
    if mends.is_empty() {
        let broken = report.checks.iter().any(|check| check.state == State::Fail);
        print(if broken {
            "Nothing can be fixed from here: the fixes above are up to you.\n"
        } else {
            "There is nothing to fix.\n"
        })?;
        return Ok(exit_code(report));
    }
    let asks = !args.yes && ask::is_possible();
    let mut written = 0;
    for mend in &mends {
        print(format!("\n{}\n{}", mend.what(), mend.diff()))?;
        if args.yes || asks && ask::yes("Write this?") {
            mend.apply()?;
            written += 1;
        }
    }
    if written == 0 {
        return Err(declined("nothing was written", asks, "write it"));
    }
    // the files are read anew: what was broken may have named the gateway
    let report = look(&args.gateway.context(), options)?;
    print(format!("\nwritten: {written} of {}. {}\n", mends.len(), report.summary.says))?;
    Ok(exit_code(&report))
}
