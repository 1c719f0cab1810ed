//! `cf-aig route`: creates, deploys and rolls back dynamic routes, from route files.

use super::Run;
use super::flags::GatewayFlags;
use super::gateway::named;
use crate::base::error::{Error, Kind, Result};
use crate::base::text::visible;
use crate::cloudflare::Api;
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::resources::{Route, RouteVersion};
use crate::facts::gateway::route_file::{self, FORMAT, RouteFile, targets};
use crate::system::env::ProcessEnv;
use crate::ui::{Column, Confirm, Screen, TextBlock, input, print_json, print_report, table};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Route subcommands.
#[derive(Debug, clap::Subcommand)]
pub(super) enum RouteCommand {
    /// List the gateway's routes and their deployed versions
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a route as a route file
    Show(OneArgs),
    /// Create a route from a file and deploy its first version
    #[command(after_help = FORMAT)]
    Create {
        /// Route file, or - for stdin
        file: PathBuf,
        #[command(flatten)]
        confirm: Confirm,
    },
    /// Deploy a file as a new version, or deploy an existing version
    #[command(after_help = FORMAT)]
    Deploy(DeployArgs),
    /// List the versions of a route
    Versions(OneArgs),
    /// Deploy the previously deployed version
    Rollback(ChangeArgs),
    /// Delete a route
    #[command(aliases = ["rm", "remove"])]
    Delete(ChangeArgs),
}

/// Which route.
#[derive(Debug, clap::Args)]
pub(super) struct OneArgs {
    /// Route name
    name: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What to deploy.
#[derive(Debug, clap::Args)]
pub(super) struct DeployArgs {
    /// Route file, or - for stdin; with --version, the route's name
    file: PathBuf,
    /// Existing version: its id or a prefix of it
    #[arg(long, value_name = "ID")]
    version: Option<String>,
    #[command(flatten)]
    confirm: Confirm,
}

/// Which route to roll back or to delete.
#[derive(Debug, clap::Args)]
pub(super) struct ChangeArgs {
    /// Route name
    name: String,
    #[command(flatten)]
    confirm: Confirm,
}

struct Routes {
    api: Api,
    gateway: GatewayId,
}

/// Arguments of `cf-aig route`.
#[derive(Debug, clap::Args)]
#[command(after_help = FORMAT)]
pub struct RouteArgs {
    /// Subcommand
    #[command(subcommand)]
    command: RouteCommand,
    #[command(flatten)]
    gateway: GatewayFlags,
}

impl Run for RouteArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let context = self.gateway.context(env);
        let routes = Routes { gateway: named(&context, None)?, api: Api::connect(&context)? };
        match &self.command {
            RouteCommand::List { json } => routes.list(*json),
            RouteCommand::Show(args) => routes.show(args),
            RouteCommand::Create { file, confirm } => routes.create(file, *confirm),
            RouteCommand::Deploy(args) => routes.deploy(args),
            RouteCommand::Versions(args) => routes.versions(args),
            RouteCommand::Rollback(args) => routes.rollback(args),
            RouteCommand::Delete(args) => routes.delete(args),
        }
    }
}

impl Routes {
    fn find(&self, name: &str) -> Result<Option<Route>> {
        let name = name.strip_prefix("dynamic/").unwrap_or(name);
        let routes = self.api.routes(&self.gateway)?;
        Ok(routes.into_iter().find(|route| route.name() == name || route.id() == name))
    }

    fn one(&self, name: &str) -> Result<Route> {
        self.find(name)?.ok_or_else(|| {
            let message = format!("gateway {} has no route `{}`", self.gateway, name.escape_debug());
            Error::new(Kind::NotFound, message).hinted("`cf-aig route list` lists the routes")
        })
    }

    fn list(&self, json: bool) -> Result<()> {
        let routes = self.api.routes(&self.gateway)?;
        let id = self.gateway.as_str();
        let columns = [
            Column::left("ROUTE"),
            Column::left("VERSION").dropped(2),
            Column::left("MODELS").dropped(1).cut(24),
        ];
        let rows = routes.iter().map(|route| {
            let models = route.elements().iter().filter_map(|e| e["properties"]["model"].as_str());
            [
                visible(&format!("dynamic/{}", route.name())),
                visible(route.version_id()),
                visible(&models.collect::<Vec<_>>().join(", ")),
            ]
        });
        print_report(json, &json!({"schema": 1, "gateway_id": id, "routes": routes}), || {
            if routes.is_empty() {
                return format!(
                    "gateway {id} has no dynamic routes; create one with `cf-aig route create FILE`\n"
                );
            }
            table(columns, rows)
        })
    }

