//! The report of `explain`: one model, printed as JSON or as text. Values are redacted here.

use super::sources::{Sources, same_value};
use super::warning::{Severity, Warning, printable};
use super::warnings::look;
use crate::base::redact::{self, REDACTED};
use crate::facts::claude_code::effects::{NOT_ROUTED, SWITCHED_OFF};
use crate::facts::claude_code::precedence::{
    Credential, Prediction, Shown, Source, SourceKind, SourceValue, Surface, VARIABLES, Variable, predict,
    why_it_wins,
};
use crate::services::config::Config;
use crate::ui::TextBlock;
use serde::Serialize;
use std::collections::BTreeMap;

/// The report.
#[derive(Serialize)]
pub struct ExplainReport {
    schema: u8,
    request: RequestReport,
    #[serde(serialize_with = "as_map")]
    variables: Vec<(&'static str, VariableReport)>,
    warnings: Vec<Warning>,
    outside_the_gateway: &'static [&'static str],
    switched_off_by_routing: &'static [&'static str],
    cannot_be_seen: &'static [&'static str],
}

/// The next request of this session, as far as it can be predicted.
#[derive(Serialize)]
struct RequestReport {
    goes_to: String,
    #[serde(rename = "x-api-key")]
    x_api_key: Option<&'static str>,
    authorization: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

#[derive(Serialize)]
struct VariableReport {
    effective: BTreeMap<&'static str, Option<EffectiveReport>>,
    sources: Vec<SourceReport>,
}

#[derive(Serialize, Clone, PartialEq)]
struct EffectiveReport {
    value: String,
    source: String,
}

#[derive(Serialize)]
struct SourceReport {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    value: String,
    wins: bool,
    why: String,
}

const CANNOT_BE_SEEN: &[&str] = &[
    "--settings on a client's command line (pass the same file to cf-aig explain --settings)",
    "a saved claude.ai login, and the output of apiKeyHelper",
];

impl ExplainReport {
    /// Reports on one variable, or on all that are set anywhere.
    pub fn of(picture: &Sources, only: Option<&Variable>, config: &Config, offline: bool) -> Self {
        let prediction = predict(|name| picture.value(name, Surface::Session));
        let mut warnings = look(picture, &prediction, config, offline);
        if let Some(only) = only {
            warnings.retain(|w| w.variable.is_none_or(|name| name == only.name));
        }
        let wanted = VARIABLES.iter().filter(|row| match only {
            Some(only) => row.name == only.name,
            None => picture.sources.iter().any(|s| s.name == row.name),
        });
        Self {
            schema: 1,
            request: RequestReport::of(&prediction),
            variables: wanted.map(|row| (row.name, VariableReport::of(picture, row))).collect(),
            warnings,
            outside_the_gateway: NOT_ROUTED,
            switched_off_by_routing: SWITCHED_OFF,
            cannot_be_seen: CANNOT_BE_SEEN,
        }
    }

    /// True if there is a problem.
    pub fn has_problems(&self) -> bool {
        self.warnings.iter().any(|w| w.severity == Severity::Problem)
    }

    /// As text.
    pub fn text(&self) -> String {
        let mut out = TextBlock::with_column(8);
        let request = &self.request;
        out.line(format_args!("this session's requests go to {}", request.goes_to));
        for (header, from) in [("x-api-key", request.x_api_key), ("Authorization", request.authorization)] {
            if let Some(from) = from {
                out.line(format_args!("  {header} from {from}"));
            }
        }
        if let Some(note) = &request.note {
            out.line(format_args!("  {note}"));
        }
        for (name, variable) in &self.variables {
            variable.write(&mut out, name);
        }
        if !self.warnings.is_empty() {
            out.gap();
        }
        for warning in &self.warnings {
            let severity = match warning.severity {
                Severity::Problem => "problem",
                Severity::Note => "note",
            };
            out.row(severity, warning);
        }
        let routed = self.variables.iter().any(|(name, _)| *name == "ANTHROPIC_BASE_URL");
        if routed {
            let disabled = self.switched_off_by_routing.join("; ");
            out.gap().line(format_args!("behind a gateway, Claude Code disables: {disabled}"));
            out.line(format_args!("never through a gateway: {}", self.outside_the_gateway.join("; ")));
        }
        out.line(format_args!("not visible from here: {}", self.cannot_be_seen.join("; ")));
        out.into()
    }
}

impl RequestReport {
    fn of(prediction: &Prediction) -> Self {
        let anthropic = || "api.anthropic.com".to_owned();
        let none = |goes_to, note| Self { goes_to, x_api_key: None, authorization: None, note: Some(note) };
        match prediction {
            Prediction::Sends(request) => Self {
                goes_to: request.base_url.as_deref().map_or_else(anthropic, redact::url),
                x_api_key: request.x_api_key.as_ref().map(|c: &Credential| c.from),
                authorization: request.authorization.as_ref().map(|c| c.from),
                note: None,
            },
            Prediction::LoginOrNothing(url) => none(
                url.as_deref().map_or_else(anthropic, redact::url),
                "no credential is set: the client uses a saved login, or prints \"Not logged in\"",
            ),
            Prediction::OtherProvider(name) => {
                none(format!("the provider of {name}"), "ANTHROPIC_BASE_URL and its credentials are not used")
            }
            Prediction::Tunnelled => none(
                "the socket of ANTHROPIC_UNIX_SOCKET".to_owned(),
                "ANTHROPIC_BASE_URL is not used: the process that listens there decides",
            ),
            Prediction::Refuses(_) => {
                none("nowhere".to_owned(), "the client refuses ANTHROPIC_CUSTOM_HEADERS")
            }
        }
    }
}

impl VariableReport {
    fn of(picture: &Sources, row: &Variable) -> Self {
        let sources: Vec<&Source> = picture.sources.iter().filter(|s| s.name == row.name).collect();
        let effective = Surface::ALL.map(|surface| {
            let winner = picture.winner(row.name, surface).filter(|s| s.held != SourceValue::Unset);
            let shown = winner
                .map(|s| EffectiveReport { value: shown(s, row, &sources), source: s.kind.id().to_owned() });
            (surface.id(), shown)
        });
        let here = picture.winner(row.name, Surface::Session);
        // judge a source that does not apply to this session by the surface that it is for
        let surface_of = |s: &Source| match s.kind {
            SourceKind::EnvFile => Surface::Bash,
            SourceKind::ShellFile => Surface::NextSession,
            SourceKind::VsCode => Surface::VsCode,
            _ => Surface::Session,
        };
        let mut ordered = sources.clone();
        let rank = |s: &Source| {
            let order = Surface::Session.order();
            (here != Some(s), order.iter().position(|kind| *kind == s.kind).unwrap_or(order.len()))
        };
        // of two of the same kind, the later one wins
        ordered.reverse();
        ordered.sort_by_key(|s| rank(s));
        let sources = ordered.iter().map(|source| {
            let surface = surface_of(source);
            let winner = picture.winner(row.name, surface);
            let wins = winner == Some(*source);
            let for_surface = match surface {
                Surface::Session => String::new(),
                _ => format!(" for {}", surface.label()),
            };
            let why = match picture.conditions.excludes(source, surface) {
                Some(why) => why.to_owned(),
                None if wins => format!("{}{for_surface}", why_it_wins(source.kind)),
                None => match winner {
                    Some(winner) if winner.kind == source.kind => {
                        format!("hidden{for_surface}: a later source of the same kind sets it again")
                    }
                    Some(winner) => format!("hidden{for_surface}: {}", why_it_wins(winner.kind)),
                    None => "has no effect".to_owned(),
                },
            };
            let why = source.from.as_ref().map_or(why.clone(), |from| format!("{why} (from {from})"));
            SourceReport {
                kind: source.kind.id(),
                file: source.file.as_ref().map(|f| printable(f)),
                line: source.line,
                value: shown(source, row, &sources),
                wins,
                why,
            }
        });
        Self { effective: effective.into_iter().collect(), sources: sources.collect() }
    }

