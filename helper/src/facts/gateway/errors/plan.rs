//! Evaluates the catalogue's signs: first which of their literals are there, then only what can still hold.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::clue::Clue;
use super::row::{Row, Sign, Test};
use super::{Match, rows};

/// Looking for each literal by itself costs as much as building the automaton after this many bytes.
const EACH: usize = 2 * 1024;

/// What is computed once from the table.
struct Plan {
    literals: Vec<String>,
    /// All literals in one search; built when there is enough to search.
    searcher: OnceLock<AhoCorasick>,
    searched: AtomicUsize,
    signs: Vec<Planned>,
}

impl Plan {
    /// Which literals are in the text.
    fn there(&self, hay: &str) -> Vec<bool> {
        if self.searched.fetch_add(hay.len(), Ordering::Relaxed) < EACH {
            let find = |literal: &String| memchr::memmem::find(hay.as_bytes(), literal.as_bytes());
            return self.literals.iter().map(|literal| find(literal).is_some()).collect();
        }
        let searcher = self.searcher.get_or_init(|| {
            AhoCorasick::builder()
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .build(&self.literals)
                .expect("some thousand short patterns fit an automaton")
        });
        let mut there = vec![false; self.literals.len()];
        for hit in searcher.find_overlapping_iter(hay) {
            there[hit.pattern().as_usize()] = true;
        }
        there
    }
}

struct Planned {
    row: &'static Row,
    sign: &'static Sign,
    weight: u8,
    /// Literals by their place in the plan: one of each range must be in the text.
    needs: Vec<Range<usize>>,
}

fn plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| {
        let mut literals: Vec<String> = Vec::new();
        let mut planned = |row: &'static Row, sign: &'static Sign| Planned {
            row,
            sign,
            weight: weight_of(sign.all),
            needs: sign
                .all
                .iter()
                .map(Test::literals)
                .filter(|texts| !texts.is_empty())
                .map(|texts| {
                    let begin = literals.len();
                    literals.extend(texts.iter().map(|text| text.to_lowercase()));
                    begin..literals.len()
                })
                .collect(),
        };
        let signs = rows()
            .flat_map(|row| row.signs.iter().map(move |sign| (row, sign)))
            .map(|(row, sign)| planned(row, sign))
            .collect();
        Plan { literals, searcher: OnceLock::new(), searched: AtomicUsize::new(0), signs }
    })
}

/// The best sign of every row that has one that holds, in the order of the rows.
pub(super) fn signs_of(clue: &Clue) -> Vec<Match> {
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

/// What a sign asks for. Beside words a status or a type adds nothing: the words are what tells rows apart.
fn weight_of(tests: &[Test]) -> u8 {
    let worded = tests.iter().any(|test| matches!(test, Test::Any(_) | Test::Near(..)));
    let others = tests.iter().filter(|test| !matches!(test, Test::Any(_) | Test::Near(..))).map(weight);
    if worded { 2 + others.filter(|weight| *weight > 1).sum::<u8>() } else { others.sum() }
}

/// Tests that say only who speaks weigh nothing, words weigh most.
fn weight(test: &Test) -> u8 {
    match test {
        Test::StatusFrom(..)
        | Test::FromGateway
        | Test::FromApi
        | Test::FromProvider
        | Test::ForeignError
        | Test::Failed
        | Test::NotStatus(_)
        | Test::NoStatus
        | Test::Line
        | Test::Bare
        | Test::Waited
        | Test::NotWaited
        | Test::Told
        | Test::NotTarget(_)
        | Test::Printed => 0,
        Test::Says(_)
        | Test::Message(_)
        | Test::Zone(_)
        | Test::Header(..)
        | Test::NotSent(_)
        | Test::Any(_)
        | Test::Near(..)
        | Test::Kind(_)
        | Test::FromPolicy
        | Test::Unsent
        | Test::BaseInV1
        | Test::Target(_)
        | Test::Code(_)
        | Test::ClientError(_)
        | Test::DottedModel => 2,
        _ => 1,
    }
}
