//! Reads PowerShell profiles for plain assignments of environment variables; evaluates nothing.

use super::shell::{Assignment, Syntax, commands};
use crate::facts::claude_code::precedence::Held;

/// The assignments in a profile, in order: `$env:NAME = …`, `Set-Item Env:NAME …`, `Remove-Item
/// Env:NAME`.
pub(super) fn assignments(text: &str) -> Vec<Assignment<'_>> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for statement in commands(line, Syntax::PowerShell) {
            if let Some((name, held)) = assignment(statement) {
                found.push(Assignment { name, held, exported: true, line: at + 1 });
            }
        }
    }
    found.retain(|a| !a.name.is_empty() && a.name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    found
}

fn assignment(statement: &str) -> Option<(&str, Held)> {
    let statement = statement.trim();
    if let Some((left, right)) = statement.split_once('=')
        && let Some(name) = variable(left.trim_end())
    {
        return Some((name, value(right)));
    }
    let (command, rest) = statement.split_once(char::is_whitespace)?;
    let mut words = rest.split_whitespace().filter(|word| !word.starts_with('-'));
    let is = |names: &[&str]| names.iter().any(|name| command.eq_ignore_ascii_case(name));
    if is(&["Remove-Item", "ri", "del", "rm"]) {
        let name = words.find_map(drive)?;
        return Some((name, Held::Unset));
    }
    if is(&["Set-Item", "New-Item", "si", "ni", "Set-Content", "sc"]) {
        let word = words.find(|word| drive(word).is_some())?;
        let after = rest.split_once(word).map_or("", |(_, after)| after).trim_start();
        let after = after.strip_prefix("-Value").or_else(|| after.strip_prefix("-value")).unwrap_or(after);
        return Some((drive(word)?, value(after)));
    }
    None
}

/// The `NAME` in `$env:NAME` or `${env:NAME}`.
fn variable(text: &str) -> Option<&str> {
    let text = text.strip_prefix('$')?;
    drive(text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text))
}

/// The `NAME` in `Env:NAME` or `Env:\NAME`.
fn drive(word: &str) -> Option<&str> {
    let word = word.trim_matches(['\'', '"']);
    let (drive, name) = word.split_once(':')?;
    drive.eq_ignore_ascii_case("env").then(|| name.trim_start_matches(['\\', '/']))
}

/// A literal without its quotes; computed for everything that PowerShell would evaluate.
fn value(raw: &str) -> Held {
    let raw = raw.trim();
    let inside = |quote: char| raw.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let single = inside('\'').filter(|text| !text.replace("''", "").contains('\''));
    let double = inside('"').filter(|text| !text.contains(['"', '$', '`']));
    if let Some(text) = single {
        return Held::Text(text.replace("''", "'"));
    }
    if let Some(text) = double {
        return Held::Text(text.to_owned());
    }
    match raw {
        // an empty value unsets a variable
        "$null" | "''" | "\"\"" => Held::Unset,
        _ if !raw.is_empty() && raw.bytes().all(|b| b.is_ascii_digit()) => Held::Text(raw.to_owned()),
        _ => Held::Computed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<String> {
        let show = |a: &Assignment<'_>| match &a.held {
            Held::Text(text) => format!("{}:{}={text}", a.line, a.name),
            Held::Unset => format!("{}:{} unset", a.line, a.name),
            Held::Computed => format!("{}:{}=?", a.line, a.name),
        };
        assignments(text).iter().map(show).collect()
    }

    #[test]
    fn assignments_are_found_as_people_write_them() {
        let text = "$env:A = 'one two' # note\r\n$Env:B=\"https://h/v1\"; $env:C = $HOME\n\
                    # $env:D = 'x'\nif ($true) { ${env:E} = 'it''s' }\n\
                    Set-Item -Path Env:F -Value 'x y'\nRemove-Item -ErrorAction SilentlyContinue Env:\\G\n\
                    $env:H = \"a$b\"\n$env:I = $null\n$local = 'x'\nWrite-Host '$env:J = 1'\n$env:K = 5\n";
        assert_eq!(
            seen(text),
            [
                "1:A=one two",
                "2:B=https://h/v1",
                "2:C=?",
                "4:E=it's",
                "5:F=x y",
                "6:G unset",
                "7:H=?",
                "8:I unset",
                "11:K=5",
            ]
        );
    }

    #[test]
    fn a_broken_profile_ends_nothing() {
        for text in
            ["$env:", "$env:=1", "${env:A = 1", "$env:A = 'open", "`", "$env:Ä = 'é`", "Remove-Item", "${"]
        {
            let _ = seen(text);
        }
        assert_eq!(seen("$env:A = 'open")[0], "1:A=?");
    }
}
