//! Flags that say which gateway a command is about and who pays, for the commands where they act.

use crate::services::config::Flags;
use crate::services::context::Context;

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
