//! `cf-aig gateway`: manages the gateways of an account through Cloudflare's API.

mod args;
mod create;
mod list;
mod policies;
mod shared;
mod update;

pub(super) use shared::named;

use super::Run;
use super::flags::GatewayFlags;
use crate::base::error::{Error, Kind, Result};
use crate::cloudflare::Api;
use crate::services::context::Context;
use crate::system::env::ProcessEnv;
use crate::ui::{TextBlock, ask, print, print_report};
use serde_json::json;

/// Help for the whole group.
pub(super) const AFTER_HELP: &str = "\
Each command has its own --help; `cf-aig gateway update --help` lists every setting.

Examples:
  cf-aig gateway list
  cf-aig gateway create claude-code --spend-limit 50/day
  cf-aig gateway update --rate-limit 3000/60s --dry-run
  cf-aig gateway delete old-one";

/// Gateway subcommands.
#[derive(Debug, clap::Subcommand)]
pub(super) enum GatewayCommand {
    /// List the gateways of the account
    List(list::GatewayListArgs),
    /// Show a gateway with all its settings
    Show(list::GatewayShowArgs),
    /// Create a gateway suited to agents: authenticated, logged, no cache, a generous rate limit
    Create(Box<create::CreateArgs>),
    /// Change settings: show the difference, confirm, write
    Update(Box<update::UpdateArgs>),
    /// Delete a gateway and its logs
    #[command(aliases = ["rm", "remove"])]
    Delete(DeleteArgs),
    /// List, show and simulate policies: who may use which model
    Policies(policies::PoliciesArgs),
}

/// Arguments of `cf-aig gateway`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct GatewayArgs {
    /// Subcommand
    #[command(subcommand)]
    command: GatewayCommand,
    #[command(flatten)]
    gateway: GatewayFlags,
}

impl Run for GatewayArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let no_effect = match &self.command {
            GatewayCommand::List(_) => Some("all gateways are listed"),
            GatewayCommand::Create(_) | GatewayCommand::Delete(_) => Some(NAMED),
            GatewayCommand::Show(args) => args.id.as_ref().map(|_| NAMED),
            GatewayCommand::Update(args) => args.id.as_ref().map(|_| NAMED),
            GatewayCommand::Policies(_) => None,
        };
        let context = self.gateway.context_beside(env, no_effect)?;
        match &self.command {
            GatewayCommand::List(args) => list::list(args, &context),
            GatewayCommand::Show(args) => list::show(args, &context),
            GatewayCommand::Create(args) => create::run(args, &context),
            GatewayCommand::Update(args) => update::run(args, &context),
            GatewayCommand::Delete(args) => delete(args, &context),
            GatewayCommand::Policies(args) => policies::run(args, &context),
        }
    }
}

/// Which gateway to delete.
#[derive(Debug, clap::Args)]
pub(crate) struct DeleteArgs {
    /// Gateway id
    id: String,
    /// Repeat the id to confirm without a terminal
    #[arg(long, value_name = "ID")]
    confirm: Option<String>,
    /// Show what would be deleted without deleting it
    #[arg(long, conflicts_with = "confirm")]
    dry_run: bool,
    /// Print JSON: {"schema", "deleted": id}, with --dry-run {"schema", "deleted": null, "would_delete": id}
    #[arg(long)]
    json: bool,
}

fn delete(args: &DeleteArgs, context: &Context) -> Result<()> {
    let id = named(context, Some(&args.id))?;
    let api = Api::connect(context)?;
    // a gateway that does not exist needs no confirmation
    api.gateway(&id)?;
    if !args.json {
        let gone = "its settings, stored keys, routes and logs are permanently deleted";
        let mut plan = TextBlock::of("delete", format_args!("gateway {id}: {gone}"));
        if context.config.url.as_ref().and_then(|url| url.value.gateway_id()) == Some(&id) {
            plan.more("sessions here are configured to use it");
        }
        print(plan)?;
    }
    if args.dry_run {
        let plan = json!({"schema": 1, "deleted": null, "would_delete": id.as_str()});
        return print_report(args.json, &plan, String::new);
    }
    let typed = match &args.confirm {
        Some(typed) => Some(typed.clone()),
        None if !args.json && ask::is_possible() => ask::line("Type its id to delete it:"),
        None => None,
    };
    let why = match typed.as_deref() {
        Some(typed) if typed == id.as_str() => None,
        Some(_) => Some("the confirmation id did not match"),
        None => Some("it was not confirmed"),
    };
    if let Some(why) = why {
        let error = Error::new(Kind::Finding, format!("nothing was deleted: {why}"));
        return Err(error.hinted(format!("add --confirm {id}")));
    }
    api.delete_gateway(&id)?;
    let deleted = json!({"schema": 1, "deleted": id.as_str()});
    print_report(args.json, &deleted, || TextBlock::of("deleted", &id))
}

/// Why --gateway-id has no effect.
pub(super) const NAMED: &str = "the command names the gateway";
