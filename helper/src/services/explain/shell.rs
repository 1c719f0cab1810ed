//! Reads startup files of shells for plain assignments, line by line; evaluates nothing.
//!
//! The forms that installers and READMEs tell people to paste are recognized. A value that the shell
//! computes, or that this reader does not understand, is [`SourceValue::Computed`]; an assignment in a
//! branch counts as if it ran.

use crate::facts::claude_code::precedence::SourceValue;

/// The language of a startup file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShellLanguage {
    Posix,
    Fish,
    Powershell,
}

/// An assignment in a script.
pub(super) struct Assignment<'a> {
    /// The variable.
    pub(super) name: &'a str,
    /// The value.
    pub(super) held: SourceValue,
    /// False for a plain `NAME=value`, which programs do not see.
    pub(super) exported: bool,
    /// From 1.
    pub(super) line: usize,
}

/// Words that may precede a command on its line.
const LEADING: [&str; 4] = ["then ", "else ", "do ", "{ "];

/// The assignments of a script, in order.
pub(super) fn assignments(text: &str, language: ShellLanguage) -> Vec<Assignment<'_>> {
    let mut found: Vec<Assignment<'_>> = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
        let line = line.split_once(" #").map_or(line, |(code, _)| code);
        for command in line.split("; ").flat_map(|part| part.split("&& ")) {
            let command = command.trim().trim_end_matches(';');
            let command = LEADING.iter().find_map(|word| command.strip_prefix(word)).unwrap_or(command);
            let Some((name, held, exported)) = assignment(command, language) else { continue };
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                continue;
            }
            match held {
                Some(held) => found.push(Assignment { name, held, exported, line: at + 1 }),
                // `export NAME` after `NAME=value`
                None => found.iter_mut().filter(|known| known.name == name).for_each(|a| a.exported = true),
            }
        }
    }
    found
}

/// The name, the value and whether it is exported; no value for one that was assigned before.
fn assignment(command: &str, language: ShellLanguage) -> Option<(&str, Option<SourceValue>, bool)> {
    let unset = |name| Some((name, Some(SourceValue::Unset), true));
    let (first, rest) = command.split_once(' ').unwrap_or((command, ""));
    let flags = rest.len() - rest.trim_start_matches(['-', ' ']).len();
    let (flags, rest) = match flags {
        0 => ("", rest),
        _ => rest.split_once(' ')?,
    };
    match (language, first) {
        (ShellLanguage::Posix, "unset") => unset(rest),
        (ShellLanguage::Posix, "export" | "declare" | "typeset") => {
            let exported = first == "export" || flags.contains('x');
            Some(match rest.split_once('=') {
                Some((name, raw)) => (name, Some(value(raw)), exported),
                None => (rest, None, exported),
            })
        }
        // `NAME=value command` sets it only for that command
        (ShellLanguage::Posix, _) => {
            let (name, raw) = command.split_once('=')?;
            let is_whole = !raw.contains(' ') || raw.starts_with(['\'', '"']);
            is_whole.then(|| (name, Some(value(raw)), false))
        }
        (ShellLanguage::Fish, "set") if flags.starts_with("-e") || flags == "--erase" => unset(rest),
        (ShellLanguage::Fish, "set") => {
            let (name, raw) = rest.split_once(' ').unwrap_or((rest, "''"));
            Some((name, Some(value(raw)), flags == "--export" || flags.contains('x')))
        }
        (ShellLanguage::Fish, _) => None,
        (ShellLanguage::Powershell, "Remove-Item") => unset(command.rsplit_once("Env:")?.1),
        (ShellLanguage::Powershell, _) => {
            let (name, raw) = command
                .split_at_checked(5)
                .filter(|(start, _)| start.eq_ignore_ascii_case("$env:"))?
                .1
                .split_once('=')?;
            let raw = raw.trim();
            // a bare word is a command
            let held = if raw.starts_with(['\'', '"']) { value(raw) } else { SourceValue::Computed };
            Some((name.trim(), Some(held), true))
        }
    }
}

