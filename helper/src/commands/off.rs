//! `cf-aig off`: what setup wrote is taken out again, and every byte is as before.

use super::{print, print_json};
use crate::base::error::{Error, Kind, Result};
use crate::services::context::var;
use crate::services::setup::ask;
use crate::services::setup::off::{self, Which};
use crate::services::setup::place::{Places, Scope};
use crate::services::setup::report::{Receipt, off_text};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  cf-aig off --dry-run             what would be restored
  cf-aig off                       take everything out, after a question
  cf-aig off --scope user --yes    one file, no question";

/// What to undo.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct OffArgs {
    /// One settings file instead of all of this user and this project
    #[arg(long, value_enum, conflicts_with = "all")]
    scope: Option<Scope>,
    /// The files of other projects too
    #[arg(long)]
    all: bool,
    /// Show what would be restored
    #[arg(long)]
    dry_run: bool,
    /// Ask nothing
    #[arg(long, short)]
    yes: bool,
    /// Machine-readable plan or receipt
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &OffArgs) -> Result<ExitCode> {
    let places = Places::find(&var)?;
    let which = match args.scope {
        Some(scope) => Which::Only(scope),
        None if args.all => Which::All,
        None => Which::Here,
    };
    let mut off = off::plan(&places, which)?;
    let nothing = off.undos.is_empty();
    if !args.json && !nothing {
        print(&off_text(&off, &places, false));
    }
    let ask = !args.yes && !args.json && ask::is_possible();
    let go = !args.dry_run && (nothing || args.yes || ask && ask::yes("Restore this?"));
    if go {
        off.apply(&places);
    }
    if args.json {
        let mut receipt = Receipt::of_off(&off, &places);
        receipt.applied = go;
        print_json(&receipt);
    } else if go {
        print(&off_text(&off, &places, true));
    }
    if let Some(error) = off.failures.pop() {
        for other in &off.failures {
            eprintln!("cf-aig: {other}");
        }
        return Err(error);
    }
    if !go && !args.dry_run {
        let error = Error::new(Kind::Finding, "nothing was restored");
        return Err(if ask { error } else { error.hinted("add --yes to restore it") });
    }
    let left = go && off.left_alone().next().is_some();
    Ok(if left { ExitCode::from(Kind::Conflict.exit_code()) } else { ExitCode::SUCCESS })
}
