//! `cf-aig url`: prints the base URL of a provider behind the configured gateway.

use super::Run;
use super::flags::GatewayFlags;
use crate::base::error::{Error, Kind, Result};
use crate::facts::gateway::url::inspect;
use crate::system::env::ProcessEnv;
use crate::ui::print;

const EXAMPLES: &str = "\
Examples:
  cf-aig url
  cf-aig url openrouter
  cf-aig url custom-zai/api/anthropic";

/// Which provider.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct UrlArgs {
    /// anthropic, openai, custom-zai/api/anthropic, aws-bedrock/bedrock-mantle/us-east-1/anthropic, …
    #[arg(value_name = "PROVIDER[/PATH]", default_value = "anthropic")]
    provider: String,
    #[command(flatten)]
    gateway: GatewayFlags,
}

impl Run for UrlArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let context = self.gateway.context(env);
        let root = super::env::configured_url(&context)?.root();
        let found = inspect(&format!("{root}/{}", self.provider), &context.config.hosts);
        if let Some(error) = found.errors.first() {
            let mut failed = Error::new(Kind::Usage, error.message.clone());
            failed.hints.extend(error.hint.clone());
            failed.hints.extend(error.suggestion.clone());
            return Err(failed);
        }
        let url = found.url.ok_or_else(|| Error::new(Kind::Usage, "not a provider"))?;
        print(format!("{url}\n"))
    }
}
