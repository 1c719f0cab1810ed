//! Checks of this machine: configuration, files, and the values that win.

use crate::base::url_parts::UrlParts;
use crate::facts::claude_code::precedence::{Prediction, Surface};
use crate::facts::gateway::errors::{Cause, Speaker};
use crate::facts::gateway::ids::GatewayId;
use crate::facts::gateway::providers::Protocol;
use crate::facts::gateway::url::{UrlErrorCode, inspect};
use crate::services::config::Routing;
use crate::services::doctor::facts::{Facts, LocalFacts};
use crate::services::doctor::finding::{CheckState, Checked, Finding, NoResult};
use crate::services::explain::{Code, Severity, Warning};
use crate::services::session::NotRouted;
use crate::services::verify::SessionRequest;
use crate::services::verify::request::MisplacedToken;
use std::error::Error as _;

const NO_GATEWAY: &str = "no gateway is configured";

pub(super) fn gateway(facts: &Facts) -> Checked {
    let config = &facts.context.config;
    Ok(match &config.url {
        Some(url) => match url.value.gateway_id().and_then(GatewayId::warning) {
            Some(warning) => Finding::warn(format!("{} ({}): {warning}", url.value, url.source))
                .fix("ignore this if the dashboard shows the same name"),
            None => Finding::ok(format!("{} ({})", url.value, url.source)),
        },
        None if config.problems.is_empty() => Finding::skip(NO_GATEWAY)
            .fix("/plugin configure cloudflare, account_id and gateway_id; or `cf-aig setup`"),
        None => Finding::skip("the values that configure it cannot be used"),
    })
}

pub(super) fn values(facts: &Facts) -> Checked {
    let problems = &facts.context.config.problems;
    let Some(first) = problems.first() else { return Ok(Finding::ok("every value is valid")) };
    let all: Vec<String> = problems.iter().map(|p| format!("{} ({})", p.message, p.source)).collect();
    let fix = first.hint.clone().unwrap_or_else(|| format!("correct it in {}", first.source));
    Ok(Finding::fail(all.join("; ")).by(Speaker::ClaudeCode).fix(fix))
}

pub(super) fn route(facts: &Facts) -> Checked {
    let local = facts.local.as_ref()?;
    if let Some(why) = untested(facts) {
        return Ok(Finding::skip(why));
    }
    if let Some(why) = local.destination(&facts.context.config, Surface::Session).fault(&local.decision) {
        return Ok(Finding { fix: why.fix(), ..Finding::fail(why.to_string()).by(Speaker::ClaudeCode) });
    }
    Ok(match &local.decision.route {
        Ok(route) => Finding::ok(format!("{}, auth {}", route.gateway(), route.mode)),
        Err(NotRouted::NotConfigured) => Finding::skip(NO_GATEWAY),
        Err(NotRouted::Problem(_)) => Finding::skip("a configured value is invalid"),
        Err(why @ NotRouted::Off) => {
            Finding { fix: why.fix(), ..Finding::warn("routing is off, so no session is routed") }
        }
        Err(why) => Finding { fix: why.fix(), ..Finding::fail(why.to_string()).by(Speaker::ClaudeCode) },
    })
}

/// Why the doctor does not test the route of sessions; `None` if it does.
pub(in super::super) fn untested(facts: &Facts) -> Option<String> {
    facts.local.as_ref().ok()?.destination(&facts.context.config, Surface::Session).untested()
}

/// Warnings from explain with these codes, the worst first.
fn noticed(facts: &Facts, codes: &[Code], fine: &str, fix: &str) -> Checked {
    let found: Vec<&Warning> =
        facts.local.as_ref()?.warnings.iter().filter(|w| codes.contains(&w.code)).collect();
    let Some(worst) = found.first() else { return Ok(Finding::ok(fine)) };
    let evidence = found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    if worst.severity == Severity::Note {
        return Ok(Finding::ok(evidence));
    }
    let finding = if worst.stops_requests() { Finding::fail(evidence) } else { Finding::warn(evidence) };
    let finding = finding.by(Speaker::ClaudeCode);
    let finding = cause(worst).map_or(finding.clone(), |cause| finding.caused(cause));
    Ok(match worst.variable {
        Some(name) => finding.fix(format!("{fix}: `cf-aig explain {name}` shows where it comes from")),
        None => finding.fix(fix),
    })
}

/// The cause that `diagnose` reports when the client prints this problem.
fn cause(warning: &Warning) -> Option<Cause> {
    Some(match warning.code {
        Code::IgnoredFile => Cause::SettingsMalformed,
        Code::HeaderLine if warning.variable == Some("ANTHROPIC_CUSTOM_HEADERS") => {
            Cause::CustomHeadersInvalid
        }
        Code::BadUrl => Cause::BaseUrlInvalid,
        Code::DeadProxy => Cause::ConnectionRefused,
        Code::ModRefused => Cause::ModNotLoaded,
        _ => return None,
    })
}

