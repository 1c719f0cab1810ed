//! What the user asked of `setup`, combined with what is already configured (gather).

use super::place::{Places, SCOPES, Scope};
use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::gateway::GatewayUrl;
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::providers::ProviderRef;
use crate::facts::gateway::upstream::{Speech, Upstream};
use crate::facts::metadata::MetadataSpec;
use crate::services::config::{Config, ConfigSource, Flags, Routing, Sourced};
use crate::services::context::Context;
use crate::services::gather;
use crate::services::ledger::Secrets;
use crate::services::session::{DefaultCredential, NotRouted};
use crate::services::settings_files::{Document, Key};
use crate::services::trust::Trust;

/// The options as typed.
#[derive(Debug, Clone, Default)]
pub struct SetupRequest {
    /// Account, gateway, who pays.
    pub flags: Flags,
    /// In the format of `CF_AIG_PROVIDERS`.
    pub providers: Option<String>,
    /// In the format of `CF_AIG_METADATA`.
    pub metadata: Option<String>,
    /// A gateway token from stdin or a prompt; overrides all others.
    pub token: Option<Secret>,
    /// A provider other than Anthropic.
    pub upstream: Option<Upstream>,
    /// Switch back to Anthropic from another provider.
    pub anthropic: bool,
    /// The provider's own key, from stdin, its variable or a prompt.
    pub key: Option<Secret>,
    /// Leave the gateway token out of the file: each user supplies one.
    pub without_token: bool,
    /// Have git ignore the file, in this clone only.
    pub exclude: bool,
    /// The user sees the plan and confirms it before anything is written or sent.
    pub asks: bool,
    /// Write the repaired text if the client rejects the file.
    pub repair: bool,
    /// Headers to send although they look like credentials for another service.
    pub carry: Vec<String>,
    /// Leave what Claude Code sends besides the work as it is.
    pub keeps_traffic: bool,
}

/// The value of a variable in `env`, unless it is empty.
pub fn value(document: &Document, name: &str) -> Option<String> {
    document.variable(name).filter(|text| !text.trim().is_empty())
}

/// The configuration and the state of future sessions, for a file of this scope.
///
/// The file's current values count after flags, environment and options, so a second `setup` does
/// not need to repeat anything. Settings of a single session are removed.
///
/// # Errors
/// If a flag has an invalid value.
pub fn context(wanted: &SetupRequest, places: &Places, scope: Scope) -> Result<Context> {
    if let Some(spec) = &wanted.metadata {
        MetadataSpec::parse(spec)
            .map_err(|fault| Error::usage(format!("--metadata: {fault}")).caused_by(fault))?;
    }
    let env = &places.env;
    let mut context = gather::context(env, &wanted.flags);
    let read = |scope| context.settings.document(&places.settings(scope)).cloned();
    let documents = SCOPES.map(|scope| (scope, read(scope).unwrap_or_else(|| places.document(scope))));
    let now = &documents.iter().find(|(of, _)| *of == scope).expect("every scope is there").1;
    // the user's own file expresses the user's intent, and so does what setup wrote. Any other
    // value may come with the repository: it counts if the client trusts the folder and the user is
    // about to see it
    let own = scope == Scope::User || is_as_written(places, scope);
    let counts = own || wanted.asks && Trust::read(env).covers(&places.project);
    if own {
        context.settings = context.settings.trusted();
    }
    context.settings = context.settings.without_route();
    let given = [
        ("CF_AIG_TOKEN", wanted.token.as_ref().map(|token| token.reveal().to_owned())),
        ("CF_AIG_PROVIDERS", wanted.providers.clone()),
        ("CF_AIG_METADATA", wanted.metadata.clone()),
    ];
    let of_file = ["ANTHROPIC_BASE_URL", "ANTHROPIC_CUSTOM_HEADERS"];
    let of_file = of_file.map(|name| (name, value(now, name).filter(|_| counts)));
    let set = given.into_iter().chain(of_file).filter(|(_, value)| value.is_some());
    let seen = set.fold(env.clone(), |env, (name, value)| env.with(name, value));
    context.config = Config::resolve(&wanted.flags, &seen, &context.settings);
    for problem in &mut context.config.problems {
        match problem.source {
            ConfigSource::Environment("CF_AIG_TOKEN") if wanted.token.is_some() => {
                problem.source = ConfigSource::Entered
            }
            ConfigSource::Environment("CF_AIG_PROVIDERS") if wanted.providers.is_some() => {
                problem.source = ConfigSource::Flag("providers");
            }
            _ => {}
        }
    }
    serve_by(wanted, &mut context)?;
    // the user asked to write it to a file, whatever the option says
    context.config.routing.value = Routing::Settings;
    if wanted.without_token {
        context.config.gateway_token = None;
    }
    let around = &mut context.around;
    around.session_id = None;
    if scope == Scope::User {
        around.project = None;
    }
    let records = places.ledger().files()?;
    let ours = |scope: Scope, name: &str| {
        let target = places.target(scope).ok();
        let record = records.iter().find(|r| target.as_ref().is_some_and(|t| t.path() == r.path));
        record.is_some_and(|r| r.keys.iter().any(|k| k.key == Key::env(name) && k.is_secret()))
    };
    let of_root = || places.stronger(Scope::Local);
    let own = |name: &str| {
        documents.iter().any(|(scope, document)| value(document, name).is_some() && !ours(*scope, name))
            || of_root().any(|(document, _)| value(&document, name).is_some())
    };
    // in a session that the token pays for, it is in the environment too, and is not a provider key
    let token = context.config.gateway_token.as_ref().map(|token| token.value.reveal());
    let given = |name: &str| env.var(name).is_some_and(|v| !v.trim().is_empty() && Some(v.trim()) != token);
    let apart = has_own_token_header(now) && CREDENTIALS.iter().any(|name| ours(scope, name));
    let provider = wanted.key.is_some()
        || apart
        || context.settings.has_api_key_helper()
        || CREDENTIALS.iter().any(|n| own(n) || given(n));
    context.around.credential =
        if provider { DefaultCredential::Provider } else { DefaultCredential::LoginOrNone };
    let speaks_messages =
        wanted.upstream.as_ref().is_none_or(|upstream| upstream.speech() == Speech::Messages);
    context.around.login = speaks_messages && (context.around.login || places.has_login());
    context.around.carry.clone_from(&wanted.carry);
    // in modes that the token pays for, it is where a provider key would be
    let ours = |name: &&&str| !apart && ours(scope, name);
    let paying = CREDENTIALS.iter().filter(ours).find_map(|name| value(now, name));
    if let Some(token) = paying.and_then(Secret::new) {
        let config = &mut context.config;
        if config.auth.is_none() {
            let headers = value(now, "ANTHROPIC_CUSTOM_HEADERS").unwrap_or_default();
            let value = AuthMode::of_paying_token(&headers);
            config.auth = Some(Sourced { value, source: ConfigSource::Default });
        }
        if config.gateway_token.is_none() && !wanted.without_token {
            config.gateway_token = Some(Sourced { value: token, source: ConfigSource::Default });
        }
    }
    Ok(context)
}

