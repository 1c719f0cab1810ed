//! What checks run against: a connection to the gateway, the echo behind it if there is one, and
//! exchanges that several checks share.

use super::echo::{Arrived, Echo, EchoRefusal, EchoScript};
use super::finding::ContractFinding;
use super::requests;
use super::stream_script::STREAM;
use super::target::ContractTarget;
use crate::base::error::{Error, Kind, Result};
use crate::base::redact::redact;
use crate::base::url_parts::UrlParts;
use crate::facts::gateway::auth::masked;
use crate::facts::gateway::errors::{Judgement, Speaker};
use crate::http::{Failure, Http, Received};
use crate::services::verify::request::NO_MODEL;
use reqwest::Method;
use serde_json::json;
use std::cell::OnceCell;
use std::time::{Duration, Instant};

/// Larger than any scripted or requested response.
const MAX_BODY: u64 = 4 << 20;

/// A request.
#[derive(Debug, Clone)]
pub(super) struct ContractRequest {
    method: Method,
    /// The path after the base URL, with a leading slash.
    pub(super) path: &'static str,
    headers: Vec<(String, String)>,
    body: String,
    limit: Duration,
}

/// Options of a run.
#[derive(Debug)]
pub struct ContractOptions {
    /// Use this echo as the provider behind the gateway.
    pub echo: Option<Echo>,
    /// Also run checks that cost tokens.
    pub spend: bool,
    /// The model to request.
    pub model: String,
    /// Only these ids or groups; empty means all.
    pub only: Vec<String>,
    /// Time limit for each response.
    pub limit: Duration,
}

/// The result of an exchange.
pub(super) type ContractResult = std::result::Result<Received, Failure>;

pub(crate) struct ContractRun {
    pub(super) target: ContractTarget,
    http: Http,
    pub(super) options: ContractOptions,
    rich: OnceCell<Exchange>,
    stream: OnceCell<Exchange>,
    free: OnceCell<ContractResult>,
    limited: OnceCell<Exchange>,
}

/// A response, and what the echo observed.
pub(super) struct Exchange {
    pub(super) tried: ContractResult,
    /// The requests that reached the echo.
    pub(super) arrived: Vec<Arrived>,
    /// How many events the echo had sent when the first arrived here.
    pub(super) first_seen: Option<usize>,
}

impl ContractRun {
    /// Connects, and makes sure that checks can produce a result.
    pub(super) fn open(target: &ContractTarget, options: ContractOptions) -> Result<Self> {
        let http = Http::new(&target.base, target.extra_roots.as_deref(), |builder| {
            builder.connect_timeout(Duration::from_secs(10))
        });
        let http = http.map_err(|failure| unreachable(&failure, target))?;
        let bench = Self {
            target: target.clone(),
            http,
            options,
            rich: OnceCell::new(),
            stream: OnceCell::new(),
            free: OnceCell::new(),
            limited: OnceCell::new(),
        };
        if bench.options.echo.is_some() {
            bench.leads_to_the_echo()?;
        } else if target.has_credential {
            bench.admits()?;
        } else {
            bench.hello(Duration::from_secs(10)).map_err(|failure| unreachable(&failure, target))?;
        }
        Ok(bench)
    }

    fn leads_to_the_echo(&self) -> Result<()> {
        let echo = self.echo().expect("asked for with an echo only");
        let ask = self.ask(requests::plain_body(self.model()));
        let Exchange { tried, arrived, .. } = self.through_echo(EchoScript::Whole, ask);
        let heard = tried.map_err(|failure| unreachable(&failure, &self.target))?;
        if !arrived.is_empty() {
            return Ok(());
        }
        let judged = Judgement::of(&heard.response);
        let message = format!(
            "the request did not reach the echo at {}: {} responded with {} ({})",
            echo.origin(),
            judged.speaker().label(),
            heard.status(),
            judged.evidence
        );
        Err(Error::new(Kind::Finding, masked(&message, &self.target.headers)).hinted(format!(
            "set the gateway's Anthropic upstream to {}, and pass its model with --model",
            echo.origin()
        )))
    }

