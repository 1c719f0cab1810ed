//! Gathers everything that the checks read: first from this machine, then, if nothing is broken
//! there, from the gateway and the API at once.

use super::account::{self, AccountAnswers};
use super::finding::NoResult;
use super::options::DoctorOptions;
use super::wire::{self, Wire};
use crate::base::error::Error;
use crate::facts::claude_code::precedence::{Prediction, Surface, predict};
use crate::services::background;
use crate::services::config::Config;
use crate::services::context::Context;
use crate::services::explain::{Destination, Sources, Warning, around, look};
use crate::services::session::Decision;
use crate::services::verify::{LogSearch, RequestKind, SessionRequest, SessionResponse, Watch, log_search};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The gathered facts.
pub(super) struct Facts {
    pub(super) context: Arc<Context>,
    pub(super) offline: bool,
    pub(super) local: Result<LocalFacts, NoResult>,
    /// The request that a session would send.
    pub(super) session_request: Result<Result<Arc<SessionRequest>, Error>, NoResult>,
    pub(super) wire: Result<Wire, NoResult>,
    pub(super) account: Result<AccountAnswers, NoResult>,
    pub(super) trail: Result<LogSearch, NoResult>,
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
        let local = background::start({
            let context = Arc::clone(&context);
            move || local(&context, offline)
        });
        let local = local.until(end).ok_or(NoResult::Late("this machine"));
        let because = if offline { "skipped: --offline" } else { "not needed for these checks" };
        let missing = NoResult::Not(because.to_owned());
        Self {
            context,
            offline,
            local,
            session_request: Err(missing.clone()),
            wire: Err(missing.clone()),
            account: Err(missing.clone()),
            trail: Err(missing),
        }
    }

    /// Makes no network requests.
    pub(super) fn not_asked(&mut self, because: &str) {
        let missing = NoResult::Not(because.to_owned());
        self.session_request = Err(missing.clone());
        self.wire = Err(missing.clone());
        self.account = Err(missing.clone());
        self.trail = Err(missing);
    }

    /// Builds a session's request. Runs `apiKeyHelper`, as the client does.
    pub(super) fn work_out_request(&mut self, end: Instant) {
        let context = Arc::clone(&self.context);
        let job =
            background::start(move || SessionRequest::of(&context, &RequestKind::default()).map(Arc::new));
        self.session_request = job.until(end).ok_or(NoResult::Late("the command of apiKeyHelper"));
    }

    /// Queries gateway and API, both at once.
    pub(super) fn ask(&mut self, options: &DoctorOptions, end: Instant) {
        let Ok(Ok(session_request)) = &self.session_request else {
            return self.not_asked("no request could be made");
        };
        let session_request = Arc::clone(session_request);
        let model = self.context.env.var("ANTHROPIC_MODEL").filter(|model| model.starts_with("claude-"));
        let paid = match options.spend.then(|| session_request.streamed(model)).transpose() {
            Ok(paid) => paid,
            Err(error) => {
                self.not_asked("the paid request could not be made");
                self.session_request = Ok(Err(error));
                return;
            }
        };
        let account = account::ask(&self.context, &session_request, end);
        let way = background::start({
            let (context, session_request) = (Arc::clone(&self.context), Arc::clone(&session_request));
            // the log search needs part of the time, and so does the report
            let limit = end.saturating_duration_since(Instant::now()).mul_f32(0.85);
            move || wire::walk(&session_request, context.extra_roots.as_deref(), paid.as_ref(), limit)
        });
        self.wire = way.until(end).ok_or(NoResult::Late("the gateway"));
        self.trail = self.follow(session_request, end);
        self.account = match account {
            Ok(job) => job.until(end).ok_or(NoResult::Late("Cloudflare's API")),
            Err(error) => Err(NoResult::Not(error.message)),
        };
    }

    /// The response to a session's request.
    pub(super) fn heard(&self) -> Option<&SessionResponse> {
        self.wire.as_ref().ok()?.heard.as_ref()
    }

    /// Searches for the request in the gateway's log, while there is time.
    fn follow(&self, session_request: Arc<SessionRequest>, end: Instant) -> Result<LogSearch, NoResult> {
        let Some(heard) = self.heard() else {
            return Err(NoResult::Not("no request got a response".to_owned()));
        };
        let (answer, context) = (heard.clone(), Arc::clone(&self.context));
        // an entry appears within half a second, or takes longer than anyone waits for a doctor
        let wait = Duration::from_millis(800).min(end.saturating_duration_since(Instant::now()) / 2);
        let search = background::start(move || {
            log_search::find(&context, &session_request, &answer, wait, &Watch::none())
        });
        search.until(end).ok_or(NoResult::Late("the log"))
    }
}

fn local(context: &Context, offline: bool) -> LocalFacts {
    let picture = around(context, None);
    let prediction = predict(|name| picture.value(name, Surface::Session));
    let warnings = look(&picture, &prediction, &context.config, offline);
    LocalFacts { prediction, warnings, decision: context.decide(), picture }
}
