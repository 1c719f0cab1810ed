//! `cf-aig key`: provider keys stored at Cloudflare (BYOK). A key is read from stdin or a hidden
//! prompt and never shown again.

use super::Run;
use super::flags::GatewayFlags;
use super::gateway::named;
use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::base::text::visible;
use crate::cloudflare::Api;
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::providers::{ProviderError, ProviderRef};
use crate::facts::gateway::resources::StoredKey;
use crate::facts::gateway::settings::rate_limit;
use crate::system::env::ProcessEnv;
use crate::ui::{Column, Confirm, TextBlock, ask, print_report, table};
use serde_json::{Value, json};

/// Help for the whole group.
pub(super) const GROUP_HELP: &str = "\
Keys are read from stdin or a hidden prompt, never from a flag.

Examples:
  cf-aig key add anthropic < key.txt
  cf-aig key list
  cf-aig key rotate anthropic < new-key.txt";

/// Key subcommands.
#[derive(Debug, clap::Subcommand)]
pub(super) enum KeyCommand {
    /// List the gateway's keys, without their values
    List {
        /// Print JSON: {"schema", "gateway_id", "keys": [as the API returns them]}
        #[arg(long)]
        json: bool,
    },
    /// Store a key from stdin or a hidden prompt
    Add(KeyAddArgs),
    /// Replace the value of a key
    Rotate {
        #[command(flatten)]
        name: NameArgs,
        #[command(flatten)]
        flags: KeyFlags,
    },
    /// Remove a key
    #[command(aliases = ["rm", "delete"])]
    Remove {
        #[command(flatten)]
        name: NameArgs,
        #[command(flatten)]
        confirm: Confirm,
    },
}

/// The new key.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct KeyAddArgs {
    /// Provider: anthropic, openai, aws-bedrock, custom-zai, …
    provider: String,
    /// Alias; requests name it in cf-aig-byok-alias
    #[arg(long, default_value = "default", value_parser = alias)]
    alias: String,
    /// Use the key for requests without an alias [default: if the alias is default]
    #[arg(long)]
    default: bool,
    /// Use an existing secret in Secrets Store, by its id, instead of a value
    #[arg(long, value_name = "ID")]
    secret_id: Option<String>,
    /// Requests per window with this key: 100/60s
    #[arg(long, value_name = "N/TIME")]
    rate_limit: Option<String>,
    #[command(flatten)]
    flags: KeyFlags,
}

const AFTER_HELP: &str = "\
The value comes from stdin or a hidden prompt, never from a flag.
  aws-bedrock       {\"accessKeyId\": …, \"secretAccessKey\": …, \"region\": …, \"sessionToken\"?: …}
  google-vertex-ai  the service account's JSON with \"region\" added

Requests that carry a key are paid with that key; a stored key pays for requests without one. With
--auth stored-key, `cf-aig setup` configures sessions to send no provider key.

Examples:
  cf-aig key add anthropic < key.txt
  op read op://work/anthropic/key | cf-aig key add anthropic --alias team
  cf-aig key rotate anthropic < new-key.txt
  cf-aig setup --auth stored-key";

/// Which key.
#[derive(Debug, clap::Args)]
pub(super) struct NameArgs {
    /// Provider
    provider: String,
    /// Alias
    #[arg(long, default_value = "default")]
    alias: String,
}

/// How a command that asks for a key shows what it does.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct KeyFlags {
    /// Show the change without making it, and without asking for the key
    #[arg(long)]
    dry_run: bool,
    /// Print JSON: {"schema", "gateway_id", "action", "key": as the API returns it}
    #[arg(long)]
    json: bool,
}

/// Arguments of `cf-aig key`.
#[derive(Debug, clap::Args)]
#[command(after_help = GROUP_HELP)]
pub struct KeyArgs {
    /// Subcommand
    #[command(subcommand)]
    command: KeyCommand,
    #[command(flatten)]
    gateway: GatewayFlags,
}

impl Run for KeyArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let context = self.gateway.context(env);
        let gateway = named(&context, None)?;
        let keys = GatewayKeys { api: Api::connect(&context)?, gateway };
        match &self.command {
            KeyCommand::List { json } => keys.list(*json),
            KeyCommand::Add(args) => keys.add(args),
            KeyCommand::Rotate { name, flags } => keys.rotate(name, *flags),
            KeyCommand::Remove { name, confirm } => keys.remove(name, *confirm),
        }
    }
}

struct GatewayKeys {
    api: Api,
    gateway: GatewayId,
}

impl GatewayKeys {
    fn find(&self, provider: &str, alias: &str) -> Result<Option<StoredKey>> {
        let own = |key: &StoredKey| key.provider_slug() == provider && key.alias() == alias;
        Ok(self.api.stored_keys(&self.gateway)?.into_iter().find(own))
    }

    fn one(&self, NameArgs { provider: name, alias }: &NameArgs) -> Result<StoredKey> {
        let provider = provider(name)?;
        self.find(&provider, alias)?.ok_or_else(|| {
            let message =
                format!("gateway {} has no {provider} key with alias {}", self.gateway, alias.escape_debug());
            Error::new(Kind::NotFound, message).hinted("`cf-aig key list` lists the keys")
        })
    }

