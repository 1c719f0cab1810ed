//! One call: how it is sent, when it is repeated, how long it waits.

use super::envelope::{self, Envelope};
use super::failed::{Failed, Refusal};
use super::pace::{Limits, retry_delay};
use super::{Api, BODY_TIME_LIMIT, Standing};
use crate::base::error::{Error, Kind};
use crate::base::text::up_to;
use crate::facts::gateway::errors::Response as Evidence;
use crate::http::{Failure, MAX_REASON};
use crate::ui::progress::Waiting;
use reqwest::blocking::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};

/// How often a call that may be repeated is sent at most.
const ATTEMPTS: u32 = 4;
/// The largest answer that is read. A page of the API is a few hundred kilobytes at most.
const MAX_BODY: u64 = 16 << 20;

/// What is done to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read it.
    Get,
    /// Make one.
    Post,
    /// Replace it.
    Put,
    /// Change a part of it.
    Patch,
    /// Take it away.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    fn of_reqwest(self) -> reqwest::Method {
        match self {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        }
    }
}

/// A request that is not sent yet.
#[derive(Debug, Clone)]
pub struct Call {
    /// What to do.
    pub method: Method,
    /// With what; below the account, or below `/client/v4` if `rootless`.
    pub path: String,
    query: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    rootless: bool,
    safe: bool,
}

impl Call {
    /// A request below `/accounts/{account_id}/`. GET, PUT and DELETE may be repeated.
    pub fn new(method: Method, path: &str) -> Self {
        let safe = !matches!(method, Method::Post | Method::Patch);
        Self { method, path: path.to_owned(), query: Vec::new(), body: None, rootless: false, safe }
    }

    /// Below `/client/v4/` itself.
    #[must_use]
    pub fn rootless(mut self) -> Self {
        self.rootless = true;
        self
    }

    /// It changes nothing, so it may be repeated.
    #[must_use]
    pub fn reading(mut self) -> Self {
        self.safe = true;
        self
    }

    /// With these parameters.
    #[must_use]
    pub fn with_query(mut self, query: &[(&str, String)]) -> Self {
        self.query = query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self
    }

    /// With a JSON body. Fails only for a body that is none.
    pub fn with_body(mut self, body: &impl Serialize) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(body)
            .map_err(|cause| Error::new(Kind::Usage, format!("the request is not JSON: {cause}")))?;
        self.body = Some(bytes);
        Ok(self)
    }
}

/// The outcome of an attempt that has to be repeated or reported.
enum Setback {
    /// Wait so long, then try again; it is not counted as an attempt. The status and body say why.
    Limited(Duration, Failed),
    /// Something broke on the way; a call that changes nothing may be tried again, after so long if that was said.
    Broken(Option<Duration>, Failed),
    /// It will not get better.
    Final(Failed),
}

impl Api {
    /// Sends it and returns the result out of the envelope, or the refusal.
    pub fn attempt<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Failed> {
        typed(&self.envelope(call)?.result, call)
    }

    pub(super) fn envelope(&self, call: &Call) -> Result<Envelope, Failed> {
        self.repeat(call, self.time_limit, |response, limits| {
            let status = response.status().as_u16();
            let evidence = self.read(call, response)?;
            match envelope::parse(&evidence.body) {
                Some(envelope) if envelope.success && status < 400 => Ok(envelope),
                _ => Err(self.refused(call, evidence, limits)),
            }
        })
    }

    /// The body as it arrives.
    pub(super) fn stream(&self, call: &Call) -> Result<Response, Failed> {
        self.repeat(call, self.time_limit.max(BODY_TIME_LIMIT), |response, limits| {
            if response.status().is_success() {
                return Ok(response);
            }
            let evidence = self.read(call, response)?;
            Err(self.refused(call, evidence, limits))
        })
    }

