//! `cf-aig session-env`: what the mod must set for this session, or why not.

use super::{print, print_json};
use crate::base::error::{Error, Kind, Result};
use crate::services::config::{Flags, OnUnreachable, Routing};
use crate::services::context::Context;
use crate::services::probe;
use crate::services::session::{NotRouted, Route};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::io::IsTerminal;
use std::process::ExitCode;

/// How the mod asks.
#[derive(Debug, clap::Args)]
pub struct SessionEnvArgs {
    /// Machine-readable, with values: {"schema":1,"routing","env":{NAME:VALUE},"unset":[NAME],"message"?,"reason"?}
    #[arg(long)]
    json: bool,
    /// The session's id, for cf-aig-metadata
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// The session's folder, for cf-aig-metadata
    #[arg(long, value_name = "DIR")]
    cwd: Option<String>,
    /// Also when the session was switched off (/cloudflare on)
    #[arg(long)]
    on: bool,
}

#[derive(Serialize)]
struct Answer {
    schema: u8,
    routing: String,
    env: Map<String, Value>,
    unset: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub(super) fn run(args: &SessionEnvArgs, flags: &Flags) -> Result<ExitCode> {
    if args.json && std::io::stdout().is_terminal() {
        return Err(Error::new(Kind::Refused, "session-env --json prints secrets, and this is a terminal")
            .hinted("without --json it shows names only"));
    }
    let mut context = Context::gather(flags, args.session.clone(), args.cwd.clone());
    context.plugin.mod_asks = true;
    context.plugin.switched_off &= !args.on;
    let decision = context.decide();
    let routing = match decision.by_plugin() {
        Err(NotRouted::SwitchedOff) => Routing::Off,
        _ => context.config.routing.value,
    };
    let route = match reached(&context, decision.by_plugin()) {
        Ok(route) => route,
        Err(reason) => {
            return answer(args, Answer { reason: Some(reason), ..Answer::none(&routing.to_string()) });
        }
    };
    let what = format!("Claude's requests go through {}; {} pays", route.gateway(), route.mode.row().pays);
    let message = (args.on || context.state.is_new("mod", &what)).then_some(what);
    let env =
        route.anthropic.set.iter().map(|(name, value)| ((*name).to_owned(), json!(value.reveal()))).collect();
    let unset = route.anthropic.unset.clone();
    answer(args, Answer { env, unset, message, ..Answer::none(&routing.to_string()) })
}

impl Answer {
    fn none(routing: &str) -> Self {
        Self {
            schema: 1,
            routing: routing.to_owned(),
            env: Map::new(),
            unset: Vec::new(),
            message: None,
            reason: None,
        }
    }
}

/// The route that the mod is to set, or why it must set nothing: under `on_unreachable = direct` a
/// gateway that does not answer is a reason too.
fn reached<'a>(context: &Context, decided: Result<&'a Route, &NotRouted>) -> Result<&'a Route, String> {
    let route = decided.map_err(ToString::to_string)?;
    if context.config.on_unreachable == OnUnreachable::Direct && context.config.probe {
        let outcome = context.probe(&route.url, probe::LIMIT).outcome;
        if !outcome.is_good() {
            return Err(outcome.sentence(route.url.origin().authority()));
        }
    }
    Ok(route)
}

fn answer(args: &SessionEnvArgs, answer: Answer) -> Result<ExitCode> {
    if args.json {
        print_json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = format!("routing {}\n", answer.routing);
    for name in answer.env.keys() {
        out.push_str(&format!("set     {name}\n"));
    }
    for name in &answer.unset {
        out.push_str(&format!("unset   {name}\n"));
    }
    for line in answer.message.iter().chain(&answer.reason) {
        out.push_str(&format!("{line}\n"));
    }
    print(&out);
    Ok(ExitCode::SUCCESS)
}
