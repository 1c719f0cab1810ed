//! Policies of a gateway (beta): who may use which model, and spending limits.
//!
//! Cloudflare's documentation of about 2026-10-06: the first policy turns on default-deny, a change
//! takes up to 15 minutes, cached responses skip policies, and reading policies requires a token
//! with AI Gateway Edit.

use super::{Api, Failed};
use crate::base::error::Result;
use crate::facts::gateway::GatewayId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A policy. The formats of `actor`, `resource` and `action` are not fully published, so they stay
/// JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Cloudflare's id.
    #[serde(default)]
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Who makes the request.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub actor: Value,
    /// What is requested.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub resource: Value,
    /// A CEL expression that narrows it.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub condition: Value,
    /// `no-limit`, `block` (with `except`), or `limit` (with `amount`, `period`, `technique`).
    #[serde(default)]
    pub action: Value,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The policies of a gateway.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Policies {
    /// Policies in force.
    pub in_force: Vec<Policy>,
    /// Policies that are not committed yet.
    pub staged: Vec<Policy>,
}

impl Policy {
    /// Its action as one word.
    pub fn effect(&self) -> &str {
        self.action.as_str().or_else(|| self.action["type"].as_str()).unwrap_or("?")
    }
}

impl Policies {
    /// Whether requests that match no policy are refused.
    pub fn default_deny(&self) -> bool {
        !self.in_force.is_empty()
    }

    /// The policy with that id or name.
    pub fn find(&self, name: &str) -> Option<&Policy> {
        self.in_force.iter().chain(&self.staged).find(|policy| policy.id == name || policy.name == name)
    }
}

impl Api {
    /// Reads the policies in force.
    pub fn policies_in_force(&self, gateway: &GatewayId) -> Result<Vec<Policy>> {
        self.pages(&path(gateway, ""), &[]).collect()
    }

    /// Reads the policies of a gateway. Staged policies are those that appear only in the list that
    /// includes staged ones.
    pub fn policies(&self, gateway: &GatewayId) -> Result<Policies> {
        let path = path(gateway, "");
        let in_force = self.policies_in_force(gateway)?;
        let all: Vec<Policy> =
            self.pages(&path, &[("includeStaging", "true".to_owned())]).collect::<Result<_>>()?;
        let staged = all.into_iter().filter(|policy| !in_force.contains(policy)).collect();
        Ok(Policies { in_force, staged })
    }

    /// Simulates a request. UNVERIFIED: the format of the request and of the response; the response
    /// is returned unchanged.
    pub fn simulate_policies(
        &self,
        gateway: &GatewayId,
        question: &Map<String, Value>,
    ) -> Result<Value, Failed> {
        let call = super::Call::new(super::Method::Post, &path(gateway, "/simulate")).reading();
        let call = call.with_body(&json!(question)).map_err(|error| Failed::Unusable(error.message))?;
        self.attempt(&call)
    }
}

fn path(gateway: &GatewayId, below: &str) -> String {
    format!("ai-gateway/gateways/{gateway}/policies{below}")
}
