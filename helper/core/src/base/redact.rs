//! Removes secrets and control characters from text before it is shown or written.
//!
//! When in doubt it hides: it replaces whatever looks like a credential by its name, prefix or
//! randomness, and keeps words, so that an excerpt stays useful as evidence. One marker, and one
//! function for each kind of text:
//!
//! | text | function |
//! | --- | --- |
//! | what this program prints or writes | [`output`], [`Filter`] for text in pieces |
//! | an excerpt of somebody else's text | [`redact`] |
//! | somebody else's text that is read on | [`known::hide`] |
//! | a named value of a settings file | [`setting`] |
//! | a value of an API, as JSON | [`json`] |
//! | a URL | [`url`] |

mod filter;
pub mod known;
mod marker;
mod names;
mod shapes;
mod values;

pub use super::text::printable;
pub use filter::Filter;
pub use marker::REDACTED;
pub use values::{is_secret_member, json, setting, url};

use std::borrow::Cow;

/// Text for output, without this process's secrets and without credentials that are recognized by
/// prefix. Everything else is unchanged.
pub fn output(text: &str) -> Cow<'_, str> {
    match known::hide(text) {
        Cow::Borrowed(text) => shapes::hide_prefixed(text),
        Cow::Owned(text) => Cow::Owned(shapes::hide_prefixed(&text).into_owned()),
    }
}

/// `text` on one line, without control characters, with secrets replaced.
pub fn redact(text: &str) -> String {
    let clean = known::hide(text);
    let clean = printable(&clean);
    let named = names::hide(&clean);
    let urls = shapes::hide_user_option(&shapes::hide_userinfo(&named));
    let tokens = shapes::hide(&urls);
    collapse(&tokens)
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
