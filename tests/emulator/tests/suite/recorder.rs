//! The recorder, the counters, and the end of an emulator.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use cf_aig_emulator::{ANTHROPIC_KEY, Config, Emulator, Fault, Host};

use crate::support::{IMPATIENCE, PATIENCE, client_with, message, outcome, question, start};

fn connect(origin: &str) -> TcpStream {
    TcpStream::connect(origin.trim_start_matches("http://")).expect("a listener")
}

#[test]
fn a_request_is_recorded_as_it_was_sent() {
    let emulator = start();
    let mut raw = connect(&emulator.gateway_origin());
    let request = "POST /v1/a%2Fb//c?x=%20&y HTTP/1.1\r\nHost: h\r\nX-Twice: 1\r\nB: 2\r\n\
                   x-twice: 3\r\nContent-Length: 4\r\n\r\n\x01{}\x7f";
    raw.write_all(request.as_bytes()).expect("sent");
    let seen = emulator.wait_for(PATIENCE, |seen| seen.status.is_some()).expect("a request");
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/v1/a%2Fb//c?x=%20&y"));
    assert_eq!(seen.body, b"\x01{}\x7f");
    assert_eq!((seen.host, seen.connection), (Host::Gateway, 1));
    let headers: Vec<_> = seen.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let expected = [("host", "h"), ("x-twice", "1"), ("x-twice", "3"), ("b", "2"), ("content-length", "4")];
    assert_eq!(headers, expected);
}

#[test]
fn a_request_that_a_fault_swallowed_is_recorded_without_a_status() {
    let emulator = start();
    emulator.set_fault(Some(Fault::AcceptAndHang));
    let refused = message(&emulator, &question()).timeout(IMPATIENCE).send();
    assert!(refused.is_err_and(|cause| cause.is_timeout()));
    let swallowed = emulator.wait_for(PATIENCE, |_| true).expect("a request");
    assert_eq!(swallowed.status, None);
}

#[test]
fn waiting_finds_past_and_future_requests_and_times_out() {
    let emulator = start();
    assert!(emulator.wait_for(Duration::ZERO, |_| true).is_none());
    std::thread::scope(|scope| {
        scope.spawn(|| outcome(message(&emulator, &question())));
        let seen = emulator.wait_for(PATIENCE, |seen| seen.status == Some(200));
        assert_eq!(
            seen.and_then(|seen| seen.header("x-api-key").map(str::to_owned)).as_deref(),
            Some(ANTHROPIC_KEY)
        );
    });
    assert!(emulator.wait_for(Duration::ZERO, |_| true).is_some());
    assert!(emulator.wait_for_log(PATIENCE, |entry| entry.success).is_some());
}

#[test]
fn connections_are_counted_even_if_nothing_is_sent() {
    let emulator = start();
    drop(connect(&emulator.gateway_origin()));
    let client = client_with(|builder| builder);
    for _ in 0..2 {
        let _ = client.get(emulator.api_origin()).send().expect("an answer").bytes();
    }
    assert_eq!(emulator.connections(), 2);
    assert!(emulator.requests().iter().all(|seen| (seen.host, seen.connection) == (Host::Api, 2)));
}

#[test]
fn dropping_an_emulator_closes_its_sockets() {
    let emulator = start();
    let origin = emulator.gateway_origin();
    let mut open = connect(&origin);
    open.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    drop(emulator);
    assert!(matches!(open.read(&mut [0; 1]), Ok(0) | Err(_)));
    assert!(TcpStream::connect(origin.trim_start_matches("http://")).is_err());
}

#[test]
fn many_emulators_live_side_by_side_and_a_port_can_be_chosen() {
    let first = start();
    let second = start();
    assert_ne!(first.gateway_origin(), second.gateway_origin());
    outcome(message(&first, &question()));
    assert!(second.requests().is_empty());
    let port = second.gateway_origin().rsplit(':').next().and_then(|port| port.parse().ok());
    drop(second);
    let config = Config { port: port.expect("a port"), ..Config::default() };
    assert!(Emulator::start(config).is_ok());
}
