//! What stands in the way of a setup: git, credentials that would pay instead, and other settings files.

use super::draft::SetupDraft;
use super::place::Scope;
use super::request::value;
use crate::base::error::{Error, Kind, Result};
use crate::facts::claude_code::client::{PROVIDER_SWITCHES, is_on};
use crate::facts::claude_code::precedence::{API_KEY_HELPER, SourceKind};
use crate::services::session::{Diversion, NotRouted, Route};
use crate::services::settings_files::git::{Exclude, Tracking, tracking};
use crate::services::settings_files::{Document, Edit, Key};

/// Git would add the file with the secret, and `--exclude` would prevent that.
#[derive(Debug, thiserror::Error)]
#[error("git would add the file")]
pub struct NeedsExclude;

impl SetupDraft<'_> {
    /// Credentials that would pay instead of the chosen one. Those of the shell and of weaker files are
    /// hidden by an empty value; those in this file and in stronger ones are the user's to remove.
    pub(super) fn hide_other_credentials(
        &mut self,
        now: &Document,
        original: &Document,
        route: &Route,
    ) -> Result<()> {
        let (places, scope) = (self.places, self.scope);
        for name in &route.anthropic.unset {
            let own = places.settings(scope);
            let stronger =
                places.stronger(self.settings, scope).filter(|(file, _)| file.kind != SourceKind::Managed);
            let stronger = stronger.map(|(file, document)| (document, &file.path));
            for (document, path) in std::iter::once((original, &own)).chain(stronger) {
                if value(document, name).is_some() {
                    let file = places.shown(path);
                    let message = format!("{name} in {file} would pay instead of {}", route.mode.label());
                    return Err(Error::new(Kind::Conflict, message)
                        .hinted(format!("remove {name} from {file}, or choose another --auth")));
                }
            }
            let mut weaker = places.weaker(self.settings, scope);
            let weaker = weaker.find(|(_, document)| value(document, name).is_some());
            let silent = now.get(&Key::env(*name)).is_some_and(|value| value == "");
            let shell = places.env.filled(name).is_some();
            if weaker.is_some() || shell {
                let from =
                    weaker.map_or("the shell".to_owned(), |(file, _)| format!("the {}", file.kind.label()));
                self.note(format!("{name} of {from} would pay instead: an empty value here prevents that"));
            }
            // once hidden it stays hidden: the next shell may set it again
            if weaker.is_some() || shell || silent {
                self.edits.push(Edit::set_env(name, ""));
            }
        }
        if let Some(name) = route.mode.row().token_as.filter(|name| value(original, name).is_some()) {
            self.note(format!("the gateway token replaces your own {name} in this file; off restores it"));
        }
        Ok(())
    }

    /// No file can override an `apiKeyHelper`, and the key that it prints would pay.
    pub(super) fn refuse_key_helper(&self, route: &Route) -> Result<()> {
        if route.mode.row().unset.is_empty() {
            return Ok(());
        }
        let named =
            |document: &Document| document.get(&Key::top(API_KEY_HELPER)).is_some_and(|v| v.is_string());
        let Some((file, _)) = self.settings.documents().find(|(_, document)| named(document)) else {
            return Ok(());
        };
        let file = self.places.shown(&file.path);
        let message = format!("{API_KEY_HELPER} in {file} would pay instead of {}", route.mode.label());
        Err(Error::new(Kind::Conflict, message)
            .hinted(format!("remove {API_KEY_HELPER} from {file}, or choose --auth own-key")))
    }

    /// The line that has git ignore a file with a secret, if one is needed.
    ///
    /// # Errors
    /// If the secret would get into a repository.
    pub(super) fn keep_secret_out_of_git(&self) -> Result<Option<Exclude>> {
        let elsewhere = match self.scope {
            Scope::User => {
                "pass the token in the environment instead: CF_AIG_TOKEN, and `cf-aig run -- claude`"
            }
            Scope::Project => "use --scope local, which only you have, or --without-token",
            Scope::Local => "use --scope user",
        };
        let refuse =
            |what: &str| Error::new(Kind::Refused, format!("{} would hold a secret, and {what}", self.label));
        let add = "the next `git add` would add it";
        match tracking(&self.target, &self.places.env) {
            Tracking::NoRepository | Tracking::Ignored => Ok(None),
            Tracking::WouldBeTracked(Some(line)) if self.wanted.exclude && self.scope != Scope::Project => {
                Ok(Some(line))
            }
            Tracking::Tracked => Err(refuse("git tracks it").hinted(elsewhere)),
            Tracking::WouldBeTracked(Some(line)) if self.scope == Scope::Local => {
                let exclude =
                    format!("--exclude adds `{}` to .git/info/exclude, in this clone only", line.line);
                Err(refuse(add).hinted(exclude).hinted(elsewhere).caused_by(NeedsExclude))
            }
            Tracking::WouldBeTracked(_) => Err(refuse(add).hinted(elsewhere)),
            Tracking::Unknown(said) => {
                Err(refuse(&format!("it is unknown whether git tracks it ({said})")).hinted(elsewhere))
            }
        }
    }

    /// The line that has git ignore the local settings, which are one user's own, if the user wants it.
    pub(super) fn keep_local_out_of_git(&mut self) -> Option<Exclude> {
        if self.scope != Scope::Local {
            return None;
        }
        let Tracking::WouldBeTracked(Some(line)) = tracking(&self.target, &self.places.env) else {
            return None;
        };
        if self.wanted.exclude {
            return Some(line);
        }
        let file = &self.label;
        self.note(format!("git would add {file}; --exclude adds `{}` to .git/info/exclude", line.line));
        None
    }

    /// Refuses to write a token next to a file that sends the client elsewhere, with the headers that
    /// contain the token.
    pub(super) fn refuse_token_leak(&self, route: &Route, after: &Document) -> Result<()> {
        if !route.sends_gateway_token() {
            return Ok(());
        }
        let (places, scope) = (self.places, self.scope);
        let edits_it = |name: &str| self.edits.iter().any(|edit| edit.key == Key::env(name));
        let own = places.settings(scope);
        let others = || self.settings.documents().filter(|(file, _)| file.path != own);
        let all = || others().map(|(_, document)| document).chain([after]);
        let on = |name: &str| all().any(|d| d.variable(name).is_some_and(|v| is_on(&v)));
        if let Some(name) = PROVIDER_SWITCHES.iter().find(|name| !edits_it(name) && on(name)) {
            return Err(NotRouted::SettingsFile(Diversion::Provider(name)).into());
        }
        let ours = route.url.to_string();
        for (file, document) in places.stronger(self.settings, scope) {
            let file = places.shown(&file.path);
            let Some(url) = document.variable("ANTHROPIC_BASE_URL") else { continue };
            // what an earlier setup wrote there replaces everything that is copied
            let goes_along = |edit: &Edit| match &edit.key {
                Key::Env(name) => edit.secret && document.variable(name).is_none(),
                Key::Top(_) => false,
            };
            let elsewhere = url.trim().trim_end_matches('/') != ours.trim_end_matches('/');
            if elsewhere && self.edits.iter().any(goes_along) {
                let message = format!(
                    "{file} sets another ANTHROPIC_BASE_URL, and in this folder Claude Code would send the gateway token there"
                );
                return Err(Error::new(Kind::Conflict, message)
                    .hinted("remove it there, or write to a stronger file: --scope local"));
            }
        }
        Ok(())
    }

    /// Stronger files with other values: they win, and setup does not change them.
    pub(super) fn note_overrides(&mut self) {
        let (places, scope) = (self.places, self.scope);
        for (file, document) in places.stronger(self.settings, scope) {
            let here = if file.kind == SourceKind::Managed { "on this machine" } else { "in this folder" };
            let file = places.shown(&file.path);
            let other = self.edits.iter().filter_map(|edit| {
                let Key::Env(name) = &edit.key else { return None };
                let there = value(document, name)?;
                (edit.value.as_str() != Some(&there)).then_some(name.as_str())
            });
            let names = other.collect::<Vec<_>>().join(", ");
            if !names.is_empty() {
                self.note(format!("{file} sets {names} to other values, and wins {here}"));
            }
        }
    }
}