    /// Sends until there is something to keep, or no hope for it.
    fn repeat<T>(
        &self,
        call: &Call,
        time_limit: Duration,
        mut keep: impl FnMut(Response, &Limits) -> Result<T, Setback>,
    ) -> Result<T, Failed> {
        let start = Instant::now();
        let mut attempt = 1;
        // the limit is one for all attempts; pauses that the API asks for do not count
        let mut time_left = time_limit;
        let _waiting = Waiting::start(self.origin.authority());
        loop {
            let left = || self.patience.saturating_sub(start.elapsed());
            self.pace.wait(left(), self.notice);
            let sent = Instant::now();
            let outcome = match self.send(call, time_left) {
                Ok(response) => {
                    let limits = Limits::of(response.headers());
                    self.pace.note(&limits);
                    if let Some(standing) = Standing::of(response.headers()) {
                        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = Some(standing);
                    }
                    keep(response, &limits)
                }
                Err(setback) => Err(setback),
            };
            time_left = time_left.saturating_sub(sent.elapsed());
            match outcome {
                Ok(kept) => return Ok(kept),
                Err(Setback::Limited(wait, _)) if wait <= left() => {
                    (self.notice)(&format!("Cloudflare's rate limit: waiting {} s", wait.as_secs()));
                    thread::sleep(wait);
                }
                Err(Setback::Broken(wait, _)) if call.safe && attempt < ATTEMPTS && !time_left.is_zero() => {
                    thread::sleep(wait.unwrap_or(retry_delay(attempt)).min(left()));
                    attempt += 1;
                }
                // the first attempt had done it, only its answer was lost
                Err(Setback::Final(Failed::Refused(refusal)))
                    if call.method == Method::Delete && attempt > 1 && refusal.status == 404 =>
                {
                    return Err(Failed::AlreadyGone);
                }
                Err(Setback::Limited(_, failed) | Setback::Broken(_, failed) | Setback::Final(failed)) => {
                    return Err(failed);
                }
            }
        }
    }

    fn send(&self, call: &Call, limit: Duration) -> Result<Response, Setback> {
        let root = if call.rootless { String::new() } else { format!("accounts/{}/", self.account) };
        let url = format!("{}/client/v4/{root}{}", self.origin, call.path);
        let mut url = url::Url::parse(&url)
            .map_err(|_| Setback::Final(Failed::Unusable(format!("`{}` is not a path", call.path))))?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self
            .http
            .client()
            .request(call.method.of_reqwest(), url)
            // until the end of the body, so that a trickle ends too
            .timeout(limit)
            .header("accept", "application/json")
            .header("authorization", format!("Bearer {}", self.token.reveal()));
        if let Some(body) = &call.body {
            request = request.header("content-type", "application/json").body(body.clone());
        }
        request.send().map_err(|error| {
            let failure = self.http.failure(&error);
            let broken = failure == Failure::Reset;
            let failed = Failed::unsent(failure, &self.origin);
            if broken { Setback::Broken(None, failed) } else { Setback::Final(failed) }
        })
    }

    /// Reads the whole answer, as evidence for whoever has to explain it.
    fn read(&self, call: &Call, response: Response) -> Result<Evidence, Setback> {
        let cut_short = |failure| Setback::Broken(None, Failed::unsent(failure, &self.origin));
        let evidence = self.http.read(response, MAX_BODY + 1).map_err(cut_short)?;
        if evidence.body.len() as u64 > MAX_BODY {
            let message = format!("Cloudflare's API answered {call} with more than {} MB", MAX_BODY >> 20);
            return Err(Setback::Final(Failed::Unusable(message)));
        }
        Ok(evidence)
    }

    fn refused(&self, call: &Call, mut evidence: Evidence, limits: &Limits) -> Setback {
        evidence.body = up_to(&evidence.body, MAX_REASON).to_owned();
        let status = evidence.status.unwrap_or_default();
        let failed = Failed::Refused(Box::new(Refusal::new(call, &self.token, &self.origin, evidence)));
        match status {
            429 => Setback::Limited(limits.wait().unwrap_or(Duration::from_secs(5)), failed),
            500.. => Setback::Broken(limits.wait(), failed),
            _ => Setback::Final(failed),
        }
    }
}

/// A result as the type that the caller wants.
pub(super) fn typed<T: DeserializeOwned>(result: &RawValue, call: &Call) -> Result<T, Failed> {
    serde_json::from_str(result.get()).map_err(|cause| {
        Failed::Unusable(format!("Cloudflare's API answered {call} with something unexpected: {cause}"))
    })
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)
    }
}

impl From<Failed> for Setback {
    fn from(failed: Failed) -> Self {
        Setback::Final(failed)
    }
}
