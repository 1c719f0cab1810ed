//! Questions on stderr, answered at the terminal.

use super::input;
use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::gateway::auth::{AuthMode, MODES};
use std::io::{self, BufRead, IsTerminal, Write};

/// True when someone can be asked: stdin and stderr are terminals.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// One line; `None` when the input has ended. Blanks around it are dropped.
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

/// Something that is not shown while it is typed; empty is `None`.
pub fn hidden(question: &str) -> Option<Secret> {
    rpassword::prompt_password(format!("{question} ")).ok().and_then(Secret::new)
}

/// A secret: all of stdin, or an answer that is not shown where stdin is a terminal.
///
/// # Errors
/// Usage, when there is none; those of [`input::piped_secret`].
pub fn secret(what: &str) -> Result<Secret> {
    let found =
        if input::is_terminal() { hidden(&format!("{what} (not shown):")) } else { input::piped_secret()? };
    found.ok_or_else(|| {
        Error::new(Kind::Usage, format!("there is no {}", what.to_lowercase()))
            .hinted("pipe it into stdin; a command line would show it to others")
    })
}

/// Who pays; asked again until the answer is one of them.
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
