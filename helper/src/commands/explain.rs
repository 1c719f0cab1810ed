//! `cf-aig explain`: every source of a routing variable, the one that wins, and why.

use super::Run;
use super::flags::{RouteFlags, refuse_wrong};
use crate::base::error::{Error, Kind as Failure, Result};
use crate::facts::claude_code::precedence::{VARIABLES, variable};
use crate::services::explain::{ExplainReport, around};
use crate::system::env::ProcessEnv;
use crate::ui::print_report;
use std::path::Path;
use strsim::osa_distance;

const EXAMPLES: &str = "\
Examples:
  cf-aig explain                               every variable and its sources
  cf-aig explain ANTHROPIC_BASE_URL            one variable
  cf-aig explain --settings ci.json --json     with the file that claude --settings gets";

/// What to explain.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ExplainArgs {
    /// Variable, such as ANTHROPIC_BASE_URL [default: all that are set anywhere]
    #[arg(value_name = "VAR")]
    variable: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Do not connect to proxies on this machine
    #[arg(long)]
    offline: bool,
    /// File or JSON that you pass to claude --settings
    #[arg(long, value_name = "FILE|JSON")]
    settings: Option<String>,
    #[command(flatten)]
    gateway: RouteFlags,
}

impl Run for ExplainArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let only =
            self.variable.as_deref().map(|name| variable(name).ok_or_else(|| unknown(name))).transpose()?;
        let is_json = |text: &str| text.trim().starts_with('{') && text.trim().ends_with('}');
        let file = self.settings.as_deref().filter(|text| !is_json(text)).map(Path::new);
        if let Some(file) = file.filter(|file| !file.is_file()) {
            let text = file.to_string_lossy();
            if text.trim_start().starts_with('{') {
                let fault = serde_json::from_str::<serde_json::Value>(&text).err();
                let fault = fault.map_or(String::new(), |error| format!(": {error}"));
                return Err(Error::new(Failure::Usage, format!("--settings is not valid JSON{fault}")));
            }
            return Err(Error::new(
                Failure::NotFound,
                format!("could not read {}: not a file", file.display()),
            ));
        }
        let context = self.gateway.context(env);
        refuse_wrong(&context.config)?;
        let picture = around(&context, self.settings.as_deref());
        let report = ExplainReport::of(&picture, only, &context.config, self.offline);
        print_report(self.json, &report, || report.text())?;
        super::found(report.has_problems().then_some(Failure::Finding))
    }
}

fn unknown(name: &str) -> Error {
    let upper = name.to_ascii_uppercase();
    let nearest = VARIABLES.iter().min_by_key(|row| osa_distance(&upper, &row.name.to_ascii_uppercase()));
    let hint = nearest.map_or(String::new(), |row| format!("did you mean {}?", row.name));
    Error::new(Failure::Usage, format!("`{}` is not a routing variable", name.escape_debug())).hinted(hint)
}
