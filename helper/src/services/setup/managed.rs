//! Managed settings in the forms that administrators deploy: a file, a macOS profile, a registry file.
//!
//! The destinations are from Anthropic's page "managed-settings" (October 2026). Only the file was
//! tested, on Linux.

use serde_json::Value;

/// The form of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// `managed-settings.json`, for Linux, WSL, macOS and Windows
    File,
    /// A configuration profile for macOS (.mobileconfig)
    Macos,
    /// A registry file for Windows (.reg)
    Windows,
}

impl Form {
    /// The destination, as a sentence.
    pub fn place(self) -> &'static str {
        match self {
            Self::File => {
                "save it as managed-settings.json in /etc/claude-code (Linux, WSL), /Library/Application Support/ClaudeCode (macOS) or C:/Program Files/ClaudeCode (Windows)"
            }
            Self::Macos => {
                "deploy it as a device profile with your MDM; the preference domain is com.anthropic.claudecode"
            }
            Self::Windows => {
                "import it as an administrator, or deploy the value Settings of HKLM\\SOFTWARE\\Policies\\ClaudeCode by group policy"
            }
        }
    }

    /// The settings in this form.
    pub fn render(self, settings: &Value) -> String {
        match self {
            Self::File => format!("{settings:#}\n"),
            Self::Macos => profile(settings),
            Self::Windows => registry(settings),
        }
    }
}

/// A profile for each machine. The identifiers never change, so that a newer one replaces the
/// older.
fn profile(settings: &Value) -> String {
    let mut payload = settings.as_object().cloned().unwrap_or_default();
    for (key, value) in [
        ("PayloadType", "com.anthropic.claudecode"),
        ("PayloadIdentifier", "com.anthropic.claudecode.ai-gateway"),
        ("PayloadUUID", "6B7C1F0E-5D0B-4C0E-9A53-0C1A16A7E001"),
        ("PayloadDisplayName", "Claude Code through Cloudflare AI Gateway"),
    ] {
        payload.insert(key.to_owned(), value.into());
    }
    payload.insert("PayloadVersion".to_owned(), 1.into());
    let whole = serde_json::json!({
        "PayloadContent": [payload],
        "PayloadDisplayName": "Claude Code through Cloudflare AI Gateway",
        "PayloadIdentifier": "cf-aig.claude-code",
        "PayloadScope": "System",
        "PayloadType": "Configuration",
        "PayloadUUID": "6B7C1F0E-5D0B-4C0E-9A53-0C1A16A7E000",
        "PayloadVersion": 1,
    });
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
        <plist version=\"1.0\">\n"
        .to_owned();
    plist(&mut out, &whole, 0);
    out + "</plist>\n"
}

/// A value as a property list. JSON's null has no equivalent and is left out.
fn plist(out: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    let line = match value {
        Value::Null => return,
        Value::Bool(true) => "<true/>".to_owned(),
        Value::Bool(false) => "<false/>".to_owned(),
        Value::Number(number) if number.is_f64() => format!("<real>{number}</real>"),
        Value::Number(number) => format!("<integer>{number}</integer>"),
        Value::String(text) => format!("<string>{}</string>", xml(text)),
        Value::Array(items) => {
            out.push_str(&format!("{indent}<array>\n"));
            items.iter().for_each(|item| plist(out, item, depth + 1));
            "</array>".to_owned()
        }
        Value::Object(entries) => {
            out.push_str(&format!("{indent}<dict>\n"));
            for (key, value) in entries.iter().filter(|(_, value)| !value.is_null()) {
                out.push_str(&format!("{indent}  <key>{}</key>\n", xml(key)));
                plist(out, value, depth + 1);
            }
            "</dict>".to_owned()
        }
    };
    out.push_str(&format!("{indent}{line}\n"));
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The settings as a single value. A registry file is read as UTF-16 or in the machine's code page,
/// so only ASCII is safe.
fn registry(settings: &Value) -> String {
    let mut value = String::new();
    for c in settings.to_string().chars() {
        match c {
            '"' | '\\' => value.extend(['\\', c]),
            c if c.is_ascii() => value.push(c),
            // JSON's \u, whose backslash is escaped for the registry
            c => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| value.push_str(&format!("\\\\u{unit:04x}"))),
        }
    }
    format!(
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\ClaudeCode]\r\n\"Settings\"=\"{value}\"\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::Form;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// The registry's content after importing this file.
    fn imported(file: &str) -> Value {
        let line = file.lines().find(|line| line.starts_with("\"Settings\"=")).expect("the value");
        let quoted =
            line.strip_prefix("\"Settings\"=\"").and_then(|rest| rest.strip_suffix('"')).expect("quotes");
        let mut text = String::new();
        let mut chars = quoted.chars();
        while let Some(c) = chars.next() {
            text.push(if c == '\\' { chars.next().expect("an escaped character") } else { c });
        }
        serde_json::from_str(&text).expect("JSON")
    }

    proptest! {
        #[test]
        fn a_registry_file_is_ascii_and_holds_the_same_settings(value in "\\PC{0,40}") {
            let settings = json!({ "env": { "X": value } });
            let file = Form::Windows.render(&settings);
            prop_assert!(file.is_ascii());
            prop_assert_eq!(imported(&file), settings);
        }
    }

    #[test]
    fn a_profile_holds_every_setting_as_a_property_list() {
        let settings = json!({ "env": { "A": "<x> & \"y\"" }, "disableAllHooks": false, "n": null });
        let profile = Form::Macos.render(&settings);
        for part in [
            "<key>PayloadType</key>\n      <string>com.anthropic.claudecode</string>",
            "<key>A</key>\n        <string>&lt;x&gt; &amp; \"y\"</string>",
            "<key>disableAllHooks</key>\n      <false/>",
            "<key>PayloadScope</key>\n  <string>System</string>",
        ] {
            assert!(profile.contains(part), "{part}:\n{profile}");
        }
        assert!(!profile.contains("<key>n</key>"), "{profile}");
    }
}
