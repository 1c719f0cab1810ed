//! Looks for problems and surprises.

use super::destination::Destination;
use super::sources::{Sources, same_value};
use super::warning::{Code, IN_SANDBOX, Warning};
use crate::base::url_parts::UrlParts;
use crate::facts::claude_code::client::DISABLE_NONESSENTIAL_TRAFFIC;
use crate::facts::claude_code::headers::{self, Mistake};
use crate::facts::claude_code::precedence::{
    API_KEY_HELPER, ClientRefusal, ClientRequest, Prediction, Source, SourceKind, SourceValue, Surface,
    Topic, VARIABLES,
};
use crate::facts::gateway::HostPolicy;
use crate::facts::gateway::auth::foreign_credentials;
use crate::facts::gateway::models::misfit;
use crate::facts::gateway::url::{UrlErrorCode, inspect};
use crate::services::config::{Config, ConfigSource as Origin};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Checks everything. `prediction` is for this session. With `offline`, no proxy is tried.
pub fn look(picture: &Sources, prediction: &Prediction, config: &Config, offline: bool) -> Vec<Warning> {
    let hosts = &config.hosts;
    let mut found = picture.warnings.clone();
    if picture.sandboxed {
        // the sandbox hides the files that it protects: failing to open them says nothing about the
        // session
        found.retain(|w| w.code != Code::IgnoredFile || w.line.is_some());
        found.push(Warning::note(Code::Sandboxed, IN_SANDBOX));
    }
    base_url(picture, prediction, hosts, &mut found);
    if found.iter().all(|warning| warning.code != Code::OtherProvider) {
        found.extend(other_gateway(picture, config));
    }
    credentials(picture, prediction, hosts, &mut found);
    inside(picture, hosts, &mut found);
    models(picture, hosts, &mut found);
    hidden(picture, &mut found);
    if !offline {
        found.extend(dead_proxies(picture));
    }
    if picture.conditions.managed_by_host {
        let message = "the host process manages the provider, so no settings file decides where requests go";
        found.push(Warning::note(Code::ManagedByHost, message).about("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"));
    }
    found.extend(before_the_mod(picture));
    found.extend(token_to_anthropic(picture, prediction));
    if !Destination::of(picture, Surface::Session, hosts).is_routed_otherwise() {
        found.extend(refused_mod(picture));
    }
    found.sort_by_key(|w| w.severity);
    found
}

fn base_url(picture: &Sources, prediction: &Prediction, hosts: &HostPolicy, found: &mut Vec<Warning>) {
    let Some(source) = picture.winner("ANTHROPIC_BASE_URL", Surface::Session) else { return };
    let Some(url) = source.text().map(str::trim).filter(|url| !url.is_empty()) else { return };
    if let Prediction::OtherProvider(switch) = prediction {
        let message = format!("{switch} is on, so the client ignores this base URL");
        found.push(Warning::problem(Code::OtherProvider, message).of(source));
        return;
    }
    if let Prediction::Tunnelled = prediction {
        let message = "ANTHROPIC_UNIX_SOCKET is set, so no request reaches this base URL";
        found.push(Warning::problem(Code::OtherProvider, message).of(source));
        return;
    }
    let host = UrlParts::of(url).host();
    if host == "api.anthropic.com" {
        return;
    }
    let inspection = inspect(url, hosts);
    // the client accepts a trailing slash and surrounding spaces
    let harmless = [UrlErrorCode::TrailingSlash, UrlErrorCode::Surrounded];
    let errors = inspection.errors.iter().filter(|e| !harmless.contains(&e.code));
    for error in errors {
        let foreign = matches!(error.code, UrlErrorCode::HostNotAllowed);
        let warning = if foreign {
            let goes = match prediction {
                Prediction::Sends(_) => format!("your credential goes to {host}"),
                _ => format!("requests go to {host}"),
            };
            let v1 = if url.trim_end_matches('/').ends_with("/v1") {
                "; the client appends /v1/messages, so /v1 at the end makes it /v1/v1/messages"
            } else {
                ""
            };
            Warning::problem(Code::OtherHost, format!("{goes}, which is not Cloudflare's gateway{v1}"))
        } else {
            let meant =
                error.suggestion.as_ref().map_or(String::new(), |url| format!("; did you mean {url}?"));
            Warning::problem(Code::BadUrl, format!("{}{meant}", error.message))
        };
        found.push(warning.of(source));
    }
}

