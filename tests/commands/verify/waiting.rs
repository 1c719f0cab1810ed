//! Logs that are late, that contain the request under another id, or that are elsewhere; and a user who
//! stops the wait.

use super::{json, rig};
use cf_aig_emulator::LogQuirks;
use cf_aig_harness::terminal::Terminal;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// The store where it was found, and by what.
fn found(logs: LogQuirks) -> String {
    found_in(logs, false)
}

fn found_in(logs: LogQuirks, observability: bool) -> String {
    let rig = rig();
    rig.emulator.update(|config| {
        config.logs = logs;
        config.logs_in_observability = observability;
    });
    let proof = json(&rig, &[]);
    let entry = &proof["log"]["entry"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("?").to_owned();
    format!("{} {} by {}", text(&proof["verdict"]), text(&entry["store"]), text(&entry["by"]))
}

#[test]
fn a_late_log_is_waited_for() {
    assert_eq!(found(LogQuirks { lag: 5, ..LogQuirks::default() }), "proved logs by log id");
}

#[test]
fn the_request_is_identified_by_three_marks() {
    let no_ids = LogQuirks { no_ids: true, ..LogQuirks::default() };
    assert_eq!(found(LogQuirks::default()), "proved logs by log id");
    assert_eq!(found(no_ids.clone()), "proved logs by event id");
    assert_eq!(found(LogQuirks { no_event_ids: true, ..no_ids }), "proved logs by metadata");
}

#[test]
fn the_newer_log_store_is_queried_when_the_log_is_empty() {
    assert_eq!(found_in(LogQuirks::default(), true), "proved observability by text");
    let late = LogQuirks { lag: 1, ..LogQuirks::default() };
    assert_eq!(found_in(late, true), "proved observability by text");
}

#[test]
fn waiting_shows_progress_and_ctrl_c_prints_the_partial_result() {
    let rig = rig();
    rig.emulator.update(|config| config.logs.lag = u32::MAX);
    let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
    command.args(["verify", "--wait", "600"]).env("TERM", "xterm");
    let mut terminal = Terminal::start(&command);
    let limit = Duration::from_secs(60);
    terminal.wait_for("Ctrl-C stops waiting", limit);
    terminal.type_keys("\u{3}");
    let screen = terminal.wait_for("partially verified", limit);
    assert!(screen.contains("not seen (interrupted)"), "{screen}");
    assert!(!screen.contains("Ctrl-C stops waiting"), "the line is taken back:\n{screen}");
}

/// An API whose logs are empty, whose newer store refuses, and whose analytics count by the nonce.
fn api_that_only_counts() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            // an error means that the client disconnected
            let _ = answer(&stream);
        }
    });
    origin
}

fn answer(stream: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, result) = if head.contains("/graphql") {
        let question: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let filter = &question["variables"]["filter"];
        let has_nonce =
            filter["AND"][1]["metadataValues_has"].as_str().is_some_and(|n| n.starts_with("cf-aig-"));
        let asks =
            filter["gateway"] == "emulator" && filter["AND"][0]["metadataKeys_has"] == "verify" && has_nonce;
        let groups = if asks { r#"[{"count":1}]"# } else { "[]" };
        (
            200,
            format!(
                r#"{{"data":{{"viewer":{{"accounts":[{{"aiGatewayRequestsAdaptiveGroups":{groups}}}]}}}},"errors":null}}"#
            ),
        )
    } else if head.contains("/telemetry/") || head.contains("/logs/") {
        (
            404,
            r#"{"success":false,"errors":[{"code":7003,"message":"no"}],"messages":[],"result":null}"#
                .to_owned(),
        )
    } else if head.contains("/logs?") {
        (200, r#"{"success":true,"errors":[],"messages":[],"result":[]}"#.to_owned())
    } else {
        (200, r#"{"success":true,"errors":[],"messages":[],"result":{"collect_logs":true}}"#.to_owned())
    };
    let mut out = stream;
    write!(
        out,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{result}",
        result.len()
    )
}

#[test]
fn where_no_log_has_it_the_analytics_may_have_counted_it() {
    let mut rig = rig();
    rig.sandbox.set("CF_AIG_API_ORIGIN", api_that_only_counts());
    let ran = rig.sandbox.run(["verify", "--wait", "0"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("yes, in the analytics (by metadata"), "{}", ran.stdout);
    assert!(ran.stdout.contains("counted once; analytics keep no details"), "{}", ran.stdout);
    rig.sandbox.set("CF_AIG_METADATA", "a=1,b=2,c=3,d=4,e=5");
    let proof = json(&rig, &["--wait", "0"]);
    assert_eq!(
        proof["log"]["absence"]["id"], "newer-store-refused",
        "without a label nothing can be counted"
    );
}
