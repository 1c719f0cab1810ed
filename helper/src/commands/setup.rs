//! `cf-aig setup`: writes routing into a Claude Code settings file.

mod wizard;

use super::Run;
use super::flags::{RouteFlags, TrafficFlags, refuse_wrong};
use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::gateway::upstream::{Missing, PRESETS, Upstream};
use crate::services::config::{RequestedProvider, RequestedRoute};
use crate::services::setup::addition::Addition;
use crate::services::setup::managed::Form;
use crate::services::setup::place::{Places, Scope};
use crate::services::setup::plan::{self, NeedsExclude};
use crate::services::setup::prints::{self, PrintedPlace};
use crate::services::setup::report::{After, Reachable, Receipt, addition_text, setup_done, setup_text};
use crate::services::setup::request::{self, SetupRequest};
use crate::services::setup::{statusline, web};
use crate::services::state::StateFolder;
use crate::system::env::ProcessEnv;
use crate::ui::{Confirm, Consent, Screen, ask, input, note, print, print_json};
use wizard::{NOT_WRITTEN, Wizard};

const EXAMPLES: &str = "\
Examples:
  cf-aig setup                                   ask for what is missing, show, confirm, write
  cf-aig setup --dry-run                         show the exact change, write nothing
  cf-aig setup --scope local --auth stored-key   this project, this user
  cf-aig setup --yes --token-stdin < token.txt   in a script
  cf-aig setup --web                             instructions for cloud sessions; writes a hook
  cf-aig setup --managed --without-token         settings for an administrator to deploy";

/// What to write, and where.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct SetupArgs {
    /// Settings file to write
    #[arg(long, value_enum, default_value = "user")]
    scope: Scope,
    /// Provider for Claude Code: anthropic, custom-zai, openrouter, grok, deepseek, mantle, bedrock, vertex,
    /// or custom-SLUG/PATH [default: the current one, else anthropic]
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// AWS or Google region, for mantle, bedrock and vertex
    #[arg(long)]
    region: Option<String>,
    /// Google project, for vertex
    #[arg(long)]
    project: Option<String>,
    /// Model to request, for providers with their own model names
    #[arg(long)]
    model: Option<String>,
    /// Read the provider's key from stdin [default: its variable, such as ZAI_API_KEY]
    #[arg(long, conflicts_with = "token_stdin")]
    key_stdin: bool,
    /// Other providers whose SDK variables Bash programs get, comma-separated
    #[arg(long, value_name = "LIST")]
    providers: Option<String>,
    /// Labels for the gateway's log: session, project, user, key=value, comma-separated, or none
    #[arg(long, value_name = "LIST")]
    metadata: Option<String>,
    /// Read the gateway token from stdin
    #[arg(long)]
    token_stdin: bool,
    /// Write no token: for a shared file, where each user supplies a token
    #[arg(long, conflicts_with = "token_stdin")]
    without_token: bool,
    /// Headers of ANTHROPIC_CUSTOM_HEADERS to send to AI Gateway although they look like credentials for
    /// another service, comma-separated
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    carry: Vec<String>,
    #[command(flatten)]
    traffic: TrafficFlags,
    /// Have git ignore the file, in this clone only
    #[arg(long)]
    exclude: bool,
    /// Repair the file if Claude Code ignores it: syntax, encoding, repeated keys, values of the wrong type
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    confirm: Confirm,
    /// Exit with 6 if the gateway does not respond afterwards
    #[arg(long)]
    require_reachable: bool,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    gateway: RouteFlags,
}

/// Flags about a route, which a status line does not have.
const OF_A_ROUTE: [&str; 11] = [
    "provider",
    "region",
    "project",
    "model",
    "key_stdin",
    "providers",
    "metadata",
    "token_stdin",
    "without_token",
    "carry",
    "keep_nonessential_traffic",
];
/// Flags about writing a settings file, which printing does not do.
const OF_A_FILE: [&str; 10] = [
    "scope",
    "exclude",
    "repair",
    "require_reachable",
    "key_stdin",
    "token_stdin",
    "carry",
    "dry_run",
    "yes",
    "json",
];

