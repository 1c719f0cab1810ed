//! `cf-aig session-env`: what the mod sets for this session, or why it sets nothing.

use super::Run;
use super::flags::RouteFlags;
use crate::base::error::{Error, Kind, Result};
use crate::base::redact;
use crate::base::url_parts::UrlParts;
use crate::services::config::{OnUnreachable, Routing};
use crate::services::context::Context;
use crate::services::gather;
use crate::services::probe;
use crate::services::session::{Decision, NotRouted, Route, reachability_warning};
use crate::system::env::ProcessEnv;
use crate::ui::{TextBlock, out, print, print_secrets};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Print what the mod must set for this session, or why nothing is set (prints secrets, refuses a terminal)
#[derive(Debug, clap::Args)]
pub struct SessionEnvArgs {
    /// Print JSON, with values: {"schema":1,"routing","env":{NAME:VALUE},"unset":[NAME],"message"?,"reason"?}
    #[arg(long)]
    json: bool,
    /// Session id, for cf-aig-metadata
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Session directory, for cf-aig-metadata
    #[arg(long, value_name = "DIR")]
    cwd: Option<String>,
    /// Route even a session that was switched off (/cloudflare on)
    #[arg(long)]
    on: bool,
    /// Repeat the message even if it was given before
    #[arg(long, hide = true)]
    say: bool,
    /// Give no message, because the mod requests a report separately
    #[arg(long, hide = true)]
    quiet: bool,
    /// A request has just failed: check the gateway again
    #[arg(long, hide = true)]
    failed: bool,
    /// Only check the gateway, and give the result as the message
    #[arg(long, hide = true)]
    report: bool,
    #[command(flatten)]
    gateway: RouteFlags,
}

/// `ANTHROPIC_BASE_URL` from the settings files as the client has read them, including
/// `--settings`. The mod sets this variable because other users could see a command-line argument.
const URL_READ_BY_CLIENT: &str = "CF_AIG_SETTINGS_BASE_URL";
/// Set if the settings name an `apiKeyHelper`.
const HELPER_READ_BY_CLIENT: &str = "CF_AIG_SETTINGS_KEY_HELPER";

/// True where a settings file keeps the session from the gateway.
fn is_held(decision: &Decision) -> bool {
    matches!(decision.by_plugin(), Err(NotRouted::SettingsFile(_) | NotRouted::KeyHelper(_)))
}

#[derive(Default, Serialize)]
struct SessionEnvOutput {
    schema: u8,
    routing: String,
    env: Map<String, Value>,
    unset: Vec<&'static str>,
    /// A settings file keeps the session from the gateway.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    held: bool,
    /// the gateway does not respond, and `on_unreachable` is `direct`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    silent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Run for SessionEnvArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        if self.json && out::is_terminal() {
            return Err(Error::new(
                Kind::Refused,
                "session-env --json prints secrets, and stdout is a terminal",
            )
            .hinted("without --json it prints only names"));
        }
        let mut context =
            gather::session_context(env, &self.gateway.config(), self.session.clone(), self.cwd.clone());
        context.plugin.mod_asks = true;
        context.plugin.switched_off &= !self.on;
        // the client may have read something other than what is on disk, and only it knows the file
        // of `--settings`
        let on_disk = is_held(&context.decide());
        context.plugin.file_urls.extend(env.var(URL_READ_BY_CLIENT));
        context.around.key_helper |= env.var(HELPER_READ_BY_CLIENT).is_some();
        let decision = context.decide();
        let routing = match decision.by_plugin() {
            Err(NotRouted::SwitchedOff) => Routing::Off,
            _ => context.config.routing.value,
        };
        let none = SessionEnvOutput { schema: 1, routing: routing.to_string(), ..Default::default() };
        let held = is_held(&decision);
        if let Ok(route) = decision.by_plugin()
            && self.failed
        {
            context.gateway_probe(&route.url).forget();
        }
        let route = match route_if_reachable(&context, decision.by_plugin()) {
            Ok(route) => route,
            Err(Error { message: reason, .. }) => {
                let silent = decision.by_plugin().is_ok();
                // the hook reports what is on disk at the start
                let message = (held && (self.say || !on_disk)).then(|| format!("Not routed: {reason}"));
                return answer(
                    self,
                    SessionEnvOutput { held, silent, message, reason: Some(reason), ..none },
                );
            }
        };
        let mut what =
            format!("Claude's requests go through {}; {} pays", route.gateway(), route.mode.label());
        what.extend(route.left_out().map(|left_out| format!(". {left_out}")));
        if self.report {
            let message = report(&context, route, what);
            return answer(self, SessionEnvOutput { message, ..none });
        }
        let message =
            (self.on || self.say || !self.quiet && context.state.is_new("mod", &what)).then_some(what);
        let env = route
            .anthropic
            .set
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value.reveal())))
            .collect();
        let unset = route.anthropic.unset.clone();
        answer(self, SessionEnvOutput { env, unset, message, ..none })
    }
}

