//! The tokens of a text that need not be strict JSON.

use jsonc_parser::tokens::Token;
use jsonc_parser::{Scanner, ScannerOptions};

/// All tokens with their positions, parsed leniently; `None` if even that fails.
pub(crate) fn tokens(text: &str) -> Option<Vec<(Token<'_>, std::ops::Range<usize>)>> {
    let mut scanner = Scanner::new(text, &ScannerOptions::default());
    let mut tokens = Vec::new();
    while let Some(token) = scanner.scan().ok()? {
        tokens.push((token, scanner.token_start()..scanner.token_end()));
    }
    Some(tokens)
}

/// A value that is neither an object nor an array.
pub(crate) fn is_scalar(token: &Token<'_>) -> bool {
    matches!(token, Token::String(_) | Token::Word(_) | Token::Boolean(_) | Token::Number(_) | Token::Null)
}
