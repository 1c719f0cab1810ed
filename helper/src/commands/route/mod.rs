//! `cf-aig route`: creates, deploys and rolls back dynamic routes, from route files.

mod args;

use super::Run;
use super::flags::GatewayFlags;
use super::gateway::named;
use crate::base::error::{Error, Kind, Result};
use crate::base::text::visible;
use crate::cloudflare::Api;
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::resources::{Route, RouteVersion};
use crate::facts::gateway::route_file::{self, FORMAT, RouteFile, targets};
use crate::ui::{Confirm, input, print, print_json, table};
use serde_json::{Value, json};
use std::path::Path;

pub(super) use args::RouteCommand;
use args::{ChangeArgs, DeployArgs, FileArgs, JsonArgs, OneArgs};

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
    fn run(&self) -> Result<()> {
        let context = self.gateway.context();
        let routes = Routes { gateway: named(&context, None)?, api: Api::connect(&context)? };
        match &self.command {
            RouteCommand::List(args) => routes.list(args),
            RouteCommand::Show(args) => routes.show(args),
            RouteCommand::Create(args) => routes.create(args),
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

    fn list(&self, args: &JsonArgs) -> Result<()> {
        let routes = self.api.routes(&self.gateway)?;
        if args.json {
            return print_json(&json!({"schema": 1, "gateway_id": self.gateway.as_str(), "routes": routes}));
        }
        if routes.is_empty() {
            return print(format!(
                "gateway {} has no dynamic routes; create one with `cf-aig route create FILE`\n",
                self.gateway
            ));
        }
        let row = |route: &Route| {
            let models = route.elements().iter().filter_map(|e| e["properties"]["model"].as_str());
            [
                visible(&format!("dynamic/{}", route.name())),
                visible(&format!("version {}", route.version_id())),
                visible(&models.collect::<Vec<_>>().join(", ")),
            ]
        };
        print(table(&routes.iter().map(row).collect::<Vec<_>>()))
    }

    fn show(&self, args: &OneArgs) -> Result<()> {
        let found = self.one(&args.name)?;
        let route = self.api.route(&self.gateway, &found)?;
        let file = json!({"name": route.name(), "elements": route.elements()});
        if args.json {
            print_json(&json!({"schema": 1, "route": route, "file": file}))?;
        } else {
            print_json(&file)?;
        }
        Ok(())
    }

    fn create(&self, args: &FileArgs) -> Result<()> {
        let route = read(&args.file)?;
        if self.find(&route.name)?.is_some() {
            let message = format!("gateway {} already has a route {}", self.gateway, route.name);
            return Err(Error::new(Kind::Conflict, message).hinted(format!(
                "`cf-aig route deploy {}` deploys the file as a new version",
                args.file.display()
            )));
        }
        let notes = self.notes(&route.elements)?;
        if !self.agreed("create", &route, args.confirm, &notes)? {
            return Ok(());
        }
        let made = self.api.create_route(&self.gateway, &route.name, &route.elements)?;
        self.done(&route.name, made.version_id(), args.confirm, &notes)
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
            return if args.confirm.json {
                print_json(&report)
            } else {
                print(format!("route      {}: already up to date\n", route.name))
            };
        }
        let notes = self.notes(&route.elements)?;
        if !self.agreed("deploy", &route, args.confirm, &notes)? {
            return Ok(());
        }
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
        self.done(&route.name, new, args.confirm, &notes)
    }

    /// Deploys an existing version.
    fn switch(&self, route: &Route, version: &str, confirm: Confirm) -> Result<()> {
        let name = route.name();
        let now = route.version_id();
        confirm.show(format!(
            "deploy     {}, version {} in place of {}\n",
            visible(name),
            visible(version),
            visible(now)
        ))?;
        if confirm.agreed("Deploy it?")? {
            self.api.deploy(&self.gateway, route, version)?;
            self.done(name, version, confirm, &[])?;
        } else if confirm.json {
            print_json(
                &json!({"schema": 1, "route": name, "version_id": version, "applied": false, "notes": []}),
            )?;
        }
        Ok(())
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
        if args.json {
            return print_json(&json!({"schema": 1, "route": route.name(), "versions": versions}));
        }
        let row = |version: &RouteVersion| {
            let state = if version.active() == "true" { "deployed" } else { "" };
            [version.version_id(), version.created_at(), state].map(visible)
        };
        print(table(&versions.iter().map(row).collect::<Vec<_>>()))
    }

    fn delete(&self, args: &ChangeArgs) -> Result<()> {
        let route = self.one(&args.name)?;
        let name = route.name();
        let confirm = args.confirm;
        confirm.show(format!("delete     route {} with all its versions\n", visible(name)))?;
        let go = confirm.agreed("Delete it?")?;
        if go {
            self.api.delete_route(&self.gateway, &route)?;
        }
        if confirm.json {
            print_json(&json!({"schema": 1, "deleted": go.then_some(name)}))
        } else if go {
            print(format!("deleted    dynamic/{}: requests that name it fail from now on\n", visible(name)))
        } else {
            Ok(())
        }
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

    fn agreed(&self, what: &str, route: &RouteFile, confirm: Confirm, notes: &[String]) -> Result<bool> {
        if !confirm.json {
            let mut out = format!("{what:<10} dynamic/{} on gateway {}\n", route.name, self.gateway);
            for element in &route.elements {
                out.push_str(&line(element));
            }
            notes.iter().for_each(|note| out.push_str(&format!("note       {note}\n")));
            print(&out)?;
        }
        let go = confirm.agreed("Do it?")?;
        if !go && confirm.json {
            print_json(&json!({
                "schema": 1, "route": route.name, "elements": route.elements, "applied": false, "notes": notes,
            }))?;
        }
        Ok(go)
    }

    fn done(&self, name: &str, version: &str, confirm: Confirm, notes: &[String]) -> Result<()> {
        if confirm.json {
            return print_json(
                &json!({"schema": 1, "route": name, "version_id": version, "applied": true, "notes": notes}),
            );
        }
        let (name, version) = (visible(name), visible(version));
        print(format!(
            "deployed   dynamic/{name}, version {version}\nnext       cf-aig send --route {name} \"Hi\"\n"
        ))
    }
}

fn text_of<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// An element on one line: its type and where it leads.
fn line(element: &Value) -> String {
    let ways: Vec<String> = targets(element).map(|(name, to)| format!("{name} -> {to}")).collect();
    let properties = element.get("properties").map_or(String::new(), |properties| format!(" {properties}"));
    let line = format!(
        "  {} ({}){properties}  {}",
        text_of(element, "id"),
        text_of(element, "type"),
        ways.join(", ")
    );
    format!("{}\n", line.trim_end())
}

/// Larger than any real route.
const MAX_FILE: u64 = 1 << 20;

fn read(file: &Path) -> Result<RouteFile> {
    route_file::read(&input::text(file, MAX_FILE)?).map_err(|fault| {
        Error::new(Kind::Usage, format!("{}: {fault}", input::name(file)))
            .hinted("`cf-aig route --help` shows the format")
    })
}
