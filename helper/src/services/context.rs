//! The facts that a command starts from, as plain data: `services/gather.rs` reads them.

use crate::facts::gateway::GatewayUrl;
use crate::services::config::Config;
use crate::services::probe::{GatewayProbe, ProbeTarget};
use crate::services::session::{Decision, Plugin, SessionInputs, decide, mode};
use crate::services::state::StateFolder;
use crate::services::user_settings::UserSettings;
use crate::system::env::ProcessEnv;

/// The starting point of every command.
#[derive(Debug, Clone)]
pub struct Context {
    /// The environment of the process.
    pub env: ProcessEnv,
    /// The resolved configuration.
    pub config: Config,
    /// The session around this process.
    pub around: SessionInputs,
    /// The plugin's state in the client.
    pub plugin: Plugin,
    /// Stored state.
    pub state: StateFolder,
    /// Settings files of user and project.
    pub settings: UserSettings,
    /// `NODE_EXTRA_CA_CERTS`, which the client also uses.
    pub extra_roots: Option<String>,
}

impl Context {
    /// Whether and how this session is routed.
    pub fn decide(&self) -> Decision {
        decide(&self.config, &self.around, &self.plugin)
    }

    /// The probe of a gateway, as a session of this configuration would send it.
    pub fn gateway_probe(&self, url: &GatewayUrl) -> GatewayProbe {
        let target = ProbeTarget {
            url: url.clone(),
            gateway_token: self.config.gateway_token.as_ref().map(|token| token.value.clone()),
            extra_roots: self.extra_roots.clone(),
            mode: mode(&self.config, &self.around),
        };
        GatewayProbe::new(target, self.state.dir())
    }
}
