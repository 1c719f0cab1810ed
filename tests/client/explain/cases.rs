//! Combinations of what each source sets: a covering array that is the same in every run.

use std::collections::HashSet;
use std::fmt;

/// A source that can set variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Shell,
    User,
    Project,
    Local,
    Flag,
    Mod,
    /// The local settings of the repository's root, or of the main checkout.
    Root,
}

impl Place {
    const ALL: [Place; 6] =
        [Place::Shell, Place::User, Place::Project, Place::Local, Place::Flag, Place::Mod];

    /// The name in `explain`.
    pub(super) fn id(self) -> &'static str {
        match self {
            Place::Shell => "process",
            Place::User => "user",
            Place::Project => "project",
            Place::Local => "local",
            Place::Flag => "command-line",
            Place::Mod => "mod",
            Place::Root => "root",
        }
    }
}

/// The value of a variable in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Cell {
    Absent,
    Value,
    Empty,
    /// Unsets it; only a mod can.
    Unset,
    /// Custom headers with an `X-Api-Key` line.
    KeyLine,
    /// Custom headers with an `Authorization` line.
    BearerLine,
    /// A base URL with this many trailing slashes.
    Slashes(usize),
    /// This JSON instead of a string; only possible in a settings file.
    Json(&'static str),
    /// This text.
    Text(&'static str),
}

const VARIABLES: [&str; 5] = [
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_CUSTOM_HEADERS",
    "apiKeyHelper",
];

/// Something that a source can set, and all possible values.
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

/// One cell per factor, and the unusual parts.
#[derive(Clone)]
pub(super) struct Case {
    cells: Vec<(Place, &'static str, Cell)>,
    pub(super) odd: Odd,
}

/// Where the client starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Layout {
    /// In a folder outside any repository.
    #[default]
    Plain,
    /// In a subdirectory of a repository.
    Subdirectory,
    /// In a worktree.
    Worktree,
    /// In a folder below a home folder that is a repository.
    BelowHome,
}

/// The format of a settings file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    Utf16Le,
    Utf16Be,
    ByteOrderMark,
    StrayByte,
    Comment,
    TrailingComma,
    /// With an additional member that voids the file.
    Void(&'static str),
    /// With an additional member that does not.
    Beside(&'static str),
}

/// The unusual parts of a combination.
#[derive(Debug, Clone, Default)]
pub(super) struct Odd {
    pub(super) layout: Layout,
    pub(super) writing: Vec<(Place, Writing)>,
    /// Variables of the shell in addition to the factors.
    pub(super) shell: Vec<(&'static str, &'static str)>,
    /// `--settings` gets the JSON itself.
    pub(super) inline: bool,
}

/// Values that void a file, and values that do not.
const VOID: [&str; 8] = [
    r#""model":5"#,
    r#""cleanupPeriodDays":"30""#,
    r#""permissions":{"allow":"Bash"}"#,
    r#""enabledPlugins":["a@b"]"#,
    r#""statusLine":"x""#,
    r#""apiKeyHelper":5"#,
    r#""$schema":5"#,
    r#""disableAllHooks":"yes""#,
];
const BESIDE: [&str; 5] =
    [r#""theme":5"#, r#""hooks":5"#, r#""unknown":[]"#, r#""model":"m""#, r#""extraKnownMarketplaces":5"#];

impl Odd {
    fn some(numbers: &mut Numbers, cells: &mut Vec<(Place, &'static str, Cell)>) -> Self {
        const FILES: [Place; 4] = [Place::User, Place::Project, Place::Local, Place::Flag];
        const TYPED: [&str; 7] = ["5", "5.0", "true", "null", r#"["a","b"]"#, "{}", "1e21"];
        let mut odd = Self::default();
        let mut set = |place: Place, name: &'static str, cell: Cell| {
            cells.retain(|(p, n, _)| (*p, *n) != (place, name));
            cells.push((place, name, cell));
        };
        for _ in 0..1 + numbers.below(2) {
            let place = FILES[numbers.below(4)];
            match numbers.below(12) {
                0 | 1 => {
                    let layouts = [Layout::Subdirectory, Layout::Worktree, Layout::BelowHome];
                    odd.layout = layouts[numbers.below(3)];
                    for name in VARIABLES {
                        if numbers.below(2) == 0 {
                            set(Place::Root, name, Cell::Value);
                        }
                    }
                }
                2 => odd.writing.push((place, Writing::Void(VOID[numbers.below(VOID.len())]))),
                3 => odd.writing.push((place, Writing::Beside(BESIDE[numbers.below(BESIDE.len())]))),
                4 => {
                    let ways = [
                        Writing::Utf16Le,
                        Writing::Utf16Be,
                        Writing::ByteOrderMark,
                        Writing::StrayByte,
                        Writing::Comment,
                        Writing::TrailingComma,
                    ];
                    odd.writing.push((place, ways[numbers.below(ways.len())]));
                }
                5 => {
                    let name = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"][numbers.below(2)];
                    set(place, name, Cell::Json(TYPED[numbers.below(TYPED.len())]));
                }
                6 => set(place, "ANTHROPIC_BASE_URL", Cell::Slashes(1 + numbers.below(3))),
                7 | 8 => {
                    let place = [Place::Shell, place][numbers.below(2)];
                    set(
                        place,
                        "CLAUDE_CODE_USE_GATEWAY",
                        Cell::Text(["1", "true", "0", ""][numbers.below(4)]),
                    );
                    if numbers.below(2) == 0 {
                        set(Place::Shell, "ANTHROPIC_AUTH_TOKEN", Cell::Value);
                    }
                }
                9 => set([Place::Shell, place][numbers.below(2)], "CLAUDE_CODE_OAUTH_TOKEN", Cell::Value),
                10 => {
                    let host = [
                        ("CLAUDE_CODE_ENTRYPOINT", "claude-desktop"),
                        ("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST", "1"),
                        ("CLAUDE_CONFIG_DIR", ""),
                    ];
                    odd.shell.push(host[numbers.below(3)]);
                }
                _ => {
                    odd.inline = true;
                    set(Place::Flag, "ANTHROPIC_API_KEY", Cell::Value);
                }
            }
        }
        odd
    }
}

impl Case {
    /// What a source sets for the variables of an environment.
    pub(super) fn variables(&self, place: Place) -> impl Iterator<Item = (&'static str, Cell)> {
        let of = self.cells.iter().filter(move |(p, name, _)| *p == place && *name != "apiKeyHelper");
        of.map(|(_, name, cell)| (*name, *cell))
    }

    /// What it sets for `apiKeyHelper`.
    pub(super) fn helper(&self, place: Place) -> Cell {
        let cell = self.cells.iter().find(|(p, name, _)| *p == place && *name == "apiKeyHelper");
        cell.map_or(Cell::Absent, |(_, _, cell)| *cell)
    }

    fn pairs(&self) -> impl Iterator<Item = Pair> {
        let cells = &self.cells;
        (0..cells.len()).flat_map(move |a| (a + 1..cells.len()).map(move |b| (cells[a], cells[b])))
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.cells.iter().filter(|(_, _, cell)| *cell != Cell::Absent);
        let said: Vec<_> = said.map(|(place, name, cell)| format!("{place:?} {name} {cell:?}")).collect();
        write!(f, "{}; {:?}", said.join(", "), self.odd)
    }
}

type Pair = ((Place, &'static str, Cell), (Place, &'static str, Cell));

/// A generator of irregular numbers, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// `count` combinations: of several random ones, the one with the most new pairs. Alternates sparse and
/// dense ones, because a dense one shows only the strongest sources.
///
/// Every third one is unusual. `seed` selects a different set.
pub(super) fn generate(count: usize, seed: u64) -> Vec<Case> {
    const CANDIDATES: usize = 24;
    let factors = factors();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ seed);
    let mut unusual = Numbers(0x2545_f491_4f6c_dd1d ^ seed);
    let (mut cases, mut covered) = (Vec::new(), HashSet::new());
    for at in 0..count {
        let said_percent = [12, 25, 50, 80][at % 4];
        let candidates = (0..CANDIDATES).map(|_| {
            let with_mod = numbers.below(5) < 2;
            let cells = factors.iter().map(|factor| {
                // without a base URL little is visible, and with a mod the other sources less
                let base = factor.place == Place::Shell && factor.variable == "ANTHROPIC_BASE_URL";
                let percent = if base { said_percent.max(75) } else { said_percent };
                let says = numbers.below(100) < percent && (with_mod || factor.place != Place::Mod);
                // usually a plain value
                let cell = match (says, numbers.below(3)) {
                    (false, _) => Cell::Absent,
                    (true, 0) => Cell::Value,
                    (true, _) => factor.cells[1 + numbers.below(factor.cells.len() - 1)],
                };
                (factor.place, factor.variable, cell)
            });
            Case { cells: cells.collect(), odd: Odd::default() }
        });
        let best = candidates.max_by_key(|case| case.pairs().filter(|pair| !covered.contains(pair)).count());
        let mut best = best.expect("there are candidates");
        covered.extend(best.pairs());
        if at % 3 == 2 {
            best.odd = Odd::some(&mut unusual, &mut best.cells);
        }
        cases.push(best);
    }
    cases
}

/// The pairs of cells of two factors that no combination contains; unusual ones may have lost some of
/// theirs.
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
