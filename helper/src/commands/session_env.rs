//! `cf-aig session-env`: what the mod must set for this session, or why not.

use super::{print, print_json};
use crate::base::error::{Error, Kind, Result};
use crate::services::config::{Flags, OnUnreachable, Routing};
use crate::services::context::{Context, switched_off};
use crate::services::probe;
use crate::services::session::{NotRouted, Route, plan};
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
    let context = Context::gather(flags, args.session.clone(), args.cwd.clone());
    let routing = context.config.routing.value;
    if !args.on && switched_off() {
        let reason = "this session was switched off; /cloudflare on brings it back".to_owned();
        return answer(args, Answer { reason: Some(reason), ..Answer::none("off") });
    }
    let route = match route(&context) {
        Ok(route) => route,
        Err(reason) => {
            return answer(args, Answer { reason: Some(reason), ..Answer::none(&routing.to_string()) });
        }
    };
    let what = format!("Claude's requests go through {}; {} pays", route.gateway(), route.mode.row().pays);
    let message = (args.on || context.state.is_new("mod", &what)).then_some(what);
    let env =
        route.anthropic.set.iter().map(|(name, value)| ((*name).to_owned(), json!(value.reveal()))).collect();
    answer(args, Answer { env, unset: route.anthropic.unset, message, ..Answer::none(&routing.to_string()) })
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

/// The route that the mod is to set, or why it must set nothing.
fn route(context: &Context) -> Result<Route, String> {
    let route = plan(&context.config, &context.around).map_err(|why: NotRouted| why.to_string())?;
    match context.config.routing.value {
        Routing::Session => {}
        Routing::Settings => return Err("routing is settings: a settings file decides".to_owned()),
        Routing::Tools => return Err("routing is tools: only Bash programs are routed".to_owned()),
        Routing::Off => return Err(NotRouted::Off.to_string()),
    }
    if context.around.client.cloud {
        return Err("in a cloud session the host decides where Claude's requests go".to_owned());
    }
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
