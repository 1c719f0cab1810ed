//! Cuts and inserts in the text of one object; every other byte stays.

use serde_json::Value;

use super::layout::{BLANK, Member, Object};

/// A file's formatting: what a new member copies if it has no neighbour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Style {
    /// `\n`, `\r\n` or `\r`.
    eol: &'static str,
    /// One level of indentation.
    unit: String,
    /// The text between a name and its value.
    colon: String,
    /// True if members of the top-level object are on separate lines.
    lines: bool,
}

/// Where a new member goes, and the text around it.
#[derive(Debug, Clone, Default)]
pub(crate) struct InsertPlace {
    lead: String,
    colon: String,
    tail: String,
    /// The indentation of the new member's line; `None` if it goes on its neighbour's line.
    pub(crate) indent: Option<String>,
}

impl Style {
    /// Detects the formatting of a file; an empty one gets lines, two spaces and `\n`.
    pub(crate) fn of(text: &str, root: Option<&Object>) -> Self {
        let eol = first_eol(text).unwrap_or("\n");
        let Some((root, first)) = root.and_then(|root| Some((root, root.members.first()?))) else {
            return Self { eol, unit: "  ".to_owned(), colon: ": ".to_owned(), lines: true };
        };
        let gap = &text[root.span.start + 1..first.quoted.start];
        let indent = indent_of(gap);
        let closing = indent_at(text, root.span.end - 1);
        let unit = indent.map(|indent| indent.strip_prefix(closing.unwrap_or_default()).unwrap_or(indent));
        Self {
            eol,
            unit: unit.unwrap_or_default().to_owned(),
            colon: colon_of(text, first),
            lines: indent.is_some(),
        }
    }

    /// The JSON text of `value` for a member whose line starts with `indent`.
    pub(crate) fn render(&self, value: &Value, indent: Option<&str>) -> String {
        let inner = indent.map(|indent| format!("{indent}{}", self.unit));
        let items: Vec<String> = match value {
            Value::Object(map) if !map.is_empty() => map
                .iter()
                .map(|(name, value)| {
                    format!("{}{}{}", quoted(name), self.colon, self.render(value, inner.as_deref()))
                })
                .collect(),
            Value::Array(list) if !list.is_empty() => {
                list.iter().map(|value| self.render(value, inner.as_deref())).collect()
            }
            scalar => return scalar.to_string(),
        };
        let (open, close) = if value.is_object() { ('{', '}') } else { ('[', ']') };
        match (indent, inner) {
            (Some(outer), Some(inner)) => {
                let eol = self.eol;
                let body = items.join(&format!(",{eol}{inner}"));
                format!("{open}{eol}{inner}{body}{eol}{outer}{close}")
            }
            _ => {
                let comma = if self.colon.ends_with(' ') { ", " } else { "," };
                format!("{open}{}{close}", items.join(comma))
            }
        }
    }

    /// The line break.
    pub(crate) fn eol(&self) -> &'static str {
        self.eol
    }

    /// The indentation of an object's own line, for [`Style::place`]: `None` if the file is a
    /// single line.
    pub(crate) fn outermost(&self) -> Option<&'static str> {
        self.lines.then_some("")
    }

    /// Where the next member of `object` goes. `own` is the indentation of the object's line, which
    /// only an empty object needs; `None` keeps it on that line.
    pub(crate) fn place(&self, text: &str, object: &Object, own: Option<&str>) -> InsertPlace {
        let Some(last) = object.members.last() else {
            return match own {
                Some(own) => {
                    let indent = format!("{own}{}", self.unit);
                    InsertPlace {
                        lead: format!("{}{indent}", self.eol),
                        colon: self.colon.clone(),
                        tail: format!("{}{own}", self.eol),
                        indent: Some(indent),
                    }
                }
                None => InsertPlace { colon: self.colon.clone(), ..InsertPlace::default() },
            };
        };
        let colon = colon_of(text, last);
        let gap = gap_before_last(text, object, last);
        let (lead, indent) = match split_gap(gap) {
            Some((eol, indent)) => (format!(",{eol}{indent}"), Some(indent.to_owned())),
            None if gap.is_empty() && object.members.len() == 1 && colon.ends_with(' ') => {
                (", ".to_owned(), None)
            }
            None => (format!(",{gap}"), None),
        };
        InsertPlace { lead, colon, tail: String::new(), indent }
    }
}

/// `text` with one more member at the end of `object`.
pub(crate) fn append(text: &str, object: &Object, place: &InsertPlace, name: &str, value: &str) -> String {
    let InsertPlace { lead, colon, tail, .. } = place;
    let (start, end) = match object.members.last() {
        Some(last) => (last.value.end, last.value.end),
        None => (object.span.start + 1, object.span.end - 1),
    };
    let name = quoted(name);
    [&text[..start], lead, &name, colon, value, tail, &text[end..]].concat()
}

/// `text` with another value for `member`.
pub(crate) fn replace(text: &str, member: &Member, value: &str) -> String {
    [&text[..member.value.start], value, &text[member.value.end..]].concat()
}

/// `text` without the member at `index`. What is cut includes the comma before it, so that removing
/// what [`append`] added is exact; for the first member, the comma after it.
pub(crate) fn remove(text: &str, object: &Object, index: usize) -> String {
    let member = &object.members[index];
    let previous = index.checked_sub(1).map(|i| &object.members[i]);
    let (start, end) = match (previous, object.members.get(index + 1)) {
        (Some(previous), _) => (previous.value.end, member.value.end),
        (None, Some(next)) => (member.quoted.start, next.quoted.start),
        (None, None) => (object.span.start + 1, object.span.end - 1),
    };
    [&text[..start], &text[end..]].concat()
}

/// The JSON text of a string.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The indentation of the line that contains `at`, if only white space precedes it there.
pub(crate) fn indent_at(text: &str, at: usize) -> Option<&str> {
    let before = &text[..at];
    indent_of(&before[before.trim_end_matches(BLANK).len()..])
}

fn first_eol(text: &str) -> Option<&'static str> {
    let at = text.find(['\n', '\r'])?;
    Some(match &text.as_bytes()[at..] {
        [b'\r', b'\n', ..] => "\r\n",
        [b'\r', ..] => "\r",
        _ => "\n",
    })
}

/// A gap between members, reduced to its last line break and the indentation after that.
fn split_gap(gap: &str) -> Option<(&str, &str)> {
    let end = gap.rfind(['\n', '\r'])? + 1;
    let start = if gap[..end].ends_with("\r\n") { end - 2 } else { end - 1 };
    Some((&gap[start..end], &gap[end..]))
}

fn indent_of(gap: &str) -> Option<&str> {
    split_gap(gap).map(|(_, indent)| indent)
}

/// The white space before the last member: after the comma, or after the brace if it is the only
/// one.
fn gap_before_last<'a>(text: &'a str, object: &Object, last: &Member) -> &'a str {
    match object.members.len().checked_sub(2) {
        Some(previous) => {
            let between = &text[object.members[previous].value.end..last.quoted.start];
            between.split_once(',').map_or("", |(_, gap)| gap)
        }
        None => &text[object.span.start + 1..last.quoted.start],
    }
}

/// The text between a member's name and value; one that spans lines is not copied.
fn colon_of(text: &str, member: &Member) -> String {
    let colon = &text[member.quoted.end..member.value.start];
    if colon.contains(['\n', '\r']) { ": ".to_owned() } else { colon.to_owned() }
}
