//! Policies of a gateway (beta): who may use which model, and spending limits.
//!
//! Cloudflare's documentation of about 2026-10-06: the first policy turns on default-deny, a change
//! takes up to 15 minutes, cached responses skip policies, and reading policies requires a token
//! with AI Gateway Edit.

use super::api::Api;
use super::failed::Failed;
use super::request::ApiCall;
use super::resources::below;
use crate::base::error::Result;
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::resources::{Object, Policy};
use reqwest::Method;
use serde_json::Value;

/// The policies of a gateway.
#[derive(Debug, Default)]
pub struct Policies {
    /// Policies in force.
    pub in_force: Vec<Policy>,
    /// Policies that are not committed yet.
    pub staged: Vec<Policy>,
}

impl Policies {
    /// Whether requests that match no policy are refused.
    pub fn default_deny(&self) -> bool {
        !self.in_force.is_empty()
    }

    /// The policy with that id or name.
    pub fn find(&self, name: &str) -> Option<&Policy> {
        self.in_force.iter().chain(&self.staged).find(|policy| policy.id() == name || policy.name() == name)
    }
}

impl Api {
    /// Reads the policies in force.
    pub fn policies_in_force(&self, gateway: &GatewayId) -> Result<Vec<Policy>> {
        self.policy_list(gateway, &[])
    }

    /// Reads the policies of a gateway. Staged policies are those that appear only in the list that
    /// includes staged ones.
    pub fn policies(&self, gateway: &GatewayId) -> Result<Policies> {
        let in_force = self.policies_in_force(gateway)?;
        let all = self.policy_list(gateway, &[("includeStaging", "true".to_owned())])?;
        let staged = all.into_iter().filter(|policy| !in_force.contains(policy)).collect();
        Ok(Policies { in_force, staged })
    }

    fn policy_list(&self, gateway: &GatewayId, query: &[(&str, String)]) -> Result<Vec<Policy>> {
        self.pages(&below(gateway, "/policies"), query).collect()
    }

    /// Simulates a request. UNVERIFIED: the format of the request and of the response; the response
    /// is returned unchanged.
    pub fn simulate_policies(&self, gateway: &GatewayId, question: &Object) -> Result<Value, Failed> {
        let call = ApiCall::new(Method::POST, &below(gateway, "/policies/simulate")).reading();
        self.attempt(&call.with_body(question))
    }
}
