//! GraphQL analytics: counts, allowed queries, and errors.

use std::time::{Duration, Instant};

use cf_aig_emulator::{ACCOUNT_ID, API_TOKEN, Analytics, Config, Emulator, SyntheticRequests};
use serde_json::{Value, json};

use crate::support::{client, message, outcome, question};

const DAY: Duration = Duration::from_secs(86_400);

fn start(count: u64) -> Emulator {
    let synthetic = SyntheticRequests { count, ..SyntheticRequests::default() };
    let analytics =
        Analytics { synthetic: Some(synthetic), not_older_than: DAY * 36_500, ..Analytics::default() };
    Emulator::start(Config { analytics, ..Config::default() }).expect("loopback")
}

fn query(emulator: &Emulator, query: &str, variables: Value) -> Value {
    let body = json!({"query": query, "variables": variables}).to_string();
    let url = format!("{}/client/v4/graphql", emulator.api_origin());
    let (status, answer) =
        outcome(client().post(url).header("authorization", format!("Bearer {API_TOKEN}")).body(body));
    assert_eq!(status, 200, "GraphQL says no with 200: {answer}");
    answer
}

/// The groups of November with these fields, or the first error message.
fn groups(emulator: &Emulator, fields: &str, filter: &Value, more: &str) -> Result<Vec<Value>, String> {
    let mut filter = filter.clone();
    if filter.get("datetimeHour_geq").is_none() {
        filter["datetimeHour_geq"] = json!("2026-11-01T00:00:00Z");
        filter["datetimeHour_leq"] = json!("2026-11-20T23:00:00Z");
    }
    let text = format!(
        "query($account: string!, $filter: Filter) {{ viewer {{ accounts(filter: {{accountTag: $account}}) \
         {{ aiGatewayRequestsAdaptiveGroups(limit: 5000, filter: $filter{more}) {{ {fields} }} }} }} }}"
    );
    let answer = query(emulator, &text, json!({"account": ACCOUNT_ID, "filter": filter}));
    match answer["errors"][0]["message"].as_str() {
        Some(message) => {
            assert_eq!(answer["data"], json!(null));
            Err(message.to_owned())
        }
        None => Ok(answer["data"]["viewer"]["accounts"][0]["aiGatewayRequestsAdaptiveGroups"]
            .as_array()
            .cloned()
            .expect("groups")),
    }
}

fn counts(groups: &[Value]) -> u64 {
    groups.iter().filter_map(|group| group["count"].as_u64()).sum()
}

#[test]
fn ten_million_requests_are_counted_as_fast_as_a_thousand() {
    for count in [1_000, 10_000_000] {
        let started = Instant::now();
        let emulator = start(count);
        let all = groups(&emulator, "count dimensions { gateway }", &json!({}), "").expect("groups");
        assert_eq!((all.len(), counts(&all)), (2, count));
        assert!(started.elapsed() < Duration::from_secs(10), "nothing is stored");
    }
}

#[test]
fn groups_are_those_of_the_dimensions_that_were_asked_for() {
    let emulator = start(100_000);
    for (dimensions, expected) in [("date", 20), ("provider", 2), ("model provider", 3), ("date model", 60)] {
        let fields = format!("count dimensions {{ {dimensions} }}");
        let found = groups(&emulator, &fields, &json!({}), "").expect("groups");
        assert_eq!((found.len(), counts(&found)), (expected, 100_000), "{dimensions}");
    }
    let one = groups(&emulator, "n: count sum { cost erroredRequests }", &json!({}), "").expect("a group");
    assert!(
        one.len() == 1 && one[0]["sum"]["cost"].as_f64() > Some(0.0) && one[0]["n"] == 100_000,
        "{one:?}"
    );
}

