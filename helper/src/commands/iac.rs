//! `cf-aig iac`: exports the gateway as code and checks Cloudflare for drift.

use super::Run;
use super::flags::GatewayFlags;
use super::gateway::{NAMED, named};
use crate::base::error::{Error, Kind, Result};
use crate::base::text::{clean, visible};
use crate::cloudflare::Api;
use crate::facts::gateway::GatewayId;
use crate::services::context::Context;
use crate::services::iac::drift::{Difference, Drift, compare};
use crate::services::iac::{Live, Program};
use crate::system::env::ProcessEnv;
use crate::ui::{file, input, note, print_report};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Output language.
#[derive(Debug, clap::Subcommand)]
pub(super) enum IacCommand {
    /// Print Terraform: `cloudflare_ai_gateway`, dynamic routes, outputs for the base URLs
    #[command(after_help = TERRAFORM)]
    Terraform(ProgramArgs),
    /// Print Pulumi in TypeScript: `cloudflare.AiGateway`, dynamic routes, outputs for the base URLs
    #[command(after_help = PULUMI)]
    Pulumi(ProgramArgs),
}

/// Which gateway, and what to do with it.
#[derive(Debug, clap::Args)]
pub(super) struct ProgramArgs {
    /// Gateway id [default: the configured one]
    id: Option<String>,
    /// Print what `cf-aig gateway create` would create; needs no API token
    #[arg(long, conflicts_with_all = ["import", "check"])]
    defaults: bool,
    /// Import existing resources: import blocks, or `pulumi import` commands
    #[arg(long, conflicts_with = "check")]
    import: bool,
    /// Compare Cloudflare with this JSON state or plan, or - for stdin; exit with 1 if they differ
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// Write the code to this new file
    #[arg(long, short, value_name = "FILE", conflicts_with = "check")]
    output: Option<PathBuf>,
    /// Print JSON: {"schema", "code", "secrets", "left_out", "by_hand"}, with --check {"schema", "drift", "left_open", "not_compared"}
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  cf-aig iac terraform --import --output gateway.tf
  cf-aig iac pulumi --check stack.json";

const TERRAFORM: &str = "\
The code needs the provider cloudflare/cloudflare 5.22.0 or newer, which reads the token from
CLOUDFLARE_API_TOKEN. Secrets in the settings (OTEL, Stripe) become variables. What no resource
covers (stored keys, custom providers, custom domains, routes by percentage) is at the end, as
API calls in comments.

--check compares Cloudflare with Terraform's state or plan, not with the code. Pass the output of
`terraform show -json` (of the state or a saved plan) or a terraform.tfstate. A plan has the values
that the code asks for, a state those of the last apply or refresh. Secrets and settings that are
not in the code are not compared.

Examples:
  cf-aig iac terraform
  cf-aig iac terraform team --import --output gateway.tf
  cf-aig iac terraform new-one --defaults
  cf-aig iac terraform --check state.json
  terraform show -json | cf-aig iac terraform --check -";

const PULUMI: &str = "\
The program needs @pulumi/cloudflare 6.22.1 or newer, which reads the token from
CLOUDFLARE_API_TOKEN. Secrets in the settings (OTEL, Stripe) become `pulumi config` secrets. What
no resource covers (stored keys, custom providers, custom domains, routes by percentage) is at
the end, as API calls in comments.

--check compares Cloudflare with Pulumi's state, not with the program. Pass the output of `pulumi
stack export`. The inputs of the last `pulumi up` are compared; secrets are not.

Examples:
  cf-aig iac pulumi
  cf-aig iac pulumi team --import --output index.ts
  cf-aig iac pulumi --check stack.json --json
  pulumi stack export | cf-aig iac pulumi --check -";

/// Arguments of `cf-aig iac`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct IacArgs {
    /// Subcommand
    #[command(subcommand)]
    command: IacCommand,
    #[command(flatten)]
    gateway: GatewayFlags,
}

impl Run for IacArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let (args, language) = match &self.command {
            IacCommand::Terraform(args) => (args, Program::terraform as fn(&Program) -> String),
            IacCommand::Pulumi(args) => (args, Program::pulumi as fn(&Program) -> String),
        };
        let context = self.gateway.context_beside(env, args.id.as_ref().map(|_| NAMED))?;
        let program = program(args, &context)?;
        match &args.check {
            Some(file) => check(file, &program, args.json),
            None => write(&language(&program), args, &program),
        }
    }
}

fn program(args: &ProgramArgs, context: &Context) -> Result<Program> {
    let url = context.config.url.as_ref();
    let must_read = args.import || args.check.is_some();
    let id = if must_read || args.id.is_some() || url.is_some() {
        named(context, args.id.as_deref())?
    } else {
        // without a configured gateway, the defaults still need a name
        GatewayId::parse("claude-code").map_err(|_| Error::new(Kind::Usage, "no gateway given"))?
    };
    let is_live = !args.defaults && (must_read || context.config.api_token.is_some());
    let (live, account) = if is_live {
        let api = Api::connect(context)?;
        (Live::read(&api, &id)?, Some(api.account().clone()))
    } else {
        (Live::defaults(), url.and_then(|url| url.value.account_id().cloned()))
    };
    let mut program = Program::new(&live, id, account)?;
    program.is_live = is_live;
    program.import = args.import;
    if !is_live && !args.defaults {
        note("no Cloudflare API token: this is the default configuration, not your gateway's");
    }
    Ok(program)
}

fn write(code: &str, args: &ProgramArgs, program: &Program) -> Result<()> {
    if let Some(output) = &args.output {
        // never replace code that someone may have edited
        file::create(output, code)
            .map_err(|error| error.hinted("or compare them: `cf-aig iac … | diff FILE -`"))?;
    }
    let report = json!({
        "schema": 1,
        "gateway_id": program.gateway.as_str(),
        "is_live": program.is_live,
        "file": args.output,
        "code": code,
        "secrets": program.secrets().iter().map(|secret| &secret.name).collect::<Vec<_>>(),
        "left_out": program.left_out,
        "by_hand": program.calls,
    });
    print_report(args.json, &report, || match &args.output {
        Some(file) => format!("written    {}\n", file.display()),
        None => code.to_owned(),
    })
}

fn check(file: &Path, program: &Program, json: bool) -> Result<()> {
    let name = input::name(file);
    let found = compare(&name, &read(file)?, program)?;
    let drifted = !found.drift.is_empty();
    let Drift { drift, left_open, not_compared } = &found;
    let report = json!({
        "schema": 1, "gateway_id": program.gateway.as_str(),
        "drift": drift, "left_open": left_open, "not_compared": not_compared,
    });
    print_report(json, &report, || {
        let drift = drift.iter().map(|difference| told("drift", difference));
        let left_open = left_open.iter().map(|difference| told("unset in file", difference));
        let rest = not_compared.iter().map(|what| format!("not compared  {}\n", visible(what)));
        let verdict = if drifted { "differs from" } else { "matches" };
        let lines: String = drift.chain(left_open).chain(rest).collect();
        format!("{lines}gateway {} {verdict} {name}\n", program.gateway)
    })?;
    super::found(drifted.then_some(Kind::Finding))
}

fn told(word: &str, difference: &Difference) -> String {
    let Difference { resource, attribute, file, live } = difference;
    let at = if attribute.is_empty() { resource.clone() } else { format!("{resource}: {attribute}") };
    let value =
        |value: &Value| if value.is_null() { "nothing".to_owned() } else { clean(&value.to_string()) };
    format!("{word:<14} {}: {} in the file, {} at Cloudflare\n", visible(&at), value(file), value(live))
}

/// Larger than any real state file.
const MAX_FILE: u64 = 256 << 20;

fn read(file: &Path) -> Result<Value> {
    serde_json::from_str(&input::text(file, MAX_FILE)?).map_err(|cause| {
        Error::new(Kind::Usage, format!("{} is not JSON: {cause}", input::name(file)))
            .hinted("compare the output of `terraform show -json` or `pulumi stack export`, not the code")
            .caused_by(cause)
    })
}
