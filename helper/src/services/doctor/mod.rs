//! The doctor: checks every layer between a session and its model, in the order in which a request
//! meets them. Names the first broken layer and skips the layers behind it, with the reason.
//!
//! Gathers facts ([`facts`], concurrently where possible), judges them ([`checks`], small functions
//! that only read), and reports ([`DoctorReport`]). All waiting is bounded.

mod account;
pub mod bundle;

mod checks;
mod facts;
mod finding;
pub mod fix;
mod options;
mod report;
mod scrub;
mod wire;

pub use checks::{list, list_text};
pub use finding::{CheckState, Finding};
pub use options::{DoctorOptions, LIMIT};
pub use report::{CheckSummary, CompletedCheck, Detail, DoctorReport, Layer};

use crate::base::error::{Error, Kind, Result};
use crate::services::context::Context;
use checks::{CHECKS, Needs, Spec};
use facts::Facts;
use std::time::Instant;

impl DoctorOptions {
    fn wants(&self, spec: &Spec) -> bool {
        self.only.is_empty() || self.only.iter().any(|id| id == spec.id || id == spec.layer().id())
    }

    /// Errors: `only` contains something that is neither a check nor a layer (usage).
    fn validate(&self) -> Result<()> {
        let known = |id: &String| CHECKS.iter().any(|spec| spec.id == id || spec.layer().id() == id);
        match self.only.iter().find(|id| !known(id)) {
            None => Ok(()),
            Some(id) => Err(Error::new(
                Kind::Usage,
                format!("`{}` is neither a check nor a layer", id.escape_debug()),
            )
            .hinted("`cf-aig doctor --list` lists them")),
        }
    }
}

/// Checks everything within `options.limit`. Sends at most one request that costs nothing (and with
/// `spend` one with one token) to the configured gateway, with what a session would send. Calls
/// `say` with progress messages for the user.
///
/// # Errors
/// If `options.only` contains an unknown name.
pub fn examine(context: &Context, options: &DoctorOptions, say: &dyn Fn(&str)) -> Result<DoctorReport> {
    options.validate()?;
    let end = Instant::now() + options.limit;
    let wanted: Vec<&Spec> = CHECKS.iter().filter(|spec| options.wants(spec)).collect();
    let needs = |need: Needs| wanted.iter().any(|spec| spec.needs >= need);

    say("checking this machine");
    let mut facts = Facts::of_machine(context, options, end);
    let configured = context.config.url.is_some() || !context.config.problems.is_empty();
    let sound = |facts: &Facts, need| broken(&judge(facts, |spec| spec.needs <= need)).is_none();
    let routed = facts.local.as_ref().is_ok_and(|local| local.decision.route.is_ok());
    let untested = checks::untested(&facts);
    let asks = routed && !options.offline && untested.is_none();
    if let Some(why) = untested {
        facts.not_asked(&why);
    } else if !routed && !options.offline {
        facts.not_asked("no session is routed, so no requests are made");
    }
    if asks && needs(Needs::Request) && sound(&facts, Needs::Machine) {
        facts.work_out_request(end - options.limit / 2);
        if needs(Needs::Network) && sound(&facts, Needs::Request) {
            say("checking the gateway");
            facts.ask(options, end);
        }
    }
    let mut checks = judge(&facts, |_| true);
    skip_behind(&mut checks);
    let in_front = broken(&checks).filter(|broken| {
        let first = wanted.iter().map(|spec| spec.layer()).max();
        wanted.iter().all(|spec| spec.id != broken.id) && first > Some(broken.layer)
    });
    let in_front = in_front.map(|check| (check.layer, check.id));
    checks.retain(|check| wanted.iter().any(|spec| spec.id == check.id));
    scrub::register(&facts.context, facts.local.as_ref().ok().map(|local| &local.picture));
    if let Ok(Ok(session_request)) = &facts.session_request {
        scrub::register_sent(session_request);
    }
    checks.iter_mut().for_each(|check| scrub::finding(&mut check.finding));
    Ok(DoctorReport::of(checks, configured, in_front))
}

/// Runs the checks one after the other.
fn judge(facts: &Facts, wanted: impl Fn(&Spec) -> bool) -> Vec<CompletedCheck> {
    let run = |spec: &Spec| {
        let (Ok(finding) | Err(finding)) = (spec.look)(facts);
        CompletedCheck { id: spec.id, layer: spec.layer(), finding }
    };
    CHECKS.iter().filter(|spec| wanted(spec)).map(run).collect()
}

fn broken(checks: &[CompletedCheck]) -> Option<&CompletedCheck> {
    checks.iter().find(|check| check.finding.state == CheckState::Fail)
}

/// Skips everything behind the first broken layer.
fn skip_behind(checks: &mut [CompletedCheck]) {
    let Some((layer, id)) = broken(checks).map(|check| (check.layer, check.id)) else { return };
    for check in checks.iter_mut().filter(|check| check.layer > layer) {
        check.finding = Finding::skip(format!("skipped, because {} is broken ({id})", layer.id()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_an_id_of_its_layer_and_stands_in_order() {
        let mut before = None;
        for spec in CHECKS {
            let layer = spec.layer();
            assert!(before <= Some(layer), "{} stands behind a later layer", spec.id);
            before = Some(layer);
        }
        for layer in Layer::ALL {
            assert!(CHECKS.iter().any(|spec| spec.layer() == layer), "{layer:?} has no check");
        }
    }
}
