//! Flags that select the gateway and who pays, for the commands that use them.

use crate::base::error::{Error, Kind, Result};
use crate::base::time;
use crate::facts::gateway::auth::Value;
use crate::services::config::{Config, ConfigSource, Flags};
use crate::services::context::Context;
use crate::services::gather;
use crate::services::session::Route;
use crate::system::env::ProcessEnv;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Account flags.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct AccountFlags {
    /// Cloudflare account id (32 hex digits)
    #[arg(long, global = true, value_name = "ID", help_heading = "Gateway")]
    account_id: Option<String>,
}

/// Gateway flags.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct GatewayFlags {
    #[command(flatten)]
    account: AccountFlags,
    /// AI Gateway id [default: default]
    #[arg(long, global = true, value_name = "ID", help_heading = "Gateway")]
    gateway_id: Option<String>,
}

/// Gateway and payment flags.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct RouteFlags {
    #[command(flatten)]
    gateway: GatewayFlags,
    /// Who pays: own-key, stored-key, unified-billing or subscription
    #[arg(long, global = true, value_name = "MODE", help_heading = "Gateway")]
    auth: Option<String>,
}

/// Flags about requests that Claude Code sends besides the conversation.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(super) struct TrafficFlags {
    /// Do not set CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: Claude Code keeps automatic updates and
    /// telemetry, and may send the gateway token to api.anthropic.com at startup
    #[arg(long)]
    pub(super) keep_nonessential_traffic: bool,
}

impl TrafficFlags {
    /// The variable to add to this route's environment, unless the user decided about it.
    pub(super) fn quiet(self, env: &ProcessEnv, route: &Route) -> Option<(&'static str, Value)> {
        route.quiet().filter(|(name, _)| !self.keep_nonessential_traffic && env.var(name).is_none())
    }
}

/// The value of a flag: a duration with a unit, or a number of seconds.
pub(super) fn duration(text: &str) -> Result<Duration> {
    time::seconds(text)
        .ok_or_else(|| Error::new(Kind::Usage, "use a number and a unit, such as 500ms, 30s, 10m or 1h"))
}

/// The same, of at least and at most this many seconds.
pub(super) fn duration_in(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<Duration> + Clone {
    move |text| {
        let (least, most) = (Duration::from_secs(*range.start()), Duration::from_secs(*range.end()));
        let fits = duration(text).map(|time| Some(time).filter(|time| (least..=most).contains(time)))?;
        let message = || format!("it must be from {} to {} seconds", range.start(), range.end());
        fits.ok_or_else(|| Error::new(Kind::Usage, message()))
    }
}

/// For a command that also works without a gateway, and so would not notice.
///
/// # Errors
/// `Kind::Usage` if one of these flags has a value that cannot be used.
pub(super) fn refuse_wrong(config: &Config) -> Result<()> {
    let of_flag = config.problems.iter().find(|problem| matches!(problem.source, ConfigSource::Flag(_)));
    of_flag.map_or(Ok(()), |problem| {
        let error = Error::new(Kind::Usage, format!("{}: {}", problem.source, problem.message));
        Err(problem.hint.iter().fold(error, Error::hinted))
    })
}

impl AccountFlags {
    /// The complete configuration; these flags take precedence.
    pub(super) fn context(&self, env: &ProcessEnv) -> Context {
        gather::context(env, &Flags { account_id: self.account_id.clone(), ..Flags::default() })
    }
}

impl GatewayFlags {
    /// The complete configuration; these flags take precedence.
    pub(super) fn context(&self, env: &ProcessEnv) -> Context {
        gather::context(env, &self.config())
    }

    /// The same for a command that names its gateway by itself.
    ///
    /// # Errors
    /// `Kind::Usage` if --gateway-id was given although it has no effect, and `why`.
    pub(super) fn context_beside(&self, env: &ProcessEnv, no_effect: Option<&str>) -> Result<Context> {
        match no_effect.filter(|_| self.gateway_id.is_some()) {
            Some(why) => Err(Error::new(Kind::Usage, format!("--gateway-id has no effect here: {why}"))),
            None => Ok(self.context(env)),
        }
    }

    fn config(&self) -> Flags {
        Flags { account_id: self.account.account_id.clone(), gateway_id: self.gateway_id.clone(), auth: None }
    }
}

impl RouteFlags {
    /// The complete configuration; these flags take precedence.
    pub(super) fn context(&self, env: &ProcessEnv) -> Context {
        gather::context(env, &self.config())
    }

    /// The flags in the form that the configuration reads.
    pub(super) fn config(&self) -> Flags {
        Flags { auth: self.auth.clone(), ..self.gateway.config() }
    }
}
