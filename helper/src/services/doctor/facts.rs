//! Gathers everything that the checks read: first from this machine, then, if nothing is broken
//! there, from the gateway and the API at once.

use super::Options;
use super::account::{self, Account};
use super::engine::{self, Got};
use super::wire::{self, Wire};
use crate::base::error::Error;
use crate::facts::claude_code::precedence::{Prediction, Surface, predict};
use crate::services::context::Context;
use crate::services::explain::{Picture, Warning, around, look};
use crate::services::session::Decision;
use crate::services::verify::{Errand, Trail, Watch, Wish, trail};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The gathered facts.
pub(super) struct Facts {
    pub(super) context: Arc<Context>,
    pub(super) offline: bool,
    pub(super) local: Got<Local>,
    /// The request that a session would send.
    pub(super) errand: Got<Result<Arc<Errand>, Error>>,
    pub(super) wire: Got<Wire>,
    pub(super) account: Got<Account>,
    pub(super) trail: Got<Trail>,
}

/// What is on this machine.
pub(super) struct Local {
    pub(super) picture: Picture,
    pub(super) prediction: Prediction,
    pub(super) warnings: Vec<Warning>,
    pub(super) decision: Decision,
}

impl Facts {
    /// Reads only this machine.
    pub(super) fn of_machine(context: &Context, options: &Options, end: Instant) -> Self {
        let context = Arc::new(context.clone());
        let offline = options.offline;
        let local = engine::start("machine", {
            let context = Arc::clone(&context);
            move || local(&context, offline)
        })
        .until(end);
        let mut facts = Self {
            context,
            offline,
            local,
            errand: Got::Late,
            wire: Got::Late,
            account: Got::Late,
            trail: Got::Late,
        };
        facts.not_asked(if offline { "skipped: --offline" } else { "not needed for these checks" });
        facts
    }

    /// Makes no network requests.
    pub(super) fn not_asked(&mut self, because: &str) {
        self.errand = Got::Not(because.to_owned());
        self.wire = Got::Not(because.to_owned());
        self.account = Got::Not(because.to_owned());
        self.trail = Got::Not(because.to_owned());
    }

    /// Builds a session's request. Runs `apiKeyHelper`, as the client does.
    pub(super) fn work_out_request(&mut self, end: Instant) {
        let context = Arc::clone(&self.context);
        let job = engine::start("request", move || Errand::of(&context, &Wish::default()).map(Arc::new));
        self.errand = job.until(end);
    }

    /// Queries gateway and API, both at once.
    pub(super) fn ask(&mut self, options: &Options, end: Instant) {
        let Some(Ok(errand)) = self.errand.is() else {
            return self.not_asked("no request could be made");
        };
        let errand = Arc::clone(errand);
        let account = account::ask(&self.context, &errand, end);
        let way = engine::start("way", {
            let (context, errand) = (Arc::clone(&self.context), Arc::clone(&errand));
            let spend = options.spend;
            // the log search needs part of the time, and so does the report
            let limit = end.saturating_duration_since(Instant::now()).mul_f32(0.85);
            move || {
                let paid = if spend { paid(&context) } else { None };
                wire::walk(&errand, context.extra_roots(), paid.as_ref(), limit)
            }
        });
        self.wire = way.until(end);
        self.trail = self.follow(errand, end);
        self.account = account.map_or_else(Got::Not, |job| job.until(end));
    }

    /// Searches for the request in the gateway's log, while there is time.
    fn follow(&self, errand: Arc<Errand>, end: Instant) -> Got<Trail> {
        let Some(heard) = self.wire.is().and_then(|wire| wire.heard.as_ref()) else {
            return Got::Not("no request got a response".to_owned());
        };
        let (answer, context) = (heard.answer.clone(), Arc::clone(&self.context));
        // an entry appears within half a second, or takes longer than anyone waits for a doctor
        let wait = Duration::from_millis(800).min(end.saturating_duration_since(Instant::now()) / 2);
        engine::start("log", move || trail::find(&context, &errand, &answer, wait, &Watch::none())).until(end)
    }
}

fn local(context: &Context, offline: bool) -> Local {
    let picture = around(context, None);
    let prediction = predict(|name| picture.value(name, Surface::Session));
    let warnings = look(&picture, &prediction, &context.config, offline);
    Local { prediction, warnings, decision: context.decide(), picture }
}

/// A real message with one token, streamed.
fn paid(context: &Context) -> Option<Errand> {
    let model = crate::base::env::var("ANTHROPIC_MODEL").filter(|model| model.starts_with("claude-"));
    let mut errand = Errand::of(context, &Wish { spend: true, model }).ok()?;
    errand.body["stream"] = true.into();
    Some(errand)
}
