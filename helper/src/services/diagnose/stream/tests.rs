//! The search finds the same lines in whichever pieces a log is read.

use super::*;
use aho_corasick::AhoCorasick;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::sync::LazyLock;

/// The lines of a text that matter, by a search line by line for each literal. The first byte of the text
/// is the one before the first line.
fn plain_hits(text: &[u8]) -> Hits {
    static SEARCHES: LazyLock<[AhoCorasick; 2]> = LazyLock::new(|| {
        let all: Vec<&str> = literals().collect();
        let (successes, marks) = all.split_at(SUCCESSES.len());
        [marks, successes].map(|literals| {
            AhoCorasick::builder().ascii_case_insensitive(true).build(literals).expect("a search")
        })
    });
    let mut found = Hits::default();
    let mut start = 1;
    for line in text[1..].split_inclusive(|byte| *byte == b'\n') {
        let [mark, success] = SEARCHES.each_ref().map(|search| search.is_match(line));
        let matters = mark || matters_by_its_start(text, start);
        if matters || success {
            found.hits.push(Hit { start, line: found.lines, is_success: !matters });
        }
        start += line.len();
        found.lines += u64::from(line.ends_with(b"\n"));
    }
    found
}

/// The report on a log, without blocks and without what is known of earlier lines.
fn plain_report(log: &str) -> String {
    let text = format!("\n{log}");
    let hits = plain_hits(text.as_bytes());
    let mut evidence = EvidenceReader::default();
    let mut start = 1;
    for (line, number) in log.split_inclusive('\n').zip(1..) {
        let hit = hits.hits.iter().find(|hit| hit.start == start);
        if evidence.wants_every_line()
            || hit.is_some_and(|hit| !hit.is_success || evidence.waits_for_success())
        {
            evidence.new_line(line.trim_end_matches('\n').as_bytes(), number);
        }
        start += line.len();
    }
    written(evidence)
}

fn report_in_blocks(size: usize, search: Option<&LiteralSearch>, log: &str) -> String {
    let mut evidence = EvidenceReader::default();
    scan_in_blocks(size, search, log.as_bytes(), &mut evidence).expect("it can be read");
    written(evidence)
}

fn written(evidence: EvidenceReader) -> String {
    serde_json::to_string(&evidence.finish().report()).expect("JSON")
}

fn piece() -> impl Strategy<Value = String> {
    let known: Vec<&str> = literals().chain(STARTS.iter().chain(OPENINGS).copied()).collect();
    prop_oneof![
        2 => Just("\n".to_owned()),
        2 => "[ -~]{0,20}",
        2 => prop::sample::select(known.clone()).prop_map(str::to_owned),
        1 => prop::sample::select(known).prop_map(str::to_uppercase),
    ]
}

/// Lines of a log; none is longer than the smallest block of the tests.
fn lines() -> impl Strategy<Value = String> {
    const LINES: &[&str] = &[
        "[DEBUG] Failed to stat directory /home/dev/.claude/agents: ENOENT",
        "[DEBUG] Watching for changes in setting files",
        "[DEBUG] [engine] turn 3 stop=end_turn tools=0",
        "[ERROR] API error (attempt 1/11): 400 400 Invalid provider",
        "[ERROR] API error (attempt 2/11): 400 400 Invalid provider",
        "[ERROR] API error (attempt 2/11): 529 529 {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}",
        "\u{1b}[31m[ERROR]\u{1b}[0m API error (attempt 2/11): 400 400 Invalid provider",
        "[ERROR] upstream sent <html><title>502 Bad Gateway</title>",
        "[DEBUG] a line with two ends\r",
        "余额不足",
    ];
    const TOGETHER: &[&str] = &[
        "HTTP/1.1 403 Forbidden\r\nx-deny-reason: host_not_allowed\r\n\r\n",
        "{\n  \"success\": false,\n  \"error\": [{\"code\": 2009, \"message\": \"Unauthorized\"}]\n}\n",
        "[\n{\"type\":\"result\",\"is_error\":false,\"session_id\":\"a\"}\n]\n",
        "{\"type\":\"system\",\"subtype\":\"api_retry\",\"session_id\":\"a\",\"error_status\":429}\n",
        "> POST /v1/messages HTTP/1.1\n< HTTP/2 502\n< \n\n",
        "<html>\n<title>Attention Required!</title>\n</html>\n",
        "\n",
    ];
    let timed = (0u8..60, prop::sample::select(LINES))
        .prop_map(|(second, line)| format!("2026-11-22T17:19:{second:02}.898Z {line}\n"));
    let line = prop_oneof![4 => timed, 1 => prop::sample::select(TOGETHER).prop_map(str::to_owned)];
    prop::collection::vec(line, 0..60).prop_map(|lines| lines.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_lines_that_matter_are_those_with_a_literal(pieces in prop::collection::vec(piece(), 0..40)) {
        let text = format!("\n{}", pieces.concat()).into_bytes();
        let search = LiteralSearch::new(literals(), &text);
        prop_assert_eq!(hits(&search, &text), plain_hits(&text));
    }

    #[test]
    fn blocks_and_known_lines_change_nothing(log in lines(), size in OVERLAP + 1..4096) {
        prop_assert_eq!(report_in_blocks(size, None, &log), plain_report(&log));
    }
}

#[test]
fn a_border_of_a_block_changes_nothing_wherever_it_is() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let logs = (0..).map(|_| lines().new_tree(&mut runner).expect("a log").current());
    let log = logs.into_iter().find(|log| log.len() > 2 * OVERLAP).expect("a log");
    let plain = plain_report(&log);
    let search = LiteralSearch::new(literals(), b"");
    for size in OVERLAP + 1..=log.len() + 1 {
        assert_eq!(report_in_blocks(size, Some(&search), &log), plain, "blocks of {size} bytes");
    }
}

#[test]
fn every_literal_is_long_enough_for_the_search_and_short_enough_for_the_overlap() {
    assert!(literals().all(|literal| (3..OVERLAP).contains(&literal.len())));
}
