//! Proof at no cost: one request as a session would send it, who answered, and the same request again
//! in the gateway's log.
//!
//! Each step is a function of its own, so that the doctor can take them one by one: [`Errand::of`] says
//! what is sent, [`answer::send`] sends it, [`trail::find`] finds it again, [`payer::payment`] says who
//! paid; [`run`] is all of them.

pub mod absence;
pub mod answer;
mod entry;
mod helper;
pub mod payer;
mod placeholder;
mod report;
pub mod request;
mod stores;
mod token;
pub mod trail;
mod watch;

pub use absence::Absence;
pub use answer::{Answer, Verdict};
pub use entry::{Entry, Store};
pub use payer::{Payer, Payment};
pub use placeholder::OtherForm;
pub use report::Proof;
pub use request::{Errand, Wish};
pub use token::TokenCheck;
pub use trail::Trail;
pub use watch::{Terminal, Unwatched, Watch};

use crate::base::error::Result;
use crate::services::context::Context;
use crate::services::probe::Outcome;
use std::time::Duration;

/// How long the log is asked for the request, unless something else is said.
pub const WAIT: Duration = Duration::from_secs(30);

/// How to verify.
#[derive(Debug, Clone)]
pub struct Options {
    /// What to send.
    pub wish: Wish,
    /// How long to look for it; `None` does not look.
    pub wait: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self { wish: Wish::default(), wait: Some(WAIT) }
    }
}

/// What came of it, before it is put into words.
#[derive(Debug)]
pub struct Findings {
    /// What was sent.
    pub errand: Errand,
    /// The answer, or why there is none.
    pub answer: Result<Answered, Outcome>,
}

/// What is known once there was an answer.
#[derive(Debug)]
pub struct Answered {
    /// The answer.
    pub answer: Answer,
    /// What looking for it came to.
    pub trail: Trail,
    /// Who pays.
    pub payment: Payment,
    /// How the other way to send the gateway token fares, where this one failed.
    pub other_form: Option<OtherForm>,
    /// What Cloudflare says of the gateway token, where the gateway refused it.
    pub token: Option<TokenCheck>,
}

/// Sends, reads, looks.
///
/// # Errors
/// When the configuration routes nothing, or the client would send nothing.
pub fn run(context: &Context, options: &Options, watch: &dyn Watch) -> Result<Findings> {
    let errand = Errand::of(context, &options.wish)?;
    watch.step(&format!("asking {}", errand.url.origin().authority()));
    let answer = answer::send(&errand, context).map(|answer| {
        let other_form = placeholder::try_other(&errand, &answer, context, watch);
        let token = token::check(&errand, &answer, context);
        let trail = match options.wait {
            Some(wait) => {
                watch.step("looking for it in the gateway's log");
                trail::find(context, &errand, &answer, wait, watch)
            }
            None => Trail { entry: None, absence: Some(Absence::NotWanted), took: Duration::ZERO },
        };
        let payment = payer::payment(&errand, &answer, trail.entry.as_ref());
        Answered { answer, trail, payment, other_form, token }
    });
    Ok(Findings { errand, answer })
}