/// Targets other than settings files.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct PlaceArgs {
    /// Write a hook into this repository for cloud sessions, and print the other steps
    #[arg(long, help_heading = "Other places", conflicts_with_all = OF_A_ROUTE)]
    #[arg(conflicts_with_all = ["scope", "exclude", "repair", "require_reachable"])]
    web: bool,
    /// Only add a status line to Claude Code: routed or not, the gateway, the spend and the limit
    #[arg(long, help_heading = "Other places", conflicts_with_all = OF_A_ROUTE)]
    #[arg(conflicts_with_all = ["exclude", "repair", "require_reachable", "account_id", "gateway_id", "auth"])]
    statusline: bool,
    /// Print managed settings: a file, a macOS profile or a Windows registry file
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "file",
        help_heading = "Other places",
        conflicts_with_all = OF_A_FILE
    )]
    managed: Option<Form>,
    /// Print the configuration for devcontainer.json
    #[arg(long, help_heading = "Other places", conflicts_with_all = OF_A_FILE)]
    devcontainer: bool,
    /// Print the configuration for a GitHub Actions workflow
    #[arg(long, help_heading = "Other places", conflicts_with_all = OF_A_FILE)]
    github_actions: bool,
    /// Print the configuration for the VS Code settings
    #[arg(long, help_heading = "Other places", conflicts_with_all = OF_A_FILE)]
    vscode: bool,
}

impl PlaceArgs {
    fn printed(&self) -> Option<PrintedPlace> {
        let places = [
            (self.devcontainer, PrintedPlace::Devcontainer),
            (self.github_actions, PrintedPlace::GithubActions),
            (self.vscode, PrintedPlace::Vscode),
        ];
        let managed = self.managed.map(PrintedPlace::Managed);
        managed.or_else(|| places.into_iter().find_map(|(asked, place)| asked.then_some(place)))
    }
}

impl Run for SetupArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let places = Places::find(env)?;
        let mut wanted = self.wanted(env)?;
        if let Some(place) = self.place.printed() {
            let context = request::context(&wanted, &places, Scope::User)?;
            let printed = prints::print(place, &context, &wanted)?;
            print(&printed.text)?;
            printed.notes.iter().for_each(note);
            return Ok(());
        }
        if self.place.web {
            let context = request::context(&wanted, &places, Scope::Project)?;
            refuse_wrong(&context.config)?;
            return add(self, &places, &web::plan(&places, &context.config)?);
        }
        if self.place.statusline {
            return add(self, &places, &statusline::plan(&places, self.scope, &StateFolder::find(env))?);
        }
        let confirm = self.confirm;
        let ask = !confirm.yes && !confirm.json && ask::is_possible();
        let screen = Screen::stdout();
        wanted.asks = ask;
        if let Some((upstream, _)) = self.upstream_with_key(&wanted.route)
            && ask
            && wanted.route.key.is_none()
        {
            wanted.route.key = ask::hidden(&format!("{} key (not shown):", upstream.title))?;
        }
        let mut wizard = Wizard { dry_run: confirm.dry_run, ..Wizard::default() };
        let (plan, context) = loop {
            let context = request::context(&wanted, &places, self.scope)?;
            if ask && wizard.complete(&mut wanted, &context)? {
                continue;
            }
            match plan::plan(&wanted, &places, self.scope, &context) {
                Err(error) if ask && !wanted.exclude && is_for_exclude(&error) => {
                    note(&error.message);
                    wanted.exclude = ask::yes("Have git ignore it, in this clone only?");
                    if !wanted.exclude {
                        return Err(error);
                    }
                }
                plan => break (plan?, context),
            }
        };
        let mut receipt = Receipt::of_setup(&plan);
        confirm.show(setup_text(&plan, &screen))?;
        let consent = confirm.consent_unless(plan.is_noop(), "Write this?");
        if consent != Consent::Go && confirm.json {
            print_json(&receipt)?;
        }
        match consent {
            Consent::Go => {}
            Consent::DryRun => return Ok(()),
            Consent::Unasked if plan.replaces_login => {
                return Err(
                    Error::new(Kind::Finding, NOT_WRITTEN).hinted("add --yes to replace the claude.ai login")
                );
            }
            no => return Err(no.refusal(NOT_WRITTEN, "write it")),
        }
        let again = || {
            let context = request::context(&wanted, &places, self.scope)?;
            plan::plan(&wanted, &places, self.scope, &context)
        };
        let plan = plan.apply(&places, again)?;
        receipt.applied = !plan.is_noop();
        let url = &plan.route.url;
        let reachable = (context.config.probe && (!wizard.named || self.require_reachable))
            .then(|| Reachable::of(&context.gateway_probe(url).now(), url.origin().authority()));
        let fails = self.require_reachable && reachable.as_ref().is_some_and(|r| !r.ok);
        if confirm.json {
            receipt.reachable = reachable;
            print_json(&receipt)?;
        } else {
            let after = if wizard.named {
                Some(wizard::prove(&wanted.flags, &context))
            } else {
                reachable.map(After::from)
            };
            print(setup_done(&plan, after.as_ref(), &screen))?;
        }
        super::found(fails.then_some(Kind::Network))
    }
}

