//! Evaluates the catalogue's signs. In a long log, one search finds their literals, then only the signs that can
//! still match are tested. The search takes 3 ms to build, so a few texts are tested sign by sign.

use super::evidence::FailureEvidence;
use super::row::{Match, Row, Sign, Test};
use super::table::rows;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::ops::Range;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many texts are tested before the search is built.
const WITHOUT_SEARCH: usize = 16;

/// What is computed once from the table.
struct SignSearch {
    literals: AhoCorasick,
    signs: Vec<SearchedSign>,
}

struct SearchedSign {
    row: &'static Row,
    sign: &'static Sign,
    weight: u8,
    /// Literals by their number: one of each range must occur in the text.
    needs: Vec<Range<usize>>,
}

static SEARCH: LazyLock<SignSearch> = LazyLock::new(|| {
    let mut literals = Vec::new();
    let mut needs = |test: &Test| {
        let begin = literals.len();
        literals.extend(test.literals().map(str::to_lowercase));
        (literals.len() > begin).then_some(begin..literals.len())
    };
    let mut signs = Vec::new();
    for row in rows() {
        for sign in row.signs {
            let needs = sign.all.iter().filter_map(&mut needs).collect();
            signs.push(SearchedSign { row, sign, weight: weight_of(sign.all), needs });
        }
    }
    // the kind that is built quickest
    let kind = Some(AhoCorasickKind::NoncontiguousNFA);
    let literals = AhoCorasick::builder().kind(kind).build(literals).expect("a few thousand short patterns");
    SignSearch { literals, signs }
});

/// The best matching sign of every row that has one, in table order.
pub(super) fn signs_of(clue: &FailureEvidence) -> Vec<Match> {
    static TESTED: AtomicUsize = AtomicUsize::new(0);
    if TESTED.fetch_add(1, Ordering::Relaxed) < WITHOUT_SEARCH { tested(clue) } else { searched(clue) }
}

fn tested(clue: &FailureEvidence) -> Vec<Match> {
    let hay = clue.hay();
    let signs = rows().flat_map(|row| row.signs.iter().map(move |sign| (row, sign)));
    let matching = signs.filter(|(_, sign)| sign.all.iter().all(|test| clue.passes(test, &hay)));
    best_of(matching.map(|(row, sign)| (row, sign, weight_of(sign.all))))
}

fn searched(clue: &FailureEvidence) -> Vec<Match> {
    let hay = clue.hay();
    let mut there = vec![false; SEARCH.literals.patterns_len()];
    for literal in SEARCH.literals.find_overlapping_iter(&hay) {
        there[literal.pattern().as_usize()] = true;
    }
    let can_match = |sign: &&SearchedSign| sign.needs.iter().all(|ids| there[ids.clone()].contains(&true));
    let matches = |sign: &&SearchedSign| sign.sign.all.iter().all(|test| clue.passes(test, &hay));
    let signs = SEARCH.signs.iter().filter(can_match).filter(matches);
    best_of(signs.map(|sign| (sign.row, sign.sign, sign.weight)))
}

/// The best of the matching signs of each row.
fn best_of(signs: impl Iterator<Item = (&'static Row, &'static Sign, u8)>) -> Vec<Match> {
    let mut found: Vec<Match> = Vec::new();
    for (row, sign, weight) in signs {
        let new = Match { row, confidence: sign.confidence, weight, sign: Some(sign) };
        match found.last_mut().filter(|last| last.row == new.row) {
            Some(last) if (last.confidence, last.weight) < (new.confidence, new.weight) => *last = new,
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
    fn the_search_and_the_signs_one_by_one_find_the_same() {
        let mut found = 0;
        for sign in rows().flat_map(|row| row.signs) {
            let words: Vec<&str> = sign.all.iter().filter_map(|test| test.literals().last()).collect();
            let texts = [words.join(" "), words.concat(), format!("API Error: 401 {}", words.join(": "))];
            for text in texts {
                let clues = [FailureEvidence::line(&text), FailureEvidence::printed(&text, Some(403), &text)];
                for clue in clues {
                    let matches = searched(&clue);
                    found += matches.len();
                    assert_eq!(tested(&clue), matches, "{text}");
                }
            }
        }
        assert!(found > 500, "only {found}");
    }
}
