//! Plans a change: builds the new text key by key, then parses it and compares.

use serde_json::Value;

use super::change::{Action, Edit, KeyChange, PlanError, SettingsChange};
use super::rejected::MAX_BYTES;
use super::splice::{self, Style};
use super::{Document, Key, Reason, Rejected, repair};

impl Document {
    /// The change that makes all `edits`. Of two edits of one key, the later one counts.
    ///
    /// # Errors
    /// Editing the file would be ambiguous, a value is not allowed, or the new text would be too
    /// large.
    pub fn plan(&self, edits: &[Edit]) -> Result<SettingsChange, PlanError> {
        self.editable()?;
        let last = |(i, edit): &(usize, &Edit)| edits[i + 1..].iter().all(|later| later.key != edit.key);
        let mut edits: Vec<&Edit> = edits.iter().enumerate().filter(last).map(|(_, edit)| edit).collect();
        edits.sort_by_key(|edit| matches!(edit.key, Key::Top(_)));
        for edit in &edits {
            self.refuse_edit(edit)?;
        }
        let text = self.text.clone().unwrap_or_default();
        let mut draft = Draft { style: Style::of(&text, self.root.as_ref()), text };
        let keys: Vec<KeyChange> = edits.into_iter().map(|edit| draft.edit(edit)).collect();
        let changed = keys.iter().any(|key| key.action != Action::Keep);
        let (file, env) = self.containers();
        let change = SettingsChange {
            before: self.text.clone(),
            after: if changed { Some(draft.text) } else { self.text.clone() },
            keys,
            file,
            env,
        };
        self.confirm(&change)?;
        Ok(change)
    }

    fn refuse_edit(&self, edit: &Edit) -> Result<(), PlanError> {
        let key = &edit.key;
        let whole_env = matches!(key, Key::Top(name) if name == "env");
        let not_text = matches!(key, Key::Env(_)) && !edit.value.is_string();
        if whole_env || not_text {
            return Err(PlanError::NotText(key.clone()));
        }
        let (Some(text), Some(object)) = (self.text(), self.object(key)) else {
            return Ok(());
        };
        match object.named(key.name()).nth(1) {
            None => Ok(()),
            Some((_, second)) => {
                let reason = Reason::Duplicate { key: key.clone() };
                let rejected = Rejected::at(text, second.quoted.start, reason);
                Err(rejected.or(repair::without_shadowed(text, key)).into())
            }
        }
    }

    /// Parses the new text and compares: edited keys have their new values, all others their old
    /// bytes.
    fn confirm(&self, change: &SettingsChange) -> Result<(), PlanError> {
        let Some(after) = &change.after else {
            return Ok(());
        };
        if after.len() > MAX_BYTES {
            return Err(PlanError::TooLarge { bytes: after.len() });
        }
        let new = Self::from_text(after).map_err(|_| PlanError::Unfaithful)?;
        let touched: Vec<&Key> = change.keys.iter().map(|key| &key.key).collect();
        let same = self.but(&touched) == new.but(&touched)
            && change.keys.iter().all(|key| new.get(&key.key).as_ref() == Some(&key.value));
        if same { Ok(()) } else { Err(PlanError::Unfaithful) }
    }

    /// All members except the edited ones, with `env` split into its parts, each as its exact text.
    pub(crate) fn but(&self, touched: &[&Key]) -> Vec<(&str, &str)> {
        let text = self.text().unwrap_or_default();
        let touched = |key: Key| touched.contains(&&key);
        let top = self.root.iter().flat_map(|root| &root.members).filter(|member| {
            let name = member.name.as_deref();
            name != Some("env") && !name.is_some_and(|name| touched(Key::top(name)))
        });
        let env = self
            .env
            .iter()
            .flat_map(|env| &env.members)
            .filter(|member| !member.name.as_deref().is_some_and(|name| touched(Key::env(name))));
        top.chain(env).map(|member| (&text[member.quoted.clone()], &text[member.value.clone()])).collect()
    }
}

/// The text while edits are made; always valid JSON.
struct Draft {
    text: String,
    style: Style,
}

impl Draft {
    /// The text as a document in which the object around this key exists.
    fn with_object_of(&mut self, key: &Key) -> Document {
        let document = Document::from_text(&self.text).expect("a draft is always valid JSON");
        match (&document.root, key) {
            // only white space
            (None, _) => {
                let mark = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
                self.text.insert_str(mark, "{}");
                if self.text.len() == mark + 2 {
                    self.text.push_str(self.style.eol());
                }
            }
            (Some(root), Key::Env(_)) if document.env.is_none() => {
                let place = self.style.place(&self.text, root, self.style.outermost());
                self.text = splice::append(&self.text, root, &place, "env", "{}");
            }
            _ => return document,
        }
        self.with_object_of(key)
    }

    fn edit(&mut self, edit: &Edit) -> KeyChange {
        let Edit { key, value, secret } = edit.clone();
        let document = self.with_object_of(&key);
        let object = document.object(&key).expect("it is there");
        let (text, style) = (&self.text, &self.style);
        let found = object.last_named(key.name());
        let was = found.map(|member| text[member.value.clone()].to_owned());
        let is_same = |was: &String| serde_json::from_str::<Value>(was).is_ok_and(|now| now == value);
        let (action, text) = match found {
            Some(_) if was.as_ref().is_some_and(is_same) => (Action::Keep, text.clone()),
            Some(member) => {
                let indent = splice::indent_at(text, member.quoted.start);
                (Action::Replace, splice::replace(text, member, &style.render(&value, indent)))
            }
            None => {
                let env = document.root.as_ref().and_then(|root| root.last_named("env"));
                let own = match key {
                    Key::Env(_) => env.and_then(|env| splice::indent_at(text, env.quoted.start)),
                    Key::Top(_) => style.outermost(),
                };
                let place = style.place(text, object, own);
                let value = style.render(&value, place.indent.as_deref());
                (Action::Add, splice::append(text, object, &place, key.name(), &value))
            }
        };
        self.text = text;
        KeyChange { key, action, secret, was, value }
    }
}