#[test]
fn filters_and_orders_are_followed() {
    let emulator = start(100_000);
    let of = |filter: Value, more: &str| groups(&emulator, "count dimensions { model date }", &filter, more);
    let opus =
        of(json!({"model_like": "%opus%", "gateway": "emulator"}), ", orderBy: [date_DESC]").expect("groups");
    assert_eq!(opus.len(), 20);
    assert_eq!(opus[0]["dimensions"]["date"], "2026-11-20");
    let either = json!({"OR": [{"provider": "openai"}, {"model_in": ["anthropic/claude-haiku-4-5"]}]});
    assert_eq!(of(either, "").expect("groups").len(), 40);
    let day = json!({"datetimeHour_geq": "2026-11-02T00:00:00Z", "datetimeHour_leq": "2026-11-02T23:00:00Z"});
    assert_eq!(of(day, "").expect("groups").len(), 3);
}

#[test]
fn what_does_not_exist_is_an_error() {
    let emulator = start(10);
    let of = |fields: &str, filter: Value, more: &str| groups(&emulator, fields, &filter, more).unwrap_err();
    assert_eq!(of("count sum { tokens }", json!({}), ""), "unknown field \"tokens\"");
    assert_eq!(of("dimensions { city }", json!({}), ""), "unknown field \"city\"");
    assert!(of("count", json!({"city": "x"}), "").contains("unknown filter"));
    assert!(of("count", json!({}), ", orderBy: [cost_DESC]").contains("unknown order"));
    assert!(query(&emulator, "query {", json!({}))["errors"][0]["message"].is_string());
    assert!(query(&emulator, "{ viewer { zones { x } } }", json!({}))["errors"][0]["message"].is_string());
}

#[test]
fn the_limits_are_announced_and_enforced() {
    let emulator = start(10);
    let text = "query($a: string!) { viewer { accounts(filter: {accountTag: $a}) { settings { \
                aiGatewayRequestsAdaptiveGroups { availableFields maxDuration notOlderThan maxPageSize } } } } }";
    let answer = query(&emulator, text, json!({"a": ACCOUNT_ID}));
    let settings = &answer["data"]["viewer"]["accounts"][0]["settings"]["aiGatewayRequestsAdaptiveGroups"];
    assert_eq!((&settings["maxDuration"], &settings["maxPageSize"]), (&json!(31 * 86_400), &json!(10_000)));
    let wide =
        json!({"datetimeHour_geq": "2026-09-01T00:00:00Z", "datetimeHour_leq": "2026-11-20T00:00:00Z"});
    assert!(groups(&emulator, "count", &wide, "").unwrap_err().contains("time range is too large"));
    emulator.update(|config| config.analytics.not_older_than = DAY);
    let old = json!({"datetimeHour_geq": "2020-01-01T00:00:00Z", "datetimeHour_leq": "2020-01-02T00:00:00Z"});
    assert!(groups(&emulator, "count", &old, "").unwrap_err().contains("older than"));
}

#[test]
fn a_request_is_counted_only_after_a_while() {
    let emulator = Emulator::start(Config::default()).expect("loopback");
    assert_eq!(outcome(message(&emulator, &question())).0, 200);
    let count = || {
        let now = jiff::Timestamp::now();
        let hour = |at: jiff::Timestamp| format!("{}", at.round(jiff::Unit::Second).unwrap_or(at));
        let ago = now - jiff::SignedDuration::from_hours(2);
        let filter = json!({"datetimeHour_geq": hour(ago), "datetimeHour_leq": hour(now + jiff::SignedDuration::from_hours(2))});
        counts(&groups(&emulator, "count", &filter, "").expect("groups"))
    };
    assert_eq!(count(), 0);
    emulator.advance(Duration::from_secs(600));
    assert_eq!(count(), 1);
}

#[test]
fn too_many_queries_are_refused_until_the_window_ends() {
    let emulator = start(10);
    emulator.update(|config| config.analytics.queries = Some(2));
    let ask = || {
        let url = format!("{}/client/v4/graphql", emulator.api_origin());
        let request = client().post(url).header("authorization", format!("Bearer {API_TOKEN}"));
        outcome(request.body("{\"query\": \"{ viewer { accounts { count } } }\"}")).0
    };
    // a window may end in between
    assert!((0..5).any(|_| ask() == 429));
    emulator.advance(Duration::from_secs(300));
    assert_eq!(ask(), 200);
}
