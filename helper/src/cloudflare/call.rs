//! A single API call: sending, retries, waiting.

use super::api::Api;
use super::envelope::{self, Envelope};
use super::failed::{ApiRefusal, Failed};
use super::pace::{asked_pause, retry_delay};
use super::request::ApiCall;
use crate::base::error::Result;
use crate::facts::gateway::errors::Response as Evidence;
use crate::http::{Failure, denial};
use crate::ui::progress::Waiting;
use reqwest::Method;
use reqwest::blocking::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::io::Read;
use std::time::{Duration, Instant};

/// Maximum attempts of a call that may be retried.
const ATTEMPTS: u32 = 4;
/// The largest response body to read. A page of the API has a few hundred kilobytes at most.
const MAX_BODY: u64 = 16 << 20;
/// Time limit for the body of a logged request or response, which the user sees arriving.
const BODY_TIME_LIMIT: Duration = Duration::from_secs(10 * 60);

/// The outcome of an attempt that has to be retried or reported.
enum Setback {
    /// Wait at least this long, then try again; does not count as an attempt. The status and body say why.
    Limited(Duration, Failed),
    /// A transient failure. A read-only call may be retried, after this pause if the server asked
    /// for one.
    Broken(Option<Duration>, Failed),
    /// Retrying does not help.
    Final(Failed),
}

impl Api {
    /// The result of a GET.
    pub fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T> {
        Ok(self.attempt(&ApiCall::new(Method::GET, path).with_query(query))?)
    }

    /// The result of a request with a body. A PUT may be retried, a POST or PATCH never is.
    pub fn write<T: DeserializeOwned>(&self, method: Method, path: &str, body: &impl Serialize) -> Result<T> {
        Ok(self.attempt(&ApiCall::new(method, path).with_body(body))?)
    }

    /// The result of a DELETE, often `null`.
    pub fn delete(&self, path: &str, query: &[(&str, String)]) -> Result<Value> {
        match self.attempt(&ApiCall::new(Method::DELETE, path).with_query(query)) {
            Err(Failed::AlreadyGone) => Ok(Value::Null),
            answer => Ok(answer?),
        }
    }

    /// A body without an envelope, such as a logged request, as a stream.
    pub fn raw(&self, path: &str) -> Result<impl Read + use<>> {
        Ok(self.stream(&ApiCall::new(Method::GET, path))?)
    }

    /// The `data` of a GraphQL query. Queries only read, so they are retried like a GET.
    pub fn graphql<T: DeserializeOwned>(&self, query: &str, variables: Value) -> Result<T> {
        let body = json!({"query": query, "variables": variables});
        Ok(self.attempt(&ApiCall::new(Method::POST, "graphql").rootless().reading().with_body(&body))?)
    }

    /// Sends the call and returns the result from the envelope, or the refusal.
    pub fn attempt<T: DeserializeOwned>(&self, call: &ApiCall) -> Result<T, Failed> {
        typed(&self.envelope(call)?.result, call)
    }

    pub(super) fn envelope(&self, call: &ApiCall) -> Result<Envelope, Failed> {
        self.repeat(call, self.time_limit, |response| {
            let good = response.status().is_success();
            let evidence = self.read(call, response)?;
            match envelope::parse(&evidence.body) {
                Some(envelope) if envelope.success && good => Ok(envelope),
                _ => Err(self.refused(call, &evidence)),
            }
        })
    }

    /// The body as a stream.
    fn stream(&self, call: &ApiCall) -> Result<Response, Failed> {
        self.repeat(call, self.time_limit.max(BODY_TIME_LIMIT), |response| {
            if response.status().is_success() {
                return Ok(response);
            }
            let evidence = self.read(call, response)?;
            Err(self.refused(call, &evidence))
        })
    }

