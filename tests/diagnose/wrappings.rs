//! A case has the same result in whatever another program wraps around it.

use super::cases::{Case, cases};
use super::{diagnose, notation};

type Wrapping = (&'static str, fn(&str) -> String);

/// How programs print the message of a caught error; the message is one line.
const PROGRAMS: &[Wrapping] = &[
    ("Python SDK", |text| format!("anthropic.APIStatusError: {text}")),
    ("Python traceback", |text| {
        format!(
            "Traceback (most recent call last):\n  File \"/app/agent.py\", line 41, in <module>\n    main()\n  File \"/app/agent.py\", line 12, in main\n    raise RuntimeError(e)\nRuntimeError: {text}"
        )
    }),
    ("Python's repr", |text| format!("agent failed: RuntimeError({})", python(text))),
    ("Python logging", |text| format!("ERROR:agent.worker:call 3 of 5: {text}")),
    ("OpenAI SDK", |text| format!("openai.APIError: {text}")),
    ("LiteLLM", |text| {
        format!(
            "litellm.APIError: AnthropicException - {text}. Received Model Group=main\nAvailable Model Group Fallbacks=None LiteLLM Retried: 2 times"
        )
    }),
    ("TypeScript SDK", |text| {
        format!(
            "Error: {text}\n    at APIError.generate (file:///app/node_modules/@anthropic-ai/sdk/core/error.mjs:41:20)\n    at Anthropic.makeRequest (file:///app/node_modules/@anthropic-ai/sdk/client.mjs:309:30)\n    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)"
        )
    }),
    ("AI SDK", |text| format!("AI_RetryError: Failed after 3 attempts. Last error: {text}")),
    ("Node's cause", |text| {
        format!(
            "UnhandledPromiseRejection: run 7\n    at run (file:///app/a.mjs:1:1) {{\n  [cause]: Error: {text}\n}}"
        )
    }),
    ("Bun", |text| format!("error: {text}\n      at run (/app/a.ts:3:9)\n\nBun v1.3.1 (Linux x64)")),
    ("Go's log", |text| format!("2026/11/28 09:00:00 agent.go:41: turn 3: {text}")),
    ("Go's slog", |text| format!("time=2026-11-28T09:00:00Z level=ERROR msg=turn err={}", json(text))),
    ("Rust's anyhow", |text| format!("Error: turn 3\n\nCaused by:\n    0: agent\n    1: {text}")),
    ("Rust's Debug", |text| format!("Error: Agent {{ turn: 3, source: Error({}) }}", json(text))),
    ("JSON, twice", |text| {
        format!("{{\"level\":50,\"line\":{}}}", json(&format!("{{\"err\":{}}}", json(text))))
    }),
    ("a string, twice", |text| json(&json(text))),
    ("Docker compose", |text| format!("agent-1  | {text}\nagent-1 exited with code 1")),
    ("GitHub Actions", |text| format!("2026-11-28T09:00:00.1234567Z ##[error]{text}")),
    ("colours inside", |text| {
        text.split(' ').map(|word| format!("\u{1b}[38;5;203m{word}\u{1b}[39m")).collect::<Vec<_>>().join(" ")
    }),
    ("a terminal of 60 columns", |text| {
        let columns: Vec<char> = text.chars().collect();
        columns.chunks(60).map(|row| row.iter().collect::<String>()).collect::<Vec<_>>().join("\n    ")
    }),
];

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

fn python(text: &str) -> String {
    notation::python(&serde_json::Value::String(text.to_owned()))
}

/// Cases that are a single message; dumps, events and logs depend on the order of lines.
fn messages() -> impl Iterator<Item = (Case, String)> {
    cases().into_iter().filter_map(|case| {
        let text = case.input.trim();
        let is_message = text.lines().count() == 1
            && !text.starts_with(['{', '[', '<', '"', '>'])
            && !text.contains(" [ERROR] ")
            && !text.contains("| ");
        let text = text.trim_start_matches(['⎿', '⏺', ' ']).to_owned();
        is_message.then_some((case, text))
    })
}

#[test]
fn a_message_is_the_same_in_every_programs_wrapping() {
    let mut faults = Vec::new();
    let mut tried = 0;
    for (case, text) in messages() {
        for (name, wrap) in PROGRAMS {
            let input = wrap(&text);
            tried += 1;
            faults.extend(
                case.fault(&diagnose(input.as_bytes()), &input).map(|fault| format!("{name}: {fault}")),
            );
        }
    }
    assert!(tried > 1_500, "{tried}");
    assert!(faults.is_empty(), "{} of {tried}:\n{}", faults.len(), faults.join("\n"));
}

/// Messages of servers, libraries and systems as people paste them: `cause | text`, one per line.
#[test]
fn a_wording_has_the_same_cause_by_itself_and_in_a_log() {
    let mut faults = Vec::new();
    let wordings: Vec<(&str, &str)> =
        include_str!("wordings.txt").lines().filter_map(|line| line.split_once(" | ")).collect();
    assert!(wordings.len() > 150, "{}", wordings.len());
    for (cause, text) in wordings {
        for input in [text.to_owned(), format!("2026-11-28T09:00:00.123Z ERROR agent: {text}")] {
            // a page counts only at the start of a line
            if text.starts_with('<') && input != text {
                continue;
            }
            let report = diagnose(input.as_bytes());
            let first = report.first();
            if first.cause.id() != cause {
                faults.push(format!("{} instead of {cause}: {input}", first.cause));
            }
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_message_that_is_cut_short_is_never_certainly_something_else() {
    let mut faults = Vec::new();
    for (case, text) in messages() {
        let length = text.chars().count();
        for kept in [95, 85, 70, 50] {
            let input: String = text.chars().take(length * kept / 100).collect();
            let report = diagnose(input.as_bytes());
            let first = report.first();
            if first.cause.id() != case.cause && first.confidence.id() == "certain" {
                faults.push(format!("{} at {kept} %: {}\n    {input}", case.name, first.cause));
            }
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}
