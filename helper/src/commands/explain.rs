//! `cf-aig explain`: every place that sets a routing variable, the winner, and why.

use super::{print, print_json};
use crate::claude_code::env_file;
use crate::claude_code::precedence::{Held, Kind, Source, VARIABLES, variable};
use crate::claude_code::user_settings::config_dir;
use crate::config::{Flags, Routing};
use crate::context::{Context, switched_off, var};
use crate::error::{Error, Kind as Failure, Result};
use crate::explain::{ModPlan, Places, Report, gather};
use crate::gateway::providers::distance;
use crate::session::plan;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  cf-aig explain                               every place, every winner
  cf-aig explain ANTHROPIC_BASE_URL            one variable
  cf-aig explain --settings ci.json --json     with the file that claude --settings gets";

/// What to explain.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// One variable, such as ANTHROPIC_BASE_URL [default: all that any place sets]
    #[arg(value_name = "VAR")]
    variable: Option<String>,
    /// Machine-readable, the same findings
    #[arg(long)]
    json: bool,
    /// Do not try proxies on this machine
    #[arg(long)]
    offline: bool,
    /// The file that you give to claude --settings
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

pub(super) fn run(args: &ExplainArgs, flags: &Flags) -> Result<ExitCode> {
    let only =
        args.variable.as_deref().map(|name| variable(name).ok_or_else(|| unknown(name))).transpose()?;
    if let Some(file) = args.settings.as_ref().filter(|file| !file.is_file()) {
        return Err(Error::new(Failure::NotFound, format!("--settings: {} is no file", file.display())));
    }
    let context = Context::gather(flags, None, None);
    let project = var("CLAUDE_PROJECT_DIR").filter(|d| !d.is_empty()).map(PathBuf::from);
    let places = Places {
        var: &var,
        project: project.or_else(|| std::env::current_dir().ok()),
        managed: None,
        settings_flag: args.settings.clone(),
        env_file: session_env_file(),
    };
    let mut picture = gather(&places, mod_plan(&context));
    if switched_off() {
        picture.conditions.mod_off_here = Some("/cloudflare off took it back in this session".to_owned());
    }
    let report = Report::of(&picture, only, &context.config.hosts, args.offline);
    if args.json {
        print_json(&report);
    } else {
        print(&report.text());
    }
    Ok(if report.has_problems() { ExitCode::from(Failure::Finding.exit_code()) } else { ExitCode::SUCCESS })
}

/// The environment file of the session around this process, if the hook wrote into one.
fn session_env_file() -> Option<PathBuf> {
    let session =
        var("CLAUDE_CODE_SESSION_ID").filter(|id| !id.is_empty() && !id.contains(['/', '\\', '.']))?;
    env_file::of_session(&config_dir(var)?, &session)
}

/// What the mod would set, by the same plan that it asks for at the start of a session.
fn mod_plan(context: &Context) -> ModPlan {
    let config = &context.config;
    if config.routing.value != Routing::Session {
        return ModPlan::Nothing(format!("routing is {}", config.routing.value));
    }
    let plugged =
        ["CLAUDE_PLUGIN_ROOT", "CLAUDE_PLUGIN_OPTION_ACCOUNT_ID"].iter().any(|name| var(name).is_some());
    if !plugged && context.settings.enabled_plugins("cloudflare").is_empty() {
        return ModPlan::Nothing("no settings file enables the plugin".to_owned());
    }
    if !context.around.client.may_load_mods() {
        return ModPlan::Nothing("this client is older than mods".to_owned());
    }
    match plan(config, &context.around) {
        Err(why) => ModPlan::Nothing(why.to_string()),
        Ok(_) if context.around.client.cloud => {
            ModPlan::Nothing("the host decides where requests of a cloud session go".to_owned())
        }
        Ok(route) => {
            let from = config.url.as_ref().map(|url| url.source.to_string());
            let set = route.anthropic.set.iter().filter_map(|(name, value)| {
                let row = VARIABLES.iter().find(|row| row.name == *name)?;
                Some(Source { from: from.clone(), ..Source::new(row.name, Kind::Mod, value.reveal()) })
            });
            let unset = route.anthropic.unset.iter().filter_map(|name| {
                let row = VARIABLES.iter().find(|row| row.name == *name)?;
                Some(Source { held: Held::Unset, from: from.clone(), ..Source::new(row.name, Kind::Mod, "") })
            });
            ModPlan::Sets(set.chain(unset).collect())
        }
    }
}

fn unknown(name: &str) -> Error {
    let upper = name.to_ascii_uppercase();
    let nearest = VARIABLES.iter().min_by_key(|row| distance(&upper, &row.name.to_ascii_uppercase()));
    let hint = nearest.map_or(String::new(), |row| format!("the nearest one is {}", row.name));
    Error::new(Failure::Usage, format!("`{}` is no routing variable", name.escape_debug())).hinted(hint)
}
