//! `cf-aig status`: shows where requests go, what decides that, and who pays, on one screen.

use super::Run;
use super::flags::RouteFlags;
use crate::base::error::{Kind, Result};
use crate::base::text::visible;
use crate::base::url_parts::UrlParts;
use crate::facts::claude_code::effects::{NOT_ROUTED, SWITCHED_OFF};
use crate::facts::claude_code::precedence::{Surface, predict};
use crate::facts::gateway::auth::BASE_URL;
use crate::facts::gateway::url::inspect;
use crate::services::config::{Config, Routing};
use crate::services::context::Context;
use crate::services::explain::{Code, Destination, IN_SANDBOX, SANDBOX, Sources, Warning, around, look};
use crate::services::session::{Decision, NotRouted, Route};
use crate::services::verify::request::{NO_KEY, lacks_key};
use crate::system::env::ProcessEnv;
use crate::system::home;
use crate::ui::{Screen, TextBlock, Tone, print_report};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  cf-aig status
  cf-aig status --verbose          also what never goes through a gateway
  cf-aig status --offline --json";

/// The destination of a process whose base URL is a gateway URL.
const AI_GATEWAY: &str = "AI Gateway";
const ANOTHER_HOST: &str = "another host";

/// What to show.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Make no network requests
    #[arg(long)]
    offline: bool,
    /// Also show the token's source, the routing mode and what never goes through a gateway
    #[arg(long, short, conflicts_with = "json")]
    verbose: bool,
    #[command(flatten)]
    gateway: RouteFlags,
}

#[derive(Serialize)]
struct Status {
    schema: u8,
    /// The configured gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway: Option<Gateway>,
    routing: SourcedText,
    /// Where Claude Code's requests go.
    claude: Process,
    /// Where this process's own requests would go; in a session, those of Bash programs.
    process: Process,
    #[serde(skip_serializing_if = "Option::is_none")]
    pays: Option<Pays>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reachable: Option<GatewayReachable>,
    /// Why nothing is routed.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_routed_because: Option<String>,
    /// What to do when something other than the configuration keeps the plugin from routing.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_route: Option<String>,
    problems: Vec<String>,
    /// Notes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    /// Which of several plugins of this name the client uses.
    plugins: Vec<String>,
    outside_the_gateway: Vec<&'static str>,
    switched_off_by_routing: Vec<&'static str>,
}

#[derive(Serialize)]
struct Gateway {
    url: String,
    /// For a screen that is too narrow for the URL.
    #[serde(skip)]
    in_words: String,
    source: String,
    token: Option<String>,
}

#[derive(Serialize)]
struct SourcedText {
    value: String,
    source: String,
}

#[derive(Serialize)]
struct Process {
    base_url: Option<String>,
    /// The variable that would set it.
    #[serde(skip)]
    variable: Option<&'static str>,
    goes_to: String,
    /// Which source sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

#[derive(Serialize)]
struct Pays {
    mode: &'static str,
    who: &'static str,
    evidence: &'static str,
}

#[derive(Serialize)]
struct GatewayReachable {
    ok: bool,
    ms: Option<u128>,
    is: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Run for StatusArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let context = self.gateway.context(env);
        let status = gather(&context, self);
        print_report(self.json, &status, || text(&status, self, Screen::stdout()))?;
        let unwell = !status.problems.is_empty()
            || status.to_route.is_some()
            || status.reachable.as_ref().is_some_and(|r| !r.ok);
        super::found(unwell.then_some(Kind::Finding))
    }
}