/// A session's base URL, if it is not the configured one.
pub(crate) fn elsewhere<'a>(picture: &'a Sources, config: &Config) -> Option<&'a Source> {
    let configured = &config.url.as_ref()?.value;
    let source = picture.winner("ANTHROPIC_BASE_URL", Surface::Session)?;
    let text = source.text().filter(|text| !text.trim().is_empty())?;
    let same = inspect(text, &config.hosts).url.is_some_and(|url| url == *configured);
    (!same).then_some(source)
}

/// Sessions use another gateway than the commands of the helper. A gateway that a flag names is
/// meant for one command.
fn other_gateway(picture: &Sources, config: &Config) -> Option<Warning> {
    let source = elsewhere(picture, config)?;
    let goes = inspect(source.text()?, &config.hosts).url?;
    let configured = config.url.as_ref()?;
    let message = format!(
        "a session's requests go to {goes}, not to the configured {} ({}); `cf-aig setup` writes the configured URL",
        configured.value, configured.source
    );
    let kind = if matches!(configured.source, Origin::Flag(_)) { Warning::note } else { Warning::problem };
    Some(kind(Code::OtherGateway, message).of(source))
}

fn credentials(picture: &Sources, prediction: &Prediction, hosts: &HostPolicy, found: &mut Vec<Warning>) {
    match prediction {
        Prediction::Sends(ClientRequest {
            x_api_key: Some(key),
            authorization: Some(token),
            base_url,
            ..
        }) => {
            let at_gateway = base_url.as_ref().is_some_and(|url| inspect(url, hosts).url.is_some());
            let pays = if at_gateway { "; at AI Gateway the key in x-api-key pays" } else { "" };
            let message = if key.from == API_KEY_HELPER && token.from == API_KEY_HELPER {
                "the output of apiKeyHelper is sent both as x-api-key and as Authorization".to_owned()
            } else {
                format!(
                    "two credentials are sent: x-api-key from {} and Authorization from {}",
                    key.from, token.from
                )
            };
            let both_helper = key.from == token.from;
            let kind = if both_helper { Warning::note } else { Warning::problem };
            found.push(kind(Code::TwoCredentials, message + pays));
        }
        // the other refusal is one of the mistakes below
        Prediction::Refuses(ClientRefusal::EmptyKeyHeader) => {
            let message = "its empty x-api-key line removes the key, so no request is sent";
            found.push(Warning::problem(Code::HeaderLine, message).about("ANTHROPIC_CUSTOM_HEADERS"));
        }
        _ => {}
    }
    let credentials =
        VARIABLES.iter().filter(|row| row.topic == Topic::Credential && row.name != API_KEY_HELPER);
    for source in credentials.filter_map(|row| picture.winner(row.name, Surface::Session)) {
        if source.text().is_some_and(headers::is_placeholder) {
            found.push(
                Warning::problem(Code::Placeholder, "the value is a placeholder from an example").of(source),
            );
        }
    }
}

/// Mistakes in header lines and credentials: reported with the header's name, never with a value.
fn inside(picture: &Sources, hosts: &HostPolicy, found: &mut Vec<Warning>) {
    let told = |mistake: Mistake, text: String, source: &Source| {
        let kind = if mistake.is_harmless() { Warning::note } else { Warning::problem };
        kind(Code::HeaderLine, text).of(source)
    };
    for name in ["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"] {
        let Some(source) = picture.winner(name, Surface::Session) else { continue };
        let mistakes = source.text().map_or_else(Vec::new, headers::mistakes_of_token);
        // Bearer belongs before a token; a placeholder has its own warning
        let counts = |m: &Mistake| match m {
            Mistake::Placeholder => false,
            Mistake::OwnBearer | Mistake::BearerColon => name == "ANTHROPIC_AUTH_TOKEN",
            _ => true,
        };
        let mistakes = mistakes.into_iter().filter(counts);
        found.extend(mistakes.map(|mistake| told(mistake, format!("the value {mistake}"), source)));
    }
    let Some(source) = picture.winner("ANTHROPIC_CUSTOM_HEADERS", Surface::Session) else { return };
    let text = source.text().unwrap_or_default();
    found.extend(headers::mistakes(text).iter().map(|one| told(one.mistake, one.to_string(), source)));
    let goes = picture.value("ANTHROPIC_BASE_URL", Surface::Session).and_then(|url| inspect(url, hosts).url);
    for name in goes.map_or_else(Vec::new, |url| foreign_credentials(&url, text, &[])) {
        let message = format!(
            "{name} looks like a credential for another service, and is sent to AI Gateway with each request"
        );
        found.push(Warning::problem(Code::ForeignCredential, message).of(source));
    }
}

