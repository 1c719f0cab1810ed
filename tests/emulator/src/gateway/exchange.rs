//! One call to one provider: limits, cache, provider, log.

use std::sync::Arc;
use std::time::Duration;

use super::auth::{self, Payer};
use super::cache::CacheKey;
use super::call::{Call, Options};
use super::error::Refusal;
use super::logs::LogEntry;
use super::price;
use crate::config::{Config, Gateway, Policy};
use crate::http::Reply;
use crate::state::State;
use crate::upstream::{self, Answer, Ask, Key, ProviderFault, anthropic};

/// The context of a call: the emulator, and the configuration when the request arrived.
pub(crate) struct Site {
    pub(crate) state: Arc<State>,
    pub(crate) config: Config,
    pub(crate) gateway: Gateway,
}

/// The result of a call; nothing is logged before it is turned into a reply.
pub(crate) struct Outcome {
    call: Call,
    options: Options,
    result: Result<Served, Refusal>,
    started: Duration,
}

pub(crate) struct Served {
    answer: Answer,
    payer: Payer,
    /// `None` if the cache was not used.
    cache_hit: Option<bool>,
}

/// Runs a call.
pub(crate) async fn run(site: &Site, call: Call) -> Outcome {
    let started = site.state.clock.now();
    let mut options = Options::read(&site.gateway, &call.headers);
    options.event_id = options.event_id.filter(|_| !site.config.logs.no_event_ids);
    let result = serve(site, &call, &options).await;
    Outcome { call, options, result, started }
}

async fn serve(site: &Site, call: &Call, options: &Options) -> Result<Served, Refusal> {
    let policy = &site.gateway.policy;
    screen(&call.body, &policy.blocked_prompts, Refusal::prompt_blocked)?;
    screen(&call.body, &policy.dlp_requests, Refusal::request_leaks)?;
    let payer = auth::payer(&site.config, &site.gateway, call)?;
    let key = payer.key();
    let cache_key = CacheKey::new(&site.gateway.gateway_id, call, options, key.as_ref());
    if options.cache_ttl.is_some() {
        let hit = site.state.cache().get(&cache_key, site.state.clock.now());
        if let Some(answer) = hit {
            return Ok(Served { answer, payer, cache_hit: Some(true) });
        }
    }
    // after the cache: a hit does not count, and cached responses skip policies
    let asked = model_name(&call.provider, &call.model().unwrap_or_default());
    super::policy::judge(&site.gateway.policies, &asked)?;
    site.state.rate_limits().admit(&site.gateway, site.state.clock.now())?;
    if site.gateway.spend_limit_exceeded {
        let model = model_name(&call.provider, &call.model().unwrap_or_default());
        return Err(Refusal::spend_limit(&call.provider, &model));
    }
    let answer = ask_with_retries(site, call, options, key).await?;
    screen_answer(&answer, policy)?;
    if let Some(ttl) = options.cache_ttl.filter(|_| answer.status == 200) {
        let expires = site.state.clock.now() + ttl;
        site.state.cache().put(cache_key, expires, answer.clone());
    }
    bill(site, &payer, &answer, options);
    let cache_hit = options.cache_ttl.map(|_| false);
    Ok(Served { answer, payer, cache_hit })
}

fn screen(body: &[u8], words: &[String], refusal: fn() -> Refusal) -> Result<(), Refusal> {
    let text = String::from_utf8_lossy(body);
    if words.iter().any(|word| text.contains(word.as_str())) { Err(refusal()) } else { Ok(()) }
}

fn screen_answer(answer: &Answer, policy: &Policy) -> Result<(), Refusal> {
    if policy.blocked_responses.is_empty() && policy.dlp_responses.is_empty() {
        return Ok(());
    }
    let text = answer.text();
    screen(text.as_bytes(), &policy.blocked_responses, Refusal::response_blocked)?;
    screen(text.as_bytes(), &policy.dlp_responses, Refusal::response_leaks)
}

async fn ask_with_retries(
    site: &Site,
    call: &Call,
    options: &Options,
    key: Option<Key>,
) -> Result<Answer, Refusal> {
    let mut attempt = 1;
    loop {
        let result = ask(site, call, options, key.clone()).await;
        let failed = result.as_ref().map_or(true, |answer| answer.status >= 500);
        if !failed || attempt >= options.attempts {
            return result;
        }
        tokio::time::sleep(options.pause(attempt)).await;
        attempt += 1;
    }
}

async fn ask(site: &Site, call: &Call, options: &Options, key: Option<Key>) -> Result<Answer, Refusal> {
    // it is not known how a double slash is treated; a 404 from the provider is our choice
    if call.path.starts_with('/') || call.path.contains("//") {
        return Ok(anthropic::error(404, "not_found_error", "Not Found"));
    }
    match site.state.take_provider_fault(&call.provider) {
        Some(ProviderFault::Unreachable) => return Err(Refusal::no_response()),
        Some(ProviderFault::Error { status, kind, message, retry_after }) => {
            let answer = upstream::error(&call.provider, &call.path, status, &kind, &message);
            return Ok(match retry_after {
                Some(seconds) => answer.with("retry-after", seconds.to_string()),
                None => answer,
            });
        }
        Some(ProviderFault::Slow(delay)) => {
            let limit = options.timeout.unwrap_or(delay);
            tokio::time::sleep(delay.min(limit)).await;
            if limit < delay {
                // the code of a timeout is not documented; this is the closest one
                return Err(Refusal::no_response());
            }
        }
        Some(ProviderFault::Times(..)) | None => {}
    }
    let ask = Ask {
        provider: &call.provider,
        method: &call.method,
        path: &call.path,
        headers: &call.headers,
        body: &call.body,
        key,
    };
    Ok(upstream::answer(&site.config, &ask))
}

