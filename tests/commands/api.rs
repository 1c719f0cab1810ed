//! The client for Cloudflare's API, against the emulator's API host.

use cf_aig::base::error::{Error, Kind};
use cf_aig::base::secret::Secret;
use cf_aig::cloudflare::{Access, Api, ApiCall, Failed};
use cf_aig::facts::gateway::ids::AccountId;
use cf_aig::facts::gateway::url::Origin;
use cf_aig_emulator::{ACCOUNT_ID, API_TOKEN, Config, Emulator, Fault, Gateway, Host, Tls};
use reqwest::Method;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

fn api_with(emulator: &Emulator, token: &str) -> Api {
    Api::new(Access {
        origin: Origin::parse(&emulator.api_origin()).unwrap(),
        account: AccountId::parse(ACCOUNT_ID).unwrap(),
        token: Secret::new(token).unwrap(),
        extra_roots: None,
    })
    .unwrap()
}

fn api(emulator: &Emulator) -> Api {
    api_with(emulator, API_TOKEN)
}

fn start() -> Emulator {
    Emulator::start(Config::default()).unwrap()
}

/// Adds this many gateways.
fn with_gateways(count: usize) -> Emulator {
    let more = (0..count).map(|n| Gateway { gateway_id: format!("g{n:03}"), ..Gateway::default() });
    Emulator::start(Config { gateways: more.collect(), ..Config::default() }).unwrap()
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Fault {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Fault::Status { status, headers: headers.collect(), body: body.to_owned() }
}

fn refusal(status: u16, code: u32, message: &str) -> Fault {
    let body = json!({"success": false, "errors": [{"code": code, "message": message}], "messages": [], "result": null});
    answer(status, &[("content-type", "application/json")], &body.to_string())
}

fn once(emulator: &Emulator, fault: Fault) {
    emulator.set_fault_of(Host::Api, Some(Fault::Times(1, Box::new(fault))));
}

const GATEWAYS: &str = "ai-gateway/gateways";

/// The API's response with a fault.
fn behind(fault: Fault) -> Error {
    let emulator = start();
    emulator.set_fault_of(Host::Api, Some(fault));
    api(&emulator).get::<Value>(GATEWAYS, &[]).unwrap_err()
}

#[test]
fn results_are_unwrapped_from_their_envelope_over_one_connection() {
    let emulator = start();
    let api = api(&emulator);
    for _ in 0..3 {
        let gateway: Value = api.get("ai-gateway/gateways/emulator", &[]).unwrap();
        assert_eq!(gateway["authentication"], true);
    }
    assert_eq!(emulator.connections(), 1);
    let request = &emulator.requests()[0];
    assert_eq!(request.header("authorization"), Some(format!("Bearer {API_TOKEN}").as_str()));
    assert!(request.header("user-agent").unwrap().starts_with("cf-aig/"));
}

#[test]
fn a_list_is_read_to_its_end_page_by_page() {
    let emulator = with_gateways(230);
    let api = api(&emulator);
    let mut pages = api.pages::<Value>(GATEWAYS, &[("search", "g".to_owned())]);
    let first = pages.next().unwrap().unwrap();
    assert_eq!((first["id"].as_str(), pages.total()), (Some("g000"), Some(230)));
    assert_eq!(emulator.requests().len(), 1, "the next page is fetched when it is needed");
    assert_eq!(pages.count(), 229);
    let paths: Vec<_> = emulator.requests().iter().map(|r| r.path.clone()).collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
    assert!(paths.iter().all(|p| p.contains("per_page=100") && p.contains("search=g")), "{paths:?}");
}

#[test]
fn an_error_in_the_middle_of_a_list_ends_it() {
    let emulator = with_gateways(150);
    let api = api(&emulator);
    let mut pages = api.pages::<Value>(GATEWAYS, &[]);
    assert_eq!(pages.next_page().unwrap().unwrap().len(), 100);
    emulator.set_fault_of(Host::Api, Some(refusal(403, 10000, "Authentication error")));
    assert_eq!(pages.next().unwrap().unwrap_err().kind, Kind::Auth);
    assert!(pages.next().is_none());
}

#[test]
fn a_token_is_verified_where_it_is_known() {
    let emulator = start();
    emulator.update(|config| config.api_tokens.push("cfat_account".to_owned()));
    assert!(api(&emulator).token_is_active().unwrap(), "its message has the code 10000");
    assert!(api_with(&emulator, "cfat_account").token_is_active().unwrap());
    let paths: Vec<_> = emulator.requests().iter().map(|r| r.path.clone()).collect();
    let of_account = format!("/client/v4/accounts/{ACCOUNT_ID}/tokens/verify");
    assert_eq!(paths, ["/client/v4/user/tokens/verify", of_account.as_str()]);
}

#[test]
fn a_token_unknown_to_the_user_endpoint_is_verified_at_the_account() {
    let emulator = start();
    once(&emulator, refusal(401, 1000, "Invalid API Token"));
    assert!(api(&emulator).token_is_active().unwrap());
    assert_eq!(emulator.requests().len(), 2);
}

#[test]
fn a_missing_permission_is_named_with_the_place_to_give_it() {
    let emulator = start();
    let read = api_with(&emulator, "cfut_other").get::<Value>(GATEWAYS, &[]).unwrap_err();
    assert_eq!(read.kind, Kind::Auth);
    insta::assert_snapshot!(read, @"
    Cloudflare's API refused GET ai-gateway/gateways: Authentication error (401/10000)
      hint: the token must be active and have AI Gateway Read on this account: https://dash.cloudflare.com/profile/api-tokens
    ");
    let write =
        api_with(&emulator, "cfat_other").write::<Value>(Method::POST, GATEWAYS, &json!({})).unwrap_err();
    insta::assert_snapshot!(write, @"
    Cloudflare's API refused POST ai-gateway/gateways: Authentication error (401/10000)
      hint: the token must be active and have AI Gateway Write (the dashboard's Edit) on this account: https://dash.cloudflare.com/?to=/:account/api-tokens
    ");
    let costs =
        api_with(&emulator, "cfut_other").graphql::<Value>("query { viewer { __typename } }", json!({}));
    assert!(costs.unwrap_err().hints[0].contains("Account Analytics Read"));
}

#[test]
fn success_decides_and_not_the_status() {
    let error = behind(refusal(200, 9109, "Unauthorized to access requested resource"));
    assert_eq!(error.kind, Kind::Auth, "{error}");
}

#[test]
fn each_refusal_has_the_exit_code_of_its_kind() {
    let cases = [
        (refusal(404, 1004, "Not Found"), Kind::NotFound, "cf-aig"),
        (refusal(404, 7003, "Could not route to /x"), Kind::NotFound, "account id"),
        (refusal(409, 1003, "slug taken"), Kind::Conflict, "provider list"),
        (refusal(400, 5403, "already exists"), Kind::Conflict, "choose another id"),
        (refusal(400, 7001, "Expected number, received nan"), Kind::Usage, ""),
        (Fault::HostNotAllowed, Kind::Refused, ""),
        (Fault::BlockPage, Kind::Network, ""),
        (Fault::ErrorCode1010, Kind::Network, ""),
        (Fault::EdgeHtml { status: 522 }, Kind::Network, ""),
        (Fault::Redirect { to: "https://login.example.com/".to_owned() }, Kind::Network, ""),
        (Fault::RefuseConnections, Kind::Network, ""),
    ];
    for (fault, kind, hint) in cases {
        let what = format!("{fault:?}");
        let error = behind(fault);
        assert_eq!(error.kind, kind, "{what}: {error}");
        assert!(error.hints.iter().any(|h| h.contains(hint)) || hint.is_empty(), "{what}: {error}");
        assert_eq!(error.message.lines().count(), 1, "{error}");
    }
}

#[test]
fn a_read_is_retried_after_a_failure() {
    let later = answer(503, &[("retry-after", "0")], "later");
    for fault in [Fault::EdgeHtml { status: 502 }, answer(500, &[], "oops"), later, Fault::ResetMidStream] {
        let emulator = start();
        once(&emulator, fault.clone());
        let found: Value = api(&emulator).get(GATEWAYS, &[]).unwrap();
        assert_eq!(found.as_array().unwrap().len(), 1);
        assert_eq!(emulator.requests().len(), 2, "{fault:?}");
    }
}

#[test]
fn a_creation_is_not_retried() {
    let emulator = start();
    emulator.set_fault_of(Host::Api, Some(answer(502, &[], "")));
    let body = json!({"id": "new"});
    api(&emulator).write::<Value>(Method::POST, GATEWAYS, &body).unwrap_err();
    api(&emulator).write::<Value>(Method::PATCH, "ai-gateway/custom-providers/x", &body).unwrap_err();
    assert_eq!(emulator.requests().len(), 2);
}

#[test]
fn a_change_whose_response_is_lost_may_have_been_made() {
    let says = |fault: &Fault, call: ApiCall| {
        let emulator = start();
        emulator.set_fault_of(Host::Api, Some(fault.clone()));
        let api = api(&emulator).with_time_limit(Duration::from_millis(300)).with_patience(Duration::ZERO);
        let hints = Error::from(api.attempt::<Value>(&call).unwrap_err()).hints;
        hints.into_iter().find(|hint| hint.contains("may have been made"))
    };
    let lost = [
        Fault::ResetMidStream,
        Fault::ResetOnAccept,
        Fault::EndsUnanswered,
        Fault::AcceptAndHang,
        Fault::StallMidStream,
        answer(502, &[], ""),
    ];
    let lists = [
        ("ai-gateway/gateways", Some("gateway list")),
        ("ai-gateway/gateways/team", Some("gateway list")),
        ("ai-gateway/gateways/team/provider_configs", Some("key list")),
        ("ai-gateway/gateways/team/routes/r/deployments", Some("route list")),
        ("ai-gateway/custom-providers", Some("provider list")),
        ("secrets_store/stores/s/secrets", None),
    ];
    for fault in &lost {
        for (path, list) in lists {
            let call = ApiCall::new(Method::POST, path).with_body(&json!({}));
            let hint = says(fault, call).unwrap_or_else(|| panic!("{fault:?}: {path}"));
            match list {
                Some(list) => {
                    assert!(hint.contains(&format!("`cf-aig {list}` shows it")), "{fault:?}: {hint}")
                }
                None => assert_eq!(hint, "the change may have been made"),
            }
        }
        for method in [Method::PATCH, Method::PUT, Method::DELETE] {
            assert!(says(fault, ApiCall::new(method, "ai-gateway/gateways/team")).is_some(), "{fault:?}");
        }
        assert_eq!(says(fault, ApiCall::new(Method::GET, GATEWAYS)), None);
        assert_eq!(says(fault, ApiCall::new(Method::POST, "graphql").rootless().reading()), None);
    }
    for fault in [refusal(400, 7001, "no"), refusal(403, 10000, "no"), Fault::RefuseConnections] {
        assert_eq!(says(&fault, ApiCall::new(Method::POST, GATEWAYS)), None, "{fault:?}");
    }
}

#[test]
fn a_read_only_query_is_retried() {
    let emulator = start();
    emulator.set_fault_of(Host::Api, Some(answer(502, &[], "")));
    api(&emulator).graphql::<Value>("query { viewer { __typename } }", json!({})).unwrap_err();
    assert_eq!(emulator.requests().len(), 4);
}

#[test]
fn a_repeated_delete_that_finds_nothing_has_done_its_work() {
    let emulator = start();
    once(&emulator, Fault::ResetMidStream);
    // the first response is lost, the second is a 404: no other request was sent
    assert_eq!(api(&emulator).delete("ai-gateway/gateways/none", &[]).unwrap(), Value::Null);
    let error = api(&emulator).delete("ai-gateway/gateways/none", &[]).unwrap_err();
    assert_eq!(error.kind, Kind::NotFound);
}

#[test]
fn a_creation_waits_for_the_rate_limit_too() {
    let emulator = start();
    let limited =
        answer(429, &[("retry-after", "0")], r#"{"success":false,"errors":[{"code":971,"message":"slow"}]}"#);
    once(&emulator, limited);
    let error = api(&emulator).write::<Value>(Method::POST, "ai-gateway/nowhere", &json!({})).unwrap_err();
    assert_eq!((error.kind, emulator.requests().len()), (Kind::NotFound, 2));
}

#[test]
fn a_wait_longer_than_ones_patience_is_an_error() {
    let emulator = start();
    let body = r#"{"success":false,"errors":[{"code":971,"message":"Please wait and consider throttling your request speed"}]}"#;
    emulator.set_fault_of(Host::Api, Some(answer(429, &[("retry-after", "290")], body)));
    let error = api(&emulator).with_patience(Duration::from_secs(1)).get::<Value>(GATEWAYS, &[]).unwrap_err();
    assert_eq!((error.kind, emulator.requests().len()), (Kind::Network, 1));
    assert!(error.hints[0].contains("retry-after"), "{error}");
}

#[test]
fn a_limit_that_names_no_time_to_wait_is_no_storm_of_requests() {
    for (name, value) in [("retry-after", "0"), ("ratelimit", r#""default";r=0;t=0"#)] {
        let emulator = start();
        emulator.set_fault_of(Host::Api, Some(answer(429, &[(name, value)], "{}")));
        let api = api(&emulator).with_patience(Duration::from_secs(2));
        let Err(Failed::Refused(refusal)) = api.attempt::<Value>(&ApiCall::new(Method::GET, GATEWAYS)) else {
            panic!("refused")
        };
        // after 0.25, 0.5 and 1 s
        assert_eq!((refusal.judged.status, emulator.requests().len()), (429, 4), "{name}");
    }
}

#[test]
fn a_limit_that_is_reported_slowly_is_not_taken_for_no_response() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let answer = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 0\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            std::thread::sleep(Duration::from_millis(500));
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let access = Access {
        origin: Origin::parse(&origin).unwrap(),
        account: AccountId::parse(ACCOUNT_ID).unwrap(),
        token: Secret::new(API_TOKEN).unwrap(),
        extra_roots: None,
    };
    let api = Api::new(access).unwrap().with_time_limit(Duration::from_millis(900));
    let error = api.with_patience(Duration::from_secs(2)).get::<Value>(GATEWAYS, &[]).unwrap_err();
    assert!(error.message.contains("429"), "{error}");
}

#[test]
fn a_server_that_asks_to_wait_longer_than_ones_patience_is_not_asked_again() {
    let emulator = start();
    emulator.set_fault_of(Host::Api, Some(answer(503, &[("retry-after", "290")], "later")));
    let error = api(&emulator).with_patience(Duration::from_secs(1)).get::<Value>(GATEWAYS, &[]).unwrap_err();
    assert!(error.message.contains("503"), "{error}");
    assert_eq!(emulator.requests().len(), 1);
}

#[test]
fn no_number_in_a_header_is_too_large() {
    let body = r#"{"success":true,"errors":[],"messages":[],"result":[]}"#;
    for number in [u64::MAX, u64::MAX / 2, 1 << 62, u64::from(u32::MAX)] {
        for status in [200, 429, 503] {
            let emulator = start();
            let headers = [
                ("retry-after", number.to_string()),
                ("ratelimit", format!(r#""default";r=0;t={number}"#)),
                ("ratelimit-policy", format!(r#""default";q={number};w={number}"#)),
            ];
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            once(&emulator, answer(status, &headers, body));
            let found = api(&emulator).with_patience(Duration::ZERO).get::<Value>(GATEWAYS, &[]);
            assert_eq!(found.is_ok(), status == 200, "{found:?}");
        }
    }
}

#[test]
fn a_body_without_an_envelope_is_a_stream() {
    let emulator = start();
    let missing = api(&emulator).raw("ai-gateway/gateways/emulator/logs/x/request").err().unwrap();
    assert_eq!(missing.kind, Kind::NotFound);
    once(&emulator, answer(200, &[("content-type", "application/json")], r#"{"model":"m"}"#));
    let mut text = String::new();
    api(&emulator)
        .raw("ai-gateway/gateways/emulator/logs/x/request")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, r#"{"model":"m"}"#);
}

#[test]
fn a_response_without_an_envelope_is_reported_without_its_bytes() {
    for fault in [Fault::Html200, Fault::InvalidJson, Fault::GarbageBytes, answer(200, &[], "[1]")] {
        let what = format!("{fault:?}");
        let error = behind(fault);
        assert!(!error.to_string().contains('<'), "{what}: {error}");
        assert!(matches!(error.kind, Kind::Network | Kind::Finding), "{what}: {error:?}");
    }
}

#[test]
fn no_error_holds_the_token_or_a_control_character() {
    let words = format!("Invalid token {API_TOKEN} \u{1b}[31m for\nyou");
    for fault in [refusal(400, 7001, &words), refusal(401, 10000, &words), answer(500, &[], &words)] {
        let shown = behind(fault).to_string();
        assert!(!shown.contains(API_TOKEN) && !shown.contains('\u{1b}'), "{shown}");
    }
}

#[test]
fn a_certificate_that_is_not_trusted_is_named_and_an_extra_root_helps() {
    let emulator = Emulator::start(Config { tls: Some(Tls::Good), ..Config::default() }).unwrap();
    let error = api(&emulator).get::<Value>(GATEWAYS, &[]).unwrap_err();
    assert!(error.message.contains("does not trust"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, emulator.ca_pem().unwrap()).unwrap();
    let trusting = Api::new(Access {
        origin: Origin::parse(&emulator.api_origin()).unwrap(),
        account: AccountId::parse(ACCOUNT_ID).unwrap(),
        token: Secret::new(API_TOKEN).unwrap(),
        extra_roots: Some(file.to_string_lossy().into_owned()),
    });
    assert!(trusting.unwrap().get::<Value>(GATEWAYS, &[]).is_ok());
}

#[test]
fn a_refusal_can_be_looked_at_before_it_is_an_error() {
    let emulator = start();
    emulator.set_fault_of(Host::Api, Some(refusal(403, 10000, "Authentication error")));
    let Err(Failed::Refused(refusal)) = api(&emulator).token_is_active() else { panic!("refused") };
    assert_eq!((refusal.judged.status, refusal.judged.codes.as_slice()), (403, [10000].as_slice()));
    assert!(refusal.is_about_the_token());
    assert_eq!(refusal.row().unwrap().cause, "api-token-rejected");
}

#[test]
fn a_retry_after_is_waited_for_and_nothing_longer() {
    let emulator = start();
    let limited = |seconds: &str| answer(429, &[("retry-after", seconds)], "{}");
    once(&emulator, limited("0"));
    let hasty = api(&emulator).with_patience(Duration::from_secs(1));
    hasty.get::<Value>(GATEWAYS, &[]).expect("a pause of no time is within a second");
    once(&emulator, limited("7"));
    let patient = api(&emulator).with_patience(Duration::from_secs(6));
    assert_eq!(patient.get::<Value>(GATEWAYS, &[]).unwrap_err().kind, Kind::Network);
}

#[test]
fn a_window_that_is_used_up_holds_back_the_next_call() {
    let emulator = start();
    let body = r#"{"success":true,"errors":[],"messages":[],"result":[]}"#;
    once(&emulator, answer(200, &[("ratelimit", r#""default";r=0;t=1"#)], body));
    let api = api(&emulator);
    let started = Instant::now();
    for _ in 0..2 {
        api.get::<Value>(GATEWAYS, &[]).unwrap();
    }
    assert!(started.elapsed() >= Duration::from_millis(900), "{:?}", started.elapsed());
}
