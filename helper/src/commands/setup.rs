//! `cf-aig setup`: lasting routing, written into a settings file of Claude Code.

use super::{print, print_json};
use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::gateway::upstream::{Missing, PRESETS, Upstream};
use crate::services::config::Flags;
use crate::services::context::var;
use crate::services::session::NotRouted;
use crate::services::setup::managed::Form;
use crate::services::setup::place::{Places, Scope};
use crate::services::setup::plan::{self, Plan};
use crate::services::setup::prints::{self, Place};
use crate::services::setup::report::{Reachable, Receipt, setup_done, setup_text, web_text};
use crate::services::setup::wish::{self, Wish};
use crate::services::setup::{ask, statusline, web};
use std::io::{IsTerminal, Read};
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  cf-aig setup                                   ask for what is missing, show, ask, write
  cf-aig setup --dry-run                         the exact change, nothing written
  cf-aig setup --scope local --auth stored-key   this project, this user
  cf-aig setup --yes --token-stdin < token.txt   in a script
  cf-aig setup --web                             a hook for cloud sessions of this repository
  cf-aig setup --managed --without-token         what an administrator would roll out";

/// What to write, and where.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct SetupArgs {
    /// Whose settings file
    #[arg(long, value_enum, default_value = "user")]
    scope: Scope,
    /// Who serves Claude Code: anthropic, custom-zai, openrouter, grok, deepseek, mantle, bedrock, vertex,
    /// or custom-SLUG/PATH [default: as it is, else anthropic]
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// AWS or Google region, for mantle, bedrock and vertex
    #[arg(long)]
    region: Option<String>,
    /// Google project, for vertex
    #[arg(long)]
    project: Option<String>,
    /// The model that Claude Code asks for, where the provider has names of its own
    #[arg(long)]
    model: Option<String>,
    /// Read the provider's key from stdin [default: its variable, such as ZAI_API_KEY]
    #[arg(long, conflicts_with = "token_stdin")]
    key_stdin: bool,
    /// Other providers whose SDK variables Bash programs get, comma-separated
    #[arg(long, value_name = "LIST")]
    providers: Option<String>,
    /// Labels in the gateway's log: project, user, key=value, comma-separated, or none
    #[arg(long, value_name = "LIST")]
    metadata: Option<String>,
    /// Read the gateway token from stdin
    #[arg(long)]
    token_stdin: bool,
    /// Write no token: for a shared file, where everyone has their own
    #[arg(long, conflicts_with = "token_stdin")]
    without_token: bool,
    /// Have git ignore the file, in this clone alone
    #[arg(long)]
    exclude: bool,
    /// Where Claude Code ignores the file because of its syntax, write it repaired
    #[arg(long)]
    repair: bool,
    /// Show what would be written
    #[arg(long)]
    dry_run: bool,
    /// Ask nothing
    #[arg(long, short)]
    yes: bool,
    /// Exit with 6 when the gateway does not answer afterwards
    #[arg(long)]
    require_reachable: bool,
    /// Machine-readable plan or receipt
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Places besides the settings files.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct PlaceArgs {
    /// Write this repository's own hook for cloud sessions, and say what to set by hand
    #[arg(long, help_heading = "Other places", conflicts_with_all = ["scope", "exclude"])]
    web: bool,
    /// Write nothing but Claude Code's status line: what was spent, as of when
    #[arg(long, help_heading = "Other places", conflicts_with = "exclude")]
    statusline: bool,
    /// Print an administrator's settings: as a file, a macOS profile or a Windows registry file
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "file",
        help_heading = "Other places"
    )]
    managed: Option<Form>,
    /// Print it for devcontainer.json
    #[arg(long, help_heading = "Other places")]
    devcontainer: bool,
    /// Print it for a workflow of GitHub Actions
    #[arg(long, help_heading = "Other places")]
    github_actions: bool,
    /// Print it for the settings of VS Code
    #[arg(long, help_heading = "Other places")]
    vscode: bool,
}

impl PlaceArgs {
    fn printed(&self) -> Option<Place> {
        let places = [
            (self.devcontainer, Place::Devcontainer),
            (self.github_actions, Place::GithubActions),
            (self.vscode, Place::Vscode),
        ];
        let managed = self.managed.map(Place::Managed);
        managed.or_else(|| places.into_iter().find_map(|(asked, place)| asked.then_some(place)))
    }
}

