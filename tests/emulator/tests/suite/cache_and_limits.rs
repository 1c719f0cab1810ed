//! The gateway's cache and its rate limit, with a controlled clock.

use std::time::Duration;

use cf_aig_emulator::{Emulator, GATEWAY_TOKEN};
use serde_json::{Value, json};

use crate::support::{
    admitted, ask, envelope, header, message, outcome, post, question, read, start, start_with,
};

const HOUR: Duration = Duration::from_secs(3600);

/// The cache status of a message with these headers.
fn verdict(emulator: &Emulator, body: &Value, headers: &[(&str, &str)]) -> String {
    let request =
        headers.iter().fold(message(emulator, body), |request, (name, value)| request.header(*name, *value));
    let response = request.send().expect("an answer");
    let verdict = header(&response, "cf-aig-cache-status").to_owned();
    assert_eq!(read(response).0, 200);
    verdict
}

#[test]
fn an_answer_is_cached_for_its_time_to_live() {
    let emulator = start_with(|gateway| gateway.cache_ttl = Some(HOUR));
    assert_eq!(verdict(&emulator, &question(), &[]), "MISS");
    assert_eq!(verdict(&emulator, &question(), &[]), "HIT");
    assert_eq!(verdict(&emulator, &ask("something else"), &[]), "MISS");
    let entry = &emulator.logs()[1];
    assert!(entry.cached);
    assert_eq!(entry.cost, Some(0.0));
    emulator.advance(HOUR);
    assert_eq!(verdict(&emulator, &question(), &[]), "MISS");
}

#[test]
fn without_a_time_to_live_nothing_is_cached() {
    let emulator = start();
    assert_eq!(verdict(&emulator, &question(), &[]), "");
    assert_eq!(verdict(&emulator, &question(), &[]), "");
}

#[test]
fn headers_win_over_the_gateways_cache_settings() {
    let emulator = start_with(|gateway| gateway.cache_ttl = Some(HOUR));
    assert_eq!(verdict(&emulator, &question(), &[]), "MISS");
    assert_eq!(verdict(&emulator, &question(), &[("cf-aig-skip-cache", "true")]), "");
    emulator.update(|config| config.gateways[0].cache_ttl = None);
    let ttl = [("cf-aig-cache-ttl", "60")];
    let other = ask("for a minute");
    assert_eq!(verdict(&emulator, &other, &ttl), "MISS");
    assert_eq!(verdict(&emulator, &other, &ttl), "HIT");
    emulator.advance(Duration::from_secs(60));
    assert_eq!(verdict(&emulator, &other, &ttl), "MISS");
}

#[test]
fn a_custom_key_caches_whatever_is_asked_for_five_minutes() {
    let emulator = start();
    let key = [("cf-aig-cache-key", "greeting")];
    assert_eq!(verdict(&emulator, &question(), &key), "MISS");
    assert_eq!(verdict(&emulator, &ask("something else"), &key), "HIT");
    emulator.advance(Duration::from_secs(300));
    assert_eq!(verdict(&emulator, &question(), &key), "MISS");
}

#[test]
fn a_cached_stream_is_a_stream() {
    let emulator = start_with(|gateway| gateway.cache_ttl = Some(HOUR));
    let mut body = question();
    body["stream"] = json!(true);
    let first = message(&emulator, &body).send().expect("an answer").text().expect("a stream");
    let response = message(&emulator, &body).send().expect("an answer");
    assert_eq!(header(&response, "cf-aig-cache-status"), "HIT");
    assert!(header(&response, "content-type").starts_with("text/event-stream"));
    assert_eq!(response.text().expect("a stream"), first);
}

#[test]
fn failures_are_not_cached_and_a_credential_is_part_of_the_key() {
    let emulator = start_with(|gateway| gateway.cache_ttl = Some(HOUR));
    assert_eq!(verdict(&emulator, &question(), &[]), "MISS");
    for _ in 0..2 {
        let wrong = admitted(post(&emulator, "v1/messages", &question())).header("x-api-key", "no");
        let response = wrong.send().expect("an answer");
        assert_eq!((response.status().as_u16(), header(&response, "cf-aig-cache-status")), (401, "MISS"));
    }
}

#[test]
fn beyond_the_rate_limit_is_2003_until_the_window_ends() {
    let emulator = start_with(|gateway| gateway.rate_limit = Some((2, HOUR)));
    for _ in 0..2 {
        assert_eq!(outcome(message(&emulator, &question())).0, 200);
    }
    let response = message(&emulator, &question()).send().expect("an answer");
    assert_eq!(header(&response, "retry-after"), "");
    assert_eq!(read(response), envelope(429, 2003, "Rate limited"));
    assert_eq!(emulator.logs()[2].status_code, 429);
    emulator.advance(HOUR);
    assert_eq!(outcome(message(&emulator, &question())).0, 200);
}

#[test]
fn a_sliding_window_forgets_one_request_after_the_other() {
    let emulator = start_with(|gateway| {
        gateway.rate_limit = Some((2, HOUR));
        gateway.rate_limit_sliding = true;
    });
    let status = || outcome(message(&emulator, &question())).0;
    assert_eq!(status(), 200);
    emulator.advance(HOUR / 2);
    assert_eq!((status(), status()), (200, 429));
    emulator.advance(HOUR / 2);
    assert_eq!((status(), status()), (200, 429));
}

#[test]
fn cache_hits_and_strangers_do_not_count() {
    let emulator = start_with(|gateway| {
        gateway.cache_ttl = Some(HOUR);
        gateway.rate_limit = Some((1, HOUR));
    });
    let stranger = post(&emulator, "v1/messages", &question());
    assert_eq!(outcome(stranger).0, 401);
    assert_eq!(verdict(&emulator, &question(), &[]), "MISS");
    assert_eq!(verdict(&emulator, &question(), &[]), "HIT");
    let other = message(&emulator, &ask("something else"));
    assert_eq!(outcome(other).0, 429);
    assert_eq!(emulator.requests()[0].header("cf-aig-authorization"), None);
    assert!(
        emulator.requests()[1].header("cf-aig-authorization").is_some_and(|v| v.ends_with(GATEWAY_TOKEN))
    );
}
