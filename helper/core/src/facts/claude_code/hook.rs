//! The JSON that Claude Code passes to a hook, and the JSON that a hook returns.

use crate::base::text::visible;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The input of a SessionStart or SessionEnd hook on stdin. Every field may be missing: older clients,
/// other surfaces and Windows were observed to send less, or nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct HookInput {
    /// The session's id; unchanged by `--resume`.
    pub session_id: Option<String>,
    /// The working directory.
    pub cwd: Option<String>,
    /// `startup`, `resume`, `clear`, `compact` or `fork`.
    pub source: Option<String>,
}

impl HookInput {
    /// Parses any input; anything but such an object counts as empty.
    pub fn parse(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }
}

/// The output of a SessionStart hook: JSON, `{}` if it has nothing to say.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct HookOutput(Map<String, Value>);

impl HookOutput {
    /// The first line of a hook that responds later: the session does not wait for it. The model gets the
    /// output with the next turn, and the user does not see it (2.1.332).
    pub const GO_ON: &'static str = r#"{"async":true}"#;

    /// Output with a line for the user, a text for Claude, both or neither.
    pub fn new(message: Option<String>, context: Option<String>) -> Self {
        // one line that is safe for any terminal
        let message = message.map(|text| visible(&text.replace(['\n', '\t'], " ")));
        let message = message.map(|text| ("systemMessage".to_owned(), text.into()));
        let context = context.map(|text| {
            let output = json!({"hookEventName": "SessionStart", "additionalContext": text});
            ("hookSpecificOutput".to_owned(), output)
        });
        Self(message.into_iter().chain(context).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hook_input_of_any_kind_is_accepted() {
        assert_eq!(
            HookInput::parse(br#"{"session_id":"s","source":"resume","new":1}"#).session_id.unwrap(),
            "s"
        );
        for bytes in [&b""[..], b"null", b"[1]", b"{\"session_id\":3}", b"\xff\xfe", b"{"] {
            assert!(HookInput::parse(bytes).session_id.is_none());
        }
    }

    #[test]
    fn a_hook_without_output_prints_an_empty_object() {
        assert_eq!(serde_json::to_string(&HookOutput::new(None, None)).unwrap(), "{}");
        let both = HookOutput::new(Some("a\nb".into()), Some("c".into()));
        let expected = r#"{"systemMessage":"a b","hookSpecificOutput":{"hookEventName":"SessionStart","additionalContext":"c"}}"#;
        assert_eq!(serde_json::to_string(&both).unwrap(), expected);
    }
}
