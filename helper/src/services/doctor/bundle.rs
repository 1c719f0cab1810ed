//! A report to attach to a bug report: versions, platform, checks, configuration and the sources of
//! every variable, in one file that only its owner can read and that contains no secrets.

use super::report::DoctorReport;
use super::scrub;
use crate::base::error::Result;
use crate::services::context::Context;
use crate::services::explain;
use crate::system::home;
use crate::ui::file;
use serde_json::{Value, json};
use std::path::Path;

/// Writes the report to a new file.
///
/// # Errors
/// The file already exists, or cannot be written.
pub fn write(path: &Path, context: &Context, report: &DoctorReport) -> Result<()> {
    let text = format!("{:#}\n", contents(context, report));
    file::create_private(path, &text)
}

fn contents(context: &Context, report: &DoctorReport) -> Value {
    let config = &context.config;
    let picture = explain::around(context, None);
    // works without network requests
    let variables = explain::ExplainReport::of(&picture, None, config, true);
    let sourced = |source: &dyn ToString| source.to_string();
    let whole = json!({
        "schema": 1,
        "version": env!("CARGO_PKG_VERSION"),
        "platform": {"os": std::env::consts::OS, "arch": std::env::consts::ARCH},
        "client": {
            "version": context.around.client.version.map(|version| version.to_string()),
            "cloud": context.around.client.cloud,
        },
        "configuration": {
            "url": config.url.as_ref().map(|u| json!({"value": u.value.to_string(), "source": sourced(&u.source)})),
            "gateway_token": config.gateway_token.as_ref().map(|t| sourced(&t.source)),
            "api_token": config.api_token.as_ref().map(|t| sourced(&t.source)),
            "auth": config.auth.as_ref().map(|a| json!({"value": a.value.to_string(), "source": sourced(&a.source)})),
            "routing": {"value": config.routing.value.to_string(), "source": sourced(&config.routing.source)},
            "on_unreachable": config.on_unreachable.to_string(),
            "providers": config.providers.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "problems": config.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "plugins": context.settings.enabled_plugins("cloudflare"),
        },
        "doctor": report,
        "explain": variables,
    });
    scrub::register(context, Some(&picture));
    let home = home::folder(&context.env);
    let home = home.as_ref().and_then(|home| home.to_str()).filter(|home| home.len() > 1);
    clean(whole, &|text| {
        let text = home.map_or(text.to_owned(), |home| text.replace(home, "~"));
        scrub::text(&text)
    })
}

/// Applies a change to every text in the report.
fn clean(value: Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(&text)),
        Value::Array(list) => list.into_iter().map(|value| clean(value, change)).collect(),
        Value::Object(map) => map.into_iter().map(|(name, value)| (name, clean(value, change))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_scrubbed_at_any_depth() {
        let found = clean(json!({"a": ["x", {"b": "x"}, 1]}), &|text| text.replace('x', "y"));
        assert_eq!(found, json!({"a": ["y", {"b": "y"}, 1]}));
    }
}