    fn show(&self, args: &OneArgs) -> Result<()> {
        let found = self.one(&args.name)?;
        let route = self.api.route(&self.gateway, &found)?;
        let file = json!({"name": route.name(), "elements": route.elements()});
        print_json(&if args.json { json!({"schema": 1, "route": route, "file": file}) } else { file })
    }

    fn create(&self, file: &Path, confirm: Confirm) -> Result<()> {
        let route = read(file)?;
        if self.find(&route.name)?.is_some() {
            let message = format!("gateway {} already has a route {}", self.gateway, route.name);
            return Err(Error::new(Kind::Conflict, message).hinted(format!(
                "`cf-aig route deploy {}` deploys the file as a new version",
                file.display()
            )));
        }
        self.write("create", &route, confirm, || {
            let made = self.api.create_route(&self.gateway, &route.name, &route.elements)?;
            Ok(made.version_id().to_owned())
        })
    }

    fn deploy(&self, args: &DeployArgs) -> Result<()> {
        if let Some(wanted) = &args.version {
            let name = args.file.to_string_lossy();
            let route = self.one(&name)?;
            let versions = self.api.versions(&self.gateway, &route)?;
            let mut found =
                versions.iter().map(RouteVersion::version_id).filter(|id| id.starts_with(wanted.as_str()));
            let version = match (found.next(), found.next()) {
                _ if wanted.is_empty() => return Err(Error::new(Kind::Usage, "--version is empty")),
                (Some(id), None) => id.to_owned(),
                (Some(_), Some(_)) => {
                    return Err(Error::new(Kind::Usage, format!("several versions begin with {wanted}")));
                }
                _ => {
                    return Err(Error::new(Kind::NotFound, format!("route {name} has no such version"))
                        .hinted(format!("`cf-aig route versions {name}` lists them")));
                }
            };
            return self.switch(&route, &version, args.confirm);
        }
        let route = read(&args.file)?;
        let existing = self.one(&route.name).map_err(|error| {
            error.hinted(format!("`cf-aig route create {}` creates it", args.file.display()))
        })?;
        if existing.elements() == route.elements {
            let report =
                json!({"schema": 1, "route": route.name, "applied": false, "notes": ["already up to date"]});
            return print_report(args.confirm.json, &report, || {
                TextBlock::of("route", format_args!("{}: already up to date", route.name))
            });
        }
        self.write("deploy", &route, args.confirm, || {
            let before = self.api.versions(&self.gateway, &existing)?;
            self.api.add_version(&self.gateway, &existing, &route.elements)?;
            let after = self.api.versions(&self.gateway, &existing)?;
            let is_new = |id: &&str| !before.iter().any(|known| known.version_id() == *id);
            let new = after.iter().map(RouteVersion::version_id).find(is_new);
            let new = new.ok_or_else(|| {
                Error::new(Kind::Finding, "Cloudflare does not show the new version")
                    .hinted(format!("`cf-aig route versions {}`, then deploy it with --version", route.name))
            })?;
            self.api.deploy(&self.gateway, &existing, new)?;
            Ok(new.to_owned())
        })
    }

    /// Deploys an existing version.
    fn switch(&self, route: &Route, version: &str, confirm: Confirm) -> Result<()> {
        let [name, new, now] = [route.name(), version, route.version_id()].map(visible);
        let plan = TextBlock::of("deploy", format_args!("{name}, version {new} in place of {now}"));
        let change = || self.api.deploy(&self.gateway, route, version);
        let applied = confirm.make(plan, "Deploy it?", change)?.is_some();
        let report = json!({
            "schema": 1, "route": route.name(), "version_id": version, "applied": applied, "notes": [],
        });
        print_report(confirm.json, &report, || deployed(&name, applied.then_some(&new)))
    }

    fn rollback(&self, args: &ChangeArgs) -> Result<()> {
        let route = self.one(&args.name)?;
        let mut deployments = self.api.deployments(&self.gateway, &route)?;
        // sort newest first, whatever the API's order; RFC 3339 sorts as text
        deployments.sort_by(|a, b| b.created_at().cmp(a.created_at()));
        let now = route.version_id();
        let mut others = deployments.iter().map(RouteVersion::version_id);
        let before = others.find(|id| *id != now && !id.is_empty()).ok_or_else(|| {
            Error::new(Kind::NotFound, "no other version was ever deployed")
                .hinted(format!("`cf-aig route versions {}` lists them", args.name))
        })?;
        self.switch(&route, before, args.confirm)
    }

