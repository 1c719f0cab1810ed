//! Reads shell scripts for plain assignments, line by line; evaluates nothing.
//!
//! Values that a shell computes (`$(…)`, `$VAR`, conditions) are not guessed: such a value is
//! [`Held::Computed`], and an assignment in a branch counts as if it ran.

use crate::facts::claude_code::precedence::Held;

/// An assignment in a script.
pub(super) struct Assignment<'a> {
    /// The variable.
    pub(super) name: &'a str,
    /// The value.
    pub(super) held: Held,
    /// False for a plain `NAME=value`, which programs do not see.
    pub(super) exported: bool,
    /// From 1.
    pub(super) line: usize,
}

/// The assignments of a POSIX-like script or, with `fish`, of a fish script, in order. A variable
/// that is exported on a separate line counts as exported.
pub(super) fn assignments(text: &str, fish: bool) -> Vec<Assignment<'_>> {
    let mut found: Vec<Assignment<'_>> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for command in commands(line, Syntax::Shell) {
            let words = words(command);
            for assignment in if fish { fish_command(&words) } else { posix_command(&words) } {
                let before = found.iter_mut().rfind(|known| known.name == assignment.name);
                match before {
                    // `export NAME` after `NAME=value`
                    Some(before) if words.contains(&assignment.name) && !fish && words[0] != "unset" => {
                        before.exported |= assignment.exported;
                    }
                    _ => found.push(Assignment { line: at + 1, ..assignment }),
                }
            }
        }
    }
    found.retain(|a| a.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    found
}

/// The syntax that a line follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// A backslash escapes; braces are words.
    Shell,
    /// A backtick escapes; braces end a statement, except those of `${env:NAME}`.
    PowerShell,
}

/// The commands of a line, split at `;`, `&&`, `||` and before a comment, but not inside quotes.
/// The escape character works everywhere except in single quotes.
pub(super) fn commands(line: &str, syntax: Syntax) -> Vec<&str> {
    let bytes = line.as_bytes();
    let is_powershell = syntax == Syntax::PowerShell;
    let escape = if is_powershell { b'`' } else { b'\\' };
    let (mut parts, mut start, mut quote, mut at) = (Vec::new(), 0, None, 0);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (None | Some(b'"'), byte) if byte == escape => at += 1,
            (None, b'\'' | b'"') => quote = Some(bytes[at]),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'#') if at == 0 || bytes[at - 1].is_ascii_whitespace() => break,
            (None, b'{') if is_powershell && at > 0 && bytes[at - 1] == b'$' => {
                at += bytes[at..].iter().position(|b| *b == b'}').unwrap_or(0);
            }
            (None, byte) if b";&|".contains(&byte) || is_powershell && b"{}".contains(&byte) => {
                parts.push(&line[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&line[start..at.min(line.len())]);
    parts
}

/// Words with their quotes.
fn words(command: &str) -> Vec<&str> {
    let bytes = command.as_bytes();
    let (mut words, mut start, mut quote, mut at) = (Vec::new(), None, None, 0);
    while at < bytes.len() {
        let begin = at;
        match (quote, bytes[at]) {
            (None | Some(b'"'), b'\\') => at += 1,
            (None, b'\'' | b'"') => quote = Some(bytes[at]),
            (Some(open), byte) if open == byte => quote = None,
            (None, byte) if byte.is_ascii_whitespace() => {
                if let Some(from) = start.take() {
                    words.push(&command[from..at]);
                }
                at += 1;
                continue;
            }
            _ => {}
        }
        start.get_or_insert(begin);
        at += 1;
    }
    if let Some(from) = start {
        words.push(&command[from..]);
    }
    words
}

fn posix_command<'a>(words: &[&'a str]) -> Vec<Assignment<'a>> {
    let leading = ["if", "then", "else", "do", "{", "!"];
    let words = match words.iter().position(|w| !leading.contains(w)) {
        Some(first) => &words[first..],
        None => return Vec::new(),
    };
    let none = |name, held, exported| Assignment { name, held, exported, line: 0 };
    match words {
        ["unset", names @ ..] => names.iter().map(|name| none(*name, Held::Unset, true)).collect(),
        ["export" | "declare" | "typeset", rest @ ..] => {
            let exported = words[0] == "export" || rest.iter().any(|w| w.starts_with('-') && w.contains('x'));
            let named = rest.iter().filter(|w| !w.starts_with('-'));
            named
                .map(|word| match word.split_once('=') {
                    Some((name, value)) => none(name, posix_value(value), exported),
                    None => none(*word, Held::Computed, exported),
                })
                .collect()
        }
        // `NAME=value command` sets it only for that command
        all if all.iter().all(|word| is_assignment(word)) => {
            let pairs = all.iter().filter_map(|word| word.split_once('='));
            pairs.map(|(name, value)| none(name, posix_value(value), false)).collect()
        }
        _ => Vec::new(),
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

fn fish_command<'a>(words: &[&'a str]) -> Vec<Assignment<'a>> {
    let ["set", rest @ ..] = words else { return Vec::new() };
    let flags: Vec<_> = rest.iter().take_while(|w| w.starts_with('-')).collect();
    let has = |short: char, long: &str| {
        flags.iter().any(|f| **f == long || (!f.starts_with("--") && f.contains(short)))
    };
    let [name, values @ ..] = &rest[flags.len()..] else { return Vec::new() };
    let (exported, erased) = (has('x', "--export"), has('e', "--erase"));
    let held = match values {
        _ if erased => Held::Unset,
        [] => Held::Text(String::new()),
        [value] => posix_value(value),
        _ => Held::Computed,
    };
    vec![Assignment { name, held, exported: exported || erased, line: 0 }]
}

