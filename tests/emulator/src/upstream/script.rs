//! The model's output: directives in the user's prompt guide a real client through a session.
//!
//! `[[say: TEXT]]`, `[[bash: COMMAND]]`, `[[agent: PROMPT]]` and `[[tool: NAME {JSON}]]` run in order;
//! brackets may nest. A directive whose tool the request does not offer is skipped, so a side request of
//! the client (a title, a summary) that quotes the prompt changes nothing.

use serde_json::{Value, json};

/// The default output.
pub(crate) const GREETING: &str = "Hello from the emulator.";

/// One turn of the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Turn {
    pub(crate) text: String,
    /// Name and input of the tool to use.
    pub(crate) tool: Option<(String, Value)>,
}

#[derive(Debug, Clone, PartialEq)]
enum Directive {
    Say(String),
    Use(String, Value),
}

/// The turn that responds to a request in Anthropic's Messages format.
pub(crate) fn next_turn(request: &Value) -> Turn {
    let messages = request["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let offered: Vec<&str> =
        request["tools"].as_array().into_iter().flatten().filter_map(|t| t["name"].as_str()).collect();
    let Some(prompt_at) = messages.iter().rposition(is_prompt) else {
        return Turn { text: GREETING.to_owned(), tool: None };
    };
    let turns = turns(directives(&prompt_text(&messages[prompt_at]), &offered));
    let answered = messages[prompt_at..].iter().filter(|message| message["role"] == "assistant").count();
    if let Some(turn) = turns.get(answered) {
        return turn.clone();
    }
    // only the latest results: a notification after the script's end is not a result
    let last = messages.iter().rfind(|message| message["role"] == "user");
    let text = match last.and_then(tool_result) {
        Some(result) => format!("Tool result: {result}"),
        None => GREETING.to_owned(),
    };
    Turn { text, tool: None }
}

/// Directives up to and including a tool use form one turn of the model.
fn turns(directives: Vec<Directive>) -> Vec<Turn> {
    let mut turns = Vec::new();
    let mut said: Vec<String> = Vec::new();
    for directive in directives {
        match directive {
            Directive::Say(text) => said.push(text),
            Directive::Use(name, input) => {
                turns.push(Turn { text: said.join("\n"), tool: Some((name, input)) });
                said.clear();
            }
        }
    }
    if !said.is_empty() {
        turns.push(Turn { text: said.join("\n"), tool: None });
    }
    turns
}

fn directives(text: &str, offered: &[&str]) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("[[") {
        let Some(end) = closing(&rest[start..]) else {
            break;
        };
        let inside = &rest[start + 2..start + end];
        rest = &rest[start + end + 2..];
        let Some((name, argument)) = inside.split_once(':') else {
            continue;
        };
        found.extend(directive(name.trim(), argument.trim(), offered));
    }
    found
}

/// The position of the `]]` that closes the `[[` at the start of `text`.
fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"[[" => (depth, at) = (depth + 1, at + 2),
            b"]]" if depth == 1 => return Some(at),
            b"]]" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    None
}

fn directive(name: &str, argument: &str, offered: &[&str]) -> Option<Directive> {
    let tool = |names: &[&str]| names.iter().find(|name| offered.contains(name)).map(ToString::to_string);
    match name {
        "say" => Some(Directive::Say(argument.to_owned())),
        "bash" => {
            let input = json!({"command": argument, "description": "Run what the script says"});
            Some(Directive::Use(tool(&["Bash"])?, input))
        }
        // older clients called the tool `Task`
        "agent" => {
            let input = json!({
                "description": "Scripted subagent", "prompt": argument,
                "subagent_type": "general-purpose",
            });
            Some(Directive::Use(tool(&["Agent", "Task"])?, input))
        }
        "tool" => {
            let (name, input) = argument.split_once(char::is_whitespace).unwrap_or((argument, "{}"));
            Some(Directive::Use(tool(&[name])?, serde_json::from_str(input).ok()?))
        }
        _ => None,
    }
}

/// A user message that is neither a tool result nor only a reminder by the client.
fn is_prompt(message: &Value) -> bool {
    if message["role"] != "user" {
        return false;
    }
    let has_result = blocks(message).iter().any(|block| block["type"] == "tool_result");
    let text = prompt_text(message);
    if has_result { text.contains("[[") } else { !text.trim().is_empty() }
}

/// The text of a message without the client's reminder tags.
fn prompt_text(message: &Value) -> String {
    if let Some(text) = message["content"].as_str() {
        return text.to_owned();
    }
    blocks(message)
        .iter()
        .filter_map(|block| block["text"].as_str())
        .filter(|text| !text.trim_start().starts_with("<system-reminder>"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn blocks(message: &Value) -> &[Value] {
    message["content"].as_array().map_or(&[], Vec::as_slice)
}

fn tool_result(message: &Value) -> Option<String> {
    let block = blocks(message).iter().rfind(|block| block["type"] == "tool_result")?;
    Some(match &block["content"] {
        Value::String(text) => text.clone(),
        content => content
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|part| part["text"].as_str())
            .collect::<Vec<_>>()
            .join("\n"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(prompt: &str, later: &[Value]) -> Turn {
        let mut messages = vec![json!({"role": "user", "content": prompt})];
        messages.extend_from_slice(later);
        next_turn(&json!({
            "messages": messages,
            "tools": [{"name": "Bash"}, {"name": "Agent"}],
        }))
    }

    fn assistant() -> Value {
        json!({"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "Bash", "input": {}}]})
    }

    fn result(text: &str) -> Value {
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": text}]})
    }

    #[test]
    fn a_prompt_without_directives_is_greeted() {
        assert_eq!(ask("hi", &[]), Turn { text: GREETING.to_owned(), tool: None });
    }

    #[test]
    fn directives_run_in_order_and_the_last_result_is_read_back() {
        let script = "[[say: one]] [[bash: echo hi]] and [[agent: [[say: nested]] ]]";
        let first = ask(script, &[]);
        assert_eq!(first.text, "one");
        assert_eq!(first.tool.as_ref().map(|t| t.1["command"].clone()), Some(json!("echo hi")));
        let second = ask(script, &[assistant(), result("hi")]);
        let (name, input) = second.tool.expect("the agent's turn");
        assert_eq!((name.as_str(), input["prompt"].as_str()), ("Agent", Some("[[say: nested]]")));
        let third = ask(script, &[assistant(), result("hi"), assistant(), result("nested")]);
        assert_eq!(third, Turn { text: "Tool result: nested".to_owned(), tool: None });
    }

    #[test]
    fn brackets_of_the_shell_survive() {
        let turn = ask("[[bash: [[ -d / ]] && echo yes]]", &[]);
        assert_eq!(turn.tool.map(|t| t.1["command"].clone()), Some(json!("[[ -d / ]] && echo yes")));
    }

    #[test]
    fn a_tool_that_is_not_offered_is_not_used() {
        let request = json!({"messages": [{"role": "user", "content": "[[bash: echo hi]]"}]});
        assert_eq!(next_turn(&request).text, GREETING);
    }

    #[test]
    fn a_later_prompt_starts_afresh() {
        let turn = ask(
            "[[bash: echo hi]]",
            &[assistant(), result("hi"), assistant(), json!({"role": "user", "content": "thanks"})],
        );
        assert_eq!(turn.text, GREETING);
    }
}
