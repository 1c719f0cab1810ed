//! `cf-aig statusline`: prints one segment for Claude Code's status line: whether the session is
//! routed, to which gateway, and what it costs, from stored figures. Makes no requests.

use super::Run;
use crate::base::error::Result;
use crate::base::text::clean;
use crate::facts::claude_code::precedence::{VARIABLES, predict};
use crate::facts::gateway::HostPolicy;
use crate::facts::gateway::url::{Origin, inspect};
use crate::services::costs::cache::{self, Cached};
use crate::services::costs::number::{percent, usd};
use crate::services::env_file::switched_off;
use crate::services::state::StateFolder;
use crate::system::env::ProcessEnv;
use crate::ui::{hook_input, print};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long to wait for the client's JSON, which it writes at once.
const INPUT_LIMIT: Duration = Duration::from_millis(100);

/// Print routing and spend for Claude Code's status line
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct StatuslineArgs {}

const AFTER_HELP: &str = "\
Shows whether this session is routed and to which gateway, Claude Code's estimate for the session,
and the last fetched figures of the gateway with their age: today (UTC), this month, and the part
used of the tightest spend limit. Drawing the line makes no network requests.
Figures are fetched by `cf-aig costs`, and in the background at session start and when the line is
drawn, if they are older than ten minutes and an API token is set.
`cf-aig setup --statusline` adds it to Claude Code. In a status line of your own, pass Claude Code's
JSON on to its stdin; without it the session's estimate is missing.

Examples:
  cf-aig setup --statusline                         add it to Claude Code
  printf '%s | %s' \"$mine\" \"$(cf-aig statusline)\"  in your own status line";

impl Run for StatuslineArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let state = StateFolder::find(env);
        let gateway = routed_to(base_url(env), env.var("CF_AIG_GATEWAY_ORIGIN"));
        let mut session = Session { gateway, ..Session::parse(&hook_input::read_within(INPUT_LIMIT)) };
        session.is_new &= !switched_off(env);
        print(line(&session, Cached::last(&state).as_ref(), Timestamp::now()))?;
        cache::want(&state);
        // only hooks get a token from the plugin's options; they refresh the figures then
        if env.filled("CLOUDFLARE_API_TOKEN").is_some() {
            cache::renew_in_background(&state);
        }
        Ok(())
    }
}

/// The session that the line belongs to.
#[derive(Debug, Default)]
struct Session {
    /// The gateway that Claude Code sends its requests to; `None` if they go elsewhere.
    gateway: Option<String>,
    /// Claude Code's own estimate, in US dollars.
    spent: Option<f64>,
    /// No response yet: the mod may be about to route the session.
    is_new: bool,
}

impl Session {
    /// Reads the `cost` of the JSON that Claude Code writes to the line's command
    /// (<https://code.claude.com/docs/en/statusline>). Anything else counts as empty.
    fn parse(input: &[u8]) -> Self {
        let input: Value = serde_json::from_slice(input).unwrap_or_default();
        let cost = |name: &str| input["cost"][name].as_f64().filter(|value| *value >= 0.0);
        Self {
            gateway: None,
            spent: cost("total_cost_usd"),
            is_new: cost("total_api_duration_ms").is_some_and(|ms| ms == 0.0),
        }
    }
}

/// The base URL of the provider that the client uses.
fn base_url(env: &ProcessEnv) -> Option<String> {
    let vars: BTreeMap<_, _> =
        VARIABLES.iter().filter_map(|row| Some((row.name, env.var(row.name)?))).collect();
    let prediction = predict(|name| vars.get(name).map(String::as_str));
    env.var(prediction.base_url_variable()?)
}

/// The gateway's name, if the base URL is a gateway's. Claude Code starts the line's command with its
/// own environment, which is where the mod and settings files set the base URL (tested with 2.1.332).
fn routed_to(base_url: Option<String>, own_origin: Option<String>) -> Option<String> {
    let hosts = own_origin.and_then(|origin| Origin::parse(&origin)).map(HostPolicy::allowing);
    let url = inspect(&base_url?, &hosts.unwrap_or_default()).url?;
    Some(url.gateway_name().to_owned())
}