/// Models that the gateway's provider does not serve.
fn models(picture: &Sources, hosts: &HostPolicy, found: &mut Vec<Warning>) {
    let goes = picture.value("ANTHROPIC_BASE_URL", Surface::Session).and_then(|url| inspect(url, hosts).url);
    let Some(url) = goes else { return };
    for row in VARIABLES.iter().filter(|row| row.topic == Topic::Model) {
        let Some(source) = picture.winner(row.name, Surface::Session) else { continue };
        let Some(model) = source.text().map(str::trim).filter(|model| !model.is_empty()) else { continue };
        found.extend(
            misfit(model, &url).map(|message| Warning::problem(Code::ForeignModel, message).of(source)),
        );
    }
}

/// Values that are hidden unexpectedly.
fn hidden(picture: &Sources, found: &mut Vec<Warning>) {
    for row in VARIABLES {
        let Some(winner) = picture.winner(row.name, Surface::Session) else { continue };
        let others = || picture.sources.iter().filter(|s| s.name == row.name && *s != winner);
        let hidden = others().find(|s| {
            let counts = Surface::Session.order().contains(&s.kind) && s.idle.is_none();
            counts && s.text().is_some_and(|text| !text.trim().is_empty())
        });
        if winner.text() == Some("")
            && winner.kind != SourceKind::Process
            && let Some(hidden) = hidden
        {
            let message = format!("its value is empty and hides the one in {}", hidden.kind.label());
            found.push(Warning::problem(Code::EmptyValue, message).of(winner));
        }
        let in_shell = others().find(|s| {
            s.kind == SourceKind::ShellFile
                && s.idle.is_none()
                && s.held != SourceValue::Unset
                && !same_value(s, winner)
        });
        if let Some(shell) = in_shell
            && !matches!(winner.kind, SourceKind::Process | SourceKind::ShellFile)
        {
            let message = format!("has no effect on Claude Code: {} override it", winner.kind.label());
            found.push(Warning::note(Code::Overridden, message).of(shell));
        }
        let process = picture.sources.iter().find(|s| s.name == row.name && s.kind == SourceKind::Process);
        let from_file = !matches!(winner.kind, SourceKind::Process | SourceKind::Mod);
        let inherited = process.is_some_and(|p| p.idle.is_some() || same_value(p, winner));
        if picture.in_session && from_file && process.is_some() && !inherited {
            let message = format!(
                "this session's value differs from {}: it was started with --settings, or the file changed a moment ago",
                winner.kind.label()
            );
            found.push(Warning::note(Code::Unseen, message).about(row.name));
        }
    }
}

/// The plugin has something to set but is prevented. If another source sets the same base URL,
/// nothing is lost.
fn refused_mod(picture: &Sources) -> Option<Warning> {
    let why = picture.obstacle.as_ref()?;
    let by_mod =
        picture.sources.iter().find(|s| s.kind == SourceKind::Mod && s.name == "ANTHROPIC_BASE_URL")?;
    let winner = picture.winner("ANTHROPIC_BASE_URL", Surface::Session);
    if winner.is_some_and(|winner| same_value(winner, by_mod)) {
        let message =
            format!("the plugin does not route this session, which goes to the gateway anyway: {why}");
        return Some(Warning::note(Code::ModRefused, message));
    }
    let fix = why.fix().map_or(String::new(), |fix| format!(". Fix: {fix}"));
    Some(Warning::problem(Code::ModRefused, format!("the plugin does not route this session: {why}{fix}")))
}

