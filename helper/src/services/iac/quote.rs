//! Quotes texts for Terraform and TypeScript.

use crate::base::text::is_unseen;

/// A text as a literal in Terraform's language; never starts a template.
pub(super) fn hcl(text: &str) -> String {
    format!("\"{}\"", hcl_inner(text))
}

/// The same without quotes, for a text inside a template.
pub(super) fn hcl_inner(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // `$${` is a literal `${`, but after another `$` the second one would be ambiguous
            '$' | '%' if chars.peek() == Some(&'{') && before == c => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
            _ if is_unseen(c) && u32::from(c) > 0xffff => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            _ if is_unseen(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
        before = c;
    }
    out
}

/// A text as a literal of TypeScript.
pub(super) fn ts(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if is_unseen(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_opens_a_template_or_ends_a_literal() {
        assert_eq!(hcl(r#"a"b\${x}%{y}"#), r#""a\"b\\$${x}%%{y}""#);
        assert_eq!(hcl("$${x} $$ %"), r#""$\u0024{x} $$ %""#);
        assert_eq!(hcl("a\nb\u{202e}\0"), r#""a\nb\u202e\u0000""#);
        assert_eq!(ts("a\"b\\`${x}\u{2028}\u{e0041}"), "\"a\\\"b\\\\`${x}\\u{2028}\u{e0041}\"");
    }
}
