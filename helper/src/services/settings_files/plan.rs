//! Plans a change: builds the new text key by key, then parses it and compares.

use serde_json::Value;

use super::change::{Action, Edit, KeyChange, PlanError, SettingsChange};
use super::layout::{self, Object};
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
        let edits: Vec<&Edit> = edits.iter().enumerate().filter(last).map(|(_, edit)| edit).collect();
        for edit in &edits {
            self.refuse_edit(edit)?;
        }
        let (env, top): (Vec<&Edit>, Vec<&Edit>) =
            edits.into_iter().partition(|edit| matches!(edit.key, Key::Env(_)));
        let mut draft = Draft::of(self);
        let mut keys = draft.edit_env(&env);
        keys.extend(top.into_iter().map(|edit| draft.edit_top(edit)));
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
    fn of(document: &Document) -> Self {
        let text = document.text.clone().unwrap_or_default();
        let style = Style::of(&text, document.root.as_ref());
        Self { text, style }
    }

    /// The top-level object; inserted if the text has only white space.
    fn root(&mut self) -> Object {
        let mark = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        if self.text[mark..].trim_matches(layout::BLANK).is_empty() {
            self.text.insert_str(mark, "{}");
            if self.text.len() == mark + 2 {
                self.text.push_str(self.style.eol());
            }
        }
        layout::object(&self.text, mark..self.text.len()).expect("a draft is always valid JSON")
    }

    /// Edits the `env` object separately, then replaces it once: the file can have megabytes.
    fn edit_env(&mut self, edits: &[&Edit]) -> Vec<KeyChange> {
        if edits.is_empty() {
            return Vec::new();
        }
        let root = self.root();
        let member = root.last_named("env").cloned();
        let home = self.style.place(&self.text, &root, self.style.outermost());
        let (mut env, indent) = match &member {
            Some(member) => (
                self.text[member.value.clone()].to_owned(),
                splice::indent_at(&self.text, member.quoted.start).map(str::to_owned),
            ),
            None => ("{}".to_owned(), home.indent.clone()),
        };
        let keys = edits.iter().map(|edit| apply(&mut env, &self.style, indent.as_deref(), edit)).collect();
        self.text = match &member {
            Some(member) => splice::replace(&self.text, member, &env),
            None => splice::append(&self.text, &root, &home, "env", &env),
        };
        keys
    }

    fn edit_top(&mut self, edit: &Edit) -> KeyChange {
        let root = self.root();
        let mut object = self.text[root.span.clone()].to_owned();
        let key = apply(&mut object, &self.style, self.style.outermost(), edit);
        self.text.replace_range(root.span, &object);
        key
    }
}

/// Makes one edit in the text of an object whose line has this indent.
fn apply(text: &mut String, style: &Style, own: Option<&str>, edit: &Edit) -> KeyChange {
    let object = layout::object(text, 0..text.len()).expect("a draft is always valid JSON");
    let Edit { key, value, secret } = edit.clone();
    let found = object.named(key.name()).next_back().map(|(_, member)| member);
    let was = found.map(|member| text[member.value.clone()].to_owned());
    let action = match (found, &was) {
        (Some(_), Some(was)) if serde_json::from_str::<Value>(was).is_ok_and(|now| now == value) => {
            Action::Keep
        }
        (Some(member), _) => {
            let indent = splice::indent_at(text, member.quoted.start);
            *text = splice::replace(text, member, &style.render(&value, indent));
            Action::Replace
        }
        (None, _) => {
            let place = style.place(text, &object, own);
            let value = style.render(&value, place.indent.as_deref());
            *text = splice::append(text, &object, &place, key.name(), &value);
            Action::Add
        }
    };
    KeyChange { key, action, secret, was, value }
}
