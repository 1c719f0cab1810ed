//! `cf-aig session-start`: the SessionStart hook. It never fails a session: what it waits for has a
//! time limit, it exits with 0, and it prints at most one line for the user.
//!
//! Only stdin and the gateway can keep it waiting, and each has its own limit. A thread around the
//! whole hook would cost a fifth of its time; the files that it reads are those that the client has
//! just read, and a pipe in the place of one of them is not opened.
//!
//! It writes the environment file. Claude Code holds the first request until the hook ends, so
//! `claude -p` waits for the network only if the gateway's response decides whether the session is
//! routed. In an interactive session, the hook waits for the response: whatever it reports later is
//! shown to the model and not to the user (measured with 2.1.332).

use super::Run;
use crate::base::error::Result;
use crate::facts::claude_code::client::base_url_of;
use crate::facts::claude_code::hook::{HookInput, HookOutput};
use crate::facts::gateway::url::inspect;
use crate::services::config::{Flags, OnUnreachable, Routing};
use crate::services::context::Context;
use crate::services::costs;
use crate::services::env_file::{self, BlockLines, SWITCHED_OFF};
use crate::services::gather;
use crate::services::probe::{self, ProbeOutcome};
use crate::services::session::{Decision, NotRouted, Route, reachability_warning};
use crate::services::state::StateFolder;
use crate::system::env::ProcessEnv;
use crate::ui::{hook_input, print};
use std::time::{Duration, Instant};

/// Time limit of the hook, from which the gateway check gets what is left.
const LIMIT: Duration = Duration::from_millis(1450);
/// Time reserved for everything except the gateway check, on a busy machine.
const REST: Duration = Duration::from_millis(200);
/// How long to wait for the hook's JSON: Claude Code writes it at once, or (seen on Windows) never.
const INPUT_LIMIT: Duration = Duration::from_millis(100);

/// SessionStart hook of Claude Code: JSON on stdin, JSON on stdout, always exit 0
#[derive(Debug, clap::Args)]
pub struct SessionStartArgs {}

impl Run for SessionStartArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let end = Instant::now() + LIMIT;
        let output = answer(env, &hook_input::read_within(INPUT_LIMIT), end);
        // a hook never fails a session, even if its output cannot be written
        let _ = print(serde_json::to_string(&output).unwrap_or_else(|_| "{}".to_owned()));
        costs::cache::renew_in_background(&StateFolder::find(env));
        Ok(())
    }
}

fn answer(env: &ProcessEnv, input: &[u8], end: Instant) -> HookOutput {
    let input = HookInput::parse(input);
    let mut context = gather::session_context(env, &Flags::default(), input.session_id, input.cwd);
    // the hook runs only if the client loaded the plugin
    context.plugin.loaded = true;
    let decision = context.decide();
    let route = match &decision.route {
        Ok(route) => route.clone(),
        Err(why) => {
            let trouble = put(env, None);
            return HookOutput::new(line([not_routed(&context, why), trouble]), None);
        }
    };
    if let Err(why) = decision.for_environment() {
        let trouble = put(env, None);
        let fix = why.fix().map_or(String::new(), |fix| format!("; {fix}"));
        return HookOutput::new(line([Some(format!("not routed: {why}{fix}")), trouble]), None);
    }
    let mut routed = route.for_programs(&context.config);
    routed.set.extend(route.quiet().filter(|(name, _)| env.var(name).is_none()));
    // the block checks the variable, whoever set it
    let off_by_folder = env_file::switched_off(env) && !context.plugin.switched_off;
    let held_off = || {
        off_by_folder
            .then(|| format!("Bash programs are not routed: this folder's settings set {SWITCHED_OFF}"))
    };
    let route_programs = || match env_file::block(&routed) {
        Ok(block) => put(env, Some(&block)).or_else(held_off),
        Err(error) => Some(format!("Bash programs are not routed: {error}")),
    };
    // switched off in this session: the block checks that itself, and must exist for `on`
    if decision.not_by_plugin == Some(NotRouted::SwitchedOff) {
        return HookOutput::new(line([route_programs()]), None);
    }
    // only `direct` depends on the gateway's response; the session then waits, as that policy says
    let depends = context.config.on_unreachable == OnUnreachable::Direct;
    let trouble = if depends { None } else { route_programs() };
    // where the mod runs, it checks the gateway in parallel and tells the user (`session-env
    // --report`)
    let asks = context.config.probe && (depends || !mod_reports(&context, &decision));
    let outcome = if asks {
        if context.around.client.unattended && !depends {
            // after this first line Claude Code continues, and reads the rest when it arrives
            let _ = print(HookOutput::GO_ON.to_owned() + "\n");
        }
        let left = end.saturating_duration_since(Instant::now()).saturating_sub(REST);
        context.gateway_probe(&route.url).unless_fresh(left.min(probe::LIMIT)).outcome
    } else {
        ProbeOutcome::Good
    };
    if depends && !outcome.is_good() {
        let trouble = put(env, None);
        let host = route.url.origin().authority();
        let what = format!("this session is not routed: {}; {}", outcome.sentence(host), outcome.fix(host));
        return HookOutput::new(line([Some(what), trouble]), None);
    }
    let trouble = if depends { route_programs() } else { trouble };
    let written = trouble.is_none();
    HookOutput::new(
        message(&context, &decision, &route, &outcome, trouble),
        written.then(|| for_claude(&route)),
    )
}

