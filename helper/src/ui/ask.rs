//! Asks questions on stderr and reads answers from the terminal.

use super::input;
use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::gateway::auth::{AuthMode, MODES};
use std::io::{self, BufRead, IsTerminal, Write};

/// True if a user can be asked: stdin and stderr are terminals.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// One line without surrounding white space; `None` at the end of input.
pub fn line(question: &str) -> Option<String> {
    let mut err = io::stderr().lock();
    let _ = write!(err, "{question} ").and_then(|()| err.flush());
    let mut text = String::new();
    match io::stdin().lock().read_line(&mut text) {
        Ok(1..) => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// Yes or no; anything but a yes is no.
pub fn yes(question: &str) -> bool {
    line(&format!("{question} [y/N]"))
        .is_some_and(|answer| matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// A hidden answer; `None` if it is empty.
pub fn hidden(question: &str) -> Option<Secret> {
    rpassword::prompt_password(format!("{question} ")).ok().and_then(Secret::new)
}

/// A secret: all of stdin, or a hidden answer if stdin is a terminal.
///
/// # Errors
/// Usage, if there is none; errors of [`input::piped_secret`].
pub fn secret(what: &str) -> Result<Secret> {
    let found =
        if input::is_terminal() { hidden(&format!("{what} (not shown):")) } else { input::piped_secret()? };
    found.ok_or_else(|| {
        Error::new(Kind::Usage, format!("no {} given", what.to_lowercase()))
            .hinted("pipe it to stdin; other users can see command-line arguments")
    })
}

/// Who pays; asks again until the answer is valid.
pub fn mode() -> Option<AuthMode> {
    let mut menu = "No provider key is set. Who pays?\n".to_owned();
    for (at, row) in MODES.iter().enumerate() {
        menu.push_str(&format!("  {} {:<16} {}\n", at + 1, row.name, row.pays));
    }
    let mut question = format!("{menu}1 to {}:", MODES.len());
    loop {
        let answer = line(&question)?;
        let numbered = answer.parse::<usize>().ok().and_then(|n| MODES.get(n.checked_sub(1)?));
        match numbered.map(|row| row.mode).or_else(|| AuthMode::parse(&answer)) {
            Some(mode) => return Some(mode),
            None => question = format!("1 to {}, or a name:", MODES.len()),
        }
    }
}