/// Whether `--exclude` would make the setup possible.
fn is_for_exclude(error: &Error) -> bool {
    matches!(std::error::Error::source(error), Some(source) if source.is::<NeedsExclude>())
}

/// Makes a change beside the route: the repository's hook, or the status line.
fn add(args: &SetupArgs, places: &Places, plan: &Addition) -> Result<()> {
    let mut receipt = Receipt::of_addition(plan, places);
    args.confirm.show(addition_text(plan, places))?;
    let consent = args.confirm.consent_unless(plan.is_noop(), "Write this?");
    if consent == Consent::Go {
        plan.apply(places)?;
        receipt.applied = !plan.is_noop();
    }
    if args.confirm.json {
        print_json(&receipt)?;
    }
    if matches!(consent, Consent::Declined | Consent::Unasked) {
        return Err(consent.refusal(NOT_WRITTEN, "write it"));
    }
    args.confirm.show(&plan.by_hand)?;
    args.confirm.show(if consent == Consent::Go { &plan.done } else { "" })
}

impl SetupArgs {
    fn wanted(&self, env: &ProcessEnv) -> Result<SetupRequest> {
        let token = if self.token_stdin { Some(from_stdin("--token-stdin", "token")?) } else { None };
        let mut route = RequestedRoute {
            provider: self.requested_provider()?,
            key: None,
            providers: self.providers.clone(),
            metadata: self.metadata.clone(),
            token,
            without_token: self.without_token,
        };
        route.key = if self.key_stdin {
            Some(from_stdin("--key-stdin", "key")?)
        } else {
            self.upstream_with_key(&route).and_then(|(_, variable)| Secret::new(env.var(variable)?))
        };
        Ok(SetupRequest {
            asks: false,
            flags: self.gateway.config(),
            route,
            exclude: self.exclude,
            repair: self.repair,
            carry: self.carry.clone(),
            keeps_traffic: self.traffic.keep_nonessential_traffic,
        })
    }
}

impl SetupArgs {
    fn requested_provider(&self) -> Result<Option<RequestedProvider>> {
        let named = self.provider.as_deref().filter(|name| *name != "anthropic");
        let takes = |flag: &str| match (named, flag) {
            (Some(name), "region") => Upstream::takes_region(name),
            (Some(name), "project") => Upstream::takes_project(name),
            (named, _) => named.is_some(),
        };
        let given = [("region", &self.region), ("project", &self.project), ("model", &self.model)];
        if let Some((flag, _)) = given.iter().find(|(flag, value)| value.is_some() && !takes(flag)) {
            let of =
                self.provider.as_ref().map_or("without --provider".to_owned(), |name| format!("for {name}"));
            return Err(Error::new(Kind::Usage, format!("--{flag} has no effect {of}")));
        }
        let Some(name) = named else {
            return Ok(self.provider.as_ref().map(|_| RequestedProvider::Anthropic));
        };
        let found =
            Upstream::find(name, self.region.as_deref(), self.project.as_deref(), self.model.as_deref());
        found.map(|found| Some(RequestedProvider::Upstream(found))).map_err(|missing| match missing {
            Missing::Region => {
                Error::new(Kind::Usage, format!("{name} needs a region")).hinted("pass --region us-east-1")
            }
            Missing::Project => {
                Error::new(Kind::Usage, format!("{name} needs a project")).hinted("pass --project")
            }
            Missing::Unknown => {
                let known: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
                Error::new(Kind::Usage, format!("`{}` cannot serve Claude Code", name.escape_debug()))
                    .hinted(format!("use anthropic, {}, or custom-SLUG/PATH", known.join(", ")))
            }
        })
    }

    /// The provider whose own key is to be written, and that key's variable.
    fn upstream_with_key<'a>(&self, route: &'a RequestedRoute) -> Option<(&'a Upstream, &'static str)> {
        let stored = self.gateway.config().auth.is_some_and(|auth| auth != "own-key");
        let upstream = route.upstream().filter(|_| !stored && !self.without_token)?;
        Some((upstream, upstream.key_variable()?))
    }
}

fn from_stdin(flag: &str, what: &str) -> Result<Secret> {
    if input::is_terminal() {
        return Err(Error::new(Kind::Usage, format!("{flag}, and stdin is a terminal"))
            .hinted("without it, setup asks for the token in a hidden prompt"));
    }
    input::piped_secret()?.ok_or_else(|| Error::new(Kind::Usage, format!("no {what} on stdin")))
}
