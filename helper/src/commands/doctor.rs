//! `cf-aig doctor`: checks every layer between a session and its model and names the first broken one.

use super::flags::{RouteFlags, duration_in};
use super::{Run, found};
use crate::base::error::Result;
use crate::services::context::Context;
use crate::services::doctor::{self, CheckState, Detail, DoctorOptions, DoctorReport};
use crate::system::env::ProcessEnv;
use crate::ui::progress::ProgressLine;
use crate::ui::{Consent, Screen, ask, file, note, print, print_report};
use std::path::PathBuf;
use std::time::Duration;

const AFTER_HELP: &str = "\
A request passes these layers, in this order: configuration, files, effective, url, dns,
proxy, tcp, tls, http, gateway, gateway-auth, provider-auth, model, streaming, log, pays and limits.
doctor reports the first broken layer and skips the layers behind it. It sends one request with the
credentials and headers of a session and a body that costs nothing.

JSON: an object with schema (1), checks and summary. A check has id, layer, state (ok, warn, fail
or skip) and evidence, and, where they apply, speaker, cause, meaning, fix and doc. The
summary counts the states and has broken (the first broken layer, if any) and says (the last line).
cause and speaker take the values of `cf-aig diagnose --list`.

Exit codes: 0 nothing broken, 3 credential refused, 4 gateway, provider or model not found,
6 no usable response (network, edge or provider), 7 blocked by a sandbox, a proxy or a policy of
the gateway, 1 anything else.

Examples:
  cf-aig doctor                          all checks that cost nothing
  cf-aig doctor --verbose                every check, with its evidence
  cf-aig doctor --spend                  also model and streaming, with one output token
  cf-aig doctor --only tls,gateway-auth  only these layers or checks
  cf-aig doctor --fix                    show a fix, confirm, write
  cf-aig doctor --bundle report.json     a report without secrets, for a bug report";

/// What to check.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// List the checks without running them
    #[arg(long, conflicts_with_all = ["only", "offline", "spend", "timeout", "fix", "yes", "verbose", "quiet", "bundle"])]
    #[arg(conflicts_with_all = ["account_id", "gateway_id", "auth"])]
    list: bool,
    /// Run only these checks or layers
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Vec<String>,
    /// Make no network requests
    #[arg(long, conflicts_with = "spend")]
    offline: bool,
    /// Send one real message with one output token, to check the model and streaming
    #[arg(long)]
    spend: bool,
    /// Time limit for all checks together
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration_in(1..=120))]
    timeout: Duration,
    /// Fix what can be fixed on this machine: show the change, confirm, write
    #[arg(long, conflicts_with_all = ["json", "bundle"])]
    fix: bool,
    /// With --fix: skip confirmation
    #[arg(long, short, requires = "fix")]
    yes: bool,
    /// Show every check
    #[arg(long, short, conflicts_with_all = ["json", "quiet"])]
    verbose: bool,
    /// Show only problems and the summary
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// Write a report without secrets to a new file
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    gateway: RouteFlags,
}

impl Run for DoctorArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        if self.list {
            return print_report(self.json, &doctor::list(), doctor::list_text);
        }
        self.bundle.as_deref().map(file::check_new).transpose()?;
        let context = self.gateway.context(env);
        let options = DoctorOptions {
            offline: self.offline,
            spend: self.spend,
            only: self.only.clone(),
            limit: self.timeout,
        };
        let report = look(&context, &options)?;
        print_report(self.json, &report, || report.text(self.detail(), Screen::stdout()))?;
        if let Some(file) = &self.bundle {
            doctor::bundle::write(file, &context, &report)?;
            note(format!("wrote {}; read it before you share it", file.display()));
        }
        if self.fix {
            return fix(env, self, &options, &report);
        }
        found(report.kind())
    }
}

impl DoctorArgs {
    fn detail(&self) -> Detail {
        match (self.verbose, self.quiet) {
            (true, _) => Detail::Checks,
            (_, true) => Detail::Unwell,
            _ => Detail::Layers,
        }
    }
}

fn look(context: &Context, options: &DoctorOptions) -> Result<DoctorReport> {
    let line = ProgressLine::default();
    doctor::examine(context, options, &|what| line.say(what))
}

/// Shows each change, asks, writes it, then checks again.
fn fix(env: &ProcessEnv, args: &DoctorArgs, options: &DoctorOptions, report: &DoctorReport) -> Result<()> {
    let flags = args.gateway.config();
    let fixes = doctor::fix::plan(env, &flags, report)?;
    if fixes.is_empty() {
        let broken = report.checks.iter().any(|check| check.finding.state == CheckState::Fail);
        print(if broken {
            "Nothing can be fixed automatically. Apply the fixes above yourself.\n"
        } else {
            "There is nothing to fix.\n"
        })?;
        return found(report.kind());
    }
    let asks = !args.yes && ask::is_possible();
    let mut written = 0;
    let planned = fixes.len();
    for fix in fixes {
        print(format!("\n{}\n{}", fix.what, fix.diff))?;
        if args.yes || asks && ask::yes("Write this?") {
            (fix.apply)()?;
            written += 1;
        }
    }
    if written == 0 {
        let consent = if asks { Consent::Declined } else { Consent::Unasked };
        return Err(consent.refusal("nothing was written", "write it"));
    }
    // read the files again: a broken file may have set the gateway
    let report = look(&args.gateway.context(env), options)?;
    print(format!("\nwritten: {written} of {planned}. {}\n", report.summary.says))?;
    found(report.kind())
}
