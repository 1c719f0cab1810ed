//! The two languages of the code: how each names arguments, quotes texts and lays out values.

use super::schema::{Resource, camel, pulumi_name};
use super::shape::{ArgumentValue, Arguments};
use crate::base::text::is_unseen;
use crate::facts::gateway::arguments::Argument;
use serde_json::Value;

/// A language, and the form of its tool's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// Terraform's language, formatted like `terraform fmt`.
    Terraform,
    /// TypeScript, for Pulumi.
    Pulumi,
}

use Language::{Pulumi, Terraform};

impl Language {
    /// The name of an argument.
    pub(super) fn name(self, argument: &Argument) -> String {
        match self {
            Terraform => argument.terraform.to_owned(),
            Pulumi => pulumi_name(argument),
        }
    }

    /// The type of a resource in the tool's state.
    pub(super) fn kind(self, resource: &Resource) -> &'static str {
        match self {
            Terraform => resource.terraform,
            Pulumi => resource.token,
        }
    }

    /// A text as a literal; never starts a template.
    pub(super) fn quote(self, text: &str) -> String {
        format!("\"{}\"", self.escaped(text))
    }

    /// The same without quotes, for a text inside a template.
    pub(super) fn escaped(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut before = ' ';
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let code = u32::from(c);
            let opens = self == Terraform && matches!(c, '$' | '%') && chars.peek() == Some(&'{');
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                // `$${` is a literal `${`, but after another `$` the second one would be ambiguous
                _ if opens && before == c => out.push_str(&format!("\\u{code:04x}")),
                _ if opens => out.extend([c, c]),
                _ if !is_unseen(c) => out.push(c),
                _ if self == Pulumi => out.push_str(&format!("\\u{{{code:x}}}")),
                _ if code > 0xffff => out.push_str(&format!("\\U{code:08x}")),
                _ => out.push_str(&format!("\\u{code:04x}")),
            }
            before = c;
        }
        out
    }

    /// The arguments as entries of an object, after `entries`.
    pub(super) fn object_with(self, entries: &[(&str, &str)], fields: &Arguments) -> String {
        let own = entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let fields = fields.iter().map(|(argument, term)| (self.name(argument), self.value(term)));
        self.object(&own.chain(fields).collect::<Vec<_>>())
    }

    /// An object, or the body of a block.
    pub(super) fn object(self, entries: &[(String, String)]) -> String {
        if entries.is_empty() {
            return "{}".to_owned();
        }
        let mut out = "{\n".to_owned();
        // Terraform aligns the names of consecutive single lines
        for run in entries.chunk_by(|(_, a), (_, b)| !a.contains('\n') && !b.contains('\n')) {
            let width = run.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
            for (name, value) in run {
                let entry = match self {
                    Terraform => format!("{name:<width$} = {value}"),
                    Pulumi if name == value => format!("{name},"),
                    Pulumi => format!("{name}: {value},"),
                };
                push_indented(&mut out, &entry);
            }
        }
        out.push('}');
        out
    }

    fn value(self, term: &ArgumentValue) -> String {
        match term {
            ArgumentValue::Plain(value) => self.json(value),
            ArgumentValue::List(terms) => list(terms.iter().map(|term| self.value(term)).collect()),
            ArgumentValue::Object(fields) => self.object_with(&[], fields),
            ArgumentValue::Named(terms) => {
                self.map(terms.iter().map(|(name, term)| (name, self.value(term))))
            }
            ArgumentValue::Json(json) if self == Terraform => format!("jsonencode({})", self.json(json)),
            ArgumentValue::Json(json) => format!("JSON.stringify({})", self.json(json)),
            ArgumentValue::Secret(secret) if self == Terraform => format!("var.{}", secret.name),
            ArgumentValue::Secret(secret) => {
                let map = if secret.is_map { "Object<Record<string, string>>" } else { "" };
                format!("config.requireSecret{map}({})", self.quote(&camel(&secret.name)))
            }
        }
    }

    fn json(self, json: &Value) -> String {
        match json {
            Value::Null | Value::Bool(_) | Value::Number(_) => json.to_string(),
            Value::String(text) => self.quote(text),
            Value::Array(items) => list(items.iter().map(|item| self.json(item)).collect()),
            Value::Object(map) => self.map(map.iter().map(|(name, item)| (name, self.json(item)))),
        }
    }

    /// An object with free names.
    fn map<'a>(self, entries: impl Iterator<Item = (&'a String, String)>) -> String {
        let entries = entries.map(|(name, value)| match self.quote(name) {
            // outside brackets, this name would set the object's prototype
            quoted if self == Pulumi && name == "__proto__" => (format!("[{quoted}]"), value),
            quoted => (quoted, value),
        });
        self.object(&entries.collect::<Vec<_>>())
    }
}

/// A list: on one line if each of its items is.
fn list(items: Vec<String>) -> String {
    if items.iter().any(|item| item.contains('\n')) {
        let mut out = "[\n".to_owned();
        items.iter().for_each(|item| push_indented(&mut out, &format!("{item},")));
        out.push(']');
        return out;
    }
    format!("[{}]", items.join(", "))
}

fn push_indented(out: &mut String, text: &str) {
    text.lines().for_each(|line| out.push_str(&format!("  {line}\n")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_opens_a_template_or_ends_a_literal() {
        let hcl = |text: &str| Terraform.quote(text);
        assert_eq!(hcl(r#"a"b\${x}%{y}"#), r#""a\"b\\$${x}%%{y}""#);
        assert_eq!(hcl("$${x} $$ %"), r#""$\u0024{x} $$ %""#);
        assert_eq!(hcl("a\nb\u{202e}\0"), r#""a\nb\u202e\u0000""#);
        assert_eq!(Pulumi.quote("a\"b\\`${x}\u{2028}\u{e0041}"), "\"a\\\"b\\\\`${x}\\u{2028}\\u{e0041}\"");
    }
}
