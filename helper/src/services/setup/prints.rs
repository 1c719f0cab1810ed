//! Prints the configuration for places that setup does not write: devcontainers, CI, managed settings.
//!
//! A secret is a reference in that place's syntax, never a value. If a place has no references,
//! each user supplies a token, and a note explains how.

use super::managed::Form;
use super::request::{SetupRequest, unplanned};
use crate::base::error::Result;
use crate::facts::gateway::auth::{AuthMode, CUSTOM_HEADERS, GatewayToken, Value};
use crate::services::context::Context;
use crate::services::session::{SessionInputs, plan_with};
use serde_json::{Map, json};

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

impl PrintedPlace {
    /// How the place refers to a variable; `None` if it expands nothing: neither Claude Code does in settings,
    /// nor VS Code in these.
    fn reference(self, name: &str) -> Option<String> {
        match self {
            Self::Devcontainer => Some(format!("${{localEnv:{name}}}")),
            Self::GithubActions => Some(format!("${{{{ secrets.{name} }}}}")),
            Self::Managed(_) | Self::Vscode => None,
        }
    }
}

/// Prints the route of this configuration for a place.
///
/// # Errors
/// No route.
pub fn print(place: PrintedPlace, context: &Context, wanted: &SetupRequest) -> Result<Printed> {
    let reference = place.reference("CF_AIG_TOKEN");
    let token = GatewayToken::Reference(reference.as_deref().unwrap_or("CF_AIG_TOKEN"));
    let around = SessionInputs { custom_headers: None, ..context.around.clone() };
    let route = plan_with(&context.config, &around, Some(token)).map_err(|why| unplanned(&why))?;
    let has_token = reference.is_some() && !wanted.route.without_token;
    let is_printed = |(name, value): &&(&'static str, Value)| match value {
        Value::Reference(_) => has_token,
        // where there are no references, these headers would hide each user's own, which contain the token
        _ => reference.is_some() || *name != CUSTOM_HEADERS,
    };
    let set = route.anthropic.set.iter().chain(&route.others).filter(is_printed);
    let mut vars: Vec<(&str, String)> = set.map(|(name, value)| (*name, value.reveal().to_owned())).collect();
    let mut notes = notes(place, route.mode);
    if has_token
        && !wanted.keeps_traffic
        && let Some((name, value)) = route.quiet()
    {
        notes.push(format!("{name} {}", super::NONESSENTIAL_TRAFFIC_EFFECT));
        vars.push((name, value.reveal().to_owned()));
    }
    let key = place.reference("ANTHROPIC_API_KEY").filter(|_| route.mode == AuthMode::OwnKey);
    vars.extend(key.map(|key| ("ANTHROPIC_API_KEY", key)));
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
    let object: Map<String, serde_json::Value> =
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
