//! What the user asked of `setup`, combined with what is already configured (gather).

use super::place::{Places, Scope};
use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::claude_code::client::Client;
use crate::facts::claude_code::precedence::SourceKind;
use crate::facts::gateway::auth::{AuthMode, CUSTOM_HEADERS};
use crate::facts::gateway::upstream::Speech;
use crate::facts::metadata::MetadataSpec;
use crate::services::config::{Config, FileRoute, Flags, RequestedRoute, SetupLayer};
use crate::services::context::Context;
use crate::services::gather::Machine;
use crate::services::ledger::{FileRecord, Secrets};
use crate::services::profile::Profile;
use crate::services::session::{NotRouted, SessionInputs};
use crate::services::settings_files::{Document, EditableFile, Key};
use crate::services::trust::Trust;
use std::path::Path;

/// The options as typed.
#[derive(Debug, Clone, Default)]
pub struct SetupRequest {
    /// Account, gateway, who pays.
    pub flags: Flags,
    /// Provider, token, labels.
    pub route: RequestedRoute,
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
    if let Some(spec) = &wanted.route.metadata {
        MetadataSpec::parse(spec)
            .map_err(|fault| Error::usage(format!("--metadata: {fault}")).caused_by(fault))?;
    }
    let env = &places.env;
    let machine = Machine::read(env, None, None);
    let ledger = places.ledger().files()?;
    let now = machine.settings.document(&places.settings(scope)).cloned().unwrap_or_else(Document::absent);
    // the user's own file expresses the user's intent, and so does what setup wrote. Any other
    // value may come with the repository: it counts if the client trusts the folder and the user is
    // about to see it
    let own = scope == Scope::User || is_as_written(places, scope);
    let counts = own || wanted.asks && Trust::read(env).covers(&places.project);
    let settings = if wanted.asks { machine.settings } else { machine.settings.unseen() };
    let current = |name: &str| value(&now, name).filter(|_| counts);
    // in modes that the token pays for, it is where a provider key would be
    let written = |name: &&str| has_our_secret(&ledger, &places.settings(scope), name);
    let apart = has_own_token_header(&now) && CREDENTIALS.iter().any(written);
    let paying = CREDENTIALS.iter().filter(|name| !apart && written(name));
    let paying = paying.filter_map(|name| value(&now, name).and_then(Secret::new)).next();
    let mode = || AuthMode::of_paying_token(&value(&now, CUSTOM_HEADERS).unwrap_or_default());
    let layer = SetupLayer {
        wanted: &wanted.route,
        file: FileRoute {
            path: places.settings(scope),
            base_url: current("ANTHROPIC_BASE_URL"),
            headers: current(CUSTOM_HEADERS),
            paying: paying.map(|token| (mode(), token)),
        },
    };
    let config = Config::resolve(&wanted.flags, Some(&layer), env, &settings);
    // in a session that the token pays for, it is in the environment too, and is not a provider key
    let token = config.gateway_token.as_ref().map(|token| token.value.reveal());
    let given = |name: &str| env.filled(name).is_some_and(|value| Some(value.trim()) != token);
    let in_files = |name: &str| {
        let mut files = settings.documents().filter(|(file, _)| file.kind != SourceKind::Managed);
        files.any(|(file, document)| {
            value(document, name).is_some() && !has_our_secret(&ledger, &file.path, name)
        })
    };
    let has_key = wanted.route.key.is_some()
        || apart
        || settings.has_api_key_helper()
        || CREDENTIALS.iter().any(|name| in_files(name) || given(name));
    let around = machine.around;
    let has_login = || around.login || places.has_login() || Profile::find(env).is_some();
    let around = SessionInputs {
        has_key,
        login: wanted.speaks_messages() && has_login(),
        carry: wanted.carry.clone(),
        client: Client {
            // an earlier setup wrote the switch, and this one writes it again
            other_provider: around.client.other_provider.filter(|_| wanted.speaks_messages()),
            ..around.client
        },
        // a file serves many sessions, and that of the user many projects
        session_id: None,
        project: around.project.filter(|_| scope != Scope::User),
        ..around
    };
    Ok(Machine { settings, plugin: machine.plugin, around }.context(env, config))
}

impl SetupRequest {
    /// True unless the requested provider has a format of its own.
    fn speaks_messages(&self) -> bool {
        self.route.upstream().is_none_or(|upstream| upstream.speech() == Speech::Messages)
    }
}

/// True if an earlier setup wrote a secret to this variable.
fn has_our_secret(ledger: &[FileRecord], settings: &Path, name: &str) -> bool {
    let target = EditableFile::resolve(settings).ok();
    let record = ledger.iter().find(|r| target.as_ref().is_some_and(|t| t.path() == r.path));
    record.is_some_and(|r| r.keys.iter().any(|k| k.key == Key::env(name) && k.is_secret()))
}

/// True if the base URL in that file is the one that setup wrote there.
fn is_as_written(places: &Places, scope: Scope) -> bool {
    let target = places.target(scope).ok();
    let undo = target.and_then(|target| places.ledger().plan_undo(&target, Secrets::Keep).ok()?);
    undo.is_some_and(|undo| undo.undoes(&Key::env("ANTHROPIC_BASE_URL")))
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
