//! `cf-aig route` as it is typed.

use crate::facts::gateway::route_file::FORMAT;
use std::path::PathBuf;

/// What to do with dynamic routes.
#[derive(Debug, clap::Subcommand)]
#[command(after_help = FORMAT)]
pub enum RouteCommand {
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
    /// Take a route away
    Delete(DeleteArgs),
}

/// How to show it.
#[derive(Debug, clap::Args)]
pub struct JsonArgs {
    /// Machine-readable
    #[arg(long)]
    pub(super) json: bool,
}

/// Which route.
#[derive(Debug, clap::Args)]
pub struct OneArgs {
    /// Its name
    pub(super) name: String,
    /// Machine-readable
    #[arg(long)]
    pub(super) json: bool,
}

/// From which file.
#[derive(Debug, clap::Args)]
pub struct FileArgs {
    /// The route file, - for stdin
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) how: HowArgs,
}

/// How to go about it.
#[derive(Debug, clap::Args)]
pub(super) struct HowArgs {
    /// Show what would be sent
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Ask nothing
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Machine-readable: {"schema", "route", "version_id"?, "applied", "elements"?, "notes"}
    #[arg(long)]
    pub(super) json: bool,
}

/// What to deploy.
#[derive(Debug, clap::Args)]
pub struct DeployArgs {
    /// The route file, - for stdin; or, with --version, the route's name
    pub(super) file: PathBuf,
    /// A version that is there already: its id, or the beginning of it
    #[arg(long, value_name = "ID")]
    pub(super) version: Option<String>,
    #[command(flatten)]
    pub(super) how: HowArgs,
}

/// Back to what.
#[derive(Debug, clap::Args)]
pub struct RollbackArgs {
    /// The route's name
    pub(super) name: String,
    #[command(flatten)]
    pub(super) how: HowArgs,
}

/// What to take away.
#[derive(Debug, clap::Args)]
pub struct DeleteArgs {
    /// The route's name
    pub(super) name: String,
    /// Ask nothing
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Machine-readable
    #[arg(long)]
    pub(super) json: bool,
}
