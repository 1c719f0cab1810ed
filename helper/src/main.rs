//! The `cf-aig` command: parse, dispatch, exit code.

#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::disallowed_methods)]

use cf_aig::base::error::Result;
use cf_aig::base::redact::known;
use cf_aig::cli::Cli;
use cf_aig::commands::{Run, SessionEndArgs, SessionEnvArgs, SessionStartArgs, StatuslineArgs};
use cf_aig::services::gather::without_homes_of_the_folder;
use cf_aig::system::env::ProcessEnv;
use cf_aig::ui;
use clap::Args;
use std::ffi::OsStr;
use std::process::ExitCode;

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the environment is read here, and nowhere else")]
    let env = ProcessEnv::of_this_process();
    known::register_environment(env.vars());
    let env = without_homes_of_the_folder(env);
    let Err(error) = run(&env) else { return ExitCode::SUCCESS };
    if !error.message.is_empty() {
        ui::note(&error);
    }
    ExitCode::from(error.kind.exit_code())
}

/// Claude Code runs these four often, so only their own arguments are described to clap, not the
/// whole command line.
fn run(env: &ProcessEnv) -> Result<()> {
    match std::env::args_os().nth(1).as_deref().and_then(OsStr::to_str) {
        Some("session-start") => only_this::<SessionStartArgs>(env, "session-start"),
        Some("session-end") => only_this::<SessionEndArgs>(env, "session-end"),
        Some("session-env") => only_this::<SessionEnvArgs>(env, "session-env"),
        Some("statusline") => only_this::<StatuslineArgs>(env, "statusline"),
        _ => {
            Cli::parse_from(std::env::args_os()).map_or_else(|answer| ui::answer(&answer), |cli| cli.run(env))
        }
    }
}

/// Parses and runs one subcommand.
fn only_this<A: Args + Run>(env: &ProcessEnv, name: &'static str) -> Result<()> {
    let command = clap::Command::new(name).bin_name(format!("cf-aig {name}")).max_term_width(100);
    let parsed = A::augment_args(command)
        .try_get_matches_from(std::env::args_os().skip(1))
        .and_then(|matches| A::from_arg_matches(&matches));
    parsed.map_or_else(|answer| ui::answer(&answer), |args| args.run(env))
}
