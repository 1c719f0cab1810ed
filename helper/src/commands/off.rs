//! `cf-aig off`: undo setup and restore each settings file byte for byte.

use super::{print, print_json};
use crate::base::error::{Error, Kind, Result};
use crate::services::context::var;
use crate::services::ledger::Secrets;
use crate::services::setup::ask;
use crate::services::setup::off::{self, Which};
use crate::services::setup::place::{Places, Scope};
use crate::services::setup::report::{Receipt, off_text};
use std::process::ExitCode;

const EXAMPLES: &str = "\
A key that changed since setup is left alone. When it still holds a token, off names it and offers
to remove the token; your own header lines stay.

Examples:
  cf-aig off --dry-run             Show what would be restored
  cf-aig off                       Restore everything here, after a confirmation
  cf-aig off --tokens --yes        Also remove tokens from keys that changed since setup
  cf-aig off --scope user --yes    Restore one file without confirmation";

/// What to undo.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct OffArgs {
    /// Restore only one settings file, instead of those of this user and this project
    #[arg(long, value_enum, conflicts_with = "all")]
    scope: Option<Scope>,
    /// Restore the files of other projects too, and imply --tokens
    #[arg(long)]
    all: bool,
    /// Also remove tokens from keys that changed since setup
    #[arg(long)]
    tokens: bool,
    /// Show what would be restored
    #[arg(long)]
    dry_run: bool,
    /// Skip confirmation
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
    let secrets = if args.tokens || args.all { Secrets::Remove } else { Secrets::Keep };
    let mut off = off::plan(&places, which, secrets)?;
    let ask = !args.yes && !args.json && ask::is_possible();
    if !args.json && !off.undos.is_empty() {
        print(&off_text(&off, &places, false));
    }
    if ask && !args.dry_run && off.leaves_a_secret() && ask::yes("Remove the token that stays, too?") {
        off = off::plan(&places, which, Secrets::Remove)?;
        print(&off_text(&off, &places, false));
    }
    let nothing = off.undos.is_empty();
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