fn bill(site: &Site, payer: &Payer, answer: &Answer, options: &Options) {
    if !matches!(payer, Payer::Unified(_)) {
        return;
    }
    let Some(dollars) = cost(answer, options) else {
        return;
    };
    let (account, gateway) = (&site.gateway.account_id, &site.gateway.gateway_id);
    let mut config = site.state.config();
    let credit = config.gateway_mut(account, gateway).and_then(|gateway| gateway.unified_billing.as_mut());
    if let Some(credit) = credit {
        *credit = (*credit - dollars * 100.0).max(0.0);
    }
}

fn cost(answer: &Answer, options: &Options) -> Option<f64> {
    price::cost(answer.model.as_deref().unwrap_or_default(), answer.usage?, options.custom_cost)
}

/// `provider/model`.
fn model_name(provider: &str, model: &str) -> String {
    if model.is_empty() || model.starts_with(&format!("{provider}/")) {
        model.to_owned()
    } else {
        format!("{provider}/{model}")
    }
}

impl Outcome {
    /// Whether another step of a fallback chain is needed.
    pub(crate) fn failed(&self) -> bool {
        self.result.as_ref().map_or(true, |served| served.answer.status >= 400)
    }

    /// The response with the gateway's headers, and its log entry.
    pub(crate) fn reply(self, site: &Site) -> Reply {
        let logged =
            self.options.collect_log && self.result.as_ref().map_or_else(Refusal::is_logged, |_| true);
        let entry = logged.then(|| self.log_entry(site));
        let mut reply = match self.result {
            Ok(Served { answer, cache_hit, .. }) => {
                let mut reply = answer.into_reply(site.config.pace);
                if let Some(hit) = cache_hit {
                    let status = if hit { "HIT" } else { "MISS" };
                    reply = reply.with("cf-aig-cache-status", status);
                }
                reply.with("cf-aig-step", self.call.step.to_string())
            }
            Err(refusal) => refusal.reply(),
        };
        if let Some(event_id) = &self.options.event_id {
            reply = reply.with("cf-aig-event-id", event_id);
        }
        if let Some(mut entry) = entry {
            if !site.config.logs.no_ids {
                reply = reply.with("cf-aig-log-id", &entry.id);
            }
            if self.options.collect_payload {
                entry.request_body = Some(self.call.body.to_vec());
                entry.response_body = Some(reply.body.bytes());
            }
            let (state, started) = (Arc::clone(&site.state), self.started);
            reply.body.on_done(move |_complete| {
                let duration = state.clock.now().saturating_sub(started);
                entry.duration = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
                state.logs.push(entry);
            });
        }
        reply
    }

    fn log_entry(&self, site: &Site) -> LogEntry {
        let served = self.result.as_ref().ok();
        let answer = served.map(|served| &served.answer);
        let hit = served.is_some_and(|served| served.cache_hit == Some(true));
        let cost = answer.and_then(|answer| cost(answer, &self.options));
        let payer = served.map(|served| &served.payer);
        let header = |name| self.call.headers.get(name).unwrap_or_default().to_owned();
        let model =
            answer.and_then(|answer| answer.model.clone()).or_else(|| self.call.model()).unwrap_or_default();
        let status_code = match &self.result {
            Ok(served) => served.answer.status,
            Err(refusal) => refusal.status,
        };
        LogEntry {
            id: uuid::Uuid::now_v7().to_string(),
            created_at: site.state.clock.timestamp(),
            provider: self.call.provider.clone(),
            model: model_name(&self.call.provider, &model),
            path: self.call.path.clone(),
            success: status_code < 400,
            status_code,
            tokens_in: answer.and_then(|answer| answer.usage).map(|usage| usage.input),
            tokens_out: answer.and_then(|answer| answer.usage).map(|usage| usage.output),
            cost: if hit { Some(0.0) } else { cost },
            custom_cost: self.options.custom_cost.is_some(),
            cached: hit,
            duration: 0,
            metadata: self.options.metadata.clone(),
            event_id: self.options.event_id.clone(),
            feedback: None,
            score: None,
            request_type: self.call.path.rsplit('/').next().unwrap_or_default().to_owned(),
            request_content_type: header("content-type"),
            response_content_type: answer.map_or("application/json", Answer::content_type).to_owned(),
            step: self.call.step,
            byok: matches!(payer, Some(Payer::Stored(_))),
            wholesale: matches!(payer, Some(Payer::Unified(_))),
            authentication: site.gateway.authentication,
            user_agent: header("user-agent"),
            account_id: site.gateway.account_id.clone(),
            gateway_id: site.gateway.gateway_id.clone(),
            request_body: None,
            response_body: None,
        }
    }
}
