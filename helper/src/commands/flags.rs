//! Flags that say which gateway a command is about and who pays, for the commands where they act.

use crate::facts::claude_code::client::QUIET;
use crate::facts::gateway::auth::Value;
use crate::services::config::Flags;
use crate::services::context::{Context, var};
use crate::services::session::Route;

/// Which account.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct AccountFlags {
    /// Cloudflare account id (32 hex digits)
    #[arg(long, global = true, value_name = "ID", help_heading = "Gateway")]
    account_id: Option<String>,
}

/// Which gateway.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct GatewayFlags {
    #[command(flatten)]
    account: AccountFlags,
    /// AI Gateway id [default: default]
    #[arg(long, global = true, value_name = "ID", help_heading = "Gateway")]
    gateway_id: Option<String>,
}

/// Which gateway, and who pays.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct RouteFlags {
    #[command(flatten)]
    gateway: GatewayFlags,
    /// Who pays: own-key, stored-key, unified-billing or subscription
    #[arg(long, global = true, value_name = "MODE", help_heading = "Gateway")]
    auth: Option<String>,
}

/// What Claude Code sends besides the work.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub(super) struct TrafficFlags {
    /// Leave CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC as it is: Claude Code keeps automatic updates and
    /// telemetry, and may send the gateway token to api.anthropic.com at its start
    #[arg(long)]
    pub(super) keep_nonessential_traffic: bool,
}

impl TrafficFlags {
    /// What an environment needs besides this route, unless the user decided about it.
    pub(super) fn quiet(self, route: &Route) -> Option<(&'static str, Value)> {
        route.quiet(self.keep_nonessential_traffic || var(QUIET).is_some())
    }
}

impl AccountFlags {
    /// Everything that is configured, these flags first.
    pub(super) fn context(&self) -> Context {
        Context::gather(&Flags { account_id: self.account_id.clone(), ..Flags::default() }, None, None)
    }
}

impl GatewayFlags {
    /// Everything that is configured, these flags first.
    pub(super) fn context(&self) -> Context {
        Context::gather(&self.config(), None, None)
    }

    fn config(&self) -> Flags {
        Flags { account_id: self.account.account_id.clone(), gateway_id: self.gateway_id.clone(), auth: None }
    }
}

impl RouteFlags {
    /// Everything that is configured, these flags first.
    pub(super) fn context(&self) -> Context {
        Context::gather(&self.config(), None, None)
    }

    /// The flags as the configuration takes them.
    pub(super) fn config(&self) -> Flags {
        Flags { auth: self.auth.clone(), ..self.gateway.config() }
    }
}
