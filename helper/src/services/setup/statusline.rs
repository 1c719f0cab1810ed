//! `setup --statusline`: adds the segment with route and spend as Claude Code's status line, if there is none yet.
//!
//! Claude Code has one status line, and a plugin cannot set it: the key `statusLine` in a settings
//! file contains its command. An existing one is never replaced; a hint explains how to combine the
//! two.

use super::addition::Addition;
use super::place::{Places, SCOPES, Scope};
use crate::base::error::{Error, Kind, Result};
use crate::base::quote::Shell;
use crate::services::settings_files::Key;
use crate::services::state::StateFolder;
use serde_json::{Value, json};

const KEY: &str = "statusLine";
/// Seconds after which Claude Code draws the line again without an event, so that `/cloudflare off` and
/// new figures show (2.1.332; older versions ignore the key or draw after events only).
const REFRESH: u32 = 10;

/// Plans the change. Writes nothing.
///
/// # Errors
/// If there is another status line, or the file cannot be edited.
pub fn plan(places: &Places, scope: Scope, state: &StateFolder) -> Result<Addition> {
    let mut notes = Vec::new();
    let mut plan = Addition::plan(places, scope, KEY, |document, _| {
        let setting = setting()?;
        for other in SCOPES {
            let read = if other == scope { Some(document.clone()) } else { places.document(other) };
            let found = read.and_then(|read| read.get(&Key::top(KEY)));
            let Some(found) = found.filter(|found| !is_ours(found)) else { continue };
            let file = places.shown(&places.settings(other));
            if other > scope {
                notes.push(format!("{file} has its own status line, which is shown in this folder"));
                continue;
            }
            let message = format!("{file} already has a status line, and Claude Code shows only one");
            return Err(Error::new(Kind::Conflict, message).hinted(combined(&found, &setting["command"])));
        }
        Ok(setting)
    })?;
    if state.dir().is_none() {
        notes.push(
            "the line shows no gateway figures until the plugin is installed, because its data folder stores them"
                .to_owned(),
        );
    }
    plan.notes = notes;
    plan.done = format!(
        "wrote {}: {KEY}\nfigures   fetched by `cf-aig costs` and at session start\nundo      cf-aig off --scope {scope}\n",
        plan.label
    );
    Ok(plan)
}

/// The setting whose command prints the line.
fn setting() -> Result<Value> {
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(|path| path.to_str());
    let program = program.filter(|path| !path.chars().any(char::is_control));
    let program = program.ok_or_else(|| {
        Error::new(Kind::Refused, "the path of this program cannot be written to a settings file")
    })?;
    Ok(if cfg!(windows) { on_windows(program) } else { on_posix(program) })
}

fn on_posix(program: &str) -> Value {
    let command = format!("{} statusline", Shell::Bash.quote(program));
    json!({"type": "command", "command": command, "refreshInterval": REFRESH})
}

/// Claude Code runs it in Git Bash, or in PowerShell if there is none. A plain path with `/` works
/// in both; any other is written for PowerShell, which every Windows has.
fn on_windows(program: &str) -> Value {
    let plain = program.replace('\\', "/");
    if plain.bytes().all(|b| b.is_ascii_alphanumeric() || b"/:._-".contains(&b)) {
        return json!({"type": "command", "command": format!("{plain} statusline"), "refreshInterval": REFRESH});
    }
    let command = format!("& {} statusline", Shell::Powershell.quote(program));
    json!({"type": "command", "command": command, "refreshInterval": REFRESH, "shell": "powershell"})
}

fn is_ours(value: &Value) -> bool {
    value["command"]
        .as_str()
        .is_some_and(|command| command.contains("cf-aig") && command.ends_with(" statusline"))
}

/// How to add the segment to the existing status line.
fn combined(theirs: &Value, ours: &Value) -> String {
    let ours = ours.as_str().unwrap_or_default();
    match theirs["command"].as_str().filter(|command| !command.contains('\n')) {
        Some(_) => format!("have its command also print the output of: {ours}"),
        None => format!("its command would have to print the output of: {ours}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_reads_the_program_as_one_word() {
        assert_eq!(
            on_posix("/a b/it's/cf-aig"),
            json!({"type": "command", "command": r"'/a b/it'\''s/cf-aig' statusline", "refreshInterval": 10})
        );
        assert_eq!(
            on_windows(r"C:\Users\x\cf-aig.exe"),
            json!({"type": "command", "command": "C:/Users/x/cf-aig.exe statusline", "refreshInterval": 10})
        );
        assert_eq!(
            on_windows(r"C:\Users\Ann O'Neil\cf-aig.exe"),
            json!({"type": "command", "refreshInterval": 10, "shell": "powershell",
                "command": r"& 'C:\Users\Ann O''Neil\cf-aig.exe' statusline"})
        );
    }
}