    /// Sends until there is a response to keep, or retrying is pointless.
    fn repeat<T>(
        &self,
        call: &ApiCall,
        time_limit: Duration,
        mut keep: impl FnMut(Response) -> Result<T, Setback>,
    ) -> Result<T, Failed> {
        let start = Instant::now();
        let (mut attempt, mut limited) = (1, 0);
        // one time limit covers all attempts that fail
        let mut time_left = time_limit;
        let _waiting = Waiting::start(self.origin.authority());
        loop {
            let left = || self.patience.saturating_sub(start.elapsed());
            self.pause("rate limit", self.pace.wait().min(left()));
            let sent = Instant::now();
            let outcome = self.send(call, time_left).and_then(|response| {
                self.pace.note(|name| response.headers().get(name)?.to_str().ok());
                keep(response)
            });
            time_left = time_left.saturating_sub(sent.elapsed());
            let (why, pause, failed) = match outcome {
                Ok(kept) => return Ok(kept),
                // even if the API names no time: a refusal costs a call too
                Err(Setback::Limited(asked, failed)) => {
                    limited += 1;
                    // it was no failure to respond: the next one may take as long
                    time_left = time_limit;
                    ("rate limit", asked.max(retry_delay(limited)), failed)
                }
                Err(Setback::Broken(asked, failed)) if call.safe && attempt < ATTEMPTS => {
                    attempt += 1;
                    ("API is unavailable", asked.unwrap_or(retry_delay(attempt - 1).min(left())), failed)
                }
                // the first attempt deleted it, and only its response was lost
                Err(Setback::Final(Failed::Refused(refusal)))
                    if call.method == Method::DELETE && attempt > 1 && refusal.judged.status == 404 =>
                {
                    return Err(Failed::AlreadyGone);
                }
                Err(Setback::Broken(_, failed) | Setback::Final(failed)) => return Err(failed),
            };
            if pause > left() || time_left.is_zero() {
                return Err(failed);
            }
            self.pause(why, pause);
        }
    }

    fn send(&self, call: &ApiCall, limit: Duration) -> Result<Response, Setback> {
        let root = if call.rootless { String::new() } else { format!("accounts/{}/", self.account) };
        let url = format!("{}/client/v4/{root}{}", self.origin, call.path);
        let mut url = url::Url::parse(&url).map_err(|error| {
            Setback::Final(Failed::Unusable(format!("`{}` is not a path: {error}", call.path)))
        })?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self
            .http
            .client()
            .request(call.method.clone(), url)
            // the limit covers the body too, so that a trickle also ends
            .timeout(limit)
            .header("accept", "application/json")
            .header("authorization", format!("Bearer {}", self.token.reveal()));
        if let Some(body) = &call.body {
            request = request.header("content-type", "application/json").body(body.clone());
        }
        self.http.send(request).map_err(|failure| {
            let is_refused_by_proxy = matches!(failure, Failure::Proxy { wants_login: false, .. });
            if is_refused_by_proxy && let Some(refusal) = denial(self.origin.as_str(), limit) {
                let refusal = ApiRefusal::new(call, &self.token, &self.origin, &refusal);
                return Setback::Final(Failed::Refused(Box::new(refusal)));
            }
            let broken = failure == Failure::Reset;
            let failed = Failed::lost(failure, &self.origin, call);
            if broken { Setback::Broken(None, failed) } else { Setback::Final(failed) }
        })
    }

    /// Reads the whole response, as evidence for explaining a failure.
    fn read(&self, call: &ApiCall, response: Response) -> Result<Evidence, Setback> {
        let cut_short = |failure| Setback::Broken(None, Failed::lost(failure, &self.origin, call));
        let evidence = self.http.read(response, MAX_BODY + 1).map_err(cut_short)?;
        if evidence.body.len() as u64 > MAX_BODY {
            let message = format!("Cloudflare's API returned more than {} MB for {call}", MAX_BODY >> 20);
            return Err(Setback::Final(Failed::Unusable(message)));
        }
        Ok(evidence)
    }

    fn refused(&self, call: &ApiCall, evidence: &Evidence) -> Setback {
        let pause = asked_pause(|name| evidence.header(name));
        let failed = Failed::Refused(Box::new(ApiRefusal::new(call, &self.token, &self.origin, evidence)));
        match evidence.status.unwrap_or_default() {
            429 => Setback::Limited(pause.unwrap_or(Duration::from_secs(5)), failed),
            500.. => Setback::Broken(pause, failed),
            _ => Setback::Final(failed),
        }
    }
}

/// A result as the type that the caller wants.
pub(super) fn typed<T: DeserializeOwned>(result: &RawValue, call: &ApiCall) -> Result<T, Failed> {
    serde_json::from_str(result.get()).map_err(|cause| {
        Failed::Unusable(format!("Cloudflare's API returned an unexpected result for {call}: {cause}"))
    })
}

impl From<Failed> for Setback {
    fn from(failed: Failed) -> Self {
        Setback::Final(failed)
    }
}
