//! Every fault does what it says.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cf_aig_emulator::{ANTHROPIC_KEY, Emulator, Fault, GATEWAY_TOKEN, HUGE_BODY, Host};
use reqwest::blocking::Response;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::{IMPATIENCE, PATIENCE, assert_greeted, client, message, outcome, question, start};

fn broken(fault: Fault) -> Emulator {
    let emulator = start();
    emulator.set_fault(Some(fault));
    emulator
}

/// The complete response to a message.
struct Seen {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or_default())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn answer(fault: Fault) -> Seen {
    let emulator = broken(fault);
    let response = message(&emulator, &question()).send().expect("an answer");
    Seen {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.bytes().expect("a body").to_vec(),
    }
}

/// A raw connection on which a message was sent.
fn asked(emulator: &Emulator, body: &Value) -> TcpStream {
    let (url, body) = (emulator.base_url("anthropic"), body.to_string());
    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
    let mut raw = TcpStream::connect(host).expect("a listener");
    raw.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let head = format!(
        "POST /{path}/v1/messages HTTP/1.1\r\nhost: {host}\r\nanthropic-version: 2023-06-01\r\n\
         x-api-key: {ANTHROPIC_KEY}\r\ncf-aig-authorization: Bearer {GATEWAY_TOKEN}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    raw.write_all(head.as_bytes()).expect("sent");
    raw
}

fn streamed() -> Value {
    let mut body = question();
    body["stream"] = json!(true);
    body
}

/// Everything that can be read until the end or an error, and that error.
fn drain(raw: &mut TcpStream) -> (String, Option<ErrorKind>) {
    let mut bytes = Vec::new();
    let end = raw.read_to_end(&mut bytes).err().map(|cause| cause.kind());
    (String::from_utf8_lossy(&bytes).into_owned(), end)
}

/// Reads until `wanted` has arrived, then nothing more may arrive.
fn stalls_after(raw: &mut TcpStream, wanted: &str) -> String {
    let mut seen = String::new();
    let mut buffer = [0; 4096];
    while !seen.contains(wanted) {
        let count = raw.read(&mut buffer).expect("more to come");
        assert_ne!(count, 0, "ended after {seen}");
        seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    raw.set_read_timeout(Some(IMPATIENCE)).expect("a timeout");
    let rest = drain(raw);
    assert_eq!(rest.1, Some(ErrorKind::WouldBlock), "{}", rest.0);
    seen + &rest.0
}

#[test]
fn refused_connections_are_refused_until_the_fault_is_gone() {
    let emulator = start();
    let origin = emulator.gateway_origin();
    let mut open = TcpStream::connect(origin.trim_start_matches("http://")).expect("a listener");
    emulator.set_fault(Some(Fault::RefuseConnections));
    open.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    assert!(matches!(drain(&mut open), (rest, _) if rest.is_empty()), "open ones are dropped");
    let refused = TcpStream::connect(origin.trim_start_matches("http://")).expect_err("no listener");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let other = client().get(emulator.api_origin()).send();
    assert!(other.is_ok(), "the API's host is not concerned");
    emulator.set_fault(None);
    assert_greeted(&outcome(message(&emulator, &question())));
}

#[test]
fn a_hanging_host_accepts_and_never_answers() {
    for fault in [Fault::AcceptAndHang, Fault::HandshakeHang] {
        let emulator = broken(fault);
        let error = message(&emulator, &question()).timeout(IMPATIENCE).send();
        assert!(error.is_err_and(|cause| cause.is_timeout()));
        assert_eq!(emulator.connections(), 1);
    }
}

#[test]
fn a_host_can_hang_after_the_headers() {
    let emulator = broken(Fault::HangAfterHeaders);
    let seen = stalls_after(&mut asked(&emulator, &question()), "\r\n\r\n");
    assert!(seen.starts_with("HTTP/1.1 200") && seen.ends_with("\r\n\r\n"), "{seen}");
    assert!(seen.contains("content-length: "));
}

#[test]
fn a_stream_can_stall_in_the_middle() {
    let emulator = broken(Fault::StallMidStream);
    let seen = stalls_after(&mut asked(&emulator, &streamed()), "content_block_delta");
    assert!(!seen.contains("message_stop"));
}

#[test]
fn a_connection_can_be_reset_on_accept() {
    let emulator = broken(Fault::ResetOnAccept);
    let origin = emulator.gateway_origin();
    let mut raw = TcpStream::connect(origin.trim_start_matches("http://")).expect("a listener");
    assert_eq!(drain(&mut raw), (String::new(), Some(ErrorKind::ConnectionReset)));
    assert!(emulator.requests().is_empty());
}

#[test]
fn a_stream_can_be_reset_in_the_middle() {
    let emulator = broken(Fault::ResetMidStream);
    let (seen, end) = drain(&mut asked(&emulator, &streamed()));
    assert!(seen.contains("message_start") && !seen.contains("message_stop"), "{seen}");
    assert_eq!(end, Some(ErrorKind::ConnectionReset));
}

#[test]
fn garbage_is_not_http() {
    let emulator = broken(Fault::GarbageBytes);
    let (seen, _) = drain(&mut asked(&emulator, &question()));
    assert!(seen.contains("garbage") && !seen.contains("HTTP/1.1"), "{seen}");
    assert_eq!(emulator.requests().len(), 1);
}

#[test]
fn a_redirect_leads_away() {
    let to = "https://elsewhere.example/login".to_owned();
    let response = answer(Fault::Redirect { to });
    assert_eq!(response.header("location"), "https://elsewhere.example/login");
    assert_eq!(response.status, 307);
}

#[test]
fn the_edge_answers_in_html_or_as_problem_json() {
    let html = answer(Fault::EdgeHtml { status: 524 });
    assert_eq!(html.status, 524);
    assert!(html.text().contains("524: A timeout occurred"));
    let response = answer(Fault::EdgeProblemJson { status: 522 });
    assert_eq!(response.header("content-type"), "application/problem+json");
    assert_eq!(response.header("server"), "cloudflare");
    let problem: Value = serde_json::from_slice(&response.body).expect("JSON");
    assert_eq!((response.status, &problem["error_name"]), (522, &json!("connection_timeout")));
    assert_eq!((&problem["cloudflare_error"], &problem["retry_after"]), (&json!(true), &json!(120)));
}

#[test]
fn firewalls_refuse_with_1010_or_a_block_page() {
    assert_eq!(answer(Fault::ErrorCode1010).text(), "error code: 1010");
    let page = answer(Fault::BlockPage);
    assert_eq!(page.status, 403);
    assert!(page.text().contains("<title>Attention Required! | Cloudflare</title>"));
}

#[test]
fn proxies_deny_the_host_or_require_authentication() {
    let response = answer(Fault::HostNotAllowed);
    assert_eq!(response.header("x-deny-reason"), "host_not_allowed");
    assert_eq!((response.status, response.text().as_str()), (403, ""));
    let response = answer(Fault::ProxyAuthRequired);
    assert!(response.header("proxy-authenticate").starts_with("Basic"));
    assert_eq!(response.status, 407);
}

#[test]
fn any_answer_can_be_given() {
    let response = answer(Fault::Status {
        status: 418,
        headers: vec![("x-teapot".to_owned(), "yes".to_owned())],
        body: "short and stout".to_owned(),
    });
    assert_eq!(response.header("x-teapot"), "yes");
    assert_eq!((response.status, response.text().as_str()), (418, "short and stout"));
}

#[test]
fn a_portal_answers_200_with_a_page() {
    let response = answer(Fault::Html200);
    assert!(response.header("content-type").starts_with("text/html"));
    assert_eq!(response.status, 200);
}

#[test]
fn a_huge_body_is_huge() {
    assert!(answer(Fault::HugeBody).body.len() as u64 > HUGE_BODY);
}

#[test]
fn invalid_json_looks_right_until_it_is_parsed() {
    let response = answer(Fault::InvalidJson);
    assert_eq!((response.status, response.header("content-type")), (200, "application/json"));
    assert!(serde_json::from_slice::<Value>(&response.body).is_err());
}

#[test]
fn a_slow_body_arrives_completely() {
    let emulator = broken(Fault::SlowBody);
    let slow = message(&emulator, &question()).timeout(IMPATIENCE).send();
    let cut = slow.and_then(Response::text);
    assert!(cut.is_err_and(|cause| cause.is_timeout() || cause.is_body() || cause.is_decode()));
}

#[test]
fn a_buffered_stream_comes_in_one_piece() {
    let emulator = broken(Fault::BufferedStream);
    let response = message(&emulator, &streamed()).send().expect("an answer");
    assert!(response.content_length().is_some_and(|length| length > 0));
    assert!(response.text().expect("a body").contains("message_stop"));
}

#[test]
fn a_delayed_answer_is_right_but_late() {
    let delay = Duration::from_millis(50);
    let emulator = broken(Fault::Delay(delay));
    let started = Instant::now();
    assert_greeted(&outcome(message(&emulator, &question())));
    assert!(started.elapsed() >= delay);
}

#[test]
fn a_fault_can_end_after_so_many_requests() {
    let emulator = broken(Fault::Times(2, Box::new(Fault::ErrorCode1010)));
    let status = || outcome(message(&emulator, &question())).0;
    assert_eq!([status(), status(), status()], [403, 403, 200]);
}

#[test]
fn each_host_has_its_own_faults() {
    let emulator = start();
    emulator.set_fault_of(Host::Api, Some(Fault::BlockPage));
    assert_greeted(&outcome(message(&emulator, &question())));
    let page = client().get(emulator.api_origin()).send().expect("a page");
    assert!(page.text().expect("a body").contains("blocked"));
}
