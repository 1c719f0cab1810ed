//! The calls that read gateways and what belongs to them.

use super::{Api, Call, Failed, Method};
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::resources::{Gateway, Object};

impl Api {
    /// The gateway with that id.
    pub fn gateway(&self, id: &GatewayId) -> Result<Gateway, Failed> {
        self.object(&gateway_path(id, "")).map(Gateway)
    }

    fn object(&self, path: &str) -> Result<Object, Failed> {
        self.attempt(&Call::new(Method::Get, path))
    }
}

/// The path of a gateway, or of something below it.
fn gateway_path(id: &GatewayId, below: &str) -> String {
    format!("ai-gateway/gateways/{id}{below}")
}
