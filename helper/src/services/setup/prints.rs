//! Prints the configuration for places that setup does not write: devcontainers, CI, managed settings.
//!
//! A secret is a reference in that place's syntax, never a value. If a place has no references,
//! each user supplies a token, and a note explains how.

use super::managed::Form;
use super::request::{SetupRequest, unplanned};
use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::facts::gateway::auth::AuthMode;
use crate::services::config::{ConfigSource, Sourced};
use crate::services::context::Context;
use crate::services::session::plan;
use serde_json::{Map, Value, json};

/// The destination of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrintedPlace {
    /// Managed settings, in the form that administrators deploy.
    Managed(Form),
    /// `devcontainer.json`.
    Devcontainer,
    /// A workflow of GitHub Actions.
    GithubActions,
    /// The settings of VS Code.
    Vscode,
}

/// A text to paste, and notes.
#[derive(Debug)]
pub struct Printed {
    /// The text.
    pub text: String,
    /// Sentences.
    pub notes: Vec<String>,
}

const HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";
/// A placeholder for the token in the plan; none of its characters is special anywhere.
const STAND_IN: &str = "CF_AIG_TOKEN_STANDS_HERE";

/// Prints the route of this configuration for a place.
///
/// # Errors
/// No route.
pub fn print(place: PrintedPlace, context: &mut Context, wanted: &SetupRequest) -> Result<Printed> {
    let value = Secret::reference(STAND_IN);
    context.config.gateway_token = Some(Sourced { value, source: ConfigSource::Default });
    context.around.custom_headers = None;
    let route = plan(&context.config, &context.around).map_err(|why| unplanned(&why))?;
    let set = route.anthropic.set.iter().chain(&route.others);
    let all: Vec<(&str, String)> = set.map(|(name, value)| (*name, value.reveal().to_owned())).collect();
    let plain: Vec<(&str, String)> =
        all.iter().filter(|(_, value)| !value.contains(STAND_IN)).cloned().collect();
    let (refer, key): (fn(&str) -> String, _) = match place {
        PrintedPlace::Devcontainer => {
            (|name| format!("${{localEnv:{name}}}"), route.mode == AuthMode::OwnKey)
        }
        PrintedPlace::GithubActions => {
            (|name| format!("${{{{ secrets.{name} }}}}"), route.mode == AuthMode::OwnKey)
        }
        // no reference there: Claude Code expands nothing in settings, VS Code nothing in these
        PrintedPlace::Managed(_) | PrintedPlace::Vscode => {
            // and a value of these headers would hide each user's own, which contain the token
            let open: Vec<_> = plain.into_iter().filter(|(name, _)| *name != HEADERS).collect();
            return Ok(Printed { text: render(place, &open), notes: notes(place, route.mode) });
        }
    };
    let mut vars = if wanted.without_token { plain } else { all };
    let mut notes = notes(place, route.mode);
    if let Some((name, value)) = route.quiet(wanted.keeps_traffic || wanted.without_token) {
        notes.push(format!("{name} {}", super::NONESSENTIAL_TRAFFIC_EFFECT));
        vars.push((name, value.reveal().to_owned()));
    }
    for (_, value) in &mut vars {
        *value = value.replace(STAND_IN, &refer("CF_AIG_TOKEN"));
    }
    if key {
        vars.push(("ANTHROPIC_API_KEY", refer("ANTHROPIC_API_KEY")));
    }
    Ok(Printed { text: render(place, &vars), notes })
}

fn notes(place: PrintedPlace, mode: AuthMode) -> Vec<String> {
    let own = match mode.row().token_as {
        Some(_) => {
            format!("each user supplies a token: `cf-aig setup --auth {mode}`, in their user settings")
        }
        None => "each user supplies a token if the gateway requires one: `cf-aig setup`".to_owned(),
    };
    match place {
        PrintedPlace::Managed(form) => vec![
            form.place().to_owned(),
            "it overrides every other settings file".to_owned(),
            "it contains no token, because Claude Code expands no references in settings".to_owned(),
            own,
            "on a managed machine the plugin's mod cannot route; settings files can".to_owned(),
        ],
        PrintedPlace::Vscode => vec![
            "for VS Code's settings.json, not Claude Code's".to_owned(),
            format!("it contains no token, because the file is synced and shared; {own}"),
        ],
        PrintedPlace::Devcontainer => {
            vec!["for devcontainer.json; CF_AIG_TOKEN comes from the environment of the host".to_owned()]
        }
        PrintedPlace::GithubActions => {
            vec!["for a workflow, a job or a step; add CF_AIG_TOKEN to the repository's secrets".to_owned()]
        }
    }
}

/// The variables in the format of that place.
fn render(place: PrintedPlace, vars: &[(&str, String)]) -> String {
    let object: Map<String, Value> =
        vars.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let value = match place {
        PrintedPlace::GithubActions => return workflow(vars),
        PrintedPlace::Managed(form) => return form.render(&json!({ "env": object })),
        PrintedPlace::Devcontainer => json!({ "remoteEnv": object }),
        PrintedPlace::Vscode => {
            let list = vars.iter().map(|(name, value)| json!({ "name": name, "value": value }));
            json!({ "claudeCode.environmentVariables": list.collect::<Vec<_>>() })
        }
    };
    format!("{value:#}\n")
}

/// YAML: a value in single quotes, or a literal block for several lines.
fn workflow(vars: &[(&str, String)]) -> String {
    let mut out = "env:\n".to_owned();
    for (name, value) in vars {
        if value.contains('\n') {
            let lines: String = value.lines().map(|line| format!("    {line}\n")).collect();
            out.push_str(&format!("  {name}: |-\n{lines}"));
        } else {
            out.push_str(&format!("  {name}: '{}'\n", value.replace('\'', "''")));
        }
    }
    out
}