    fn admits(&self) -> Result<()> {
        let heard = self.free().as_ref().map_err(|failure| unreachable(failure, &self.target))?;
        if !matches!(heard.status(), 401 | 407) {
            return Ok(());
        }
        let judged = Judgement::of(&heard.response);
        let message = format!("{} refused the credential: {}", judged.speaker().label(), judged.evidence);
        Err(Error::new(Kind::Auth, masked(&message, &self.target.headers)).hinted(judged.row.fix))
    }

    pub(super) fn echo(&self) -> Option<&Echo> {
        self.options.echo.as_ref()
    }

    pub(super) fn model(&self) -> &str {
        &self.options.model
    }

    /// A model request with this body and ordinary headers.
    pub(super) fn ask(&self, body: impl ToString) -> ContractRequest {
        self.ask_with(requests::plain_headers(), body)
    }

    /// A model request with these headers and this body.
    pub(super) fn ask_with(&self, own: Vec<(String, String)>, body: impl ToString) -> ContractRequest {
        ContractRequest {
            method: Method::POST,
            path: "/v1/messages?beta=true",
            headers: self.with_credentials(own),
            body: body.to_string(),
            limit: self.options.limit,
        }
    }

    fn with_credentials(&self, mut own: Vec<(String, String)>) -> Vec<(String, String)> {
        // betas of the credential belong in the single header
        for beta in &self.target.betas {
            if let Some((_, betas)) = own.iter_mut().find(|(name, _)| name == "anthropic-beta")
                && !betas.split(',').any(|known| known == beta)
            {
                betas.push_str(&format!(",{beta}"));
            }
        }
        let theirs = self.target.headers.iter();
        own.extend(theirs.map(|(name, value)| (name.clone(), value.reveal().to_owned())));
        own
    }

    /// This time limit, unless the user's is shorter.
    fn at_most(&self, limit: Duration) -> Duration {
        limit.min(self.options.limit)
    }

    pub(super) fn get(&self, path: &'static str, limit: Duration) -> ContractResult {
        let headers = self.with_credentials(vec![
            ("anthropic-version".to_owned(), "2023-06-01".to_owned()),
            ("accept-encoding".to_owned(), "identity".to_owned()),
        ]);
        self.send(&ContractRequest {
            method: Method::GET,
            path,
            headers,
            body: String::new(),
            limit: self.at_most(limit),
        })
    }

    pub(super) fn hello(&self, limit: Duration) -> ContractResult {
        // the client sends its warm-up request without a credential
        self.send(&ContractRequest {
            method: Method::HEAD,
            path: "/api/hello",
            headers: Vec::new(),
            body: String::new(),
            limit: self.at_most(limit),
        })
    }

    pub(super) fn send(&self, ask: &ContractRequest) -> ContractResult {
        self.send_watching(ask, &mut |_| {})
    }

    /// The same; calls `arrived` with the body so far whenever a piece arrives.
    fn send_watching(&self, ask: &ContractRequest, arrived: &mut dyn FnMut(&[u8])) -> ContractResult {
        let url = format!("{}{}", self.target.base, ask.path);
        let mut request = self.http.client().request(ask.method.clone(), url).timeout(ask.limit);
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        if !ask.body.is_empty() {
            request = request.body(ask.body.clone());
        }
        let started = Instant::now();
        let received = self.http.receive(self.http.send(request)?, started, MAX_BODY, arrived);
        // a partial body is evidence too
        if received.pieces == 0 { received.complete() } else { Ok(received) }
    }

    /// Sends it while the echo, if there is one, responds by this script.
    pub(super) fn through_echo(&self, script: EchoScript, ask: ContractRequest) -> Exchange {
        let Some(echo) = self.echo() else {
            return Exchange { tried: self.send(&ask), arrived: Vec::new(), first_seen: None };
        };
        echo.play(script);
        let tried = self.send_watching(&ask, &mut |so_far| {
            let text = String::from_utf8_lossy(so_far);
            // each event that arrives here lets the echo continue
            let seen = STREAM.iter().filter(|step| step.awaited).take_while(|step| step.is_in(&text));
            echo.seen(seen.count());
        });
        Exchange { tried, arrived: echo.arrived(), first_seen: echo.first_seen() }
    }