fn gather(context: &Context, args: &StatusArgs) -> Status {
    let config = &context.config;
    let decision = context.decide();
    let picture = around(context, None);
    let destination = Destination::of(&picture, Surface::Session, &config.hosts);
    let claude = claude(&destination);
    let process = process(config, context.env.var("ANTHROPIC_BASE_URL"));
    let otherwise = destination.is_routed_otherwise();
    let not_routed_because = if otherwise { None } else { not_routed(&decision, &claude) };
    let pays = decision.route.as_ref().ok().filter(|_| destination.variable == Some(BASE_URL)).map(pays);
    let url = config.url.as_ref();
    let reachable = url.filter(|_| !args.offline).map(|url| {
        let host = url.value.origin().authority();
        let probed = context.gateway_probe(&url.value).now();
        let fix = probed.outcome.fix(host);
        GatewayReachable {
            ok: probed.outcome.is_good(),
            ms: probed.took.map(|t| t.as_millis()),
            is: probed.outcome.sentence(host),
            fix: (!fix.is_empty()).then_some(fix),
        }
    });
    Status {
        schema: 1,
        gateway: url.or(config.untrusted_url.as_ref()).map(|url| Gateway {
            url: url.value.to_string(),
            in_words: url.value.in_words(),
            source: url.source.to_string(),
            token: config.gateway_token.as_ref().map(|t| t.source.to_string()),
        }),
        routing: SourcedText {
            value: config.routing.value.to_string(),
            source: config.routing.source.to_string(),
        },
        claude,
        process,
        pays,
        reachable,
        not_routed_because,
        to_route: decision.obstacle().filter(|_| !otherwise).and_then(NotRouted::fix),
        problems: problems(context, &decision, &picture, destination.fault(&decision)),
        notes: notes(&context.env, &decision),
        plugins: context.settings.enabled_plugins("cloudflare"),
        outside_the_gateway: NOT_ROUTED.to_vec(),
        switched_off_by_routing: if config.routing.value == Routing::Off {
            Vec::new()
        } else {
            SWITCHED_OFF.to_vec()
        },
    }
}

/// Why the plugin does not route. Left out if it is already among the problems, or if something
/// else routes the session and nothing blocks the plugin.
fn not_routed(decision: &Decision, claude: &Process) -> Option<String> {
    match decision.by_plugin() {
        Ok(_) | Err(NotRouted::Problem(_)) => None,
        Err(why) if why.is_fault() => None,
        Err(_) if decision.obstacle().is_none() && claude.goes_to == AI_GATEWAY => None,
        Err(why) => Some(why.to_string()),
    }
}

/// What `doctor` fails on this machine: configured values, the route, its credential, and what
/// `explain` found in the files.
fn problems(
    context: &Context,
    decision: &Decision,
    picture: &Sources,
    fault: Option<NotRouted>,
) -> Vec<String> {
    let mut problems: Vec<String> = context.config.problems.iter().map(ToString::to_string).collect();
    let prediction = predict(|name| picture.value(name, Surface::Session));
    problems.extend(fault.map(|why| why.to_string()));
    if decision.route.as_ref().is_ok_and(|route| lacks_key(route.mode, &prediction)) {
        problems.push(NO_KEY.to_owned());
    }
    // the probe reports a proxy that is down; what stops the plugin has a row of its own
    let warnings = look(picture, &prediction, &context.config, true);
    let counts = |warning: &&Warning| warning.stops_requests() && warning.code != Code::ModRefused;
    let counted: Vec<&Warning> = warnings.iter().filter(counts).collect();
    // all that is wrong with one variable is one problem
    for same in counted.chunk_by(|a, b| a.variable.is_some() && a.variable == b.variable) {
        let others = same[1..].iter().map(|warning| format!("; {}", warning.message));
        problems.push(visible(&(same[0].to_string() + &others.collect::<String>())));
    }
    problems
}

fn notes(env: &ProcessEnv, decision: &Decision) -> Vec<String> {
    let set = |name: &str| env.var(name).is_some_and(|value| !value.trim().is_empty());
    let mut notes = Vec::new();
    if home::folder(env).is_none() && !set("CLAUDE_CONFIG_DIR") {
        notes.push("HOME is not set, so the user settings were not read".to_owned());
    }
    if set(SANDBOX) {
        notes.push(IN_SANDBOX.to_owned());
    }
    // in a session the mod has set the base URL, and the start is over
    let late = decision.by_plugin().is_ok() && set("ANTHROPIC_API_KEY") && !set("ANTHROPIC_BASE_URL");
    if late {
        notes.push(
            "a session with a key contacts api.anthropic.com before the plugin can act; if that host is unreachable, the session starts 18 s late. `cf-aig setup` avoids this"
                .to_owned(),
        );
    }
    notes
}

/// The base URL of a client that runs here or is started from here.
fn claude(destination: &Destination<'_>) -> Process {
    let place = destination.source.map(|source| match &source.file {
        Some(file) => format!("{} {}", source.kind.label(), file.display()),
        None => source.kind.label().to_owned(),
    });
    let goes_to = match (&destination.gateway, destination.source) {
        (Some(_), _) => AI_GATEWAY.to_owned(),
        (None, Some(_)) => ANOTHER_HOST.to_owned(),
        (None, None) => destination.without_url(),
    };
    Process {
        base_url: destination.url().map(|url| UrlParts::of(url).without_credentials()),
        variable: destination.variable,
        goes_to,
        source: place.map(|place| visible(&place)),
    }
}

