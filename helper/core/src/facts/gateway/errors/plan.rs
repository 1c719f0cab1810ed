//! Evaluates the catalogue's signs: first finds their literals, then tests only the signs that can still
//! match.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use memchr::memmem;

use super::evidence::FailureEvidence;
use super::row::{Match, Row, Sign, Test};
use super::table::rows;

/// What is computed once from the table.
struct SearchPlan {
    literals: Vec<Literal>,
    signs: Vec<Planned>,
}

impl SearchPlan {
    /// Which literals occur in the text.
    fn there(&self, hay: &str) -> Vec<bool> {
        let trigrams = Trigrams::of(hay.as_bytes());
        let is_there = |literal: &Literal| {
            trigrams.may_contain(&literal.places)
                && memmem::find(hay.as_bytes(), literal.text.as_bytes()).is_some()
        };
        self.literals.iter().map(is_there).collect()
    }
}

/// A text in lower case, with the places of its first, middle and last three bytes among [`Trigrams`]. A text
/// of fewer bytes has none.
struct Literal {
    text: Cow<'static, str>,
    places: Option<[u16; 3]>,
}

impl Literal {
    fn new(text: &'static str) -> Self {
        let text = in_lower_case(text);
        let last = text.len().checked_sub(3);
        let places = last.map(|last| {
            [0, last / 2, last].map(|at| {
                let bytes = text.as_bytes();
                Trigrams::place([bytes[at], bytes[at + 1], bytes[at + 2]])
            })
        });
        Self { text, places }
    }
}

/// The three-byte sequences of a text, as a bit set with collisions. Most literals are ruled out after one or
/// two lookups, and unlike an automaton for all of them, it costs next to nothing to build.
struct Trigrams([u64; Self::WORDS]);

impl Trigrams {
    const WORDS: usize = 1024;

    fn of(text: &[u8]) -> Self {
        let mut bits = [0; Self::WORDS];
        for window in text.windows(3) {
            let at = usize::from(Self::place([window[0], window[1], window[2]]));
            bits[at / 64] |= 1 << (at % 64);
        }
        Self(bits)
    }

    /// False if the text certainly does not contain the literal with these places.
    fn may_contain(&self, places: &Option<[u16; 3]>) -> bool {
        let has = |at: &u16| self.0[usize::from(*at) / 64] & (1 << (at % 64)) != 0;
        places.as_ref().is_none_or(|places| places.iter().all(has))
    }

    /// The bit of a sequence, by multiplicative hashing.
    fn place([a, b, c]: [u8; 3]) -> u16 {
        (u32::from_le_bytes([a, b, c, 0]).wrapping_mul(0x9E37_79B1) >> 16) as u16
    }
}

struct Planned {
    row: &'static Row,
    sign: &'static Sign,
    weight: u8,
    /// Literals by their index in the plan: one of each range must occur in the text.
    needs: Vec<Range<usize>>,
}

fn plan() -> &'static SearchPlan {
    static PLAN: OnceLock<SearchPlan> = OnceLock::new();
    PLAN.get_or_init(|| {
        let mut literals = Vec::new();
        let mut planned = |row: &'static Row, sign: &'static Sign| Planned {
            row,
            sign,
            weight: weight_of(sign.all),
            needs: sign
                .all
                .iter()
                .map(|test| {
                    let begin = literals.len();
                    literals.extend(test.literals().map(Literal::new));
                    begin..literals.len()
                })
                .filter(|range| !range.is_empty())
                .collect(),
        };
        let signs = rows()
            .flat_map(|row| row.signs.iter().map(move |sign| (row, sign)))
            .map(|(row, sign)| planned(row, sign))
            .collect();
        SearchPlan { literals, signs }
    })
}

fn in_lower_case(text: &'static str) -> Cow<'static, str> {
    let is_lower = text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    if is_lower { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}

/// The best matching sign of every row that has one, in table order.
pub(super) fn signs_of(clue: &FailureEvidence) -> Vec<Match> {
    let plan = plan();
    let hay = clue.hay();
    let there = plan.there(&hay);
    let mut found: Vec<Match> = Vec::new();
    for planned in &plan.signs {
        if !planned.needs.iter().all(|ids| there[ids.clone()].contains(&true))
            || !planned.sign.all.iter().all(|test| clue.passes(test, &hay))
        {
            continue;
        }
        let new = Match {
            row: planned.row,
            confidence: planned.sign.confidence,
            weight: planned.weight,
            sign: Some(planned.sign),
        };
        match found.last_mut().filter(|last| last.row == new.row) {
            Some(last) if (last.confidence, last.weight) < (new.confidence, new.weight) => {
                *last = new;
            }
            Some(_) => {}
            None => found.push(new),
        }
    }
    found
}

/// How specific a sign is. Next to words, a status or a type adds nothing: words are what distinguishes
/// rows.
fn weight_of(tests: &[Test]) -> u8 {
    let worded = tests.iter().any(|test| matches!(test, Test::Any(_) | Test::Near(..)));
    let others = tests.iter().filter(|test| !matches!(test, Test::Any(_) | Test::Near(..))).map(weight);
    if worded { 2 + others.filter(|weight| *weight > 1).sum::<u8>() } else { others.sum() }
}

/// Tests that only show who refused have no weight; words have the most.
fn weight(test: &Test) -> u8 {
    match test {
        Test::StatusFrom(..) | Test::FromGateway | Test::FromApi | Test::FromProvider => 0,
        Test::ForeignError | Test::Failed | Test::Printed | Test::Line | Test::Told | Test::Bare => 0,
        Test::NoStatus | Test::Waited | Test::Not(_) => 0,
        Test::Status(_) | Test::Gateway(_) | Test::Api(_) | Test::Provider(_) | Test::Edge(..) => 1,
        Test::Html | Test::Weak(_) => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_literals_that_are_found_are_those_that_the_text_contains() {
        let plan = plan();
        let all: String = plan.literals.iter().map(|literal| format!("{} ", literal.text)).collect();
        let mut texts: Vec<String> =
            plan.literals.iter().map(|literal| format!("x{}", literal.text)).collect();
        texts.extend([String::new(), "ab".into(), all.clone(), all.repeat(20)]);
        for text in texts {
            let contained: Vec<bool> =
                plan.literals.iter().map(|literal| text.contains(literal.text.as_ref())).collect();
            assert_eq!(plan.there(&text), contained, "{}", &text[..text.len().min(80)]);
        }
    }
}
