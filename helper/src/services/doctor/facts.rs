//! Gathers everything that the checks read: first from this machine, then, if nothing is broken
//! there, from the gateway and the API at once.

use super::account::{self, AccountAnswers};
use super::engine::{self, TaskResult};
use super::options::DoctorOptions;
use super::wire::{self, Wire};
use crate::base::error::Error;
use crate::facts::claude_code::precedence::{Prediction, Surface, predict};
use crate::services::config::Config;
use crate::services::context::Context;
use crate::services::explain::{Destination, Sources, Warning, around, look};
use crate::services::session::Decision;
use crate::services::verify::{LogSearch, RequestKind, SessionRequest, Watch, log_search};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The gathered facts.
pub(super) struct Facts {
    pub(super) context: Arc<Context>,
    pub(super) offline: bool,
    pub(super) local: TaskResult<LocalFacts>,
    /// The request that a session would send.
    pub(super) session_request: TaskResult<Result<Arc<SessionRequest>, Error>>,
    pub(super) wire: TaskResult<Wire>,
    pub(super) account: TaskResult<AccountAnswers>,
    pub(super) trail: TaskResult<LogSearch>,
}

/// What is on this machine.
pub(super) struct LocalFacts {
    pub(super) picture: Sources,
    pub(super) prediction: Prediction,
    pub(super) warnings: Vec<Warning>,
    pub(super) decision: Decision,
}

impl LocalFacts {
    /// Where the requests of a surface go.
    pub(super) fn destination(&self, config: &Config, surface: Surface) -> Destination<'_> {
        Destination::of(&self.picture, surface, &config.hosts)
    }
}

impl Facts {
    /// Reads only this machine.
    pub(super) fn of_machine(context: &Context, options: &DoctorOptions, end: Instant) -> Self {
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
            session_request: TaskResult::Late,
            wire: TaskResult::Late,
            account: TaskResult::Late,
            trail: TaskResult::Late,
        };
        facts.not_asked(if offline { "skipped: --offline" } else { "not needed for these checks" });
        facts
    }

    /// Makes no network requests.
    pub(super) fn not_asked(&mut self, because: &str) {
        self.session_request = TaskResult::Not(because.to_owned());
        self.wire = TaskResult::Not(because.to_owned());
        self.account = TaskResult::Not(because.to_owned());
        self.trail = TaskResult::Not(because.to_owned());
    }

    /// Builds a session's request. Runs `apiKeyHelper`, as the client does.
    pub(super) fn work_out_request(&mut self, end: Instant) {
        let context = Arc::clone(&self.context);
        let job = engine::start("request", move || {
            SessionRequest::of(&context, &RequestKind::default()).map(Arc::new)
        });
        self.session_request = job.until(end);
    }

    /// Queries gateway and API, both at once.
    pub(super) fn ask(&mut self, options: &DoctorOptions, end: Instant) {
        let Some(Ok(session_request)) = self.session_request.is() else {
            return self.not_asked("no request could be made");
        };
        let session_request = Arc::clone(session_request);
        let model = self.context.env.var("ANTHROPIC_MODEL").filter(|model| model.starts_with("claude-"));
        let paid = match options.spend.then(|| session_request.streamed(model)).transpose() {
            Ok(paid) => paid,
            Err(error) => {
                self.not_asked("the paid request could not be made");
                self.session_request = TaskResult::Is(Err(error));
                return;
            }
        };
        let account = account::ask(&self.context, &session_request, end);
        let way = engine::start("way", {
            let (context, session_request) = (Arc::clone(&self.context), Arc::clone(&session_request));
            // the log search needs part of the time, and so does the report
            let limit = end.saturating_duration_since(Instant::now()).mul_f32(0.85);
            move || wire::walk(&session_request, context.extra_roots.as_deref(), paid.as_ref(), limit)
        });
        self.wire = way.until(end);
        self.trail = self.follow(session_request, end);
        self.account = account.map_or_else(|error| TaskResult::Not(error.message), |job| job.until(end));
    }

    /// Searches for the request in the gateway's log, while there is time.
    fn follow(&self, session_request: Arc<SessionRequest>, end: Instant) -> TaskResult<LogSearch> {
        let Some(heard) = self.wire.is().and_then(|wire| wire.heard.as_ref()) else {
            return TaskResult::Not("no request got a response".to_owned());
        };
        let (answer, context) = (heard.clone(), Arc::clone(&self.context));
        // an entry appears within half a second, or takes longer than anyone waits for a doctor
        let wait = Duration::from_millis(800).min(end.saturating_duration_since(Instant::now()) / 2);
        engine::start("log", move || {
            log_search::find(&context, &session_request, &answer, wait, &Watch::none())
        })
        .until(end)
    }
}

fn local(context: &Context, offline: bool) -> LocalFacts {
    let picture = around(context, None);
    let prediction = predict(|name| picture.value(name, Surface::Session));
    let warnings = look(&picture, &prediction, &context.config, offline);
    LocalFacts { prediction, warnings, decision: context.decide(), picture }
}
