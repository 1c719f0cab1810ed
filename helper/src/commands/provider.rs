//! `cf-aig provider`: the account's custom providers, which all of its gateways can use.

use super::Run;
use super::flags::AccountFlags;
use crate::base::error::{Error, Kind, Result};
use crate::base::redact::REDACTED;
use crate::base::text::visible;
use crate::cloudflare::Api;
use crate::facts::gateway::resources::{CustomProvider, Object};
use crate::facts::gateway::upstream::{self, Preset};
use crate::system::env::ProcessEnv;
use crate::ui::{Column, Confirm, TextBlock, print_report, table};
use serde_json::json;

/// Help for the whole group.
pub(super) const GROUP_HELP: &str = "\
Examples:
  cf-aig provider add zai
  cf-aig setup --provider custom-zai   use it in Claude Code
  cf-aig provider list";

/// Provider subcommands.
#[derive(Debug, clap::Subcommand)]
pub(super) enum ProviderCommand {
    /// List the account's custom providers
    List {
        /// Print JSON: {"schema", "providers": [as the API returns them]}
        #[arg(long)]
        json: bool,
    },
    /// Create and enable a custom provider; z.ai and others are known by name
    Add(ProviderAddArgs),
    /// Remove a custom provider
    #[command(aliases = ["rm", "delete"])]
    Remove {
        /// Slug, with or without custom-
        slug: String,
        #[command(flatten)]
        confirm: Confirm,
    },
}

/// The new custom provider.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ProviderAddArgs {
    /// Slug: letters, digits and -; URLs name it as custom-SLUG
    slug: String,
    /// Base URL: https://host; the path after custom-SLUG/ is appended
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Name in the dashboard [default: the slug]
    #[arg(long)]
    name: Option<String>,
    /// Description
    #[arg(long)]
    description: Option<String>,
    /// Link to its website
    #[arg(long, value_name = "URL")]
    link: Option<String>,
    /// Create it disabled
    #[arg(long)]
    disabled: bool,
    #[command(flatten)]
    confirm: Confirm,
}

const AFTER_HELP: &str = "\
Cloudflare creates providers disabled, so that they cannot be called; this command enables the new
one. Known by name, with base URL: zai (https://api.z.ai), bigmodel (https://open.bigmodel.cn).

Examples:
  cf-aig provider add zai
  cf-aig setup --provider custom-zai          use it in Claude Code
  cf-aig provider add mine --base-url https://llm.example.com --name \"Our own\"";

/// Arguments of `cf-aig provider`.
#[derive(Debug, clap::Args)]
#[command(after_help = GROUP_HELP)]
pub struct ProviderArgs {
    /// Subcommand
    #[command(subcommand)]
    command: ProviderCommand,
    #[command(flatten)]
    gateway: AccountFlags,
}

impl Run for ProviderArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let api = Api::connect(&self.gateway.context(env))?;
        match &self.command {
            ProviderCommand::List { json } => list(*json, &api),
            ProviderCommand::Add(args) => add(args, &api),
            ProviderCommand::Remove { slug, confirm } => remove(slug, *confirm, &api),
        }
    }
}

/// Hides headers, which may hold a key.
fn shown(provider: &CustomProvider) -> CustomProvider {
    let mut shown = provider.clone();
    if let Some(headers) = shown.0.get_mut("headers").filter(|headers| !headers.is_null()) {
        *headers = json!(REDACTED);
    }
    shown
}

fn list(json: bool, api: &Api) -> Result<()> {
    let providers = api.custom_providers()?;
    let document = json!({"schema": 1, "providers": providers.iter().map(shown).collect::<Vec<_>>()});
    let columns = [
        Column::left("PROVIDER"),
        Column::left("STATE"),
        Column::left("BASE URL").dropped(1).cut(24),
        Column::left("NAME").dropped(2).cut(12),
    ];
    let rows = providers.iter().map(|provider| {
        let state = if provider.enable() == Some(true) { "enabled" } else { "disabled" };
        let slug = format!("custom-{}", provider.slug());
        [&slug, state, provider.base_url(), provider.name()].map(visible)
    });
    print_report(json, &document, || match providers.is_empty() {
        true => "no custom providers; add one with `cf-aig provider add zai`\n".to_owned(),
        false => table(columns, rows),
    })
}

