//! Verifies a route at no cost: sends a session's request, checks who responded, and finds the
//! request in the gateway's log.
//!
//! Each step is a separate function, so that the doctor can use them one by one: [`SessionRequest::of`]
//! builds the request, [`mod@answer`] sends it, [`log_search::find`] finds it in the log,
//! [`payer::payment`] determines who paid; [`run`] does all of them.

pub mod absence;
pub mod answer;
mod entry;
mod helper;
pub mod log_search;
pub mod payer;
mod placeholder;
mod report;
pub mod request;
mod token;
mod watch;

pub use absence::Absence;
pub use answer::{ResponseVerdict, SessionResponse};
pub use entry::{LogStore, LoggedRequest};
pub use log_search::LogSearch;
pub use payer::{Payer, Payment};
pub use report::{Further, Proof};
pub use request::{RequestKind, SessionRequest};
pub use watch::Watch;

use crate::base::error::Result;
use crate::services::context::Context;
use std::time::Duration;

/// How long to search the log by default.
pub const WAIT: Duration = Duration::from_secs(30);

/// Sends the request, reads the response, and searches the log for at most `wait`; without it, not at all.
///
/// # Errors
/// If the configuration routes nothing, or the client would send nothing.
pub fn run(context: &Context, wish: &RequestKind, wait: Option<Duration>, watch: &Watch) -> Result<Proof> {
    let session_request = SessionRequest::of(context, wish)?;
    let host = session_request.url.origin().authority();
    watch.step(&format!("asking {host}"));
    let proof = Proof::of(&session_request);
    let answer = match answer::ask(&session_request, context.extra_roots.as_deref()) {
        Ok(answer) => answer,
        Err(outcome) => return Ok(proof.unanswered(&outcome, host).about_sessions(context)),
    };
    let other_form = placeholder::try_other(&session_request, &answer, context, watch);
    let gateway_token = token::check(&session_request, &answer, context);
    let trail = match wait {
        Some(wait) => {
            watch.step("searching the gateway's log");
            log_search::find(context, &session_request, &answer, wait, watch)
        }
        None => LogSearch { found: Err(Absence::NotWanted), took: Duration::ZERO },
    };
    let payment = payer::payment(&session_request, &answer, trail.found.as_ref().ok());
    let mut proof = proof.answered(&session_request, &answer, &trail, payment);
    (proof.other_form, proof.gateway_token) = (other_form, gateway_token);
    Ok(proof.about_sessions(context))
}