    /// A request with every feature: betas, blocks, cache markers, tools, unknown fields.
    fn rich(&self) -> &Exchange {
        self.rich.get_or_init(|| {
            let ask = self.ask_with(requests::rich_headers(), requests::rich_body(self.model()));
            self.through_echo(EchoScript::Whole, ask)
        })
    }

    /// A streamed response.
    pub(super) fn streamed(&self) -> &Exchange {
        self.stream.get_or_init(|| {
            let mut body = json!({
                "model": self.model(), "max_tokens": 64, "stream": true,
                "messages": [{"role": "user", "content": "Count from one to twenty, in words."}],
            });
            if self.echo().is_some() {
                body["metadata"] = json!({"user_id": "cf-aig-conformance"});
            }
            self.through_echo(EchoScript::Stream, self.ask(body))
        })
    }

    /// A request that the echo refuses with a rate limit.
    pub(super) fn limited(&self, refusal: &'static EchoRefusal) -> &Exchange {
        self.limited.get_or_init(|| {
            let ask = self.ask(requests::plain_body(self.model()));
            self.through_echo(EchoScript::Refuse(refusal), ask)
        })
    }

    /// A request that the provider refuses at no cost, because its model does not exist.
    pub(super) fn free(&self) -> &ContractResult {
        self.free.get_or_init(|| self.send(&self.ask(requests::plain_body(NO_MODEL))))
    }
}

impl ContractRun {
    /// A response, or the finding that there is none.
    pub(super) fn heard<'t>(&self, tried: &'t ContractResult) -> Result<&'t Received, ContractFinding> {
        let host = host(&self.target.base);
        tried.as_ref().map_err(|failure| ContractFinding::broken(failure.sentence(&host)))
    }

    /// The rich request as it arrived at the echo.
    pub(super) fn arrived(&self) -> Result<&Arrived, ContractFinding> {
        let Exchange { tried, arrived, .. } = self.rich();
        match arrived.first() {
            Some(first) => Ok(first),
            None => {
                let refusal = refusal(self.heard(tried)?);
                Err(ContractFinding::broken(format!("it did not reach the provider: {refusal}")))
            }
        }
    }

    /// What the provider says about a request that it must refuse.
    pub(super) fn refused(&self, tried: &ContractResult) -> Result<String, ContractFinding> {
        let heard = self.heard(tried)?;
        if is_the_providers(heard) {
            Ok(message(heard))
        } else {
            Err(ContractFinding::broken(refusal(heard)))
        }
    }
}

/// True for an error in Anthropic's format.
pub(super) fn is_anthropics(heard: &Received) -> bool {
    let body = heard.json();
    body["type"] == "error" && body["error"]["type"].is_string()
}

/// True for the provider's own message, not one from a server in front of it.
pub(super) fn is_the_providers(heard: &Received) -> bool {
    is_anthropics(heard) || Judgement::of(&heard.response).speaker() == Speaker::Provider
}

/// The message of an error, as far as it can be parsed.
pub(super) fn message(heard: &Received) -> String {
    let body = heard.json();
    let text = body["error"]["message"].as_str().or_else(|| body["message"].as_str());
    redact(text.unwrap_or(&heard.response.body)).chars().take(200).collect()
}

/// A failed response in a few words.
pub(super) fn refusal(heard: &Received) -> String {
    let judged = Judgement::of(&heard.response);
    format!("{} answered {}: {}", judged.speaker().label(), heard.status(), message(heard))
}

fn host(base: &str) -> String {
    UrlParts::of(base).host()
}

fn unreachable(failure: &Failure, target: &ContractTarget) -> Error {
    failure.error(&host(&target.base))
}
