//! Quotes values for shells and other readers. Refuses what cannot be quoted.

use super::named::named;

named! {
    /// Which shell reads the text.
    pub enum Shell {
        /// Bash, dash and every other POSIX shell.
        Bash = "bash" => "Bash, dash and every other POSIX shell",
        /// Zsh.
        Zsh = "zsh" => "Zsh",
        /// Fish.
        Fish = "fish" => "Fish",
        /// PowerShell.
        Powershell = "powershell" => "PowerShell",
    }
}

impl Shell {
    /// `value` as one literal word of this shell.
    pub fn quote(self, value: &str) -> String {
        match self {
            Shell::Bash | Shell::Zsh => posix(value),
            Shell::Fish => format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'")),
            // typographic quotes also end a literal, so double them too
            Shell::Powershell => {
                let doubled = value.chars().flat_map(|c| {
                    let quote = matches!(c, '\'' | '\u{2018}'..='\u{201b}');
                    std::iter::repeat_n(c, if quote { 2 } else { 1 })
                });
                format!("'{}'", doubled.collect::<String>())
            }
        }
    }

    /// The line that sets a variable for this shell and its children.
    pub fn export(self, name: &str, value: &str) -> String {
        let value = self.quote(value);
        match self {
            Shell::Bash | Shell::Zsh => format!("export {name}={value}"),
            Shell::Fish => format!("set -gx {name} {value}"),
            Shell::Powershell => format!("$env:{name} = {value}"),
        }
    }

    /// The line that unsets a variable.
    pub fn unset(self, name: &str) -> String {
        match self {
            Shell::Bash | Shell::Zsh => format!("unset {name}"),
            Shell::Fish => format!("set -e {name}"),
            Shell::Powershell => format!("Remove-Item -ErrorAction SilentlyContinue Env:{name}"),
        }
    }
}

/// `value` as one literal word of any POSIX shell.
pub fn posix(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_inside_is_closed_escaped_and_opened_again() {
        assert_eq!(posix("it's"), r"'it'\''s'");
        assert_eq!(Shell::Fish.quote(r"a\'b"), r"'a\\\'b'");
        assert_eq!(Shell::Powershell.quote("it's \u{2019}"), "'it''s \u{2019}\u{2019}'");
    }
}