fn line(session: &Session, cached: Option<&Cached>, now: Timestamp) -> String {
    // figures of another gateway do not apply to this session
    let cached = cached.filter(|cached| session.gateway.as_ref().is_none_or(|name| *name == cached.gateway));
    let name = session.gateway.as_ref().or(cached.map(|cached| &cached.gateway));
    let route = match session.gateway {
        Some(_) => Some("routed"),
        None => (!session.is_new).then_some("not routed"),
    };
    let mut parts: Vec<String> = route.map(str::to_owned).into_iter().collect();
    parts.extend(session.spent.map(|spent| format!("~{} session", usd(spent))));
    if let Some(cached) = cached {
        let today = crate::services::costs::period::day_of(now).to_string();
        if cached.day == today {
            parts.push(format!("~{} today", usd(cached.today)));
        }
        if cached.day.get(..7) == today.get(..7) {
            parts.push(format!("~{} this month", usd(cached.month)));
        }
        parts.extend(cached.limit.map(|part| format!("{} of its limit", percent(part))));
        parts.extend(age(now.as_second().saturating_sub(cached.at)));
    }
    let name = name.map_or(String::new(), |name| format!("{}: ", clean(name)));
    format!("{name}{}\n", parts.join(", "))
}

/// How old the figures are; `None` for less than a minute.
fn age(seconds: i64) -> Option<String> {
    match seconds {
        ..60 => None,
        60..3600 => Some(format!("{} min ago", seconds / 60)),
        3600..86_400 => Some(format!("{} h ago", seconds / 3600)),
        _ => Some(format!("{} d ago", seconds / 86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cached() -> Cached {
        Cached {
            at: "2026-11-22T08:00:00Z".parse::<Timestamp>().unwrap().as_second(),
            gateway: "shop\u{1b}[31m".into(),
            day: "2026-11-22".into(),
            today: 1.5,
            month: 45.25,
            limit: Some(0.42),
        }
    }

    fn shown(session: &Session, now: &str) -> String {
        line(session, Some(&cached()), now.parse().unwrap())
    }

    #[test]
    fn figures_are_shown_with_their_age() {
        let routed = Session { gateway: Some("shop\u{1b}[31m".into()), spent: Some(0.125), is_new: true };
        assert_eq!(
            shown(&routed, "2026-11-22T08:06:00Z"),
            "shop: routed, ~$0.12 session, ~$1.50 today, ~$45.25 this month, 42 % of its limit, 6 min ago\n"
        );
    }

    #[test]
    fn yesterdays_figure_is_not_shown_as_todays() {
        let direct = Session::default();
        assert_eq!(
            shown(&direct, "2026-11-23T09:00:00Z"),
            "shop: not routed, ~$45.25 this month, 42 % of its limit, 1 d ago\n"
        );
        assert_eq!(shown(&direct, "2026-12-01T09:00:00Z"), "shop: not routed, 42 % of its limit, 9 d ago\n");
    }

    #[test]
    fn figures_of_another_gateway_are_not_shown() {
        let other = Session { gateway: Some("other".into()), ..Session::default() };
        assert_eq!(shown(&other, "2026-11-22T08:06:00Z"), "other: routed\n");
    }

    #[test]
    fn only_a_gateway_url_counts_as_routed() {
        let cloudflare =
            "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/shop/anthropic";
        let to = |url: &str, own: Option<&str>| routed_to(Some(url.to_owned()), own.map(str::to_owned));
        assert_eq!(to(cloudflare, None).as_deref(), Some("shop"));
        assert_eq!(to("https://api.anthropic.com", None), None);
        assert_eq!(to("https://ai.example.com/anthropic", None), None);
        let own = to("https://ai.example.com/anthropic", Some("https://ai.example.com"));
        assert_eq!(own.as_deref(), Some("ai.example.com"));
        assert_eq!(routed_to(None, None), None);
    }

    #[test]
    fn input_of_any_form_is_accepted_by_the_status_line() {
        for input in ["", "{", "[]", "{\"cost\":1}", "{\"cost\":{\"total_cost_usd\":\"x\"}}"] {
            assert_eq!(Session::parse(input.as_bytes()).spent, None, "{input}");
        }
        assert_eq!(Session::parse(b"{\"cost\":{\"total_cost_usd\":-1}}").spent, None);
    }

    #[test]
    fn before_the_first_response_only_a_route_is_certain() {
        let start = Session::parse(b"{\"cost\":{\"total_cost_usd\":0,\"total_api_duration_ms\":0}}");
        let now = "2026-11-22T08:06:00Z".parse().unwrap();
        assert_eq!(line(&start, None, now), "~$0.00 session\n");
        let routed = Session { gateway: Some("shop".into()), ..start };
        assert_eq!(line(&routed, None, now), "shop: routed, ~$0.00 session\n");
        let later = Session::parse(b"{\"cost\":{\"total_cost_usd\":0,\"total_api_duration_ms\":9}}");
        assert_eq!(line(&later, None, now), "not routed, ~$0.00 session\n");
    }
}
