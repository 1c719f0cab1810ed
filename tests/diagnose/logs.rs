//! Mixtures, odd input, and logs of any size.

use std::io::{self, Read};

use super::diagnose;

fn causes(text: &str) -> Vec<&'static str> {
    diagnose(text.as_bytes()).findings.iter().map(|finding| finding.cause.id()).collect()
}

const BODY_2003: &str = r#"{"success":false,"error":[{"code":2003,"message":"Rate limited"}],"name":"AiGatewayError","internalCode":2003}"#;

#[test]
fn empty_input_has_a_finding_that_says_what_would_help() {
    let report = diagnose(b"");
    assert_eq!(report.first().cause, "unrecognised");
    assert!(!report.is_explained());
    assert!(report.first().fix.contains("--debug-file"));
}

#[test]
fn two_failures_in_one_text_are_two_findings_the_later_first() {
    let text = format!("{BODY_2003}\nerror code: 1010\n");
    assert_eq!(causes(&text), ["client-banned-1010", "gateway-rate-limit"]);
}

#[test]
fn a_body_in_the_middle_of_a_line_is_found() {
    assert_eq!(causes(&format!("2026-01-01 upstream said {BODY_2003} and closed")), ["gateway-rate-limit"]);
}

#[test]
fn a_body_as_text_in_a_log_record_is_found() {
    let record = serde_json::json!({"level": "error", "err": {"response": BODY_2003}}).to_string();
    assert_eq!(causes(&format!("{record}\n{{\"level\":\"info\"}}\n")), ["gateway-rate-limit"]);
}

#[test]
fn a_body_that_curl_runs_into_its_own_line_is_found() {
    let text =
        format!("< HTTP/1.1 429 Too Many Requests\n< \n{BODY_2003}* Connection #0 to host x left intact\n");
    assert_eq!(causes(&text), ["gateway-rate-limit"]);
}

#[test]
fn a_proxys_connection_established_is_not_the_answer() {
    let text = format!(
        "HTTP/1.1 200 Connection established\r\n\r\nHTTP/2 429 \r\ncontent-type: application/json\r\n\r\n{BODY_2003}\r\n"
    );
    assert_eq!(causes(&text), ["gateway-rate-limit"]);
}

#[test]
fn a_prompt_that_speaks_of_errors_is_not_evidence() {
    let prompt = serde_json::json!({
        "type": "user", "sessionId": "s", "uuid": "u",
        "message": {"role": "user", "content": format!("why do I get error code: 1010 and {BODY_2003}?")},
    });
    assert_eq!(causes(&format!("{prompt}\n")), ["unrecognised"]);
}

#[test]
fn colours_and_carriage_returns_change_nothing() {
    assert_eq!(
        causes("\u{1b}[31mAPI Error: 400 \u{1b}[1mInvalid provider\u{1b}[0m\r\n"),
        causes("API Error: 400 Invalid provider")
    );
}

#[test]
fn invalid_utf8_is_tolerated() {
    let mut bytes = b"\xff\xfe broken \xc3\n".to_vec();
    bytes.extend_from_slice(BODY_2003.as_bytes());
    assert_eq!(diagnose(&bytes).first().cause, "gateway-rate-limit");
}

