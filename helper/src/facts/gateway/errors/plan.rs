//! Evaluates the catalogue's signs: one search for all their literals, then only what can still hold.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::clue::Clue;
use super::row::{Row, Sign, Test};
use super::{Match, literals, rows};

/// What is computed once from the table.
struct Plan {
    searcher: AhoCorasick,
    literals: usize,
    signs: Vec<Planned>,
}

struct Planned {
    row: &'static Row,
    sign: &'static Sign,
    weight: u8,
    /// Patterns of the searcher that must be in the text.
    needs: Vec<usize>,
}

fn plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| {
        let mut next = 0..;
        let mut planned = |row: &'static Row, sign: &'static Sign| Planned {
            row,
            sign,
            weight: sign.all.iter().map(weight).sum(),
            needs: sign.all.iter().filter_map(Test::literal).zip(&mut next).map(|(_, id)| id).collect(),
        };
        let signs = rows()
            .flat_map(|row| row.signs.iter().map(move |sign| (row, sign)))
            .map(|(row, sign)| planned(row, sign))
            .collect();
        let literals: Vec<&str> = literals().collect();
        let searcher = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&literals)
            .expect("a few hundred short patterns fit an automaton");
        Plan { searcher, literals: literals.len(), signs }
    })
}

/// The best sign of every row that has one that holds, in the order of the rows.
pub(super) fn signs_of(clue: &Clue) -> Vec<Match> {
    let plan = plan();
    let mut there = vec![false; plan.literals];
    let texts = [Some(&clue.text), clue.body.message.as_ref(), clue.client_error.as_ref()];
    for text in texts.into_iter().flatten() {
        for hit in plan.searcher.find_overlapping_iter(text) {
            there[hit.pattern().as_usize()] = true;
        }
    }
    let mut found: Vec<Match> = Vec::new();
    for planned in &plan.signs {
        if !planned.needs.iter().all(|id| there[*id])
            || !planned.sign.all.iter().all(|test| clue.passes(test))
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

/// Tests that say only who speaks weigh nothing, words weigh most.
fn weight(test: &Test) -> u8 {
    match test {
        Test::StatusFrom(..)
        | Test::FromGateway
        | Test::FromApi
        | Test::FromProvider
        | Test::ForeignError
        | Test::Printed => 0,
        Test::Says(_)
        | Test::Message(_)
        | Test::Zone(_)
        | Test::Header(..)
        | Test::NotSent(_)
        | Test::DottedModel => 2,
        _ => 1,
    }
}
