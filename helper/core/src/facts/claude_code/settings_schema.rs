//! The settings whose type Claude Code checks: a value of the wrong type voids the whole file.
//!
//! Measured with 2.1.332 for the 200 top-level keys of the client's schema: `claude doctor` read each key
//! with fifteen values, and `claude -p` showed for each doubtful one whether the file was in effect. About
//! 40 keys (theme, effortLevel, viewMode, prependPlugins, …) accept anything, and for a few only the wrong value is skipped
//! (extraKnownMarketplaces, allowedMcpServers, modelPricing, remoteControl, …); this table contains
//! neither, and no keys that the client does not know. Members of objects are checked as far as they were
//! measured. In managed settings the rest of the file applies.
//! tests/client/schema.rs compares the table with the client for every key; `hooks` has its own rules.

mod hooks;
mod keys;
mod shape;

pub use shape::WrongType;

use serde_json::Value;

/// Checks the value of a top-level key; `None` if the client accepts the file with it.
pub fn wrong_type(key: &str, value: &Value) -> Option<WrongType> {
    if key == "hooks" {
        return hooks::broken_guard(value);
    }
    keys::shape(key)?.mismatch(&[key], value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `claude -p` of 2.1.332 did with a user's file that contained only this.
    #[test]
    fn the_types_that_void_a_file_are_those_measured_with_the_client() {
        let void = [
            ("strictKnownMarketplaces", r#"5"#),
            ("strictKnownMarketplaces", r#"[5]"#),
            ("allowedMarketplaces", r#"5"#),
            ("allowedMarketplaces", r#"[5]"#),
            ("blockedMarketplaces", r#"5"#),
            ("blockedMarketplaces", r#"[5]"#),
            ("permissions", r#"5"#),
            ("permissions", r#"null"#),
            ("permissions", r#"{"allow": "x"}"#),
            ("permissions", r#"{"defaultMode": "yolo"}"#),
            ("permissions", r#"{"deny": 5}"#),
            ("permissions", r#"{"ask": 5}"#),
            ("permissions", r#"{"additionalDirectories": 5}"#),
            ("permissions", r#"{"additionalDirectories": [5]}"#),
            ("permissions", r#"{"disableBypassPermissionsMode": "x"}"#),
            ("permissions", r#"{"disableAutoMode": 5}"#),
            ("sandbox", r#"5"#),
            ("sandbox", r#"{"enabled": 5}"#),
            ("sandbox", r#"{"network": 5}"#),
            ("sandbox", r#"{"network": {"allowedDomains": 5}}"#),
            ("pluginConfigs", r#"5"#),
            ("pluginConfigs", r#"{"zz": 5}"#),
            ("pluginConfigs", r#"{"zz": {"options": 5}}"#),
            ("skillOverrides", r#"5"#),
            ("skillOverrides", r#"{"zz": "x"}"#),
            ("modelOverrides", r#"{"zz": 5}"#),
            ("enabledPlugins", r#"{"zz": 5}"#),
            ("enabledPlugins", r#"{"zz": [5]}"#),
            ("attribution", r#""x""#),
            ("attribution", r#"{"commit": 5}"#),
            ("statusLine", r#"{"type": "command"}"#),
            ("statusLine", r#"{"type": "x", "command": "y"}"#),
            ("statusLine", r#"{"type": "command", "command": "y", "padding": "x"}"#),
            ("sshConfigs", r#"5"#),
            ("sshConfigs", r#"[5]"#),
            ("allowedChannelPlugins", r#"5"#),
            ("allowedChannelPlugins", r#"[5]"#),
            ("feedbackDrafts", r#""x""#),
            ("disableAutoMode", r#""x""#),
            ("disableAutoMode", r#"true"#),
            ("worktree", r#"{"symlinkDirectories": 5}"#),
            ("cleanupPeriodDays", r#"0"#),
            ("cleanupPeriodDays", r#"-1"#),
            ("cleanupPeriodDays", r#"1.5"#),
            ("model", r#"null"#),
            ("syncClaudeAiSkills", r#"5"#),
            ("respectGitignore", r#"null"#),
        ];
        let taken = [
            ("hooks", r#"5"#),
            ("hooks", r#"null"#),
            ("hooks", r#"{"zz": 5}"#),
            ("hooks", r#"{"SessionStart": 5}"#),
            ("hooks", r#"{"SessionStart": [5]}"#),
            ("hooks", r#"{"SessionStart": [{"hooks": 5}]}"#),
            ("hooks", r#"{"PreToolUse": null}"#),
            ("hooks", r#"{"PreToolUse": [{"hooks": [{"type": "command", "command": "x"}]}]}"#),
            ("sshConfigs", r#"[{"id": "a", "name": "b", "sshHost": "c"}]"#),
            ("extraKnownMarketplaces", r#"5"#),
            ("extraKnownMarketplaces", r#"null"#),
            ("extraKnownMarketplaces", r#"{"zz": 5}"#),
            ("additionalMarketplaces", r#"5"#),
            ("additionalMarketplaces", r#"null"#),
            ("permissions", r#"{"allow": [5]}"#),
            ("allowedMcpServers", r#"5"#),
            ("allowedMcpServers", r#"[5]"#),
            ("allowedMcpServers", r#"null"#),
            ("deniedMcpServers", r#"5"#),
            ("deniedMcpServers", r#"[5]"#),
            ("managedMcpServers", r#"5"#),
            ("managedMcpServers", r#"{"zz": 5}"#),
            ("modelPricing", r#"5"#),
            ("modelPricing", r#"{"overrides": 5}"#),
            ("remoteControl", r#"5"#),
            ("remoteControl", r#"{"zz": 5}"#),
            ("enabledPlugins", r#"{"zz": []}"#),
            ("enabledPlugins", r#"{"zz": ["1"]}"#),
            ("theme", "5"),
            ("noSuchKey", "[]"),
        ];
        for (key, text) in void {
            let value = serde_json::from_str(text).unwrap();
            assert!(wrong_type(key, &value).is_some(), "{key}: {text}");
        }
        for (key, text) in taken {
            let value = serde_json::from_str(text).unwrap();
            assert_eq!(wrong_type(key, &value), None, "{key}: {text}");
        }
    }
}