/// Why the session is not routed, for the user. Someone who never configured a gateway is told once
/// what to do.
fn not_routed(context: &Context, why: &NotRouted) -> Option<String> {
    match why {
        NotRouted::Off => None,
        NotRouted::OtherProvider(switch) if is_gateways(context, base_url_of(switch)) => None,
        NotRouted::NotConfigured => {
            let what = "no gateway is configured yet, so nothing is routed: /cloudflare sets one up";
            let seen = context.around.client.attended && context.state.is_new("hook", what);
            seen.then(|| what.to_owned())
        }
        _ => Some(format!("not routed: {why}")),
    }
}

/// True if this variable has a gateway's URL.
fn is_gateways(context: &Context, variable: &str) -> bool {
    context.env.var(variable).is_some_and(|url| inspect(&url, &context.config.hosts).url.is_some())
}

/// True if the mod routes this session. It knows whether that worked, so it reports to the user.
fn mod_reports(context: &Context, decision: &Decision) -> bool {
    decision.by_plugin().is_ok() && context.around.client.loads_mods()
}

/// Writes the block to this hook's environment file, or removes it. Returns what went wrong, as a sentence for
/// the user.
fn put(env: &ProcessEnv, block: Option<&BlockLines>) -> Option<String> {
    let Some(path) = env.path("CLAUDE_ENV_FILE") else {
        return block
            .map(|_| "Bash programs are not routed: Claude Code gave no environment file".to_owned());
    };
    let failed = env_file::write(&path, block).err()?;
    let are = if block.is_some() { "not" } else { "still" };
    Some(format!("Bash programs are {are} routed: {failed}"))
}

/// The one line for the user: the worst news first, nothing if nothing is new or wrong.
fn message(
    context: &Context,
    decision: &Decision,
    route: &Route,
    outcome: &ProbeOutcome,
    trouble: Option<String>,
) -> Option<String> {
    let host = route.url.origin().authority();
    let cloud = context.around.client.cloud;
    let fault = reachability_warning(outcome, host, context.config.on_unreachable);
    let mut limits = None;
    if trouble.is_none()
        && let Some(limit) = limit(decision, route)
    {
        let new = context.state.is_new("hook", &format!("{limit}{}", route.url));
        limits = (cloud || new || fault.is_some()).then_some(limit);
    }
    line([fault, trouble, limits])
}

/// Joins the messages into one line, prefixed with the plugin's name.
fn line<const N: usize>(sentences: [Option<String>; N]) -> Option<String> {
    let said: Vec<_> = sentences.into_iter().flatten().collect();
    (!said.is_empty()).then(|| format!("cloudflare: {}", said.join(". ")))
}

/// Why Claude Code's own requests are not routed, if that is known beforehand, and what to do.
fn limit(decision: &Decision, route: &Route) -> Option<String> {
    let why = decision.not_by_plugin.as_ref()?;
    let limited = format!("only Bash programs use {}", route.gateway());
    match why {
        NotRouted::ByRouting(Routing::Settings) | NotRouted::NotEnabled => None,
        NotRouted::ByRouting(_) => Some(limited),
        why => {
            let fix = why.fix().map_or(String::new(), |fix| format!("; {fix}"));
            Some(format!("{why}, so {limited}{fix}"))
        }
    }
}

/// For Claude: short, factual, and the same at every start.
fn for_claude(route: &Route) -> String {
    format!(
        "Programs run by Bash commands send their Anthropic requests to {} ({}). The skill cloudflare:cloudflare troubleshoots it.",
        route.gateway(),
        route.url
    )
}
