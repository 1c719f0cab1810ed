//! What the user asked of `setup`, combined with what is already configured (gather).

use super::place::{Places, SCOPES, Scope};
use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::claude_code::client::Client;
use crate::facts::gateway::auth::{AuthMode, CUSTOM_HEADERS};
use crate::facts::gateway::upstream::{Speech, Upstream};
use crate::facts::metadata::MetadataSpec;
use crate::services::config::{Config, ConfigLayers, FileRoute, Flags, RequestedProvider, SetupLayer};
use crate::services::context::Context;
use crate::services::gather::{self, Machine};
use crate::services::ledger::{FileRecord, Secrets};
use crate::services::profile::Profile;
use crate::services::session::{DefaultCredential, NotRouted, SessionInputs};
use crate::services::settings_files::{Document, Key};
use crate::services::trust::Trust;
use crate::services::user_settings::UserSettings;

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
    let machine = Machine::read(env, None, None);
    let files = ScopeFiles::read(places, &machine.settings)?;
    let now = files.document(scope);
    // the user's own file expresses the user's intent, and so does what setup wrote. Any other
    // value may come with the repository: it counts if the client trusts the folder and the user is
    // about to see it
    let own = scope == Scope::User || is_as_written(places, scope);
    let counts = own || wanted.asks && Trust::read(env).covers(&places.project);
    let settings = if wanted.asks { machine.settings } else { machine.settings.unseen() };
    let current = |name: &str| value(now, name).filter(|_| counts);
    // in modes that the token pays for, it is where a provider key would be
    let written = |name: &&str| files.has_our_secret(scope, name);
    let apart = has_own_token_header(now) && CREDENTIALS.iter().any(written);
    let paying = CREDENTIALS.iter().filter(|name| !apart && written(name));
    let paying = paying.filter_map(|name| value(now, name).and_then(Secret::new)).next();
    let mode = || AuthMode::of_paying_token(&value(now, CUSTOM_HEADERS).unwrap_or_default());
    let layer = SetupLayer {
        providers: wanted.providers.as_deref(),
        metadata: wanted.metadata.as_deref(),
        token: wanted.token.as_ref(),
        without_token: wanted.without_token,
        provider: wanted.provider(),
        has_key: wanted.key.is_some(),
        file: FileRoute {
            path: places.settings(scope),
            base_url: current("ANTHROPIC_BASE_URL"),
            headers: current(CUSTOM_HEADERS),
            paying: paying.map(|token| (mode(), token)),
        },
    };
    let layers = ConfigLayers { flags: &wanted.flags, setup: Some(&layer), env, settings: &settings };
    let config = Config::resolve(&layers);
    // in a session that the token pays for, it is in the environment too, and is not a provider key
    let token = config.gateway_token.as_ref().map(|token| token.value.reveal());
    let given = |name: &str| env.filled(name).is_some_and(|value| Some(value.trim()) != token);
    let provider = wanted.key.is_some()
        || apart
        || settings.has_api_key_helper()
        || CREDENTIALS.iter().any(|name| files.has_other(name) || given(name));
    let around = machine.around;
    let has_login = || around.login || places.has_login() || Profile::find(env).is_some();
    let around = SessionInputs {
        credential: if provider { DefaultCredential::Provider } else { DefaultCredential::LoginOrNone },
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
    Ok(gather::context_of(env, config, around, machine.plugin, settings))
}

impl SetupRequest {
    fn provider(&self) -> Option<RequestedProvider<'_>> {
        let anthropic = self.anthropic.then_some(RequestedProvider::Anthropic);
        self.upstream.as_ref().map(RequestedProvider::Upstream).or(anthropic)
    }

    /// True unless the requested provider has a format of its own.
    fn speaks_messages(&self) -> bool {
        self.upstream.as_ref().is_none_or(|upstream| upstream.speech() == Speech::Messages)
    }
}

/// The settings file of each scope, and what earlier setups wrote there.
struct ScopeFiles<'a> {
    places: &'a Places,
    documents: [(Scope, Document); 3],
    records: Vec<FileRecord>,
}

impl<'a> ScopeFiles<'a> {
    fn read(places: &'a Places, settings: &UserSettings) -> Result<Self> {
        let read = |scope| settings.document(&places.settings(scope)).cloned();
        let documents = SCOPES.map(|scope| (scope, read(scope).unwrap_or_else(|| places.document(scope))));
        Ok(Self { places, documents, records: places.ledger().files()? })
    }

    fn document(&self, scope: Scope) -> &Document {
        &self.documents.iter().find(|(of, _)| *of == scope).expect("every scope is there").1
    }

    /// True if an earlier setup wrote a secret to this variable.
    fn has_our_secret(&self, scope: Scope, name: &str) -> bool {
        let target = self.places.target(scope).ok();
        let record = self.records.iter().find(|r| target.as_ref().is_some_and(|t| t.path() == r.path));
        record.is_some_and(|r| r.keys.iter().any(|k| k.key == Key::env(name) && k.is_secret()))
    }

    /// True if a file has a value for this variable that is not ours.
    fn has_other(&self, name: &str) -> bool {
        let others = |(scope, document): &(Scope, Document)| {
            value(document, name).is_some() && !self.has_our_secret(*scope, name)
        };
        let mut of_root = self.places.stronger(Scope::Local);
        self.documents.iter().any(others) || of_root.any(|(document, _)| value(&document, name).is_some())
    }
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