/// True if the base URL in that file is the one that setup wrote there.
fn is_as_written(places: &Places, scope: Scope) -> bool {
    let target = places.target(scope).ok();
    let undo = target.and_then(|target| places.ledger().plan_undo(&target, Secrets::Keep).ok()?);
    undo.is_some_and(|undo| undo.undoes(&Key::env("ANTHROPIC_BASE_URL")))
}

/// Replaces Anthropic with the requested provider.
fn serve_by(wanted: &SetupRequest, context: &mut Context) -> Result<()> {
    let config = &mut context.config;
    let Some(found) = &mut config.url else { return Ok(()) };
    let url = &found.value;
    let ids = url.account_id().cloned().zip(url.gateway_id().cloned());
    let built = match &wanted.upstream {
        Some(upstream) => upstream.url(url.origin().clone(), ids),
        None if wanted.anthropic => {
            let anthropic = ProviderRef::parse("anthropic").ok();
            anthropic.and_then(|provider| GatewayUrl::build(url.origin().clone(), ids, provider, ""))
        }
        None => return Ok(()),
    };
    found.value = built.ok_or_else(|| {
        Error::new(Kind::Usage, "this is not a base URL of that provider")
            .hinted("`cf-aig providers` lists them")
    })?;
    let Some(upstream) = &wanted.upstream else { return Ok(()) };
    let mode = |value| Some(Sourced { value, source: ConfigSource::Default });
    if upstream.speech() != Speech::Messages {
        // their credentials are stored at Cloudflare, which signs requests; the token has its own
        // header
        config.auth = mode(AuthMode::OwnKey);
        // an earlier setup wrote it, and this one writes it again
        context.around.client.other_provider = None;
    } else if upstream.stores_key() && wanted.key.is_none() && config.auth.is_none() {
        config.auth = mode(AuthMode::StoredKey);
    }
    Ok(())
}

/// True if a file has the gateway token in a separate header, so that its credential is a provider
/// key. The token never pays for a custom provider without that header.
pub fn has_own_token_header(document: &Document) -> bool {
    let text = |name: &str| value(document, name).unwrap_or_default();
    let headers = text("ANTHROPIC_CUSTOM_HEADERS");
    let custom = text("ANTHROPIC_BASE_URL").contains("/custom-") && !headers.contains("cf-aig-no-wholesale");
    headers.contains("cf-aig-authorization") || custom
}

/// The variables that a request's credential comes from.
const CREDENTIALS: [&str; 2] = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];

/// The error for a request that cannot be planned, with a hint.
pub fn unplanned(why: &NotRouted) -> Error {
    match why {
        NotRouted::NotConfigured => Error::new(Kind::Usage, "no gateway given")
            .hinted("pass --account-id and --gateway-id, or set CLOUDFLARE_ACCOUNT_ID and CF_AIG_GATEWAY_ID"),
        NotRouted::WhoPays => Error::new(Kind::Usage, "no provider key is set, so choose who pays")
            .hinted("pass --auth stored-key, unified-billing, subscription or own-key"),
        NotRouted::NeedsGatewayToken(mode) => {
            Error::new(Kind::Auth, format!("auth {mode} needs a gateway token, and there is none"))
                .hinted("set CF_AIG_TOKEN, or pipe it in with --token-stdin")
        }
        NotRouted::LoginInstead => Error::new(Kind::Auth, why.to_string())
            .hinted("set ANTHROPIC_API_KEY, or pass --auth subscription to send the login to the gateway"),
        NotRouted::OtherProvider(_) => Error::new(Kind::Conflict, why.to_string()).hinted("unset it first"),
        why => Error::new(Kind::Usage, why.to_string()),
    }
}
