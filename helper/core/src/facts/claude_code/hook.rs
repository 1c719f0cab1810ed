//! The JSON that Claude Code passes to a hook, and the JSON that a hook returns.

use crate::base::text::visible;
use serde::{Deserialize, Serialize};

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

/// The output of a SessionStart hook. Empty output is `{}`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HookOutput {
    /// One line for the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_message: Option<String>,
    /// Context for Claude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hook_specific_output: Option<SessionStartOutput>,
}

/// The part of the output that only SessionStart has.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionStartOutput {
    hook_event_name: &'static str,
    additional_context: String,
}

impl HookOutput {
    /// The first line of a hook that responds later: the session does not wait for it. The model gets the
    /// output with the next turn, and the user does not see it (2.1.332).
    pub const GO_ON: &'static str = r#"{"async":true}"#;

    /// Output with a line for the user, a text for Claude, both or neither.
    pub fn new(message: Option<String>, context: Option<String>) -> Self {
        let context = context.map(|additional_context| SessionStartOutput {
            hook_event_name: "SessionStart",
            additional_context,
        });
        // one line that is safe for any terminal
        let message = message.map(|text| visible(&text.replace(['\n', '\t'], " ")));
        Self { system_message: message, hook_specific_output: context }
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
