//! The state around this process: its environment, its project, and what the plugin's mod would set.

use super::sources::{ModPlan, SearchedPlaces, Sources, gather, gather_with};
use crate::facts::claude_code::precedence::{Source, SourceKind, SourceValue, VARIABLES};
use crate::services::client_files::{config_dir, project};
use crate::services::context::Context;
use crate::services::env_file;
use crate::services::session::NotRouted;
use crate::system::env::ProcessEnv;
use std::path::{Path, PathBuf};

/// Gathers it. `settings` is the value of the client's `--settings`.
pub fn around(context: &Context, settings: Option<String>) -> Sources {
    let env = &context.env;
    let places = SearchedPlaces {
        env,
        project: project(env).or_else(|| env.current_dir().map(Path::to_owned)),
        managed: None,
        settings_flag: settings,
        env_file: session_env_file(env),
    };
    let plan = mod_plan(context);
    match places.settings_flag {
        // the context has read the same files of the same folder
        None => gather_with(&places, context.settings.files(), plan),
        Some(_) => gather(&places, plan),
    }
}

/// The environment file of the surrounding session, if the hook wrote to one.
fn session_env_file(env: &ProcessEnv) -> Option<PathBuf> {
    env_file::of_session(&config_dir(env)?, &env.var("CLAUDE_CODE_SESSION_ID")?).next()
}

/// What the mod would set, and what prevents it.
fn mod_plan(context: &Context) -> ModPlan {
    let decision = context.decide();
    let why = decision.not_by_plugin.as_ref();
    let mut plan = ModPlan { obstacle: decision.obstacle().cloned(), ..ModPlan::default() };
    match why {
        // in this session only
        Some(NotRouted::SwitchedOff) => plan.off_here = why.map(ToString::to_string),
        _ => plan.refused = why.map(ToString::to_string),
    }
    let is_shown = plan.refused.is_none() || plan.obstacle.is_some();
    let Some(route) = decision.route.as_ref().ok().filter(|_| is_shown) else { return plan };
    let from = context.config.url.as_ref().map(|url| url.source.to_string());
    let row = |name: &str| VARIABLES.iter().find(|row| row.name == name);
    let set = route.anthropic.set.iter().filter_map(|(name, value)| {
        Some(Source { from: from.clone(), ..Source::new(row(name)?.name, SourceKind::Mod, value.reveal()) })
    });
    let unset = route.anthropic.unset.iter().filter_map(|name| {
        Some(Source {
            held: SourceValue::Unset,
            from: from.clone(),
            ..Source::new(row(name)?.name, SourceKind::Mod, "")
        })
    });
    plan.sets = set.chain(unset).collect();
    plan
}