pub(super) fn run(args: &SetupArgs, flags: &Flags) -> Result<ExitCode> {
    let places = Places::find(&var)?;
    let mut wish = args.wish(flags)?;
    if let Some(place) = args.place.printed() {
        let mut context = wish::context(&wish, &places, Scope::User)?;
        let printed = prints::print(place, &mut context, args.without_token)?;
        print(&printed.text);
        for note in printed.notes {
            eprintln!("cf-aig: {note}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    if args.place.web {
        return web(args, &wish, &places);
    }
    if args.place.statusline {
        return statusline(args, &places);
    }
    let ask = !args.yes && !args.json && !args.token_stdin && !args.key_stdin && ask::is_possible();
    wish.asks = ask;
    if ask && wish.key.is_none() {
        wish.key = args.asked_key(&wish);
    }
    let (plan, context) = loop {
        let mut context = wish::context(&wish, &places, args.scope)?;
        if ask && complete(&mut wish, &context)? {
            continue;
        }
        match plan::plan(&wish, &places, args.scope, &mut context) {
            Err(error) if ask && !wish.exclude && plan::is_for_exclude(&error) => {
                eprintln!("cf-aig: {}", error.message);
                wish.exclude = ask::yes("Have git ignore it, in this clone alone?");
                if !wish.exclude {
                    return Err(error);
                }
            }
            plan => break (plan?, context),
        }
    };
    let mut receipt = Receipt::of_setup(&plan);
    if !args.json {
        print(&setup_text(&plan));
    }
    if args.dry_run || !(plan.is_noop() || args.yes || ask && ask::yes("Write this?")) {
        if args.json {
            print_json(&receipt);
        }
        return if args.dry_run { Ok(ExitCode::SUCCESS) } else { Err(not_written(&plan, ask)) };
    }
    let again = || {
        let mut context = wish::context(&wish, &places, args.scope)?;
        plan::plan(&wish, &places, args.scope, &mut context)
    };
    let plan = plan.apply(&places, again)?;
    receipt.applied = true;
    let url = &plan.route.url;
    let reachable = context.config.probe.then(|| Reachable::of(&context.ask(url), url.origin().authority()));
    let answers = reachable.as_ref().is_none_or(|r| r.ok);
    if args.json {
        receipt.reachable = reachable;
        print_json(&receipt);
    } else {
        print(&setup_done(&plan, reachable.as_ref()));
    }
    let fails = args.require_reachable && !answers;
    Ok(if fails { ExitCode::from(Kind::Network.exit_code()) } else { ExitCode::SUCCESS })
}

/// The repository's own hook.
fn web(args: &SetupArgs, wish: &Wish, places: &Places) -> Result<ExitCode> {
    let context = wish::context(wish, places, Scope::Project)?;
    let web = web::plan(places)?;
    let mut receipt = Receipt::of_web(&web, places);
    if !args.json {
        print(&web_text(&web, places));
    }
    let ask = !args.yes && !args.json && ask::is_possible();
    let go = !args.dry_run && (web.is_noop() || args.yes || ask && ask::yes("Write this?"));
    if go {
        web.apply(places)?;
        receipt.applied = true;
    }
    if args.json {
        receipt.notes = web::by_hand(&context.config).lines().map(str::to_owned).collect();
        print_json(&receipt);
    } else if go || args.dry_run {
        print(&web::by_hand(&context.config));
        if go {
            print("undo       cf-aig off --scope project\n");
        }
    }
    let error = Error::new(Kind::Finding, "nothing was written");
    match (go || args.dry_run, ask) {
        (true, _) => Ok(ExitCode::SUCCESS),
        (false, true) => Err(error),
        (false, false) => Err(error.hinted("add --yes to write it")),
    }
}

/// The status line alone.
fn statusline(args: &SetupArgs, places: &Places) -> Result<ExitCode> {
    let plan = statusline::plan(places, args.scope)?;
    let mut receipt = Receipt::of_statusline(&plan);
    if !args.json {
        print(&plan.change.diff(&plan.label, &crate::services::setup::hide));
        plan.notes.iter().for_each(|note| print(&format!("note      {note}\n")));
    }
    let ask = !args.yes && !args.json && ask::is_possible();
    let go = !args.dry_run && (plan.change.is_noop() || args.yes || ask && ask::yes("Write this?"));
    if go {
        plan.apply(places)?;
        receipt.applied = true;
    }
    if args.json {
        print_json(&receipt);
    } else if go {
        print(&format!(
            "wrote {}: statusLine\nfigures   `cf-aig costs` fetches them, and so does the start of a session\nundo      cf-aig off --scope {}\n",
            plan.label, plan.scope
        ));
    }
    let error = Error::new(Kind::Finding, "nothing was written");
    match (go || args.dry_run, ask) {
        (true, _) => Ok(ExitCode::SUCCESS),
        (false, true) => Err(error),
        (false, false) => Err(error.hinted("add --yes to write it")),
    }
}

fn not_written(plan: &Plan, asked: bool) -> Error {
    let error = Error::new(Kind::Finding, "nothing was written");
    match (asked, plan.replaces_login) {
        (true, _) => error,
        (false, true) => error.hinted("add --yes if the claude.ai login is to be replaced"),
        (false, false) => error.hinted("add --yes to write it"),
    }
}

impl SetupArgs {
    fn wish(&self, flags: &Flags) -> Result<Wish> {
        let token = if self.token_stdin { Some(from_stdin("--token-stdin", "token")?) } else { None };
        let upstream = self.upstream()?;
        let variable = upstream.as_ref().and_then(Upstream::key_variable);
        let stored = flags.auth.as_deref().is_some_and(|auth| auth != "own-key");
        let key = match self.key_stdin {
            true => Some(from_stdin("--key-stdin", "key")?),
            false => variable.filter(|_| !stored && !self.without_token).and_then(var).and_then(Secret::new),
        };
        Ok(Wish {
            asks: false,
            flags: flags.clone(),
            anthropic: self.provider.as_deref() == Some("anthropic"),
            upstream,
            key,
            providers: self.providers.clone(),
            metadata: self.metadata.clone(),
            token,
            without_token: self.without_token,
            exclude: self.exclude,
            repair: self.repair,
        })
    }
}

impl SetupArgs {
    fn upstream(&self) -> Result<Option<Upstream>> {
        let Some(name) = self.provider.as_deref().filter(|name| *name != "anthropic") else {
            return Ok(None);
        };
        let found =
            Upstream::find(name, self.region.as_deref(), self.project.as_deref(), self.model.as_deref());
        found.map(Some).map_err(|missing| match missing {
            Missing::Region => {
                Error::new(Kind::Usage, format!("{name} needs a region")).hinted("give --region us-east-1")
            }
            Missing::Project => {
                Error::new(Kind::Usage, format!("{name} needs a project")).hinted("give --project")
            }
            Missing::Unknown => {
                let known: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
                Error::new(
                    Kind::Usage,
                    format!("`{}` is nobody who can serve Claude Code", name.escape_debug()),
                )
                .hinted(format!("anthropic, {}, or custom-SLUG/PATH", known.join(", ")))
            }
        })
    }

    /// The key of another provider, asked for where one is needed and none is there.
    fn asked_key(&self, wish: &Wish) -> Option<Secret> {
        let upstream = wish.upstream.as_ref().filter(|upstream| upstream.key_variable().is_some())?;
        let stored = wish.flags.auth.as_deref().is_some_and(|auth| auth != "own-key");
        (!stored && !self.without_token)
            .then(|| ask::hidden(&format!("Key of {} (not shown):", upstream.title)))?
    }
}

/// Longer than any token.
const MAX_TOKEN: u64 = 64 << 10;

fn from_stdin(flag: &str, what: &str) -> Result<Secret> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(Error::new(Kind::Usage, format!("{flag}, and stdin is a terminal"))
            .hinted("without it the token is asked for, and not shown"));
    }
    let mut text = String::new();
    let read = stdin.take(MAX_TOKEN).read_to_string(&mut text);
    let token = read.ok().and_then(|_| Secret::new(text));
    token.ok_or_else(|| Error::new(Kind::Usage, format!("stdin holds no {what}")))
}

