//! `cf-aig route` as it is typed.

use crate::facts::gateway::route_file::FORMAT;
use crate::ui::Confirm;
use std::path::PathBuf;

/// What to do with dynamic routes.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum RouteCommand {
    /// The gateway's routes, and which of their versions is deployed
    List(JsonArgs),
    /// One route as a route file
    Show(OneArgs),
    /// Make a route of a file; its first version is deployed at once
    #[command(after_help = FORMAT)]
    Create(FileArgs),
    /// Make a new version of the file's route and deploy it, or deploy a version that is there
    #[command(after_help = FORMAT)]
    Deploy(DeployArgs),
    /// The versions of a route
    Versions(OneArgs),
    /// Deploy the version that was deployed before
    Rollback(RollbackArgs),
    /// Delete a route
    Delete(DeleteArgs),
}

/// How to show it.
#[derive(Debug, clap::Args)]
pub(crate) struct JsonArgs {
    /// Machine-readable
    #[arg(long)]
    pub(super) json: bool,
}

/// Which route.
#[derive(Debug, clap::Args)]
pub(crate) struct OneArgs {
    /// Its name
    pub(super) name: String,
    /// Machine-readable
    #[arg(long)]
    pub(super) json: bool,
}

/// From which file.
#[derive(Debug, clap::Args)]
pub(crate) struct FileArgs {
    /// The route file, - for stdin
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) confirm: Confirm,
}

/// What to deploy.
#[derive(Debug, clap::Args)]
pub(crate) struct DeployArgs {
    /// The route file, - for stdin; or, with --version, the route's name
    pub(super) file: PathBuf,
    /// A version that is there already: its id, or the beginning of it
    #[arg(long, value_name = "ID")]
    pub(super) version: Option<String>,
    #[command(flatten)]
    pub(super) confirm: Confirm,
}

/// Which route goes back to its previous version.
#[derive(Debug, clap::Args)]
pub(crate) struct RollbackArgs {
    /// The route's name
    pub(super) name: String,
    #[command(flatten)]
    pub(super) confirm: Confirm,
}

/// Which route to delete.
#[derive(Debug, clap::Args)]
pub(crate) struct DeleteArgs {
    /// The route's name
    pub(super) name: String,
    #[command(flatten)]
    pub(super) confirm: Confirm,
}
