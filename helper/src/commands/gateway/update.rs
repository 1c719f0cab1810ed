//! `cf-aig gateway update`: get, merge, show the difference, put.

use super::args::{BY_NAME, SettingsArgs};
use super::list::redacted;
use super::shared::{SETTING, named, one_line};
use crate::base::error::{Error, Kind, Result};
use crate::base::redact;
use crate::cloudflare::Api;
use crate::facts::gateway::resources::{Gateway, Object, SpendLimits};
use crate::facts::gateway::settings::{self, SettingChange, changes};
use crate::services::context::Context;
use crate::ui::{Confirm, Screen, TextBlock, print_report};
use serde_json::{Value, json};

/// What to change.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct UpdateArgs {
    /// Gateway id [default: the configured one]
    pub(super) id: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    confirm: Confirm,
}

fn after_help() -> String {
    format!(
        "\
The API replaces all settings at once, so update reads all of them, merges the changes and sends all
back, including settings that this version does not know. The value `off` removes a setting.

{BY_NAME}

Examples:
  cf-aig gateway update --spend-limit 50/day --dry-run
  cf-aig gateway update team --rate-limit 6000/60s --logs on --yes
  cf-aig gateway update --file otel.json"
    )
}

pub(super) fn run(args: &UpdateArgs, context: &Context) -> Result<()> {
    let id = named(context, args.id.as_deref())?;
    let patch = args.settings.patch()?;
    if patch.is_empty() {
        return Err(Error::new(Kind::Usage, "no change requested")
            .hinted("`cf-aig gateway update --help` lists the settings"));
    }
    let api = Api::connect(context)?;
    let before = settings::writable(&api.gateway(&id)?);
    unmasked(&before, &patch)?;
    let mut after = before.clone();
    after.0.extend(patch);
    let counters = keep_counters(&before, &mut after);
    let changes = changes(&before, &after);
    let notes: Vec<String> =
        counters.into_iter().chain(settings::notes(&after).into_iter().map(str::to_owned)).collect();
    let plan = text(id.as_str(), &changes);
    let now = if changes.is_empty() {
        args.confirm.show(plan)?;
        None
    } else {
        args.confirm.make(plan, "Change it?", || {
            if !args.confirm.yes && settings::writable(&api.gateway(&id)?) != before {
                let message = format!("the gateway {id} changed in the meantime; nothing was sent");
                return Err(Error::new(Kind::Conflict, message)
                    .hinted("run the command again to see the current difference"));
            }
            api.replace_gateway(&id, &after.0)
        })?
    };
    let other = now.as_ref().map(|now| otherwise(&changes, now)).unwrap_or_default();
    let mut report = json!({
        "schema": 1, "gateway_id": id.as_str(), "applied": now.is_some(), "notes": notes,
        "changes": changes.iter().map(shown).collect::<Vec<_>>(),
    });
    if let Some(now) = &now {
        report["gateway"] = json!(redacted(now));
        report["differs"] = json!(other);
    }
    print_report(args.confirm.json, &report, || {
        let mut out = TextBlock::new().on(Screen::stdout());
        out.rows("changed", now.map(|_| "takes effect with the next request"));
        out.rows("but", &other).rows("note", &notes);
        out
    })
}

/// Keeps the ids of spend rules that stay, because their counters belong to those ids. Returns
/// notes to print.
fn keep_counters(before: &Gateway, after: &mut Gateway) -> Vec<String> {
    if before.field("spend_limits") == after.field("spend_limits") {
        return Vec::new();
    }
    let (old, mut new) = (before.spend_limits(), after.spend_limits());
    let counted = new.in_force().count() > 0;
    let from_zero = new.keep_ids(&old);
    if !counted || old.rules().is_empty() {
        return Vec::new();
    }
    let kept = new.rules().len().saturating_sub(from_zero.len());
    after.0.insert("spend_limits".to_owned(), Value::Object(new.0));
    let mut said: Vec<String> = from_zero
        .iter()
        .map(|rule| format!("{} is a new rule: it counts from now on, without earlier spend", rule.words()))
        .collect();
    if kept > 0 {
        said.push(format!(
            "{kept} spend rule{} keeps its id and its count",
            if kept == 1 { "" } else { "s" }
        ));
    }
    said
}

/// Refuses to send back a masked token.
fn unmasked(before: &Gateway, patch: &Object) -> Result<()> {
    let masked =
        |(key, value): &(&String, &Value)| !patch.contains_key(*key) && settings::is_masked(key, value);
    match before.0.iter().find(masked) {
        None => Ok(()),
        Some((key, _)) => {
            let message = format!(
                "Cloudflare returns the token in {key} masked, and an update sends back all settings"
            );
            Err(Error::new(Kind::Conflict, message).hinted(format!("pass {key} again with --file")))
        }
    }
}

fn shown(change: &SettingChange) -> Value {
    let hide = |value: &Value| redact::json(&change.key, value);
    json!({"key": change.key, "from": hide(&change.from), "to": hide(&change.to)})
}

fn text(id: &str, changes: &[SettingChange]) -> TextBlock {
    if changes.is_empty() {
        return TextBlock::of("gateway", format_args!("{id}: already up to date"));
    }
    let mut out = TextBlock::new().on(Screen::stdout());
    out.row("change", format_args!("gateway {id}")).column(SETTING);
    for change in changes {
        let (from, to) = (one_line(&change.key, &change.from), one_line(&change.key, &change.to));
        // two hidden secrets look the same: only say that the value changes
        let to = if from == to { format!("{to}, another value") } else { to };
        out.row(&format!("- {}", change.key), from).row(&format!("+ {}", change.key), to);
    }
    out
}

/// Notes where Cloudflare returns a different value than it was sent, such as 0 for null.
fn otherwise(changes: &[SettingChange], now: &Gateway) -> Vec<String> {
    let differs = |change: &&SettingChange| match (change.key.as_str(), &change.to) {
        // a new rule gets its id from Cloudflare
        ("spend_limits", Value::Object(sent)) => {
            !now.spend_limits().is_what_was_sent(&SpendLimits(sent.clone()))
        }
        (key, to) => now.field(key) != to,
    };
    let line = |change: &SettingChange| {
        format!("Cloudflare now shows {} as {}", change.key, one_line(&change.key, now.field(&change.key)))
    };
    changes.iter().filter(differs).map(line).collect()
}
