//! The variables in settings files, with line numbers.

use super::warning::{Code, Warning};
use crate::facts::claude_code::precedence::{
    API_KEY_HELPER, Idle, Source, SourceKind, SourceValue, VARIABLES,
};
use crate::services::client_files::{Content, SettingsFile};
use crate::services::settings_files::rejected::position;
use crate::services::settings_files::{Document, Effect, Key};
use crate::services::user_settings::never_from;
use crate::system::file;
use serde_json::Value;
use std::path::Path;

/// The variables that a settings file sets, and its problems.
pub(super) fn look(file: &SettingsFile, warnings: &mut Vec<Warning>) -> Vec<Source> {
    let path = file.path.as_path();
    match &file.content {
        Content::Taken(document) => sources(document, path, file.kind, warnings),
        Content::Unreadable(error) => {
            let message = format!("cannot be read ({error}), so nothing in it is in effect");
            warnings.push(Warning::problem(Code::IgnoredFile, message).at(path, None, None));
            Vec::new()
        }
        Content::Ignored(rejected) => {
            // a managed file that is not a JSON object stops the client at startup
            let effect = match (file.kind, rejected.reason.effect()) {
                (SourceKind::Managed, Effect::Ignored) => {
                    "Claude Code does not start until it is repaired".to_owned()
                }
                (_, effect) => effect.to_string(),
            };
            let warning = Warning::problem(Code::IgnoredFile, format!("{}: {effect}", rejected.reason));
            warnings.push(warning.at(path, Some(rejected.line), Some(rejected.column)));
            Vec::new()
        }
    }
}

fn sources(document: &Document, path: &Path, kind: SourceKind, warnings: &mut Vec<Warning>) -> Vec<Source> {
    let mut sources = Vec::new();
    for variable in document.env() {
        let Some(row) = VARIABLES.iter().find(|row| row.name == variable.name && row.name != API_KEY_HELPER)
        else {
            continue;
        };
        let raw = document.raw(&Key::env(variable.name)).unwrap_or_default();
        if !raw.starts_with('"') {
            let message = format!("{} is not a string here; Claude Code converts it to text", row.name);
            let warning = Warning::problem(Code::NotText, message).about(row.name);
            warnings.push(warning.at(path, Some(variable.line), Some(variable.column)));
        }
        let idle = never_from(row.name, kind).then(|| Idle {
            why: format!("Claude Code ignores {} in {}", row.name, kind.label()),
            only: None,
        });
        sources.push(Source {
            name: row.name,
            kind,
            held: SourceValue::Text(variable.value),
            file: Some(path.to_owned()),
            line: Some(variable.line),
            idle,
            from: None,
        });
    }
    if let Some(Value::String(command)) = document.get(&Key::top(API_KEY_HELPER)) {
        let line = document
            .root
            .as_ref()
            .and_then(|root| root.last_named(API_KEY_HELPER))
            .map(|member| position(document.text().unwrap_or_default(), member.quoted.start).0);
        sources.push(Source {
            line,
            file: Some(path.to_owned()),
            ..Source::new(API_KEY_HELPER, kind, command)
        });
    }
    sources
}

/// `claudeCode.environmentVariables` in a VS Code settings file, which may contain comments: a list
/// of `{"name", "value"}`, or an object.
pub(super) fn vscode(path: &Path) -> Vec<Source> {
    let Some(text) = file::text(path) else { return Vec::new() };
    let parsed: Option<Value> = jsonc_parser::parse_to_serde_value(&text, &Default::default()).ok();
    let Some(variables) = parsed.as_ref().and_then(|all| all.get("claudeCode.environmentVariables")) else {
        return Vec::new();
    };
    let pair = |entry: &Value| Some((entry.get("name")?.as_str()?.to_owned(), entry.get("value")?.clone()));
    let pairs: Vec<(String, Value)> = match variables {
        Value::Array(list) => list.iter().filter_map(pair).collect(),
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        _ => Vec::new(),
    };
    let found = pairs.into_iter().filter_map(|(name, value)| {
        let row = VARIABLES.iter().find(|row| row.name == name && row.name != API_KEY_HELPER)?;
        let held = value.as_str().map_or(SourceValue::Computed, |text| SourceValue::Text(text.to_owned()));
        let quoted = format!("\"{name}\"");
        let line = text.lines().position(|line| line.contains(&quoted)).map(|at| at + 1);
        let file = Some(path.to_owned());
        Some(Source { name: row.name, kind: SourceKind::VsCode, held, file, line, idle: None, from: None })
    });
    found.collect()
}