/// Asks for what is missing; true when something was answered.
fn complete(wish: &mut Wish, context: &crate::services::context::Context) -> Result<bool> {
    let gone = || Error::new(Kind::Finding, "nothing was written");
    match crate::services::session::plan(&context.config, &context.around) {
        Err(NotRouted::NotConfigured) => {
            let account = ask::line("Cloudflare account id (32 hex digits), or the gateway's URL:");
            wish.flags.account_id = Some(account.filter(|a| !a.is_empty()).ok_or_else(gone)?);
            let url = wish.flags.account_id.as_ref().is_some_and(|a| a.contains('/'));
            if !url && wish.flags.gateway_id.is_none() {
                let gateway = ask::line("AI Gateway id [default]:").filter(|g| !g.is_empty());
                wish.flags.gateway_id = Some(gateway.unwrap_or_else(|| "default".to_owned()));
            }
            if context.config.gateway_token.is_none() && !wish.without_token {
                wish.token = ask::hidden("Gateway token (not shown; empty for none):");
            }
            Ok(true)
        }
        Err(NotRouted::WhoPays) => {
            wish.flags.auth = Some(ask::mode().ok_or_else(gone)?.to_string());
            Ok(true)
        }
        Err(NotRouted::NeedsGatewayToken(_)) if !wish.without_token => {
            wish.token = Some(ask::hidden("Gateway token (not shown):").ok_or_else(gone)?);
            Ok(true)
        }
        _ => Ok(false),
    }
}
