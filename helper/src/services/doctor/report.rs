//! What the doctor found: one model, printed as text or as JSON.

use crate::base::error::Kind;
use crate::facts::gateway::errors::Speaker;
use serde::Serialize;
use std::fmt::Write;

/// The layers that a request passes, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// What names the gateway.
    Configuration,
    /// Files that the client does not take.
    Files,
    /// The values that win.
    Effective,
    /// The base URL.
    Url,
    /// Its name.
    Dns,
    /// The proxy in between.
    Proxy,
    /// The connection.
    Tcp,
    /// The certificate.
    Tls,
    /// Whether a gateway answers at all.
    Http,
    /// Whether it is there.
    Gateway,
    /// Whether it lets the session in.
    GatewayAuth,
    /// Whether the provider does.
    ProviderAuth,
    /// Whether the model is one.
    Model,
    /// Whether an answer arrives in pieces.
    Streaming,
    /// Whether requests are logged.
    Log,
    /// Who pays.
    Pays,
    /// What limits are in force.
    Limits,
}

impl Layer {
    /// All of them, in the order in which a request meets them.
    pub const ALL: [Self; 17] = [
        Self::Configuration,
        Self::Files,
        Self::Effective,
        Self::Url,
        Self::Dns,
        Self::Proxy,
        Self::Tcp,
        Self::Tls,
        Self::Http,
        Self::Gateway,
        Self::GatewayAuth,
        Self::ProviderAuth,
        Self::Model,
        Self::Streaming,
        Self::Log,
        Self::Pays,
        Self::Limits,
    ];

    /// The id used in machine output and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Files => "files",
            Self::Effective => "effective",
            Self::Url => "url",
            Self::Dns => "dns",
            Self::Proxy => "proxy",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Gateway => "gateway",
            Self::GatewayAuth => "gateway-auth",
            Self::ProviderAuth => "provider-auth",
            Self::Model => "model",
            Self::Streaming => "streaming",
            Self::Log => "log",
            Self::Pays => "pays",
            Self::Limits => "limits",
        }
    }
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and something should be known.
    Warn,
    /// Broken.
    Fail,
    /// Not asked; the evidence says why.
    Skip,
    /// The check itself broke, which says nothing about what it looks at.
    Crash,
}

impl State {
    /// The word used in text and machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Crash => "crash",
        }
    }
}

/// One check, as it came out. Holds no secret and no control character.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Stable: `tls.trusted`.
    pub id: &'static str,
    /// Where.
    pub layer: Layer,
    /// How.
    pub state: State,
    /// What was seen, or why nothing was looked at.
    pub evidence: String,
    /// Who said no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker: Option<Speaker>,
    /// The cause's id in `cf-aig diagnose --list`, where it is listed there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static str>,
    /// What that means, one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<&'static str>,
}

/// All of them, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Checks in this state.
    pub ok: usize,
    /// Checks in this state.
    pub warn: usize,
    /// Checks in this state.
    pub fail: usize,
    /// Checks in this state.
    pub skip: usize,
    /// Checks in this state.
    pub crash: usize,
    /// The first layer that is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<Layer>,
    /// The last line.
    pub says: String,
}

/// The whole of it. Serialized it is the machine output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    schema: u8,
    /// In the order of the layers.
    pub checks: Vec<Check>,
    /// The end of it.
    pub summary: Summary,
}

impl Report {
    pub(super) fn of(checks: Vec<Check>, configured: bool) -> Self {
        let count = |state| checks.iter().filter(|check| check.state == state).count();
        let broken = checks.iter().find(|check| check.state == State::Fail);
        let (ok, warn, fail) = (count(State::Ok), count(State::Warn), count(State::Fail));
        let (skip, crash) = (count(State::Skip), count(State::Crash));
        let looked = ok + warn;
        let says = match broken {
            Some(check) => format!(
                "The first broken layer is {} ({}). Mend that, then look again.",
                check.layer.id(),
                check.id
            ),
            None if crash > 0 => format!(
                "Nothing is known to be broken, but {crash} of {} checks broke themselves: please report that, with `cf-aig doctor --bundle FILE`.",
                checks.len()
            ),
            None if !configured && fail == 0 => {
                "No gateway is configured, and nothing else is broken: /plugin configure cloudflare, or `cf-aig setup`.".to_owned()
            }
            None if warn > 0 => {
                format!("It works. {warn} of {looked} checks that were made ask for a look.")
            }
            None => format!("All is well: {looked} checks made, {skip} skipped."),
        };
        let broken = broken.map(|check| check.layer);
        Self { schema: 1, checks, summary: Summary { ok, warn, fail, skip, crash, broken, says } }
    }

    /// The first check that failed.
    pub fn broken(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.state == State::Fail)
    }

    /// The kind of the first failure: auth where a credential was refused, not found where something
    /// named is not there, network where no answer came, else a finding. `None` when nothing failed.
    pub fn kind(&self) -> Option<Kind> {
        let Some(broken) = self.broken() else {
            return (self.summary.crash > 0).then_some(Kind::Finding);
        };
        Some(match (broken.layer, broken.cause) {
            (_, Some("host-not-allowed")) => Kind::Refused,
            (Layer::GatewayAuth | Layer::ProviderAuth, Some(cause)) if is_auth(cause) => Kind::Auth,
            (Layer::Gateway, Some("gateway-not-found" | "provider-slug-unknown")) => Kind::NotFound,
            (Layer::Model, Some("model-not-found" | "model-id-dotted" | "gateway-model-unknown")) => {
                Kind::NotFound
            }
            (Layer::Dns | Layer::Proxy | Layer::Tcp | Layer::Tls | Layer::Http, _)
            | (Layer::ProviderAuth | Layer::Model | Layer::Streaming, _) => Kind::Network,
            _ => Kind::Finding,
        })
    }

    /// For a person: a line for each check, what is wrong in full, and a calm end.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let width = self.checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
        let alike = |a: &Check, b: &Check| {
            a.state == State::Skip && (a.state, &a.evidence, &a.fix) == (b.state, &b.evidence, &b.fix)
        };
        // many are skipped for one reason: it is said once
        for group in self.checks.chunk_by(alike) {
            let [check, others @ ..] = group else { continue };
            if others.is_empty() {
                let _ = writeln!(out, "{:<5} {:<width$}  {}", check.state.word(), check.id, check.evidence);
            } else {
                let ids: Vec<&str> = group.iter().map(|check| check.id).collect();
                let _ = writeln!(out, "{:<5} {}", check.state.word(), ids.join(", "));
                let _ = writeln!(out, "{:<5} {:<width$}  {}", "", "", check.evidence);
            }
            let mut line = |name: &str, text: &str| {
                let _ = writeln!(out, "{:<5} {:<width$}  {name}: {text}", "", "");
            };
            match (check.speaker, check.cause) {
                (Some(speaker), Some(cause)) => line("who", &format!("{} ({cause})", speaker.label())),
                (Some(speaker), None) => line("who", speaker.label()),
                (None, Some(cause)) => line("cause", cause),
                (None, None) => {}
            }
            for (name, text) in
                [("why", check.meaning.as_deref()), ("fix", check.fix.as_deref()), ("see", check.doc)]
            {
                if let Some(text) = text {
                    line(name, text);
                }
            }
        }
        let _ = writeln!(out, "\n{}", self.summary.says);
        out
    }
}

fn is_auth(cause: &str) -> bool {
    [
        "gateway-token-missing",
        "gateway-token-rejected",
        "provider-key-rejected",
        "provider-bearer-rejected",
        "provider-permission",
        "stored-key-alias-unknown",
    ]
    .contains(&cause)
}
