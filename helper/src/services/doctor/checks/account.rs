//! Checks of the gateway's settings, from Cloudflare's API.

use crate::base::error::Kind;
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::errors::{Cause, Speaker};
use crate::facts::gateway::resources::{Gateway, SpendRule};
use crate::services::doctor::account::api_finding;
use crate::services::doctor::facts::Facts;
use crate::services::doctor::finding::{Checked, Finding, NoResult};
use crate::services::verify::SessionResponse;

/// The gateway's settings.
pub(super) fn settings(facts: &Facts) -> Result<&Gateway, Finding> {
    match &facts.account.as_ref()?.gateway {
        Ok(Some(gateway)) => Ok(gateway),
        Ok(None) => Err(Finding::skip("Cloudflare's API does not know this gateway yet")),
        Err(unheard) => Err(Finding::skip(&unheard.evidence)),
    }
}

pub(super) fn required(facts: &Facts) -> Checked {
    let gateway = settings(facts)?;
    Ok(match gateway.authentication() {
        Some(true) => Finding::ok("the gateway requires a token"),
        Some(false) => Finding::warn("the gateway requires no token (authentication is off)")
            .by(Speaker::GatewayPolicy)
            .means("Anyone who knows the URL can use the gateway, and any provider key stored in it.")
            .fix("turn on Authenticated Gateway in the gateway's settings, and give sessions a gateway token")
            .see("https://developers.cloudflare.com/ai-gateway/configuration/authentication/"),
        None => Finding::skip("the API does not report whether a token is required"),
    })
}

/// There is an API token, but the API did not respond. Reported once; other checks that need the
/// API are merely skipped.
fn unheard(facts: &Facts) -> Option<Finding> {
    const MORE_TIME: &str =
        "allow more time with --timeout 60; check whether a proxy or firewall blocks api.cloudflare.com";
    match &facts.account {
        Ok(account) => account.gateway.as_ref().err().cloned(),
        Err(NoResult::Late(_)) => {
            let finding = api_finding("Cloudflare's API did not respond in time", Some(MORE_TIME));
            Some(finding.caused(Cause::NoAnswer))
        }
        Err(NoResult::Not(_)) => None,
    }
}

pub(super) fn collected(facts: &Facts) -> Checked {
    if let Some(finding) = unheard(facts) {
        return Ok(finding);
    }
    let gateway = settings(facts)?;
    Ok(match gateway.collect_logs() {
        Some(true) => Finding::ok("the gateway keeps a log (collect_logs)"),
        Some(false) => Finding::warn("the gateway keeps no log (collect_logs is false)")
            .by(Speaker::GatewayPolicy)
            .fix("turn on logs in the gateway's settings"),
        None => Finding::skip("the API does not report whether a log is kept"),
    })
}

pub(super) fn credits(facts: &Facts) -> Checked {
    let route = facts.local.as_ref()?.decision.route.as_ref();
    if route.map(|route| route.mode) != Ok(AuthMode::UnifiedBilling) {
        return Err(Finding::skip("credits do not pay here"));
    }
    Ok(match &facts.account.as_ref()?.credit {
        // the unit of the balance is not documented, so only its sign is read
        Some(Ok(credit)) => match credit {
            Some(balance) if *balance > 0.0 => Finding::ok("there are credits"),
            Some(_) => Finding::warn("there are no credits left")
                .by(Speaker::AiGateway)
                .fix("add credits in the AI Gateway dashboard")
                .see("https://developers.cloudflare.com/ai-gateway/features/unified-billing/"),
            None => Finding::skip("the API does not report the balance"),
        },
        Some(Err(error)) => Finding::skip(error.message.clone()),
        None => Finding::skip("the API did not report the balance in time"),
    })
}

pub(super) fn rate(facts: &Facts) -> Checked {
    let gateway = settings(facts)?;
    Ok(match gateway.rate_limit() {
        Some((limit, seconds)) => {
            let how = Some(gateway.rate_limiting_technique()).filter(|how| !how.is_empty());
            Finding::ok(format!("{limit} requests in {seconds} s ({} window)", how.unwrap_or("fixed")))
        }
        None => Finding::ok("none"),
    })
}

pub(super) fn spend(facts: &Facts) -> Checked {
    let gateway = settings(facts)?;
    let rule =
        |rule: SpendRule| format!("{} per {} s", rule.field("limit"), rule.window().unwrap_or_default());
    let rules: Vec<String> = gateway.spend_limits().in_force().map(rule).collect();
    Ok(Finding::ok(if rules.is_empty() { "none".to_owned() } else { rules.join(", ") }))
}

pub(super) fn policies(facts: &Facts) -> Checked {
    Ok(match &facts.account.as_ref()?.policies {
        None => Finding::skip("the gateway's settings were not read"),
        Some(Err(error)) if error.kind == Kind::NotFound => Finding::ok("none: the API has no policies"),
        Some(Err(error)) => Finding::skip(error.message.clone()),
        Some(Ok(policies)) if !policies.is_empty() => {
            let count = policies.len();
            let finding = match facts.heard().map(is_refused_by_policy) {
                Some(true) => Finding::fail(format!(
                    "default-deny is on ({count} in force), and the policies refused the request of a session"
                ))
                .fix("add a policy that allows this model and token; `cf-aig gateway policies` lists the policies"),
                Some(false) => Finding::ok(format!(
                    "default-deny is on ({count} in force); the request of a session passed"
                )),
                None => Finding::warn(format!(
                    "default-deny is on ({count} in force); no request got a response, so it is unknown whether requests pass"
                ))
                .fix("cf-aig gateway policies simulate --model PROVIDER/MODEL"),
            };
            finding.by(Speaker::GatewayPolicy)
        }
        Some(Ok(_)) => Finding::ok("none in force"),
    })
}

fn is_refused_by_policy(heard: &SessionResponse) -> bool {
    let cause = heard.refusal.as_ref().map(|refusal| refusal.row.cause);
    matches!(cause, Some(Cause::PolicyDenied | Cause::PolicySpendLimit))
}

pub(super) fn cache(facts: &Facts) -> Checked {
    let gateway = settings(facts)?;
    Ok(match gateway.cache_ttl().filter(|ttl| *ttl > 0) {
        Some(ttl) => Finding::ok(format!("responses to identical requests are cached for {ttl} s")),
        None => Finding::ok("off"),
    })
}
