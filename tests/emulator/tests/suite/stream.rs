//! Streams: Anthropic's events in order and in pieces, and scripts that guide a client.

use std::io::Read;

use cf_aig_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::support::{ask, header, message, outcome, read, start};

fn streamed(prompt: &str) -> Value {
    let mut body = ask(prompt);
    body["stream"] = json!(true);
    body["tools"] = json!([{"name": "Bash"}, {"name": "Task"}]);
    body
}

fn events(emulator: &Emulator, body: &Value) -> Vec<Value> {
    let response = message(emulator, body).send().expect("an answer");
    assert_eq!(header(&response, "content-type"), "text/event-stream; charset=utf-8");
    let text = response.text().expect("a stream");
    text.split_terminator("\n\n")
        .map(|event| {
            let (name, data) = event.split_once('\n').expect("two lines");
            let data: Value = serde_json::from_str(data.trim_start_matches("data: ")).expect("JSON");
            assert_eq!(name.trim_start_matches("event: "), data["type"]);
            data
        })
        .collect()
}

fn deltas(events: &[Value], field: &str) -> String {
    events.iter().filter_map(|event| event["delta"][field].as_str()).collect()
}

#[test]
fn a_stream_has_anthropics_events_in_their_order() {
    let events = events(&start(), &streamed("hi"));
    let mut kinds: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    kinds.dedup();
    assert_eq!(
        kinds,
        [
            "message_start",
            "content_block_start",
            "ping",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop",
        ]
    );
    let usage = &events[0]["message"]["usage"];
    assert!(usage["input_tokens"].as_u64().is_some_and(|count| count > 0));
    assert_eq!(deltas(&events, "text"), "Hello from the emulator.");
    assert_eq!(deltas(&events, "stop_reason"), "end_turn");
}

#[test]
fn a_stream_arrives_in_pieces() {
    let emulator = start();
    // the rest never arrives, so what is read here was sent before the stream's end
    emulator.set_fault(Some(Fault::StallMidStream));
    let mut response = message(&emulator, &streamed("hi")).send().expect("an answer");
    let mut seen = String::new();
    let mut buffer = [0; 256];
    while !seen.contains("content_block_delta") {
        let count = response.read(&mut buffer).expect("a piece");
        seen.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    assert!(!seen.contains("message_stop"));
}

#[test]
fn a_stream_is_logged_before_its_end_is_seen() {
    let emulator = start();
    let events = events(&emulator, &streamed("hi"));
    let logs = emulator.logs();
    let told = events.iter().find_map(|event| event["usage"]["output_tokens"].as_u64());
    assert_eq!((logs.len(), logs[0].tokens_out), (1, told));
}

#[test]
fn a_script_uses_tools_one_after_the_other_and_reads_the_last_result() {
    let emulator = start();
    let mut body = streamed("[[say: off we go]] [[bash: echo hi]] [[agent: look around]]");
    let first = events(&emulator, &body);
    assert_eq!(deltas(&first, "text"), "off we go");
    let input: Value = serde_json::from_str(&deltas(&first, "partial_json")).expect("input");
    assert_eq!(input["command"], "echo hi");
    assert_eq!(deltas(&first, "stop_reason"), "tool_use");

    continue_with(&mut body, "Bash", "hi");
    let second = events(&emulator, &body);
    let block = second.iter().find(|event| event["content_block"]["type"] == "tool_use");
    assert_eq!(block.map(|event| &event["content_block"]["name"]), Some(&json!("Task")));
    let input: Value = serde_json::from_str(&deltas(&second, "partial_json")).expect("input");
    assert_eq!(
        (&input["prompt"], &input["subagent_type"]),
        (&json!("look around"), &json!("general-purpose"))
    );

    continue_with(&mut body, "Task", "nothing there");
    let third = events(&emulator, &body);
    assert_eq!(deltas(&third, "text"), "Tool result: nothing there");
}

fn continue_with(body: &mut Value, tool: &str, result: &str) {
    let messages = body["messages"].as_array_mut().expect("messages");
    let used = json!({"type": "tool_use", "id": "toolu_1", "name": tool, "input": {}});
    let result = json!({"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": result}]});
    messages.push(json!({"role": "assistant", "content": [used]}));
    messages.push(json!({"role": "user", "content": [result]}));
}

#[test]
fn a_script_also_applies_to_responses_that_are_not_streamed() {
    let emulator = start();
    let mut body = streamed("[[bash: ls]]");
    body["stream"] = json!(false);
    let (_, answer) = outcome(message(&emulator, &body));
    assert_eq!(answer["stop_reason"], "tool_use");
    assert_eq!(answer["content"][0]["input"]["command"], "ls");
    let said = read(message(&emulator, &ask("[[say: as you wish]]")).send().expect("an answer")).1;
    assert_eq!(said["content"][0]["text"], "as you wish");
}
