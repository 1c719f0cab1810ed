//! Reads JSON without spaces in one pass: some members of some objects, and the rest is skipped.

use memchr::memchr2;
use std::borrow::Cow;

/// How deep skipped values may be nested.
const DEPTH: u8 = 16;

/// A position in a JSON text.
///
/// It expects the JSON of a program: no spaces between tokens, no escapes in names. Each method returns `None` at
/// anything else, and then the text has to be parsed in another way. Not every text that is not JSON is
/// noticed: skipped strings may have control characters and unknown escapes.
#[derive(Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The start of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Whether only white space is left.
    pub fn is_at_end(&self) -> bool {
        self.text.as_bytes()[self.at..].iter().all(u8::is_ascii_whitespace)
    }

    /// Reads an object. `read` has to read the value of each member in `names` (at most 32), whose index it gets;
    /// other members are skipped. `None` also if one of `names` occurs twice.
    pub fn object(
        &mut self,
        names: &[&str],
        read: &mut dyn FnMut(&mut Self, usize) -> Option<()>,
    ) -> Option<()> {
        let mut seen = 0_u32;
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let name = self.plain_string()?;
            self.take(b':')?;
            match names.iter().position(|known| is(known, name)) {
                Some(index) => {
                    let bit = 1_u32.checked_shl(u32::try_from(index).ok()?)?;
                    if seen & bit != 0 {
                        return None;
                    }
                    seen |= bit;
                    read(self, index)?;
                }
                None => self.skip(DEPTH)?,
            }
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    /// Reads `null`, or an object as [`object`](Self::object) does. Whether it was an object.
    pub fn object_or_null(
        &mut self,
        names: &[&str],
        read: &mut dyn FnMut(&mut Self, usize) -> Option<()>,
    ) -> Option<bool> {
        match self.peek() {
            Some(b'{') => self.object(names, read).map(|()| true),
            _ => (self.scalar()? == "null").then_some(false),
        }
    }

    /// Reads a string; `Some(None)` for a value of another type.
    pub fn string(&mut self) -> Option<Option<Cow<'a, str>>> {
        if self.peek() != Some(b'"') {
            return self.skip(DEPTH).map(|()| None);
        }
        let start = self.at;
        if let Some(text) = self.plain_string() {
            return Some(Some(Cow::Borrowed(text)));
        }
        self.at = start;
        self.skip_string()?;
        serde_json::from_str(self.text.get(start..self.at)?).ok().map(|text| Some(Cow::Owned(text)))
    }

    /// Reads a whole number; 0 for a value of another type and for a number that does not fit.
    pub fn whole_number(&mut self) -> Option<u64> {
        if !self.peek()?.is_ascii_digit() {
            return self.skip(DEPTH).map(|()| 0);
        }
        let digits = self.scalar()?.bytes().map(|byte| u64::from(byte - b'0'));
        let mut number = 0_u64;
        for digit in digits {
            let Some(more) = number.checked_mul(10).and_then(|number| number.checked_add(digit)) else {
                return Some(0);
            };
            number = more;
        }
        Some(number)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found.then_some(())
    }

    fn skip(&mut self, depth: u8) -> Option<()> {
        let inner = depth.checked_sub(1)?;
        let (is_object, end) = match self.peek()? {
            b'"' => return self.skip_string(),
            b'{' => (true, b'}'),
            b'[' => (false, b']'),
            _ => return self.scalar().map(drop),
        };
        self.at += 1;
        if self.take(end).is_some() {
            return Some(());
        }
        loop {
            if is_object {
                self.plain_string()?;
                self.take(b':')?;
            }
            self.skip(inner)?;
            if self.take(b',').is_none() {
                return self.take(end);
            }
        }
    }

    /// A string without escapes.
    fn plain_string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let start = self.at;
        self.at += memchr2(b'"', b'\\', &self.text.as_bytes()[start..])?;
        let text = self.text.get(start..self.at)?;
        self.take(b'"').map(|()| text)
    }

    fn skip_string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            self.at += memchr2(b'"', b'\\', self.text.as_bytes().get(self.at..)?)?;
            if self.take(b'"').is_some() {
                return Some(());
            }
            self.at += 2;
        }
    }

    /// `true`, `false`, `null` or a whole number that is not negative.
    fn scalar(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let length = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let text = &rest[..length];
        self.at += length;
        let is_number = match text.as_bytes() {
            [b'0'] => true,
            [b'1'..=b'9', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        (is_number || matches!(text, "true" | "false" | "null")).then_some(text)
    }
}

/// Whether the texts are the same. They are short: a call of the C library's function takes longer.
fn is(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().eq(other.bytes())
}