pub(super) fn files(facts: &Facts) -> Checked {
    if matches!(facts.local, Err(NoResult::Late(_))) {
        return Ok(Finding::fail("the files of this machine could not be read in time")
            .fix("check the file systems of the home folder and of the project: one does not respond"));
    }
    let codes = [Code::IgnoredFile, Code::NotText, Code::Sandboxed];
    let fine = "Claude Code uses every existing settings file";
    noticed(facts, &codes, fine, "run `cf-aig doctor --fix`; correct by hand what it cannot fix")
}

pub(super) fn base_url(facts: &Facts) -> Checked {
    let codes = [Code::OtherProvider, Code::OtherHost, Code::BadUrl, Code::OtherGateway, Code::ManagedByHost];
    let local = facts.local.as_ref()?;
    let noticed = noticed(facts, &codes, "", "correct the base URL")?;
    if noticed.cause == Some(Cause::BaseUrlInvalid) {
        return Ok(meant(facts, local, noticed));
    }
    if !noticed.evidence.is_empty() {
        return Ok(noticed);
    }
    let config = &facts.context.config;
    let destination = local.destination(config, Surface::Session);
    let goes = destination.url().map(|url| UrlParts::of(url).without_credentials());
    let is_switched = destination.variable != Some("ANTHROPIC_BASE_URL");
    Ok(match (goes, &config.url) {
        (Some(url), Some(_)) => Finding::ok(format!("requests go to {url}")),
        (None, Some(_)) if config.routing.value == Routing::Off => {
            Finding::ok(format!("requests go to {}, as routing is off", destination.without_url()))
        }
        (None, Some(_)) if is_switched => Finding::warn(format!(
            "requests go to {}, not to the configured gateway",
            destination.without_url()
        ))
        .fix("`cf-aig explain` shows what sets that"),
        (None, Some(_)) => Finding::ok(format!(
            "sessions started here bypass the gateway{}; the remaining checks test the configured route",
            local
                .picture
                .conditions
                .mod_refused
                .as_ref()
                .map_or(String::new(), |why| format!(", because {why}"))
        )),
        (Some(_), None) => Finding::ok("requests go to a Cloudflare gateway"),
        (None, None) => Finding::ok(format!("requests go to {}", destination.without_url())),
    })
}

/// The same with the intended URL, and with its own cause if the catalogue has one.
fn meant(facts: &Facts, local: &LocalFacts, finding: Finding) -> Finding {
    let text = local.picture.value("ANTHROPIC_BASE_URL", Surface::Session).unwrap_or_default();
    let inspection = inspect(text, &facts.context.config.hosts);
    let has = |code| inspection.errors.iter().any(|error| error.code == code);
    let finding = match () {
        () if has(UrlErrorCode::Endpoint) => finding.caused(Cause::BaseUrlEndsInMessages),
        () if has(UrlErrorCode::EndsInV1) => finding.caused(Cause::BaseUrlEndsInV1),
        () => finding,
    };
    let finding = finding.by(Speaker::ClaudeCode);
    match inspection.url {
        Some(url) => finding
            .fix(format!("set it to {url}: `cf-aig explain ANTHROPIC_BASE_URL` shows where it comes from")),
        None => finding,
    }
}

pub(super) fn credentials(facts: &Facts) -> Checked {
    let codes = [Code::Placeholder, Code::TwoCredentials];
    let local = facts.local.as_ref()?;
    let fine = match &local.prediction {
        Prediction::Sends(request) => {
            let of = request.x_api_key.as_ref().or(request.authorization.as_ref());
            of.map_or("no credential", |credential| credential.from).to_owned()
        }
        Prediction::OtherProvider(switch) => format!("the provider of {switch} has credentials of its own"),
        _ => "no credential is set here: a saved login, or the plugin's token".to_owned(),
    };
    noticed(facts, &codes, &fine, "keep only one credential, a real one")
}

pub(super) fn headers(facts: &Facts) -> Checked {
    let codes = [Code::HeaderLine, Code::ForeignCredential, Code::TokenToAnthropic];
    noticed(facts, &codes, "every line is a valid header", "correct the line")
}

pub(super) fn models(facts: &Facts) -> Checked {
    let fix = "remove it, or select the provider that has it: `cf-aig setup --provider`";
    noticed(facts, &[Code::ForeignModel], "the configured models belong to the provider", fix)
}

