//! `cf-aig gateway delete`.

use super::named;
use crate::base::error::{Error, Kind, Result};
use crate::cloudflare::Api;
use crate::services::context::Context;
use crate::ui::{ask, print, print_report};
use serde_json::json;

/// Which gateway to delete.
#[derive(Debug, clap::Args)]
pub(crate) struct DeleteArgs {
    /// Gateway id
    id: String,
    /// Repeat the id to confirm without a terminal
    #[arg(long, value_name = "ID")]
    confirm: Option<String>,
    /// Print JSON: {"schema", "deleted": id}
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DeleteArgs, context: &Context) -> Result<()> {
    let id = named(context, Some(&args.id))?;
    let api = Api::connect(context)?;
    // a gateway that does not exist needs no confirmation
    api.gateway(&id)?;
    if !args.json {
        print(format!(
            "delete     gateway {id}: its settings, stored keys, routes and logs are permanently deleted\n"
        ))?;
        if context.config.url.as_ref().and_then(|url| url.value.gateway_id()) == Some(&id) {
            print("           sessions here are configured to use it\n")?;
        }
    }
    let typed = match &args.confirm {
        Some(typed) => Some(typed.clone()),
        None if !args.json && ask::is_possible() => ask::line("Type its id to delete it:"),
        None => None,
    };
    if typed.as_deref() != Some(id.as_str()) {
        let error = Error::new(Kind::Finding, "nothing was deleted: the confirmation id did not match");
        return Err(error.hinted(format!("add --confirm {id}")));
    }
    api.delete_gateway(&id)?;
    print_report(args.json, &json!({"schema": 1, "deleted": id.as_str()}), || format!("deleted    {id}\n"))
}
