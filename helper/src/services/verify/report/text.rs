//! The report as text.

use super::super::entry::{LogStore, LoggedRequest};
use super::Proof;
use crate::ui::{Screen, TextBlock};

impl Proof {
    /// The report as text that fits this screen.
    pub fn text(&self, screen: Screen) -> TextBlock {
        let mut out = TextBlock::with_column(10).on(screen);
        let sent = &self.request;
        out.row("sent", format_args!("POST {}", sent.url));
        let buys = if sent.spends_tokens { "one token" } else { "no tokens" };
        out.more(format_args!("as {} ({}), model {}: {buys}", sent.mode, sent.credential, sent.model));
        out.more(format_args!("{}; nonce {}", sent.headers.join(", "), sent.nonce));
        if let Some(unanswered) = &self.unanswered {
            out.row("answered", format_args!("no: {}", unanswered.is));
            out.more(&unanswered.fix);
        }
        if let Some(answer) = &self.answer {
            out.row(
                "answered",
                format_args!("{} in {} ms by {}: {}", answer.status, answer.ms, answer.by, answer.says),
            );
            if let Some(cause) = answer.cause {
                out.more(format_args!("{cause}: {}", answer.evidence.as_deref().unwrap_or_default()));
            }
            if let Some(fix) = &answer.fix {
                out.more(fix);
            }
            let extras = [("log id", &answer.log_id), ("cache", &answer.cache), ("step", &answer.step)];
            let extras = extras.iter().filter_map(|(name, v)| Some(format!("{name} {}", v.as_ref()?)));
            let extras: Vec<_> = extras.collect();
            if !extras.is_empty() {
                out.more(extras.join(", "));
            }
        }
        if let Some(other) = &self.other_form {
            out.row("form", &other.means);
            out.more(other.next);
        }
        if let Some(token) = &self.gateway_token {
            out.row("token", &token.means);
            out.more(token.next);
        }
        if let Some(log) = &self.log {
            if let Some(entry) = &log.entry {
                out.row(
                    "logged",
                    format_args!("yes, in {} (by {}, after {} ms)", entry.store.label(), entry.by, log.ms),
                );
                out.more(entry_line(entry));
            }
            if let Some(missing) = &log.absence {
                out.row("logged", format_args!("not seen ({}): {}", missing.id, missing.because));
                out.more(&missing.next);
            }
        }
        if let Some(pays) = &self.pays {
            let agrees = match pays.agrees {
                Some(true) => format!("as expected for {}", pays.mode),
                Some(false) => format!("but {} is configured", pays.mode),
                None => format!("{} is configured", pays.mode),
            };
            out.row("pays", format_args!("{} ({}; {agrees})", pays.payer.label(), pays.says));
        }
        out.rows("note", &self.notes).line(&self.summary);
        out
    }
}

fn entry_line(entry: &LoggedRequest) -> String {
    if entry.store == LogStore::Analytics {
        return "counted once; analytics keep no details".to_owned();
    }
    let mut parts = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            parts.push(format!("{name}{value}"));
        }
    };
    add("", entry.id.clone());
    add("at ", entry.created_at.clone());
    add("provider ", entry.provider.clone());
    add("model ", entry.model.clone());
    add("status ", entry.status_code.map(|n| n.to_string()));
    add("tokens in ", entry.tokens_in.map(|n| n.to_string()));
    add("tokens out ", entry.tokens_out.map(|n| n.to_string()));
    add("cost ", entry.cost.map(|n| format!("${n}")));
    add("cached ", entry.cached.map(|b| b.to_string()));
    add("byok ", entry.byok.map(|b| b.to_string()));
    add("wholesale ", entry.wholesale.map(|b| b.to_string()));
    add("authentication ", entry.authentication.map(|b| b.to_string()));
    parts.join(", ")
}
