//! The tokens of a text that need not be strict JSON.

use jsonc_parser::tokens::Token;
use jsonc_parser::{Scanner, ScannerOptions};
use std::ops::Range;

/// All tokens with their positions, parsed leniently; `None` if even that fails.
pub(crate) fn tokens(text: &str) -> Option<Vec<(Token<'_>, Range<usize>)>> {
    let mut all = Vec::new();
    for_each(text, |token, span| all.push((token, span)))?;
    Some(all)
}

/// The same one by one: a large file has several hundred thousand.
pub(crate) fn for_each<'a>(text: &'a str, mut take: impl FnMut(Token<'a>, Range<usize>)) -> Option<()> {
    let mut scanner = Scanner::new(text, &ScannerOptions::default());
    while let Some(token) = scanner.scan().ok()? {
        take(token, scanner.token_start()..scanner.token_end());
    }
    Some(())
}

/// A value that is neither an object nor an array.
pub(crate) fn is_scalar(token: &Token<'_>) -> bool {
    matches!(token, Token::String(_) | Token::Word(_) | Token::Boolean(_) | Token::Number(_) | Token::Null)
}