/// What a client with a key does before a mod can set its base URL (measured, 2.1.330).
fn before_the_mod(picture: &Sources) -> Option<Warning> {
    let by_mod =
        picture.winner("ANTHROPIC_BASE_URL", Surface::Session).filter(|s| s.kind == SourceKind::Mod)?;
    let at_start = |name: &str| {
        let counts = |s: &&Source| {
            let kind = s.kind != SourceKind::Mod && Surface::Session.order().contains(&s.kind);
            s.name == name && kind && s.idle.is_none() && s.text().is_some_and(|text| !text.trim().is_empty())
        };
        picture.sources.iter().find(counts)
    };
    if at_start("ANTHROPIC_BASE_URL").is_some() {
        return None;
    }
    let key = at_start("ANTHROPIC_API_KEY")?;
    let message = format!(
        "before the mod runs, Claude Code fetches its settings and limits from api.anthropic.com, with the key from {}; if that host is unreachable, a session starts 18 s late. `cf-aig setup` avoids this",
        key.kind.label()
    );
    Some(Warning::note(Code::BeforeTheMod, message).about(by_mod.name))
}

/// The request that a client with a key or a login sends to Anthropic at startup, regardless of the
/// base URL, with all of `ANTHROPIC_CUSTOM_HEADERS` (measured, 2.1.332). What a mod sets comes
/// later.
fn token_to_anthropic(picture: &Sources, prediction: &Prediction) -> Option<Warning> {
    let source = picture.winner("ANTHROPIC_CUSTOM_HEADERS", Surface::Session)?;
    let holds = headers::sent(source.text()?)?.iter().any(|(name, _)| name == "cf-aig-authorization");
    let quiet = picture.value(DISABLE_NONESSENTIAL_TRAFFIC, Surface::Session);
    let has_key = match prediction {
        Prediction::Sends(request) => {
            request.authorization.as_ref().is_none_or(|token| token.from != "ANTHROPIC_AUTH_TOKEN")
        }
        Prediction::LoginOrNothing(_) => true,
        _ => false,
    };
    if !holds
        || !has_key
        || source.kind == SourceKind::Mod
        || quiet.is_some_and(|value| !value.trim().is_empty())
    {
        return None;
    }
    let message = "at startup Claude Code also sends these headers, including the gateway token, to api.anthropic.com (/api/claude_cli/bootstrap); CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 prevents this";
    Some(Warning::note(Code::TokenToAnthropic, message).of(source))
}

/// Proxies on loopback that refuse connections.
fn dead_proxies(picture: &Sources) -> Vec<Warning> {
    let names = VARIABLES.iter().filter(|row| row.topic == Topic::Network);
    let proxies = names.filter(|row| {
        let name = row.name.to_ascii_uppercase();
        name.ends_with("HTTPS_PROXY") || name.ends_with("HTTP_PROXY") || name.ends_with("PROXY_URL")
    });
    let in_effect = proxies.filter_map(|row| picture.winner(row.name, Surface::Session));
    in_effect
        .filter_map(|source| {
            let host = UrlParts::of(source.text()?).host();
            let address = loopback(&host)?;
            let dead = TcpStream::connect_timeout(&address, Duration::from_millis(10)).is_err();
            dead.then(|| {
                Warning::problem(Code::DeadProxy, format!("nothing listens on {host}, so requests fail"))
                    .of(source)
            })
        })
        .collect()
}

/// The address of `host:port` on this machine; `None` for any other host, which is not resolved.
fn loopback(authority: &str) -> Option<SocketAddr> {
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
    let port = port.parse().ok()?;
    let bare = host.trim_matches(['[', ']']);
    let ip = if bare.eq_ignore_ascii_case("localhost") { "127.0.0.1" } else { bare };
    let address = (ip.parse::<std::net::IpAddr>().ok()?, port).to_socket_addrs().ok()?.next()?;
    address.ip().is_loopback().then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_placeholders_and_keys_are_not() {
        for text in ["<API_KEY>", "sk-ant-...", "YOUR_API_KEY", "xxxxxxxx", "{token}", "your-key-here"] {
            assert!(headers::is_placeholder(text), "{text}");
        }
        for text in ["sk-ant-api03-abc", "dummy", "k"] {
            assert!(!headers::is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn only_addresses_of_this_machine_are_tried() {
        assert!(
            loopback("localhost:9").is_some()
                && loopback("127.0.0.1:9").is_some()
                && loopback("[::1]:9").is_some()
        );
        assert!(loopback("proxy.example.com:9").is_none() && loopback("10.0.0.1:9").is_none());
    }
}
