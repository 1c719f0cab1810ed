//! What settings files say about the variables, with the lines where they say it.

use super::warnings::{Code, Warning};
use crate::facts::claude_code::precedence::{API_KEY_HELPER, Held, Kind, Source, VARIABLES};
use crate::services::settings_files::rejected::position;
use crate::services::settings_files::{Document, Effect, Key, Reason};
use crate::services::user_settings::NO_MODS;
use serde_json::Value;
use std::path::Path;

/// What one settings file holds.
pub(super) struct File {
    pub(super) sources: Vec<Source>,
    pub(super) warnings: Vec<Warning>,
    /// Any setting at all stands in it, by the measure of the client's guard on mods.
    pub(super) says_something: bool,
    /// `disableAllHooks` or `allowManagedHooksOnly`: no mod is loaded.
    pub(super) no_mods: Option<&'static str>,
}

/// Reads a settings file as the client does. `None` when there is none.
pub(super) fn read(path: &Path, kind: Kind) -> Option<File> {
    let mut file = File { sources: Vec::new(), warnings: Vec::new(), says_something: false, no_mods: None };
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        // `.claude` may be a file
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return None,
        Err(error) => {
            let message = format!("cannot be read ({}), so nothing in it is in effect", error.kind());
            file.warnings.push(Warning::problem(Code::IgnoredFile, message).at(path, None, None));
            return Some(file);
        }
    };
    let document = match Document::parse(&bytes) {
        Err(rejected) if rejected.reason == Reason::NotUtf8 => {
            Document::parse(String::from_utf8_lossy(&bytes).as_bytes())
        }
        other => other,
    };
    // in managed settings the rest of the file counts
    let void = |document: &Document| document.void().filter(|_| kind != Kind::Managed);
    match document.and_then(|document| void(&document).map_or(Ok(document), Err)) {
        Ok(document) => fill(&mut file, &document, path, kind),
        Err(rejected) => {
            // a managed file that is no JSON object ends the client at its start
            let effect = match (kind, rejected.reason.effect()) {
                (Kind::Managed, Effect::Ignored) => {
                    "Claude Code does not start until it is repaired".to_owned()
                }
                (_, effect) => effect.to_string(),
            };
            let message = format!("{}: {effect}", rejected.reason);
            let warning = Warning::problem(Code::IgnoredFile, message);
            file.warnings.push(warning.at(path, Some(rejected.line), Some(rejected.column)));
        }
    }
    Some(file)
}

fn fill(file: &mut File, document: &Document, path: &Path, kind: Kind) {
    for variable in document.env() {
        let Some(row) = VARIABLES.iter().find(|row| row.name == variable.name && row.name != API_KEY_HELPER)
        else {
            continue;
        };
        let raw = document.raw(&Key::env(variable.name)).unwrap_or_default();
        if !raw.starts_with('"') {
            let message = format!("{} is not a string here; Claude Code converts it to text", row.name);
            let warning = Warning::problem(Code::NotText, message).about(row.name);
            file.warnings.push(warning.at(path, Some(variable.line), Some(variable.column)));
        }
        file.sources.push(Source {
            name: row.name,
            kind,
            held: variable.value.map_or(Held::Computed, Held::Text),
            file: Some(path.to_owned()),
            line: Some(variable.line),
            idle: None,
            from: None,
        });
    }
    if let Some(Value::String(command)) = document.get(&Key::top(API_KEY_HELPER)) {
        let line = document
            .root
            .as_ref()
            .and_then(|root| root.last_named(API_KEY_HELPER))
            .map(|member| position(document.text().unwrap_or_default(), member.quoted.start).0);
        file.sources.push(Source {
            line,
            file: Some(path.to_owned()),
            ..Source::new(API_KEY_HELPER, kind, command)
        });
    }
    file.no_mods = NO_MODS.into_iter().find(|key| document.get(&Key::top(*key)) == Some(Value::Bool(true)));
    let members = document.root.as_ref().map_or(&[][..], |root| &root.members);
    file.says_something =
        members.iter().any(|m| document.text().is_some_and(|text| text[m.value.clone()].trim() != "{}"));
}

/// `claudeCode.environmentVariables` of a VS Code settings file, which may hold comments: a list of
/// `{"name", "value"}`, or an object.
pub(super) fn vscode(path: &Path) -> Vec<Source> {
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
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
        let held = value.as_str().map_or(Held::Computed, |text| Held::Text(text.to_owned()));
        let quoted = format!("\"{name}\"");
        let line = text.lines().position(|line| line.contains(&quoted)).map(|at| at + 1);
        let file = Some(path.to_owned());
        Some(Source { name: row.name, kind: Kind::VsCode, held, file, line, idle: None, from: None })
    });
    found.collect()
}