pub(super) fn the_mod(facts: &Facts) -> Checked {
    let local = facts.local.as_ref()?;
    let codes = [Code::ModRefused, Code::BeforeTheMod];
    let found = noticed(facts, &codes, "nothing keeps the plugin from routing", "")?;
    Ok(match &local.picture.obstacle {
        Some(why) if found.state == CheckState::Fail => {
            let found = match why {
                NotRouted::Managed(_) => found.caused(Cause::ManagedSettingsHold),
                _ => found,
            };
            Finding { evidence: why.to_string(), ..found.fix(why.fix().unwrap_or_default()) }
        }
        _ => found,
    })
}

pub(super) fn proxies(facts: &Facts) -> Checked {
    let fine = if facts.offline { "not tried: --offline" } else { "no configured local proxy is down" };
    noticed(facts, &[Code::DeadProxy], fine, "start the proxy, or unset the variable")
}

pub(super) fn overridden(facts: &Facts) -> Checked {
    let codes = [Code::EmptyValue, Code::Overridden, Code::Unseen];
    noticed(facts, &codes, "no value hides another", "remove one of the two")
}

/// Where each surface sends its requests.
pub(super) fn surfaces(facts: &Facts) -> Checked {
    let local = facts.local.as_ref()?;
    let host = |surface: Surface| local.destination(&facts.context.config, surface).host();
    // cloud sessions use nothing from here, and the Desktop app only what a mod sets
    let by_app = |surface: &Surface| {
        *surface == Surface::Desktop && local.picture.value("ANTHROPIC_BASE_URL", *surface).is_none()
    };
    let known = Surface::ALL.into_iter().filter(|s| !s.order().is_empty() && !by_app(s));
    let all: Vec<String> = known.map(|surface| format!("{}: {}", surface.id(), host(surface))).collect();
    Ok(Finding::ok(all.join("; ")))
}

pub(super) fn request(facts: &Facts) -> Checked {
    if matches!(facts.session_request, Err(NoResult::Late(_))) {
        return Ok(Finding::fail("apiKeyHelper printed no key in time")
            .by(Speaker::ClaudeCode)
            .fix("run its command yourself: `cf-aig explain apiKeyHelper` shows where it is set"));
    }
    let session_request = facts.session_request.as_ref()?.as_ref().map_err(|error| {
        let hint = error.hints.first().map(String::as_str);
        let finding = Finding::fail(error.message.clone());
        // the client would send it
        let is_sent = error.source().is_some_and(<dyn std::error::Error>::is::<MisplacedToken>);
        let finding = if is_sent { finding } else { finding.by(Speaker::ClaudeCode) };
        finding.fix(hint.unwrap_or("`cf-aig explain` shows every value and its source"))
    })?;
    if let Some(name) = unsendable(session_request) {
        let says = format!("the value of the header {name} has a line break or another control character");
        return Ok(Finding::fail(says)
            .caused(Cause::CredentialMalformed)
            .fix("set its variable again, on one line: `cf-aig explain` shows every value and its source"));
    }
    let from = session_request.credential.unwrap_or("the client's own login, which is not read");
    Ok(Finding::ok(format!("auth {}, the provider's credential: {from}", session_request.mode)))
}

/// The name of a header that no client can send.
fn unsendable(session_request: &SessionRequest) -> Option<&str> {
    let has_control = |text: &str| text.chars().any(|c| c.is_control() && c != '\t');
    let found = session_request.headers.iter().find(|(_, value)| has_control(value.reveal()));
    found.map(|(name, _)| name.as_str())
}

pub(super) fn url(facts: &Facts) -> Checked {
    // a gateway URL for another client is not a configuration problem
    let in_effect = || {
        let local = facts.local.as_ref().ok()?;
        let text = local.picture.value("ANTHROPIC_BASE_URL", Surface::Session)?;
        inspect(text, &facts.context.config.hosts).url
    };
    let configured = facts.context.config.url.as_ref().map(|url| url.value.clone());
    let Some(url) = configured.or_else(in_effect) else { return Err(Finding::skip(NO_GATEWAY)) };
    if url.protocol() != Protocol::Anthropic {
        return Ok(Finding::fail(format!(
            "{url} does not speak Anthropic's Messages, which Claude Code sends"
        ))
        .by(Speaker::ClaudeCode)
        .fix("use the URL that `cf-aig url anthropic` prints"));
    }
    let host = url.origin().authority();
    let named =
        if url.origin().is_cloudflare() { "Cloudflare's" } else { "allowed by CF_AIG_GATEWAY_ORIGIN" };
    Ok(Finding::ok(format!("{host} ({named}), gateway {}, provider {}", url.gateway_name(), url.provider())))
}