fn add(args: &ProviderAddArgs, api: &Api) -> Result<()> {
    let known = upstream::preset(&args.slug).filter(|preset| !preset.custom.is_empty());
    let request = request(args, known)?;
    let slug = request.slug();
    let existing = api.custom_providers()?.into_iter().find(|provider| provider.slug() == slug);
    // what is only known by name does not replace what is there
    let is_given = |key: &str| match key {
        "slug" => false,
        "name" => args.name.is_some(),
        "base_url" => args.base_url.is_some(),
        _ => true,
    };
    let (action, body) = match &existing {
        None => ("create", request.0.clone()),
        Some(provider) => {
            let mut differs = request.0.clone();
            differs.retain(|key, value| is_given(key) && provider.field(key) != value);
            (if differs.is_empty() { "keep" } else { "change" }, differs)
        }
    };
    let plan = planned(action, slug, existing.as_ref(), &body);
    let made = if action == "keep" {
        args.confirm.show(plan)?;
        None
    } else {
        args.confirm.make(plan, "Apply this?", || match &existing {
            Some(provider) => api.change_custom_provider(provider, &body),
            None => api.create_custom_provider(&body),
        })?
    };
    let applied = made.is_some();
    let mut report = json!({"schema": 1, "action": action, "request": body, "applied": applied});
    if let Some(made) = &made {
        report["provider"] = json!(shown(made));
    }
    print_report(args.confirm.json, &report, || {
        if !applied && action != "keep" {
            return TextBlock::new();
        }
        let state = made.as_ref().or(existing.as_ref()).and_then(CustomProvider::enable);
        if !state.unwrap_or(!args.disabled) {
            let mut out = TextBlock::of(
                "disabled",
                format_args!("custom-{slug}: requests to it fail until it is enabled"),
            );
            out.row("next", format!("cf-aig provider add {slug}"));
            return out;
        }
        let next = known.map_or_else(
            || format!("cf-aig setup --provider custom-{slug}/PATH, where PATH/v1/messages is its Messages endpoint"),
            |preset| format!("cf-aig setup --provider {}", preset.name),
        );
        let mut out =
            TextBlock::of("available", format_args!("custom-{slug} behind every gateway of the account"));
        out.row("next", next);
        out
    })
}

fn request(args: &ProviderAddArgs, known: Option<&Preset>) -> Result<CustomProvider> {
    let slug = known.map_or(args.slug.as_str(), |preset| preset.name);
    let slug = slug.strip_prefix("custom-").unwrap_or(slug);
    if slug.is_empty() || !slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err(Error::usage(format!("`{}` is not a slug: a-z, 0-9 and -", slug.escape_debug())));
    }
    let url = args.base_url.as_deref().or(known.map(|preset| preset.custom));
    let url = url.ok_or_else(|| {
        Error::usage(format!("no base URL known for {slug}")).hinted("pass --base-url https://…")
    })?;
    let parsed = url::Url::parse(url).ok().filter(|u| u.scheme() == "https" && u.username().is_empty());
    let plain = parsed.filter(|u| u.password().is_none() && u.query().is_none() && u.fragment().is_none());
    plain.ok_or_else(|| {
        Error::usage("the base URL must be https://host[/path], without credentials or a query")
    })?;
    let name = args.name.as_deref().or(known.map(|preset| preset.title)).unwrap_or(slug);
    let mut body = Object::from_iter([
        ("name".to_owned(), json!(name)),
        ("slug".to_owned(), json!(slug)),
        ("base_url".to_owned(), json!(url.trim_end_matches('/'))),
        ("enable".to_owned(), json!(!args.disabled)),
    ]);
    for (key, value) in [("description", &args.description), ("link", &args.link)] {
        body.extend(value.iter().map(|text| (key.to_owned(), json!(text))));
    }
    Ok(CustomProvider(body))
}

fn planned(action: &str, slug: &str, existing: Option<&CustomProvider>, body: &Object) -> TextBlock {
    let mut out = TextBlock::of(action, format_args!("custom provider {slug}"));
    for (key, value) in body {
        let from = existing.map(|provider| format!("{} -> ", visible(&provider.field(key).to_string())));
        let from = from.unwrap_or_default();
        out.line(format_args!("  {key:<12} {from}{value}"));
    }
    out
}

fn remove(slug: &str, confirm: Confirm, api: &Api) -> Result<()> {
    let slug = slug.strip_prefix("custom-").unwrap_or(slug);
    let found = api.custom_providers()?.into_iter().find(|provider| provider.slug() == slug);
    let found = found.ok_or_else(|| {
        let message = format!("no custom provider `{}`", slug.escape_debug());
        Error::new(Kind::NotFound, message).hinted("`cf-aig provider list` lists them")
    })?;
    let plan =
        TextBlock::of("remove", format_args!("custom provider {slug} ({})", visible(found.base_url())));
    let removed = confirm.make(plan, "Remove it?", || api.remove_custom_provider(&found))?;
    let removed = removed.map(|_| slug);
    print_report(confirm.json, &json!({"schema": 1, "removed": removed}), || {
        let mut out = TextBlock::new();
        out.rows(
            "removed",
            removed.map(|slug| format!("{slug}: requests to custom-{slug} fail from now on")),
        );
        out
    })
}
