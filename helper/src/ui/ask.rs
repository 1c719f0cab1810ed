//! Asks questions on stderr and reads answers from the terminal.

use super::block::TextBlock;
use super::input;
use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::gateway::auth::AuthMode;
use std::io::{self, BufRead, IsTerminal, Write};

/// True if a user can be asked: stdin and stderr are terminals.
pub fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// One line without surrounding white space; `None` at the end of input.
pub fn line(question: &str) -> Option<String> {
    let mut err = io::stderr().lock();
    // in one write, so that an answer typed at once appears after the space
    let _ = err.write_all(format!("{question} ").as_bytes()).and_then(|()| err.flush());
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
///
/// # Errors
/// Usage, if the terminal cannot be read, or an arrow key or another control character was typed.
pub fn hidden(question: &str) -> Result<Option<Secret>> {
    let text = super::hidden::line(&format!("{question} ")).map_err(|cause| {
        Error::new(Kind::Usage, format!("could not read from the terminal: {cause}")).caused_by(cause)
    })?;
    if text.trim().contains(char::is_control) {
        let message = "the text has a control character, such as that of an arrow key";
        return Err(Error::new(Kind::Usage, message).hinted("type it again, or pipe it to stdin"));
    }
    Ok(Secret::new(text))
}

/// A secret: all of stdin, or a hidden answer if stdin is a terminal.
///
/// # Errors
/// Usage, if there is none; errors of [`hidden`] and [`input::piped_secret`].
pub fn secret(what: &str) -> Result<Secret> {
    let found =
        if input::is_terminal() { hidden(&format!("{what} (not shown):"))? } else { input::piped_secret()? };
    found.ok_or_else(|| {
        Error::new(Kind::Usage, format!("no {} given", what.to_lowercase()))
            .hinted("pipe it to stdin; other users can see command-line arguments")
    })
}

/// Asks for a number or a name from the list until the answer is one of them, and returns its index. `None` at
/// the end of input.
pub fn one_of(question: &str, names: &[String]) -> Option<usize> {
    loop {
        match picked(&line(question)?, names) {
            None => super::out::note("enter a number or a name from the list"),
            at => return at,
        }
    }
}

/// The index that an answer means; an empty one is the first entry.
fn picked(answer: &str, names: &[String]) -> Option<usize> {
    if answer.is_empty() && !names.is_empty() {
        return Some(0);
    }
    let named = names.iter().position(|name| name == answer);
    named.or_else(|| numbered(answer, names.len()))
}

/// The index of a menu's entry by its number, which starts at 1.
fn numbered(answer: &str, count: usize) -> Option<usize> {
    answer.parse::<usize>().ok()?.checked_sub(1).filter(|at| *at < count)
}

/// Who pays; asks again until the answer is valid.
pub fn mode() -> Option<AuthMode> {
    let mut menu = TextBlock::new();
    menu.line("No provider key is set. Who pays?");
    for (at, mode) in AuthMode::ALL.iter().enumerate() {
        menu.line(format_args!("  {} {:<16} {}", at + 1, mode, mode.label()));
    }
    let mut question = format!("{}1 to {}:", menu.as_ref(), AuthMode::ALL.len());
    loop {
        let answer = line(&question)?;
        let numbered = numbered(&answer, AuthMode::ALL.len()).map(|at| AuthMode::ALL[at]);
        match numbered.or_else(|| AuthMode::parse(&answer)) {
            Some(mode) => return Some(mode),
            None => question = format!("1 to {}, or a name:", AuthMode::ALL.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pick_is_a_number_a_name_or_the_first_one() {
        let names = ["default", "n", "2"].map(str::to_owned);
        let pick = |answer: &str| picked(answer, &names);
        assert_eq!([pick(""), pick("1"), pick("default")], [Some(0); 3]);
        // a name comes before a number
        assert_eq!([pick("2"), pick("3"), pick("n")], [Some(2), Some(2), Some(1)]);
        assert_eq!(["0", "4", "-1", "x", "99999999999999999999"].map(pick), [None; 5]);
        assert_eq!(picked("", &[]), None);
    }
}
