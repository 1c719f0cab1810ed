//! Hooks that Claude Code has to be able to load: a broken one voids its settings file.
//!
//! A hook of [`GUARDS`] may guard the permissions that stand beside it, so 2.1.332 ignores the whole file if it cannot
//! load one (measured with `claude -p`, rules read in its code). Broken hooks of other events are
//! skipped one by one. The fields that each type needs are from the client's schema; URLs are not checked here.

use serde_json::Value;

/// The events whose hooks decide what may run.
const GUARDS: [&str; 3] = ["PreToolUse", "PermissionRequest", "PreSkillShellCommand"];

/// The types of a hook and the strings that each has to have.
const TYPES: &[(&str, &[&str])] = &[
    ("command", &["command"]),
    ("prompt", &["prompt"]),
    ("agent", &["prompt"]),
    ("http", &["url"]),
    ("mcp_tool", &["server", "tool"]),
];

/// How deep the client looks for a guard in a place where none belongs.
const DEPTH: usize = 3;

/// Where a value stands below `hooks`, and what it has to be.
pub(super) type BrokenHook = (Vec<String>, &'static str);

/// The first part of `hooks` that voids the file.
pub(super) fn broken_guard(hooks: &Value) -> Option<BrokenHook> {
    let events = match hooks {
        Value::Array(all) if all.iter().any(Value::is_object) => return Some((Vec::new(), "an object")),
        Value::Object(events) => events,
        _ => return None,
    };
    events.iter().find_map(|(event, value)| {
        let below = |(path, expected): BrokenHook| ([vec![event.clone()], path].concat(), expected);
        let guard = GUARDS.contains(&event.as_str());
        if guard {
            matchers(value).map(below)
        } else {
            misplaced(value, DEPTH).then(|| below((vec![], "an event without guards inside")))
        }
    })
}

/// What is wrong with the matchers of a guard.
fn matchers(value: &Value) -> Option<BrokenHook> {
    let all = match value {
        Value::Null => return None,
        Value::Array(all) => all,
        _ => return Some((Vec::new(), "an array of matchers")),
    };
    all.iter().enumerate().find_map(|(at, matcher)| {
        let here = |more: &[&str]| {
            std::iter::once(at.to_string()).chain(more.iter().map(|s| (*s).to_owned())).collect()
        };
        if !matcher.is_object() {
            return Some((here(&[]), "an object with hooks"));
        }
        if matcher.get("matcher").is_some_and(|text| !text.is_string()) {
            return Some((here(&["matcher"]), "a string"));
        }
        let Some(hooks) = matcher.get("hooks").and_then(Value::as_array) else {
            return Some((here(&["hooks"]), "an array of hooks"));
        };
        hooks.iter().enumerate().find_map(|(number, hook)| {
            let expected = wrong_hook(hook)?;
            Some((here(&["hooks", &number.to_string()]), expected))
        })
    })
}

/// What a hook has to be, unless it is that.
fn wrong_hook(hook: &Value) -> Option<&'static str> {
    let kind = hook.get("type").and_then(Value::as_str);
    let Some((_, needed)) = kind.and_then(|kind| TYPES.iter().find(|(name, _)| *name == kind)) else {
        return Some("a hook with the \"type\" command, prompt, agent, http or mcp_tool");
    };
    if needed.iter().any(|name| !hook.get(name).is_some_and(Value::is_string)) {
        return Some("a hook with what its \"type\" needs (command, prompt, url, or server and tool)");
    }
    let timeout = hook.get("timeout");
    let wrong = timeout.is_some_and(|seconds| !seconds.as_f64().is_some_and(|seconds| seconds > 0.0));
    wrong.then_some("a hook with a \"timeout\" above 0")
}

/// Whether a guard stands in a place where the client does not look for one.
fn misplaced(value: &Value, depth: usize) -> bool {
    let is_set = |value: &Value| !value.is_null() && !value.as_array().is_some_and(Vec::is_empty);
    match value {
        Value::Object(members) => {
            members.iter().any(|(name, value)| GUARDS.contains(&name.as_str()) && is_set(value))
                || depth > 0 && members.values().any(|value| misplaced(value, depth - 1))
        }
        Value::Array(all) => depth > 0 && all.iter().any(|value| misplaced(value, depth - 1)),
        _ => false,
    }
}
