//! The picture around this process: its environment, its project, and what the plugin's mod would set.

use super::{ModPlan, Picture, Places, gather};
use crate::facts::claude_code::precedence::{Held, Kind, Source, VARIABLES};
use crate::services::config::Routing;
use crate::services::context::{Context, switched_off, var};
use crate::services::env_file;
use crate::services::session::plan;
use crate::services::user_settings::config_dir;
use std::path::PathBuf;

/// Looks around. `settings` is the file that the client is or will be started with.
pub fn around(context: &Context, settings: Option<PathBuf>) -> Picture {
    let project = var("CLAUDE_PROJECT_DIR").filter(|d| !d.is_empty()).map(PathBuf::from);
    let places = Places {
        var: &var,
        project: project.or_else(|| std::env::current_dir().ok()),
        managed: None,
        settings_flag: settings,
        env_file: session_env_file(),
    };
    let mut picture = gather(&places, mod_plan(context));
    if switched_off() {
        picture.conditions.mod_off_here = Some("/cloudflare off took it back in this session".to_owned());
    }
    picture
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