    fn list(&self, json: bool) -> Result<()> {
        let keys = self.api.stored_keys(&self.gateway)?;
        let id = self.gateway.as_str();
        print_report(json, &json!({"schema": 1, "gateway_id": id, "keys": keys}), || {
            if keys.is_empty() {
                return format!(
                    "gateway {id} has no stored keys; store one with `cf-aig key add PROVIDER`\n"
                );
            }
            let columns = [
                Column::left("PROVIDER"),
                Column::left("ALIAS"),
                Column::left("DEFAULT").dropped(1),
                Column::left("KEY").dropped(2),
                Column::left("CHANGED").dropped(3),
            ];
            let rows = keys.iter().map(|key| {
                let default = if key.default_config() == Some(true) { "yes" } else { "no" };
                [key.provider_slug(), key.alias(), default, key.secret_preview(), key.modified_at()]
                    .map(visible)
            });
            table(columns, rows)
        })
    }

    fn add(&self, args: &KeyAddArgs) -> Result<()> {
        let provider = provider(&args.provider)?;
        let mut body = json!({
            "alias": args.alias, "default_config": args.default || args.alias == "default", "provider_slug": provider,
        });
        if let Some(limit) = &args.rate_limit {
            let (limit, period) = rate_limit(limit)?;
            body["rate_limit"] = json!(limit);
            body["rate_limit_period"] = json!(period);
        }
        // checked before the key is typed
        if self.find(&provider, &args.alias)?.is_some() {
            let message =
                format!("gateway {} already has a key for {provider} with this alias", self.gateway);
            return Err(Error::new(Kind::Conflict, message)
                .hinted(format!("`cf-aig key rotate {provider}` replaces it; --alias stores another")));
        }
        if let Some(id) = &args.secret_id {
            body["secret_id"] = json!(id);
        }
        if args.flags.dry_run {
            let key = body.as_object().cloned().unwrap_or_default();
            return self.report("store", &StoredKey(key), args.flags.json);
        }
        if args.secret_id.is_none() {
            body["secret"] = json!(read(&provider)?.reveal());
        }
        let key = self.api.store_key(&self.gateway, &body)?;
        self.report("stored", &key, args.flags.json)
    }

    fn rotate(&self, name: &NameArgs, flags: KeyFlags) -> Result<()> {
        let key = self.one(name)?;
        if flags.dry_run {
            return self.report("replace", &key, flags.json);
        }
        let key = self.api.replace_key(&self.gateway, &key, read(key.provider_slug())?.reveal())?;
        self.report("replaced", &key, flags.json)
    }

    fn remove(&self, name: &NameArgs, confirm: Confirm) -> Result<()> {
        let key = self.one(name)?;
        let parts = [key.provider_slug(), key.alias(), key.secret_preview()].map(visible);
        let [provider, alias, preview] = parts;
        let plan = TextBlock::of("remove", format_args!("{provider}, alias {alias} ({preview})"));
        let change = || self.api.remove_key(&self.gateway, &key);
        match confirm.make(plan, "Remove it?", change)? {
            Some(_) => self.report("removed", &key, confirm.json),
            None if confirm.json => self.report("remove", &key, true),
            None => Ok(()),
        }
    }

    fn report(&self, what: &str, key: &StoredKey, json: bool) -> Result<()> {
        let id = self.gateway.as_str();
        print_report(json, &json!({"schema": 1, "gateway_id": id, "action": what, "key": key}), || {
            let (provider, alias) = (visible(key.provider_slug()), visible(key.alias()));
            TextBlock::of(what, format_args!("{provider}, alias {alias}, gateway {id}"))
        })
    }
}

fn provider(name: &str) -> Result<String> {
    ProviderRef::parse(name).map(|provider| provider.slug().to_string()).map_err(|error| {
        let failed =
            Error::new(Kind::Usage, format!("`{}` is not an AI Gateway provider", name.escape_debug()));
        match error {
            ProviderError::DidYouMean(slug) => failed.hinted(format!("did you mean {slug}?")),
            ProviderError::Custom(_, path) => {
                failed.hinted(format!("did you mean {}?", path.split('/').next().unwrap_or(path)))
            }
            ProviderError::Unknown => failed.hinted("`cf-aig providers` lists them"),
        }
    })
}

/// Reads the value, and checks that it has the form that AI Gateway stores for this provider: one line
/// that fits a header, or JSON.
fn read(provider: &str) -> Result<Secret> {
    let secret = ask::secret(&format!("{provider} key"))?;
    let needed: &[&str] = match provider {
        "aws-bedrock" => &["accessKeyId", "secretAccessKey", "region"],
        "google-vertex-ai" => &["region"],
        _ if secret.fits_a_header() => return Ok(secret),
        _ => {
            let message = format!("the {provider} key has a character that is not allowed in an HTTP header");
            return Err(Error::new(Kind::Usage, message)
                .hinted("pipe the key only, on one line, as ASCII or UTF-8 text"));
        }
    };
    let json: Value = serde_json::from_str(secret.reveal()).unwrap_or_default();
    match needed.iter().find(|field| json[**field].as_str().is_none_or(str::is_empty)) {
        None => Ok(secret),
        Some(field) => Err(Error::new(
            Kind::Usage,
            format!("the {provider} credential must be JSON with the field {field}"),
        )
        .hinted("`cf-aig key add --help` shows the format")),
    }
}

/// An alias, which requests name in a header.
fn alias(text: &str) -> Result<String> {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| text.to_owned())
        .ok_or_else(|| Error::new(Kind::Usage, "use letters, digits and punctuation, without spaces"))
}
