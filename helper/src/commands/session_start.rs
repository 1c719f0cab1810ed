//! `cf-aig session-start`: the SessionStart hook. Never fails a session: bounded, exit 0, at most one line.

use super::print;
use crate::claude_code::client::MODS_SINCE;
use crate::claude_code::env_file;
use crate::claude_code::hook::{HookInput, HookOutput};
use crate::config::{Flags, OnUnreachable, Routing};
use crate::context::{Context, var};
use crate::probe::Outcome;
use crate::session::{NotRouted, Route, plan};
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The whole hook, whatever the network and the disk do.
const LIMIT: Duration = Duration::from_millis(1450);
/// How long to wait for the hook's JSON: Claude Code writes it at once, or (seen on Windows) never.
const INPUT_LIMIT: Duration = Duration::from_millis(100);

/// Runs it.
pub(super) fn run(flags: &Flags) -> ExitCode {
    let (done, wait) = mpsc::channel();
    let flags = flags.clone();
    thread::spawn(move || done.send(answer(&flags)));
    let late = || {
        HookOutput::new(
            Some("cloudflare: this machine is too slow to look at the gateway; /cloudflare does".into()),
            None,
        )
    };
    let output = wait.recv_timeout(LIMIT).unwrap_or_else(|_| late());
    print(&serde_json::to_string(&output).unwrap_or_else(|_| "{}".to_owned()));
    ExitCode::SUCCESS
}

fn answer(flags: &Flags) -> HookOutput {
    let input = HookInput::parse(&read_input());
    let context = Context::gather(flags, input.session_id, input.cwd);
    let file = EnvFile::of_hook();
    let route = match plan(&context.config, &context.around) {
        Ok(route) => route,
        Err(why) => {
            let trouble = file.put(None, false);
            let silent = matches!(why, NotRouted::NotConfigured | NotRouted::Off);
            return HookOutput::new(
                if silent { trouble } else { Some(format!("cloudflare: not routed: {why}")) },
                None,
            );
        }
    };
    let outcome = if context.config.probe { context.probe(&route.url).outcome } else { Outcome::Good };
    if !outcome.is_good() && context.config.on_unreachable == OnUnreachable::Direct {
        file.put(None, false);
        let host = route.url.origin().authority();
        let message = format!(
            "cloudflare: this session is not routed: {}; {}",
            outcome.sentence(host),
            outcome.fix(host)
        );
        return HookOutput::new(Some(message), None);
    }
    let env = route.for_programs(&context.config);
    let trouble = match env_file::block(&env) {
        Ok(block) => file.put(Some(&block), env.holds_a_secret()),
        Err(error) => Some(format!("cloudflare: Bash programs are not routed: {error}")),
    };
    if var(env_file::SWITCHED_OFF).is_some_and(|v| !v.is_empty()) {
        return HookOutput::new(trouble, None);
    }
    let written = trouble.is_none();
    HookOutput::new(message(&context, &route, &outcome, trouble), written.then(|| for_claude(&route)))
}

/// The hook's input, if it comes in time.
fn read_input() -> Vec<u8> {
    if std::io::stdin().is_terminal() {
        return Vec::new();
    }
    let (done, wait) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = std::io::stdin().take(1 << 20).read_to_end(&mut bytes);
        done.send(bytes)
    });
    wait.recv_timeout(INPUT_LIMIT).unwrap_or_default()
}

/// The environment file of this hook run.
struct EnvFile {
    path: Option<PathBuf>,
}

impl EnvFile {
    fn of_hook() -> Self {
        Self { path: var("CLAUDE_ENV_FILE").filter(|p| !p.is_empty()).map(PathBuf::from) }
    }

    /// Puts the block in, or takes it out; what went wrong, as a line for the user.
    fn put(&self, block: Option<&str>, secret: bool) -> Option<String> {
        let Some(path) = &self.path else {
            return block.map(|_| {
                "cloudflare: Bash programs are not routed: Claude Code gave no environment file".to_owned()
            });
        };
        let failed = env_file::write(path, block, secret).err()?;
        Some(format!("cloudflare: Bash programs are not routed: of the environment file, {failed}"))
    }
}

/// The one line for the user: the worst news first, nothing when nothing is new or wrong.
fn message(context: &Context, route: &Route, outcome: &Outcome, trouble: Option<String>) -> Option<String> {
    let host = route.url.origin().authority();
    let cloud = context.around.client.cloud;
    let mut parts = Vec::new();
    if !outcome.is_good() {
        let what = match (outcome, context.config.on_unreachable) {
            (Outcome::TokenRefused { .. }, _) => ", and Claude would retry in silence for three minutes",
            (_, OnUnreachable::Block) => ", so requests will fail",
            _ => "",
        };
        parts.push(format!("{}{what}; {}", outcome.sentence(host), outcome.fix(host)));
    }
    if let Some(trouble) = trouble {
        parts.push(trouble.trim_start_matches("cloudflare: ").to_owned());
    } else if let Some(limit) = limit(context, route) {
        let new = context.state.is_new("hook", &format!("{limit}{}", route.url));
        if cloud || new || !parts.is_empty() {
            parts.push(limit);
        }
    }
    (!parts.is_empty()).then(|| format!("cloudflare: {}", parts.join(". ")))
}

/// What of this session is not routed, and why, when that is known beforehand.
fn limit(context: &Context, route: &Route) -> Option<String> {
    let client = &context.around.client;
    let gateway = route.gateway();
    if client.cloud {
        return Some(format!(
            "in a cloud session the host decides where Claude's own requests go, so only programs that Bash commands start use {gateway}"
        ));
    }
    match (context.config.routing.value, client.version) {
        (Routing::Tools, _) => Some(format!("only programs that Bash commands start use {gateway}")),
        (Routing::Session, Some(version)) if !client.may_load_mods() => Some(format!(
            "Claude Code {version} is older than {MODS_SINCE}, so only programs that Bash commands start use {gateway}; `cf-aig run -- claude` routes all of it"
        )),
        _ => None,
    }
}

/// For Claude: short, factual, and the same at each start.
fn for_claude(route: &Route) -> String {
    format!(
        "Programs that Bash commands start send their Anthropic requests to {} ({}). The skill cloudflare:cloudflare troubleshoots it.",
        route.gateway(),
        route.url
    )
}