    fn write(&self, out: &mut TextBlock, name: &str) {
        out.gap().line(name);
        if self.sources.is_empty() {
            out.line("  not set anywhere");
            return;
        }
        for source in &self.sources {
            let mark = if source.wins { "->" } else { "  " };
            let place = match (&source.file, source.line) {
                (Some(file), Some(line)) => format!("{} {file}:{line}", source.kind),
                (Some(file), None) => format!("{} {file}", source.kind),
                (None, _) => source.kind.to_owned(),
            };
            let value = if source.value.is_empty() { "(empty)" } else { &source.value };
            out.line(format_args!("  {mark} {value}\n       {place}: {}", source.why));
        }
        let session = self.effective.get("session").cloned().flatten();
        // Desktop and cloud sessions use nothing from here; a line below says so once
        let is_told = |surface: &&Surface| {
            let known = !surface.order().is_empty();
            let by_mod = self.effective.get(surface.id()).is_some_and(Option::is_some);
            known && (**surface != Surface::Desktop || by_mod)
        };
        let surfaces = Surface::ALL.iter().filter(is_told);
        let differs = surfaces.filter_map(|surface| {
            let value = self.effective.get(surface.id())?;
            (*value != session).then(|| match value {
                Some(value) => format!("{}: {} ({})", surface.label(), value.value, value.source),
                None => format!("{}: not set", surface.label()),
            })
        });
        for line in differs {
            out.line(format_args!("       {line}"));
        }
    }
}

/// The value as it may be printed. For secrets, only whether two sources hold the same value is
/// shown: if they differ, each value has a number.
fn shown(source: &Source, row: &Variable, all: &[&Source]) -> String {
    let text = match &source.held {
        SourceValue::Unset => return "(unset)".to_owned(),
        SourceValue::Computed => return "(computed by the shell)".to_owned(),
        SourceValue::Text(text) if text.is_empty() => return String::new(),
        SourceValue::Text(text) => text,
    };
    match row.shown {
        Shown::Plain => redact::url(text),
        Shown::Command => format!("(a command{})", number(source, all)),
        Shown::Secret => format!("{REDACTED}{}", number(source, all)),
        Shown::Headers => {
            let name = |line: &str| {
                let name = line.split_once(':')?.0.trim();
                // anything but a header name may be a misplaced value
                let plain = name.len() < 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                Some(if plain { name.to_owned() } else { "(not a header)".to_owned() })
            };
            let names: Vec<_> = text.lines().filter_map(name).collect();
            format!("{} {REDACTED}{}", names.join(", "), number(source, all)).trim().to_owned()
        }
    }
}

fn number(source: &Source, all: &[&Source]) -> String {
    let mut distinct: Vec<&Source> = Vec::new();
    for other in all.iter().filter(|s| s.text().is_some_and(|t| !t.is_empty())) {
        if !distinct.iter().any(|known| same_value(known, other)) {
            distinct.push(other);
        }
    }
    let at = distinct.iter().position(|known| same_value(known, source));
    at.filter(|_| distinct.len() > 1).map_or(String::new(), |at| format!(" #{}", at + 1))
}

fn as_map<S: serde::Serializer>(
    list: &[(&'static str, VariableReport)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(list.iter().map(|(name, variable)| (name, variable)))
}