#[test]
fn an_access_log_line_counts_only_when_it_refuses() {
    assert_eq!(causes(r#"10.0.0.1 "POST /v1/messages HTTP/1.1" 200 512"#), ["unrecognised"]);
    assert_eq!(causes(r#"10.0.0.1 "POST /v1/messages HTTP/1.1" 407 0"#), ["proxy-auth-required"]);
}

/// A reader of a line repeated `lines` times, with one line in the middle replaced; uses no memory.
struct LongLog {
    filler: &'static [u8],
    lines: u64,
    at: u64,
    special: (u64, Vec<u8>),
    pending: Vec<u8>,
}

impl LongLog {
    fn new(lines: u64, at: u64, special: &[u8]) -> Self {
        Self {
            filler: b"2026-11-22T16:17:03.800Z [DEBUG] Watching for changes in setting files settings.json\n",
            lines,
            at: 0,
            special: (at, special.to_vec()),
            pending: Vec::new(),
        }
    }
}

impl Read for LongLog {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.pending.len() < out.len() && self.at < self.lines {
            if self.at == self.special.0 {
                self.pending.extend_from_slice(&self.special.1);
            } else {
                self.pending.extend_from_slice(self.filler);
            }
            self.at += 1;
        }
        let n = self.pending.len().min(out.len());
        out[..n].copy_from_slice(&self.pending[..n]);
        self.pending.drain(..n);
        Ok(n)
    }
}

fn in_long_log(line: &str) -> cf_aig::services::diagnose::Diagnosis {
    let log = LongLog::new(40_000, 31_337, format!("{line}\n").as_bytes());
    cf_aig::services::diagnose::read(log).expect("the log can be read")
}

#[test]
fn one_line_in_a_long_log_is_found_and_numbered() {
    let report =
        in_long_log("2026-11-22T16:17:03.916Z [ERROR] API error (attempt 1/11): 400 400 Invalid provider");
    assert_eq!(report.first().cause, "provider-slug-unknown");
    assert!(report.first().evidence.starts_with("line 31338: "), "{}", report.first().evidence);
}

#[test]
fn a_body_over_several_lines_in_a_long_log_is_found() {
    let body: serde_json::Value = serde_json::from_str(BODY_2003).expect("it is JSON");
    let report = in_long_log(&serde_json::to_string_pretty(&body).expect("it can be written"));
    assert_eq!(report.first().cause, "gateway-rate-limit");
}

#[test]
fn a_response_dump_in_a_long_log_is_found() {
    let report = in_long_log("HTTP/1.1 403 Forbidden\r\nx-deny-reason: host_not_allowed\r\n\r\n");
    assert_eq!(report.first().cause, "host-not-allowed");
}

#[test]
fn words_far_into_a_line_longer_than_any_buffer_are_found() {
    for before in [70_000, 700_001, 2_500_001] {
        let line = format!(
            "{} code=ERR_PROXY_TUNNEL, Proxy refused to open a tunnel: 407 {}",
            "x ".repeat(before / 2),
            "y".repeat(90_000)
        );
        assert_eq!(in_long_log(&line).first().cause, "proxy-auth-required", "after {before} bytes");
    }
}

#[test]
fn every_position_of_a_body_across_block_borders_is_found() {
    for shift in (0..300).step_by(7) {
        let mut text = "a".repeat(1024 * 1024 - 200 + shift);
        text.push('\n');
        text.push_str(BODY_2003);
        text.push('\n');
        assert_eq!(diagnose(text.as_bytes()).first().cause, "gateway-rate-limit", "shift {shift}");
    }
}

/// Returns its bytes in pieces of one size.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.1.min(self.0.len()).min(out.len());
        out[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn the_report_does_not_depend_on_how_the_input_arrives() {
    let log = std::fs::read(super::fixture("log/edge-522-problem.log")).expect("the fixture").repeat(30);
    for size in [1, 7, 4096] {
        assert_eq!(
            cf_aig::services::diagnose::read(Pieces(&log, size)).expect("memory"),
            diagnose(&log),
            "pieces of {size}"
        );
    }
}

/// Run with `cargo test --release -p cf-aig --test diagnose -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement: 100 MB"]
fn a_log_of_100_mb_takes_constant_memory() {
    let peak = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|kb| kb.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0)
    };
    let last = b"2026-11-22T16:17:03.916Z [ERROR] API error (attempt 1/11): 400 400 Invalid provider\n";
    let lines = 100_000_000 / LongLog::new(1, 0, last).filler.len() as u64;
    let before = peak();
    let start = std::time::Instant::now();
    let report =
        cf_aig::services::diagnose::read(LongLog::new(lines, lines - 1, last)).expect("the log can be read");
    let seconds = start.elapsed().as_secs_f64();
    println!("100 MB in {seconds:.2} s: {:.0} MB/s, {} kB more memory", 100.0 / seconds, peak() - before);
    assert_eq!(report.first().cause, "provider-slug-unknown");
    assert!(peak() - before < 16 * 1024, "memory grew by {} kB", peak() - before);
}

#[test]
fn text_and_json_carry_the_same_findings() {
    let input = format!("{BODY_2003}\nerror code: 1010\nconnect ECONNREFUSED\n");
    let report = cf_aig::services::diagnose::read(input.as_bytes()).expect("memory");
    let (text, json) = (report.text(), serde_json::to_value(&report).expect("JSON"));
    assert_eq!(json["schema"], 1);
    assert_eq!(json["findings"].as_array().expect("a list").len(), report.findings.len());
    for finding in json["findings"].as_array().expect("a list") {
        for key in ["cause", "confidence", "evidence", "fix"] {
            assert!(text.contains(finding[key].as_str().expect(key)), "{key}");
        }
    }
}

#[test]
fn the_list_has_every_cause_in_both_forms() {
    use cf_aig::services::diagnose::{list, list_text};
    let (text, json) = (list_text(), serde_json::to_value(list()).expect("JSON"));
    let causes: Vec<&str> =
        json["causes"].as_array().expect("a list").iter().filter_map(|c| c["cause"].as_str()).collect();
    assert_eq!(causes.len(), cf_aig::facts::gateway::errors::rows().count());
    assert!(causes.iter().all(|cause| text.contains(cause)));
}
