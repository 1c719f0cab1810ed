//! Arguments of `cf-aig route`.

use crate::facts::gateway::route_file::FORMAT;
use crate::ui::Confirm;
use std::path::PathBuf;

/// Route subcommands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum RouteCommand {
    /// List the gateway's routes and their deployed versions
    List(JsonArgs),
    /// Show a route as a route file
    Show(OneArgs),
    /// Create a route from a file and deploy its first version
    #[command(after_help = FORMAT)]
    Create(FileArgs),
    /// Deploy a file as a new version, or deploy an existing version
    #[command(after_help = FORMAT)]
    Deploy(DeployArgs),
    /// List the versions of a route
    Versions(OneArgs),
    /// Deploy the previously deployed version
    Rollback(ChangeArgs),
    /// Delete a route
    Delete(ChangeArgs),
}

/// How to list routes.
#[derive(Debug, clap::Args)]
pub(crate) struct JsonArgs {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Which route.
#[derive(Debug, clap::Args)]
pub(crate) struct OneArgs {
    /// Route name
    pub(super) name: String,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Which file to create the route from.
#[derive(Debug, clap::Args)]
pub(crate) struct FileArgs {
    /// Route file, or - for stdin
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) confirm: Confirm,
}

/// What to deploy.
#[derive(Debug, clap::Args)]
pub(crate) struct DeployArgs {
    /// Route file, or - for stdin; with --version, the route's name
    pub(super) file: PathBuf,
    /// Existing version: its id or a prefix of it
    #[arg(long, value_name = "ID")]
    pub(super) version: Option<String>,
    #[command(flatten)]
    pub(super) confirm: Confirm,
}

/// Which route to roll back or to delete.
#[derive(Debug, clap::Args)]
pub(crate) struct ChangeArgs {
    /// Route name
    pub(super) name: String,
    #[command(flatten)]
    pub(super) confirm: Confirm,
}