/// One line about a session that was just routed: bad news first, then what is new, else nothing.
fn report(context: &Context, route: &Route, what: String) -> Option<String> {
    let host = route.url.origin().authority();
    let probes = context.config.probe;
    let outcome = probes.then(|| context.gateway_probe(&route.url).unless_fresh(probe::LIMIT).outcome);
    let news =
        outcome.and_then(|outcome| reachability_warning(&outcome, host, context.config.on_unreachable));
    news.or_else(|| context.state.is_new("mod", &what).then_some(what))
}

/// The route for the mod to set, or why it must set nothing. With `on_unreachable = direct`, a
/// gateway that does not respond is a reason too.
fn route_if_reachable<'a>(context: &Context, decided: Result<&'a Route, &NotRouted>) -> Result<&'a Route> {
    let route = decided.map_err(|why| Error::from(why.clone()))?;
    if context.config.on_unreachable == OnUnreachable::Direct && context.config.probe {
        let outcome = context.gateway_probe(&route.url).unless_fresh(probe::LIMIT).outcome;
        if !outcome.is_good() {
            let why = outcome.sentence(route.url.origin().authority());
            let instead = destination_without_route(&context.env);
            let message = format!("{why}; until it responds, requests go to {instead}");
            return Err(Error::new(Kind::Network, message));
        }
    }
    Ok(route)
}

/// Where requests go without a route, and who pays there.
fn destination_without_route(env: &ProcessEnv) -> String {
    let given = |name: &str| env.filled(name);
    let host = given("ANTHROPIC_BASE_URL")
        .map_or_else(|| "Anthropic".to_owned(), |url| redact::redact(&UrlParts::of(&url).host()));
    let payer = if given("ANTHROPIC_API_KEY").is_some() {
        "your API key pays"
    } else if given("ANTHROPIC_AUTH_TOKEN").is_some() {
        "your ANTHROPIC_AUTH_TOKEN pays"
    } else {
        "your Claude login pays, if you have one"
    };
    format!("{host} and {payer}")
}

fn answer(args: &SessionEnvArgs, mut answer: SessionEnvOutput) -> Result<()> {
    if args.json {
        // print `env` unchanged for the mod, but clean text from servers and files
        for text in [&mut answer.message, &mut answer.reason].into_iter().flatten() {
            *text = redact::output(text).into_owned();
        }
        let text = serde_json::to_string_pretty(&answer).map_err(|cause| {
            Error::new(Kind::Finding, format!("could not write the result as JSON: {cause}")).caused_by(cause)
        })?;
        return print_secrets(text + "\n");
    }
    let mut out = TextBlock::with_column(8);
    out.row("routing", &answer.routing).rows("set", answer.env.keys()).rows("unset", &answer.unset);
    for line in answer.message.iter().chain(&answer.reason) {
        out.line(line);
    }
    print(out)
}