/// A value without its quotes; computed if a shell would expand something.
fn posix_value(raw: &str) -> Held {
    let mut text = String::new();
    let (mut quote, mut chars) = (None, raw.chars());
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (Some('\''), _) => text.push(c),
            (_, '$' | '`') => return Held::Computed,
            (None, '(' | '*' | '~' | '<' | '>') if text.is_empty() => return Held::Computed,
            (Some('"'), '\\') => match chars.next() {
                Some(next @ ('"' | '\\' | '$' | '`')) => text.push(next),
                Some(next) => text.extend(['\\', next]),
                None => return Held::Computed,
            },
            (None, '\\') => match chars.next() {
                Some(next) => text.push(next),
                None => return Held::Computed,
            },
            _ => text.push(c),
        }
    }
    // an open quote continues on the next line
    if quote.is_some() { Held::Computed } else { Held::Text(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, fish: bool) -> Vec<String> {
        let show = |a: &Assignment<'_>| {
            let held = match &a.held {
                Held::Text(text) => format!("={text}"),
                Held::Unset => " unset".to_owned(),
                Held::Computed => "=?".to_owned(),
            };
            format!("{}:{}{held}{}", a.line, a.name, if a.exported { "" } else { " (not exported)" })
        };
        assignments(text, fish).iter().map(show).collect()
    }

    #[test]
    fn posix_assignments_are_found_as_people_write_them() {
        let text = "export A=1 # note\n  export B='two words' C=\"x \\\"y\\\"\"\nD=plain\nE=5 some command\n\
                    # export F=1\necho \"export G=1\"\nif true; then export H=https://h/v1; fi\n\
                    export I=$(cat key)\nexport J=\"$HOME/x\"\nunset K\ndeclare -x L=a\\ b\n\
                    [ -f x ] && export M=1\nN=later\nexport N\nexport O=\n";
        assert_eq!(
            seen(text, false),
            [
                "1:A=1",
                "2:B=two words",
                "2:C=x \"y\"",
                "3:D=plain (not exported)",
                "7:H=https://h/v1",
                "8:I=?",
                "9:J=?",
                "10:K unset",
                "11:L=a b",
                "12:M=1",
                "13:N=later",
                "15:O=",
            ]
        );
    }

    #[test]
    fn fish_assignments_are_found() {
        let text =
            "set -gx A 1\nset -x B 'two words'\nset C 1\nset --export D x\nset -Ux E $HOME\nset -e F\n";
        assert_eq!(
            seen(text, true),
            ["1:A=1", "2:B=two words", "3:C=1 (not exported)", "4:D=x", "5:E=?", "6:F unset"]
        );
    }

    #[test]
    fn a_broken_script_ends_nothing() {
        for text in ["export A='open", "export", "=", "export =x", "set", "set -x", "\"", "\\", "export A=\\"]
        {
            let _ = (seen(text, false), seen(text, true));
        }
        assert_eq!(seen("export A='open\nline'\n", false)[0], "1:A=?");
    }
}
