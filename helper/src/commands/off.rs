//! `cf-aig off`: undo setup and restore each settings file byte for byte.

use super::Run;
use crate::base::error::{Kind, Result};
use crate::services::ledger::Secrets;
use crate::services::setup::off::{self, Which};
use crate::services::setup::place::{Places, Scope};
use crate::services::setup::report::{Receipt, off_text};
use crate::system::env::ProcessEnv;
use crate::ui::{Confirm, Consent, ask, note, print_json};

const EXAMPLES: &str = "\
What setup --repair or doctor --fix repaired is not restored: comments, repeated keys, values that
are not text, and the encoding. A key that changed since setup is left alone. If it still contains
a token, off reports it and offers to remove the token; your own header lines stay.

Examples:
  cf-aig off --dry-run             show what would be restored
  cf-aig off                       restore everything here, after a confirmation
  cf-aig off --tokens --yes        also remove tokens from keys that changed since setup
  cf-aig off --scope user --yes    restore one file without confirmation";

/// What to undo.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct OffArgs {
    /// Restore only one settings file, instead of those of this user and this project
    #[arg(long, value_enum, conflicts_with = "all")]
    scope: Option<Scope>,
    /// Also restore the files of other projects; implies --tokens
    #[arg(long)]
    all: bool,
    /// Also remove tokens from keys that changed since setup
    #[arg(long)]
    tokens: bool,
    #[command(flatten)]
    confirm: Confirm,
}

impl Run for OffArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let places = Places::find(env)?;
        let which = match self.scope {
            Some(scope) => Which::Only(scope),
            None if self.all => Which::All,
            None => Which::Here,
        };
        let secrets = if self.tokens || self.all { Secrets::Remove } else { Secrets::Keep };
        let mut off = off::plan(&places, which, secrets)?;
        let confirm = self.confirm;
        if !off.undos.is_empty() || confirm.dry_run {
            confirm.show(off_text(&off, &places, false))?;
        }
        if confirm.can_ask() && off.leaves_a_secret() && ask::yes("Also remove the remaining token?") {
            off = off::plan(&places, which, Secrets::Remove)?;
            confirm.show(off_text(&off, &places, false))?;
        }
        let consent = confirm.consent_unless(off.undos.is_empty(), "Restore this?");
        let go = consent == Consent::Go;
        if go {
            off.apply(&places);
        }
        if confirm.json {
            let mut receipt = Receipt::of_off(&off, &places);
            receipt.applied = go && off.writes();
            print_json(&receipt)?;
        } else if go {
            confirm.show(off_text(&off, &places, true))?;
        }
        if let Some(error) = off.failures.pop() {
            for other in &off.failures {
                note(other);
            }
            return Err(error);
        }
        if matches!(consent, Consent::Declined | Consent::Unasked) {
            return Err(consent.refusal("nothing was restored", "restore it"));
        }
        let left = go && (off.left_alone().next().is_some() || !off.unrecorded.is_empty());
        super::found(left.then_some(Kind::Conflict))
    }
}
