//! The report as text.

use super::super::entry::{LogStore, LoggedRequest};
use super::Proof;

impl Proof {
    /// The report as text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut line = |name: &str, value: &str| out.push_str(&format!("{name:<9} {value}\n"));
        let sent = &self.request;
        line("sent", &format!("POST {}", sent.url));
        let buys = if sent.spends_tokens { "one token" } else { "no tokens" };
        line("", &format!("as {} ({}), model {}: {buys}", sent.mode, sent.credential, sent.model));
        line("", &format!("{}; nonce {}", sent.headers.join(", "), sent.nonce));
        if let Some(unanswered) = &self.unanswered {
            line("answered", &format!("no: {}", unanswered.is));
            line("", &unanswered.fix);
        }
        if let Some(answer) = &self.answer {
            line(
                "answered",
                &format!("{} in {} ms by {}: {}", answer.status, answer.ms, answer.by, answer.says),
            );
            if let Some(cause) = answer.cause {
                line("", &format!("{cause}: {}", answer.evidence.as_deref().unwrap_or_default()));
            }
            if let Some(fix) = &answer.fix {
                line("", fix);
            }
            let extras = [("log id", &answer.log_id), ("cache", &answer.cache), ("step", &answer.step)];
            let extras = extras.iter().filter_map(|(name, v)| Some(format!("{name} {}", v.as_ref()?)));
            let extras: Vec<_> = extras.collect();
            if !extras.is_empty() {
                line("", &extras.join(", "));
            }
        }
        if let Some(other) = &self.other_form {
            line("form", other.means);
            line("", other.next);
        }
        if let Some(token) = &self.gateway_token {
            line("token", token.means);
            line("", token.next);
        }
        if let Some(log) = &self.log {
            if let Some(entry) = &log.entry {
                line(
                    "logged",
                    &format!("yes, in {} (by {}, after {} ms)", entry.store.label(), entry.by, log.ms),
                );
                line("", &entry_line(entry));
            }
            if let Some(missing) = &log.absence {
                line("logged", &format!("not seen ({}): {}", missing.id, missing.because));
                line("", &missing.next);
            }
        }
        if let Some(pays) = &self.pays {
            let agrees = match pays.agrees {
                Some(true) => format!("as expected for {}", pays.mode),
                Some(false) => format!("but {} is configured", pays.mode),
                None => format!("{} is configured", pays.mode),
            };
            line("pays", &format!("{} ({}; {agrees})", pays.payer.label(), pays.says));
        }
        for note in &self.notes {
            line("note", note);
        }
        out.push_str(&self.summary);
        out.push('\n');
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