/// A literal without its quotes; computed if a shell would expand something, or one of them would read a
/// backslash as an escape.
fn value(raw: &str) -> SourceValue {
    let within = |quote: char| raw.strip_prefix(quote)?.strip_suffix(quote);
    let bare = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
    let text = match (within('\''), within('"')) {
        (Some(text), _) => Some(text).filter(|text| !text.contains(['\'', '\\'])),
        (_, Some(text)) => Some(text).filter(|text| !text.contains(['"', '$', '`', '\\'])),
        _ => Some(raw).filter(|raw| raw.chars().all(bare)),
    };
    text.map_or(SourceValue::Computed, |text| SourceValue::Text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::quote::Shell;
    use proptest::prelude::*;

    fn seen(text: &str, language: ShellLanguage) -> Vec<String> {
        let show = |a: &Assignment<'_>| {
            let held = match &a.held {
                SourceValue::Text(text) => format!("={text}"),
                SourceValue::Unset => " unset".to_owned(),
                SourceValue::Computed => "=?".to_owned(),
            };
            format!("{}:{}{held}{}", a.line, a.name, if a.exported { "" } else { " (not exported)" })
        };
        assignments(text, language).iter().map(show).collect()
    }

    #[test]
    fn posix_assignments_are_found_as_people_write_them() {
        let text = "export A=1 # note\n  export B='two words'; export C=\"x y\"\nD=plain\nE=5 some command\n\
                    # export F=1\necho \"export G=1\"\nif true; then export H=https://h/v1; fi\n\
                    export I=$(cat key)\nexport J=\"$HOME/x\"\nunset K\ndeclare -x L=a\ntypeset M=b\n\
                    [ -f x ] && export N=1\nO=later\nexport O\nexport P=\nexport Q=~/x R=2\n";
        assert_eq!(
            seen(text, ShellLanguage::Posix),
            [
                "1:A=1",
                "2:B=two words",
                "2:C=x y",
                "3:D=plain (not exported)",
                "7:H=https://h/v1",
                "8:I=?",
                "9:J=?",
                "10:K unset",
                "11:L=a",
                "12:M=b (not exported)",
                "13:N=1",
                "14:O=later",
                "16:P=",
                "17:Q=?",
            ]
        );
    }

    #[test]
    fn fish_assignments_are_found() {
        let text = "set -gx A 1\nset -x B 'two words'\nset C 1\nset --export D x\nset -Ux E $HOME\n\
                    set -e F\nset -gx G\nset -gx PATH a b\n";
        assert_eq!(
            seen(text, ShellLanguage::Fish),
            [
                "1:A=1",
                "2:B=two words",
                "3:C=1 (not exported)",
                "4:D=x",
                "5:E=?",
                "6:F unset",
                "7:G=",
                "8:PATH=?"
            ]
        );
    }

    #[test]
    fn powershell_assignments_are_found() {
        let text = "$env:A = 'one two' # note\r\n$Env:B=\"https://h/v1\"; $env:C = $HOME\n# $env:D = 'x'\n\
                    Remove-Item -ErrorAction SilentlyContinue Env:G\n$env:H = \"a$b\"\n$env:I = Get-Key\n\
                    $local = 'x'\nWrite-Host '$env:J = 1'\n";
        assert_eq!(
            seen(text, ShellLanguage::Powershell),
            ["1:A=one two", "2:B=https://h/v1", "2:C=?", "4:G unset", "5:H=?", "6:I=?"]
        );
    }

    const LANGUAGES: [(ShellLanguage, Shell); 3] = [
        (ShellLanguage::Posix, Shell::Bash),
        (ShellLanguage::Fish, Shell::Fish),
        (ShellLanguage::Powershell, Shell::Powershell),
    ];

    proptest! {
        #[test]
        fn output_of_env_is_read_back_or_counts_as_computed(value in "[ -~]{0,30}") {
            for (language, shell) in LANGUAGES {
                let read = seen(&shell.export("A", &value), language);
                prop_assert!(
                    read.first() == Some(&format!("1:A={value}")) || read.first().is_some_and(|r| r == "1:A=?"),
                    "{value:?}: {read:?}"
                );
                prop_assert_eq!(seen(&shell.unset("A"), language), ["1:A unset"]);
            }
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,60}") {
            for (language, _) in LANGUAGES {
                let _ = (seen(&text, language), seen(&format!("export {text}"), language));
            }
        }
    }

    #[test]
    fn a_value_that_continues_on_the_next_line_is_computed() {
        assert_eq!(seen("export A='open\nline'\n", ShellLanguage::Posix), ["1:A=?"]);
    }
}
