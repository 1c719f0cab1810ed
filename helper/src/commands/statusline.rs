//! `cf-aig statusline`: prints one segment for Claude Code's status line from stored figures. Makes
//! no requests.

use super::Run;
use crate::base::error::Result;
use crate::services::context::var;
use crate::services::costs::cache::{self, Cached};
use crate::services::costs::number::{percent, usd};
use crate::services::state::State;
use crate::ui::print;
use jiff::Timestamp;
use std::process::ExitCode;

/// Print the spend for Claude Code's status line
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct StatuslineArgs {}

const AFTER_HELP: &str = "\
Shows the last fetched figures and their age. Drawing the line makes no network requests.
Figures are fetched by `cf-aig costs`, at session start, and by the line itself, in the background,
if CLOUDFLARE_API_TOKEN is set and they are older than ten minutes. Without figures the line is
empty. `cf-aig setup --statusline` adds it to Claude Code.

Examples:
  cf-aig setup --statusline                         add it to Claude Code
  printf '%s | %s' \"$mine\" \"$(cf-aig statusline)\"  in your own status line";

impl Run for StatuslineArgs {
    fn run(&self) -> Result<ExitCode> {
        // the client's JSON on stdin has nothing about the gateway, and is small enough to leave
        // unread
        let state = State::find(&var);
        if let Some(cached) = Cached::last(&state) {
            print(line(&cached, Timestamp::now()))?;
        }
        cache::want(&state);
        // only hooks get a token from the plugin's options; they refresh the figures then
        if var("CLOUDFLARE_API_TOKEN").is_some_and(|token| !token.is_empty()) {
            cache::renew_in_background(&state);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn line(cached: &Cached, now: Timestamp) -> String {
    let today = crate::services::costs::period::day_of(now).to_string();
    let mut parts = Vec::new();
    if cached.day == today {
        parts.push(format!("{} today", usd(cached.today)));
    }
    if cached.day.get(..7) == today.get(..7) {
        parts.push(format!("{} this month", usd(cached.month)));
    }
    if let Some(part) = cached.limit {
        parts.push(format!("{} of its limit", percent(part)));
    }
    parts.push(age(now.as_second().saturating_sub(cached.at)));
    let gateway = crate::base::text::clean(&cached.gateway);
    format!("{gateway}: ~{}\n", parts.join(", "))
}

fn age(seconds: i64) -> String {
    match seconds {
        ..60 => "now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(now: &str) -> String {
        let at = "2026-11-22T08:00:00Z".parse::<Timestamp>().unwrap().as_second();
        let cached = Cached {
            at,
            gateway: "shop\u{1b}[31m".into(),
            day: "2026-11-22".into(),
            today: 1.5,
            month: 45.25,
            limit: Some(0.42),
        };
        line(&cached, now.parse().unwrap())
    }

    #[test]
    fn figures_are_shown_with_their_age() {
        assert_eq!(
            shown("2026-11-22T08:06:00Z"),
            "shop[31m: ~$1.50 today, $45.25 this month, 42 % of its limit, 6 min ago\n"
        );
    }

    #[test]
    fn what_was_today_yesterday_is_not_today() {
        assert_eq!(
            shown("2026-11-23T09:00:00Z"),
            "shop[31m: ~$45.25 this month, 42 % of its limit, 1 d ago\n"
        );
        assert_eq!(shown("2026-12-01T09:00:00Z"), "shop[31m: ~42 % of its limit, 9 d ago\n");
    }
}
