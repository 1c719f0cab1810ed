//! Gateway settings as flags.

use crate::base::error::{Error, Result};
use crate::facts::gateway::arguments::ArgumentKind;
use crate::facts::gateway::resources::Object;
use crate::facts::gateway::settings::{self, find};
use crate::ui::input;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Settings; omitted ones keep their values.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct SettingsArgs {
    /// Require a gateway token
    #[arg(long, value_name = "on|off")]
    authentication: Option<String>,
    /// Log requests
    #[arg(long, value_name = "on|off")]
    logs: Option<String>,
    /// Log entries to keep, 10000 to 10000000 (older gateways only)
    #[arg(long, value_name = "N|off")]
    retention: Option<String>,
    /// What to do when the log is full: delete-oldest or stop-inserting
    #[arg(long, value_name = "WHAT")]
    when_full: Option<String>,
    /// Cache responses for this many seconds
    #[arg(long, value_name = "SECONDS|off")]
    cache: Option<String>,
    /// Requests per window, for the whole gateway: 1500/60s, 100/1m
    #[arg(long, value_name = "N/TIME|off")]
    rate_limit: Option<String>,
    /// Window type: sliding or fixed
    #[arg(long, value_name = "HOW")]
    rate_technique: Option<String>,
    /// Attempts that the gateway makes, 1 to 5
    #[arg(long, value_name = "N|off")]
    attempts: Option<String>,
    /// Delay between attempts in milliseconds, up to 60000
    #[arg(long, value_name = "MS")]
    retry_delay: Option<String>,
    /// Growth of the delay: constant, linear or exponential
    #[arg(long, value_name = "HOW")]
    retry_backoff: Option<String>,
    /// Spend limit in dollars per hour, day, week or 30 days: 50/day; can be repeated
    #[arg(long, value_name = "USD/TIME|off")]
    spend_limit: Vec<String>,
    /// Never pay with Cloudflare credits
    #[arg(long, value_name = "on|off")]
    byok_only: Option<String>,
    /// Who bills Workers AI: postpaid or unified
    #[arg(long, value_name = "HOW")]
    workers_ai_billing: Option<String>,
    /// Zero data retention at providers (Unified Billing)
    #[arg(long, value_name = "on|off")]
    zdr: Option<String>,
    /// Push log entries with Logpush
    #[arg(long, value_name = "on|off")]
    logpush: Option<String>,
    /// Any setting by its API name, with a JSON value; can be repeated
    #[arg(long, value_name = "KEY=JSON")]
    set: Vec<String>,
    /// Read settings from a JSON file, or - for stdin; use it for values that hold secrets
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Help for settings that have no flag.
pub(super) const BY_NAME: &str = "\
Settings without a flag, for --set and --file:
  guardrails  {\"prompt\": {\"S1\": \"BLOCK\", …}, \"response\": {…}}: P1, S1 to S13, FLAG or BLOCK
  dlp         {\"enabled\": true, \"policies\": [{\"id\": …, \"action\": \"FLAG\",
               \"check\": [\"REQUEST\"], \"enabled\": true, \"profiles\": […]}]}
  spend_limits {\"enabled\": true, \"rules\": [{\"limit\": 50, \"limitType\": \"cost\", \"window\": 86400,
               \"technique\": \"sliding\", \"model\": {\"mode\": \"filter\", \"values\": […]},
               \"metadata\": {\"user\": {\"mode\": \"partition\"}}}]}
  otel        [{\"url\": …, \"headers\": {…}, \"authorization\": …, \"content_type\": \"json\"}]
  stripe      {\"authorization\": …, \"usage_events\": [{\"payload\": …}]}
  logpush_public_key, log_classification, store_id, cache_invalidate_on_update
A file holds one JSON object of such settings. Values with tokens (otel, stripe) must come from a
file.";

impl SettingsArgs {
    /// The requested settings by API name: from the file, then --set, then the flags.
    pub(super) fn patch(&self) -> Result<Object> {
        let mut patch = match &self.file {
            Some(file) => from_file(file)?,
            None => Object::new(),
        };
        for text in &self.set {
            let (key, value) = from_set(text)?;
            patch.insert(key, value);
        }
        self.flags(&mut patch)?;
        for (key, value) in &patch {
            if settings::READ_ONLY.contains(&key.as_str()) {
                return Err(Error::usage(format!("{key} cannot be set")));
            }
            find(key).map_or(Ok(()), |setting| setting.check(value))?;
        }
        Ok(patch)
    }

    fn flags(&self, patch: &mut Object) -> Result<()> {
        let plain = [
            ("authentication", &self.authentication),
            ("collect_logs", &self.logs),
            ("log_management", &self.retention),
            ("cache_ttl", &self.cache),
            ("rate_limiting_technique", &self.rate_technique),
            ("retry_max_attempts", &self.attempts),
            ("retry_delay", &self.retry_delay),
            ("retry_backoff", &self.retry_backoff),
            ("byok_only", &self.byok_only),
            ("workers_ai_billing_mode", &self.workers_ai_billing),
            ("zdr", &self.zdr),
            ("logpush", &self.logpush),
        ];
        for (key, given) in plain {
            let (Some(text), Some(setting)) = (given, find(key)) else { continue };
            let value = match (setting.argument.kind, text.as_str()) {
                (ArgumentKind::Whole(0, _), "off") => json!(0),
                (ArgumentKind::Whole(..), "off") => Value::Null,
                _ => setting.parse(text)?,
            };
            patch.insert(key.to_owned(), value);
        }
        if let Some(what) = &self.when_full {
            let word = what.to_ascii_uppercase().replace('-', "_");
            patch.insert("log_management_strategy".to_owned(), json!(word));
        }
        if let Some(text) = &self.rate_limit {
            let (limit, interval) = settings::rate_limit(text)?;
            patch.insert("rate_limiting_limit".to_owned(), json!(limit));
            patch.insert("rate_limiting_interval".to_owned(), json!(interval));
        }
        if let Some(limits) = spend_limits(&self.spend_limit)? {
            patch.insert("spend_limits".to_owned(), limits);
        }
        Ok(())
    }
}

/// The setting that these rules make; `None` without rules.
pub(super) fn spend_limits(rules: &[String]) -> Result<Option<Value>> {
    match rules {
        [] => Ok(None),
        [off] if matches!(off.as_str(), "off" | "none") => Ok(Some(Value::Null)),
        rules => {
            let rules: Vec<Value> =
                rules.iter().map(|text| settings::spend_rule(text)).collect::<Result<_>>()?;
            Ok(Some(json!({"enabled": true, "rules": rules})))
        }
    }
}

fn from_set(text: &str) -> Result<(String, Value)> {
    let (key, value) =
        text.split_once('=').ok_or_else(|| Error::usage("--set takes KEY=JSON, such as zdr=true"))?;
    let value = match find(key) {
        Some(setting) => setting.parse(value)?,
        // a setting that is newer than this table; its value may be a plain word
        None => serde_json::from_str(value).unwrap_or_else(|_| json!(value)),
    };
    if settings::holds_a_secret(key, &value) {
        let message = format!("{key} holds a token, which must not be passed on the command line");
        return Err(
            Error::usage(message).hinted("put it in a file and pass --file FILE, or --file - for stdin")
        );
    }
    Ok((key.to_owned(), value))
}

/// Larger than any real settings file.
const MAX_FILE: u64 = 1 << 20;

fn from_file(file: &std::path::Path) -> Result<Object> {
    let name = input::name(file);
    match serde_json::from_str(&input::text(file, MAX_FILE)?) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Error::usage(format!("{name} is not a JSON object"))),
        Err(cause) => Err(Error::usage(format!("{name} is not JSON: {cause}")).caused_by(cause)),
    }
}