/// The base URL of the SDKs of Bash programs.
fn process(config: &Config, url: Option<String>) -> Process {
    let url = url.filter(|url| !url.trim().is_empty());
    let goes_to = match &url {
        None => "Anthropic directly",
        Some(text) if inspect(text, &config.hosts).url.is_some() => AI_GATEWAY,
        Some(_) => ANOTHER_HOST,
    };
    Process {
        base_url: url.as_deref().map(|url| UrlParts::of(url).without_credentials()),
        variable: Some(BASE_URL),
        goes_to: goes_to.to_owned(),
        source: None,
    }
}

fn pays(route: &Route) -> Pays {
    let mode = route.mode;
    Pays { mode: mode.id(), who: mode.label(), evidence: mode.row().evidence }
}

/// The column where a row's text begins.
const COLUMN: usize = 12;

/// What decides where requests go: at most six rows when all is well, the rest with `verbose`.
fn text(status: &Status, &StatusArgs { verbose, .. }: &StatusArgs, screen: Screen) -> TextBlock {
    let mut out = TextBlock::with_column(COLUMN).on(screen);
    // a URL that does not fit its row would break in the middle
    let fits = |url: &str| verbose || screen.width.is_none_or(|width| COLUMN + url.len() <= width);
    match &status.gateway {
        Some(gateway) => {
            let shown = if fits(&gateway.url) { &gateway.url } else { &gateway.in_words };
            out.row("gateway", format_args!("{shown} ({})", gateway.source));
        }
        None => {
            out.row("gateway", "none configured");
        }
    }
    if let (true, Some(gateway)) = (verbose, &status.gateway) {
        out.row("token", gateway.token.as_deref().unwrap_or("none"));
    }
    if verbose || status.routing.value != Routing::Session.to_string() {
        out.row("routing", format_args!("{} ({})", status.routing.value, status.routing.source));
    }
    let shown = |process: &Process| {
        let base =
            match &process.base_url {
                None => match process.variable {
                    Some(name) => &format!("{name} is not set"),
                    None => "no base URL is used",
                },
                Some(url) if status.gateway.as_ref().is_some_and(|gateway| gateway.url == *url) => {
                    if fits(url) { "the URL above" } else { "the gateway above" }
                }
                Some(url) => url,
            };
        let from = process.source.as_ref().map_or(String::new(), |source| format!(" ({source})"));
        format!("{}: {base}{from}", process.goes_to)
    };
    out.row("claude", shown(&status.claude));
    if status.process.base_url != status.claude.base_url {
        out.row("here", shown(&status.process));
    }
    if let Some(pays) = &status.pays {
        out.row("pays", format_args!("{} ({}; {})", pays.who, pays.mode, pays.evidence));
    }
    if let Some(why) = &status.not_routed_because {
        let fix = status.to_route.as_ref().map_or(String::new(), |fix| format!("; {fix}"));
        out.row_in(Tone::Notice, "not routed", format_args!("{why}{fix}"));
    } else if let Some(fix) = &status.to_route {
        out.row_in(Tone::Notice, "not routed", fix);
    }
    for problem in &status.problems {
        out.row_in(Tone::Bad, "problem", problem);
    }
    for text in &status.notes {
        out.row_in(Tone::Notice, "note", text);
    }
    if let Some(reachable) = &status.reachable {
        let ms = reachable.ms.map_or(String::new(), |ms| format!(" ({ms} ms)"));
        let (tone, word) = if reachable.ok { (Tone::Good, "yes") } else { (Tone::Bad, "no") };
        let fix = reachable.fix.as_ref().map_or(String::new(), |fix| format!("; {fix}"));
        out.row_in(tone, "reachable", format_args!("{word}: {}{ms}{fix}", reachable.is));
    }
    // if ours is not the first, the reason is listed above
    if verbose && status.plugins.len() > 1 {
        let plugins = status.plugins.join(", ");
        out.row_in(Tone::Notice, "plugins", format_args!("{plugins}; the client uses the first"));
    }
    if verbose {
        out.list("outside", &status.outside_the_gateway);
        if !status.switched_off_by_routing.is_empty() {
            out.row("disabled", status.switched_off_by_routing.join("; "));
        }
    }
    out
}
