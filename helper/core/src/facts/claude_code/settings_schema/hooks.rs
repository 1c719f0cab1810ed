//! Hooks that Claude Code has to be able to load: a broken one voids its settings file.
//!
//! A hook of [`GUARDS`] may guard the permissions that stand beside it, so 2.1.332 ignores the whole file if it cannot
//! load one (measured with `claude -p`, rules read in its code). Broken hooks of other events are
//! skipped one by one. The fields that each type needs are from the client's schema; URLs are not checked here.

use super::shape::{Shape, WrongType, kind, may, must};
use serde_json::Value;

/// The events whose hooks decide what may run.
const GUARDS: [&str; 3] = ["PreToolUse", "PermissionRequest", "PreSkillShellCommand"];

/// The hooks of such an event.
const MATCHERS: Shape = Shape::OrNull(&Shape::Items(&Shape::Object(&[
    may("matcher", Shape::Text),
    must("hooks", Shape::Items(&HOOK)),
])));

/// A hook: what each type has to have.
const HOOK: Shape = Shape::Tagged(&[
    ("command", &[must("command", Shape::Text), may("timeout", Shape::Positive)]),
    ("prompt", &[must("prompt", Shape::Text), may("timeout", Shape::Positive)]),
    ("agent", &[must("prompt", Shape::Text), may("timeout", Shape::Positive)]),
    ("http", &[must("url", Shape::Text), may("timeout", Shape::Positive)]),
    ("mcp_tool", &[must("server", Shape::Text), must("tool", Shape::Text), may("timeout", Shape::Positive)]),
]);

/// How deep the client looks for a guard in a place where none belongs.
const DEPTH: usize = 3;

/// The first part of `hooks` that voids the file.
pub(super) fn broken_guard(hooks: &Value) -> Option<WrongType> {
    let events = match hooks {
        Value::Array(all) if all.iter().any(Value::is_object) => {
            return Shape::Object(&[]).mismatch(&["hooks"], hooks);
        }
        Value::Object(events) => events,
        _ => return None,
    };
    events.iter().find_map(|(event, value)| {
        let path = ["hooks", event];
        if GUARDS.contains(&event.as_str()) {
            return MATCHERS.mismatch(&path, value);
        }
        misplaced(value, DEPTH).then(|| WrongType::new(&path, "an event without guards inside", kind(value)))
    })
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
