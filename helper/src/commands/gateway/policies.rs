//! `cf-aig gateway policies`: lists, shows and simulates policies: who may use which model.

use super::shared::named;
use crate::base::error::{Error, Kind, Result};
use crate::base::text::visible;
use crate::cloudflare::{Api, Policies};
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::resources::{Object, Policy};
use crate::services::context::Context;
use crate::ui::{Screen, TextBlock, print_json, print_report};
use serde_json::{Value, json};

/// Policy subcommands.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::commands) struct PoliciesArgs {
    #[command(subcommand)]
    command: Option<PoliciesCommand>,
    /// Print JSON: {"schema", "gateway_id", "default_deny", "in_force", "staged"}
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Policies are in beta. Once a gateway has a policy, requests that match none are refused
(default-deny): 403 `Access denied by policy`. Above a spending limit, requests get 429 `Spending
limit exceeded`. A change takes up to 15 minutes to apply. Cached responses skip policies. The API
token needs AI Gateway Edit.

Examples:
  cf-aig gateway policies
  cf-aig gateway policies show engineers
  cf-aig gateway policies simulate --model anthropic/claude-sonnet-5";

/// Which view to print.
#[derive(Debug, clap::Subcommand)]
enum PoliciesCommand {
    /// List the policies in force and the staged ones (the default)
    List {
        /// Print JSON: {"schema", "gateway_id", "default_deny", "in_force", "staged"}
        #[arg(long)]
        json: bool,
    },
    /// Show a policy as JSON, as the API returns it
    Show {
        /// Policy id or name
        name: String,
    },
    /// Simulate a request against the policies; print Cloudflare's response as JSON
    ///
    /// The request format is not documented. It is sent as {"resource": MODEL, "actor": ACTOR}.
    Simulate {
        /// Model, as PROVIDER/MODEL
        #[arg(long)]
        model: String,
        /// Actor, as text or JSON [default: the token's own]
        #[arg(long)]
        actor: Option<String>,
    },
}

pub(super) fn run(args: &PoliciesArgs, context: &Context) -> Result<()> {
    let gateway = named(context, None)?;
    let api = Api::connect(context)?;
    match &args.command {
        None => list(&api, &gateway, args.json),
        Some(PoliciesCommand::List { json }) => list(&api, &gateway, *json || args.json),
        Some(PoliciesCommand::Show { name }) => show(&api, &gateway, name),
        Some(PoliciesCommand::Simulate { model, actor }) => simulate(&api, &gateway, model, actor.as_deref()),
    }
}

fn list(api: &Api, gateway: &GatewayId, as_json: bool) -> Result<()> {
    let policies = api.policies(gateway)?;
    let Policies { in_force, staged } = &policies;
    let denies = policies.default_deny();
    let report = json!({
        "schema": 1, "gateway_id": gateway.as_str(), "default_deny": denies, "in_force": in_force, "staged": staged,
    });
    print_report(as_json, &report, || {
        let mut out = TextBlock::new().on(Screen::stdout());
        out.line(match denies {
            true => format!(
                "gateway {gateway}: default-deny is on; requests that match no policy are refused (403)"
            ),
            false => format!("gateway {gateway} has no policy in force; every request passes"),
        });
        out.rows("in force", in_force.iter().map(in_words)).rows("staged", staged.iter().map(in_words));
        if !staged.is_empty() {
            out.row("note", "staged policies have no effect until they are committed");
        }
        out
    })
}

/// A policy on one line.
fn in_words(policy: &Policy) -> String {
    let mut parts = vec![visible(policy.name()), visible(policy.effect())];
    for (name, field) in [("actor", "actor"), ("resource", "resource"), ("if", "condition")] {
        let value = policy.field(field);
        if !value.is_null() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            parts.push(format!("{name} {}", visible(&text)));
        }
    }
    parts.push(format!("({})", visible(policy.id())));
    parts.join("  ")
}

fn show(api: &Api, gateway: &GatewayId, name: &str) -> Result<()> {
    let policies = api.policies(gateway)?;
    let policy = policies.find(name).ok_or_else(|| {
        let message = format!("the gateway {gateway} has no policy `{}`", name.escape_debug());
        Error::new(Kind::NotFound, message).hinted("`cf-aig gateway policies` lists them")
    })?;
    print_json(&json!({"schema": 1, "gateway_id": gateway.as_str(), "policy": policy}))
}

fn simulate(api: &Api, gateway: &GatewayId, model: &str, actor: Option<&str>) -> Result<()> {
    let mut question = Object::from_iter([("resource".to_owned(), json!(model))]);
    if let Some(actor) = actor {
        let value: Value = serde_json::from_str(actor).unwrap_or_else(|_| json!(actor));
        question.insert("actor".to_owned(), value);
    }
    let answer = api.simulate_policies(gateway, &question)?;
    let id = gateway.as_str();
    print_json(&json!({"schema": 1, "gateway_id": id, "question": question, "answer": answer}))
}
