//! Lays out values over lines, for both languages.

/// A list: on one line if each of its items is.
pub(super) fn list(items: &[String]) -> String {
    if items.iter().any(|item| item.contains('\n')) {
        let mut out = "[\n".to_owned();
        items.iter().for_each(|item| push_indented(&mut out, &format!("{item},")));
        out.push(']');
        return out;
    }
    format!("[{}]", items.join(", "))
}

/// A text indented by one step; an empty one becomes an empty line.
pub(super) fn push_indented(out: &mut String, text: &str) {
    for line in text.lines() {
        out.push_str("  ");
        out.push_str(line);
        out.push('\n');
    }
    if text.is_empty() {
        out.push('\n');
    }
}
