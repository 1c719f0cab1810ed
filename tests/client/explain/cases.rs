//! Combinations of what each place sets: a covering array, the same in every run.

use std::collections::HashSet;
use std::fmt;

/// A place that can set variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Shell,
    User,
    Project,
    Local,
    Flag,
    Mod,
}

impl Place {
    const ALL: [Place; 6] =
        [Place::Shell, Place::User, Place::Project, Place::Local, Place::Flag, Place::Mod];

    /// As `explain` calls it.
    pub(super) fn id(self) -> &'static str {
        match self {
            Place::Shell => "process",
            Place::User => "user",
            Place::Project => "project",
            Place::Local => "local",
            Place::Flag => "command-line",
            Place::Mod => "mod",
        }
    }
}

/// What a place says about a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Cell {
    Absent,
    Value,
    Empty,
    /// Takes it away; only a mod can.
    Unset,
    /// Custom headers with an `X-Api-Key` line.
    KeyLine,
    /// Custom headers with an `Authorization` line.
    BearerLine,
}

const VARIABLES: [&str; 5] = [
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_CUSTOM_HEADERS",
    "apiKeyHelper",
];

/// One thing that a place can say something about, and all that it can say.
struct Factor {
    place: Place,
    variable: &'static str,
    cells: Vec<Cell>,
}

fn factors() -> Vec<Factor> {
    let mut factors = Vec::new();
    for place in Place::ALL {
        for variable in VARIABLES {
            let is_file = !matches!(place, Place::Shell | Place::Mod);
            if variable == "apiKeyHelper" && !is_file {
                continue;
            }
            let mut cells = vec![Cell::Absent, Cell::Value, Cell::Empty];
            if variable == "ANTHROPIC_CUSTOM_HEADERS" {
                cells.extend([Cell::KeyLine, Cell::BearerLine]);
            }
            if place == Place::Mod {
                cells.push(Cell::Unset);
            }
            factors.push(Factor { place, variable, cells });
        }
    }
    factors
}

/// One cell per factor.
#[derive(Clone)]
pub(super) struct Case(Vec<(Place, &'static str, Cell)>);

impl Case {
    /// What a place says about the variables of an environment.
    pub(super) fn variables(&self, place: Place) -> impl Iterator<Item = (&'static str, Cell)> {
        let of = self.0.iter().filter(move |(p, name, _)| *p == place && *name != "apiKeyHelper");
        of.map(|(_, name, cell)| (*name, *cell))
    }

    /// What it says about `apiKeyHelper`.
    pub(super) fn helper(&self, place: Place) -> Cell {
        let cell = self.0.iter().find(|(p, name, _)| *p == place && *name == "apiKeyHelper");
        cell.map_or(Cell::Absent, |(_, _, cell)| *cell)
    }

    fn pairs(&self) -> impl Iterator<Item = Pair> {
        let cells = &self.0;
        (0..cells.len()).flat_map(move |a| (a + 1..cells.len()).map(move |b| (cells[a], cells[b])))
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.0.iter().filter(|(_, _, cell)| *cell != Cell::Absent);
        let said: Vec<_> = said.map(|(place, name, cell)| format!("{place:?} {name} {cell:?}")).collect();
        f.write_str(&said.join(", "))
    }
}

type Pair = ((Place, &'static str, Cell), (Place, &'static str, Cell));

/// A generator of numbers that need only look irregular, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// `count` combinations: of several random ones the one with the most pairs that are new. Sparse
/// and dense ones alternate, since in a dense one only the strongest places are seen.
pub(super) fn generate(count: usize) -> Vec<Case> {
    const CANDIDATES: usize = 24;
    let factors = factors();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut cases, mut covered) = (Vec::new(), HashSet::new());
    for at in 0..count {
        let said_percent = [12, 25, 50, 80][at % 4];
        let candidates = (0..CANDIDATES).map(|_| {
            let with_mod = numbers.below(5) < 2;
            let cells = factors.iter().map(|factor| {
                // without any base URL little is seen, and with a mod the other places less
                let base = factor.place == Place::Shell && factor.variable == "ANTHROPIC_BASE_URL";
                let percent = if base { said_percent.max(75) } else { said_percent };
                let says = numbers.below(100) < percent && (with_mod || factor.place != Place::Mod);
                // a plain value is the usual thing
                let cell = match (says, numbers.below(3)) {
                    (false, _) => Cell::Absent,
                    (true, 0) => Cell::Value,
                    (true, _) => factor.cells[1 + numbers.below(factor.cells.len() - 1)],
                };
                (factor.place, factor.variable, cell)
            });
            Case(cells.collect())
        });
        let best = candidates.max_by_key(|case| case.pairs().filter(|pair| !covered.contains(pair)).count());
        let best = best.expect("there are candidates");
        covered.extend(best.pairs());
        cases.push(best);
    }
    cases
}

/// The pairs of cells of two factors that no combination holds.
pub(super) fn uncovered(cases: &[Case]) -> Vec<Pair> {
    let covered: HashSet<Pair> = cases.iter().flat_map(Case::pairs).collect();
    let factors = factors();
    let mut missing = Vec::new();
    for (at, a) in factors.iter().enumerate() {
        for b in &factors[at + 1..] {
            for x in &a.cells {
                let pairs = b.cells.iter().map(|y| ((a.place, a.variable, *x), (b.place, b.variable, *y)));
                missing.extend(pairs.filter(|pair| !covered.contains(pair)));
            }
        }
    }
    missing
}