    fn versions(&self, args: &OneArgs) -> Result<()> {
        let route = self.one(&args.name)?;
        let versions = self.api.versions(&self.gateway, &route)?;
        let columns = [Column::left("VERSION"), Column::left("CREATED").dropped(1), Column::left("STATE")];
        let rows = versions.iter().map(|version| {
            let state = if version.active() == "true" { "deployed" } else { "" };
            [version.version_id(), version.created_at(), state].map(visible)
        });
        let report = json!({"schema": 1, "route": route.name(), "versions": versions});
        print_report(args.json, &report, || table(columns, rows))
    }

    fn delete(&self, ChangeArgs { name, confirm }: &ChangeArgs) -> Result<()> {
        let route = self.one(name)?;
        let name = visible(route.name());
        let plan = TextBlock::of("delete", format_args!("route {name} with all its versions"));
        let change = || self.api.delete_route(&self.gateway, &route);
        let deleted = confirm.make(plan, "Delete it?", change)?.map(|_| route.name());
        print_report(confirm.json, &json!({"schema": 1, "deleted": deleted}), || {
            let mut out = TextBlock::new();
            let gone = format!("dynamic/{name}: requests that name it fail from now on");
            out.rows("deleted", deleted.map(|_| gone));
            out
        })
    }

    /// What a route needs to work.
    fn notes(&self, elements: &[Value]) -> Result<Vec<String>> {
        let gateway = self.api.gateway(&self.gateway)?;
        let keys = self.api.stored_keys(&self.gateway)?;
        let mut notes = Vec::new();
        if gateway.authentication() != Some(true) {
            notes.push(
                "dynamic routes need an authenticated gateway: `cf-aig gateway update --authentication on`"
                    .to_owned(),
            );
        }
        for provider in route_file::providers(elements) {
            let stored = keys.iter().any(|key| key.provider_slug() == provider);
            if !stored && provider != "workers-ai" {
                notes.push(format!("no {provider} key is stored: run `cf-aig key add {provider}`, unless Cloudflare credits pay"));
            }
        }
        Ok(notes)
    }

    /// Shows a route and what it needs, asks, and makes the change, which returns the deployed version.
    fn write(
        &self,
        what: &str,
        route: &RouteFile,
        confirm: Confirm,
        change: impl FnOnce() -> Result<String>,
    ) -> Result<()> {
        let RouteFile { name, elements } = route;
        let notes = self.notes(elements)?;
        let mut plan = TextBlock::new().on(Screen::stdout());
        plan.row(what, format_args!("dynamic/{name} on gateway {}", self.gateway));
        for element in elements {
            plan.line(in_words(element));
        }
        plan.rows("note", &notes);
        let version = confirm.make(plan, "Do it?", change)?;
        let mut report = json!({"schema": 1, "route": name, "applied": version.is_some(), "notes": notes});
        match &version {
            Some(version) => report["version_id"] = json!(version),
            None => report["elements"] = json!(elements),
        }
        let version = version.map(|version| visible(&version));
        print_report(confirm.json, &report, || deployed(&visible(name), version.as_ref()))
    }
}

/// What to say of a deployed version; nothing if none was.
fn deployed(name: &str, version: Option<&String>) -> TextBlock {
    let mut out = TextBlock::new();
    if let Some(version) = version {
        out.row("deployed", format_args!("dynamic/{name}, version {version}"));
        out.row("next", format_args!("cf-aig send --route {name} \"Hi\""));
    }
    out
}

fn text_of<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// An element on one line: its type and where it leads.
fn in_words(element: &Value) -> String {
    let ways: Vec<String> = targets(element).map(|(name, to)| format!("{name} -> {to}")).collect();
    let properties = element.get("properties").map_or(String::new(), |properties| format!(" {properties}"));
    let line = format!(
        "  {} ({}){properties}  {}",
        text_of(element, "id"),
        text_of(element, "type"),
        ways.join(", ")
    );
    line.trim_end().to_owned()
}

/// Larger than any real route.
const MAX_FILE: u64 = 1 << 20;

fn read(file: &Path) -> Result<RouteFile> {
    route_file::read(&input::text(file, MAX_FILE)?).map_err(|fault| {
        Error::usage(format!("{}: {fault}", input::name(file)))
            .caused_by(fault)
            .hinted("`cf-aig route --help` shows the format")
    })
}
