//! `cf-aig gateway update`: get, merge, show the difference, put.

use super::args::{BY_NAME, SettingsArgs};
use super::list::redacted;
use super::{fetch, named, one_line, path};
use crate::base::error::{Error, Kind, Result};
use crate::cloudflare::Api;
use crate::facts::gateway::settings::{self, Change, changes};
use crate::facts::gateway::spend::SpendLimits;
use crate::services::context::Context;
use crate::ui::{Confirm, print, print_json};
use serde_json::{Map, Value, json};

/// What to change.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct UpdateArgs {
    /// Gateway id [default: the configured one]
    id: Option<String>,
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
    let before = settings::writable(&fetch(&api, &id)?);
    unmasked(&before, &patch)?;
    let mut after = before.clone();
    after.extend(patch);
    let counters = keep_counters(&before, &mut after)?;
    let changes = changes(&before, &after);
    let notes: Vec<String> =
        counters.into_iter().chain(settings::notes(&after).into_iter().map(str::to_owned)).collect();
    let mut report = json!({
        "schema": 1, "gateway_id": id.as_str(), "applied": false, "notes": notes,
        "changes": changes.iter().map(shown).collect::<Vec<_>>(),
    });
    args.confirm.show(text(id.as_str(), &changes))?;
    let go = !changes.is_empty() && args.confirm.agreed("Change it?")?;
    let mut other = Vec::new();
    if go {
        if !args.confirm.yes && settings::writable(&fetch(&api, &id)?) != before {
            return Err(Error::new(
                Kind::Conflict,
                format!("the gateway {id} changed in the meantime; nothing was sent"),
            )
            .hinted("run the command again to see the current difference"));
        }
        let now: Map<String, Value> = api.put(&path(&id, ""), &after)?;
        report["applied"] = json!(true);
        other = otherwise(&changes, &now);
        report["gateway"] = Value::Object(redacted(&now));
        report["differs"] = other.clone().into();
    }
    if args.confirm.json {
        print_json(&report)?;
        return Ok(());
    }
    let mut out = String::new();
    if go {
        out.push_str("changed    takes effect with the next request\n");
    }
    for line in
        other.iter().map(|line| ("but", line.as_str())).chain(notes.iter().map(|n| ("note", n.as_str())))
    {
        out.push_str(&format!("{:<10} {}\n", line.0, line.1));
    }
    print(&out)?;
    Ok(())
}

/// Keeps the ids of spend rules that stay, because their counters belong to those ids. Returns
/// notes to print.
fn keep_counters(before: &Map<String, Value>, after: &mut Map<String, Value>) -> Result<Vec<String>> {
    if before.get("spend_limits") == after.get("spend_limits") {
        return Ok(Vec::new());
    }
    let (old, mut new) = (SpendLimits::of(before), SpendLimits::of(after));
    let counted = new.in_force().count() > 0;
    let from_zero = new.keep_ids(&old);
    if !counted || old.rules.is_empty() {
        return Ok(Vec::new());
    }
    let kept = new.rules.len() - from_zero.len();
    let value = serde_json::to_value(&new).map_err(|cause| Error::new(Kind::Usage, cause.to_string()))?;
    after.insert("spend_limits".to_owned(), value);
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
    Ok(said)
}

/// Refuses to send back a masked token.
fn unmasked(before: &Map<String, Value>, patch: &Map<String, Value>) -> Result<()> {
    let masked =
        |(key, value): &(&String, &Value)| !patch.contains_key(*key) && settings::is_masked(key, value);
    match before.iter().find(masked) {
        None => Ok(()),
        Some((key, _)) => {
            let message = format!(
                "Cloudflare returns the token in {key} masked, and an update sends back all settings"
            );
            Err(Error::new(Kind::Conflict, message).hinted(format!("pass {key} again with --file")))
        }
    }
}

fn shown(change: &Change) -> Value {
    let hide = |value: &Value| settings::shown(&change.key, value);
    json!({"key": change.key, "from": hide(&change.from), "to": hide(&change.to)})
}

fn text(id: &str, changes: &[Change]) -> String {
    if changes.is_empty() {
        return format!("gateway    {id}: already up to date\n");
    }
    let mut out = format!("change     gateway {id}\n");
    for change in changes {
        let (from, to) = (one_line(&change.key, &change.from), one_line(&change.key, &change.to));
        // two hidden secrets look the same: only say that the value changes
        let to = if from == to { format!("{to}, another value") } else { to };
        out.push_str(&format!("- {:<27} {from}\n+ {:<27} {to}\n", change.key, change.key));
    }
    out
}

/// Notes where Cloudflare returns a different value than it was sent, such as 0 for null.
fn otherwise(changes: &[Change], now: &Map<String, Value>) -> Vec<String> {
    let shown = |map: &Map<String, Value>, key: &str| map.get(key).cloned().unwrap_or_default();
    let differs = |change: &&Change| match change.key.as_str() {
        // a new rule gets its id from Cloudflare
        "spend_limits" if !change.to.is_null() => {
            let sent = Map::from_iter([(change.key.clone(), change.to.clone())]);
            !SpendLimits::of(now).is_what_was_sent(&SpendLimits::of(&sent))
        }
        key => shown(now, key) != change.to,
    };
    let line = |change: &Change| {
        let value = now.get(&change.key).unwrap_or(&Value::Null);
        format!("Cloudflare now shows {} as {}", change.key, one_line(&change.key, value))
    };
    changes.iter().filter(differs).map(line).collect()
}
