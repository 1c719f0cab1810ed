//! Generated sequences: changes of a session's settings files, step by step.

use serde_json::{Value, json};
use std::path::Path;

/// A key from a settings file in a session that something else should pay for.
pub(super) const KEY_OF_A_FILE: &str = "sk-ant-from-a-settings-file";

/// A small generator: the same seed gives the same sequences everywhere.
pub(super) struct Seed(pub(super) u64);

impl Seed {
    pub(super) fn below(&mut self, limit: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % limit as u64).expect("small")
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// Every file that the client reads variables from, relative to the sandbox, which is the git root of the
/// project. The last is the one of `--settings`.
pub(super) const FILES: [&str; 5] = [
    "home/.claude/settings.json",
    "project/.claude/settings.json",
    "project/.claude/settings.local.json",
    ".claude/settings.local.json",
    "project/flag.json",
];

/// One step of a session.
#[derive(Debug)]
pub(super) enum Step {
    /// The model runs this script, which changes files.
    Tool(String),
    /// Something else changes files during the session.
    Outside(String),
    /// `/model`, with which the client writes its user settings.
    Model(&'static str),
    /// A rule entered in `/permissions`, which the client saves in one of three settings files.
    Permission(String, usize),
}

/// The hosts in a sequence.
pub(super) struct Hosts<'a> {
    pub(super) elsewhere: &'a str,
    pub(super) gateway: &'a str,
}

/// The next content of one of the files; `None` removes it.
fn content(seed: &mut Seed, hosts: &Hosts<'_>) -> Option<Value> {
    let env = |env: Value| Some(json!({ "env": env }));
    match seed.below(12) {
        0 | 1 => env(json!({ "ANTHROPIC_BASE_URL": hosts.elsewhere })),
        2 => {
            env(json!({ "ANTHROPIC_BASE_URL": hosts.elsewhere, "ANTHROPIC_CUSTOM_HEADERS": "X-Team: shop" }))
        }
        3 => env(json!({ "ANTHROPIC_CUSTOM_HEADERS": "X-Team: shop" })),
        4 => env(json!({ "ANTHROPIC_API_KEY": KEY_OF_A_FILE })),
        5 => env(json!({ "ANTHROPIC_AUTH_TOKEN": KEY_OF_A_FILE, "ANTHROPIC_BASE_URL": hosts.elsewhere })),
        6 => env(json!({ "ANTHROPIC_BASE_URL": hosts.gateway })),
        7 => env(json!({ "UNRELATED": seed.below(1000).to_string() })),
        8 => Some(json!({ "permissions": { "allow": ["Bash(ls)"] }, "env": { "UNRELATED": "1" } })),
        9 => Some(json!({ "cleanupPeriodDays": 20 + seed.below(20) })),
        10 => Some(json!({ "apiKeyHelper": format!("echo {KEY_OF_A_FILE}") })),
        _ => None,
    }
}

/// A shell script that changes one or two files.
fn script(seed: &mut Seed, root: &Path, hosts: &Hosts<'_>) -> String {
    let mut lines = Vec::new();
    for _ in 0..1 + seed.below(2) {
        let file = root.join(FILES[seed.below(FILES.len())]);
        let file = file.display();
        lines.push(match content(seed, hosts) {
            Some(text) => format!("printf %s '{text}' > '{file}'"),
            None => format!("rm -f '{file}'"),
        });
        lines.push(format!("sleep {}", seed.pick(&["0", "0", "0.2", "0.6", "0.9"])));
    }
    // the client waits a second to see whether a file is still being written
    lines.push(format!("sleep {}", seed.pick(&["0", "0.3", "0.95", "1.05", "1.2", "1.6"])));
    lines.join("\n") + "\n"
}

/// The steps of a headless session: tool calls.
pub(super) fn headless(seed: &mut Seed, root: &Path, hosts: &Hosts<'_>) -> Vec<Step> {
    (0..3 + seed.below(3)).map(|_| Step::Tool(script(seed, root, hosts))).collect()
}

/// The steps of an interactive session.
pub(super) fn interactive(seed: &mut Seed, root: &Path, hosts: &Hosts<'_>) -> Vec<Step> {
    let mut step = |at: usize| match seed.below(8) {
        0..=2 => Step::Tool(script(seed, root, hosts)),
        3 => Step::Outside(script(seed, root, hosts)),
        4 | 5 => Step::Model(seed.pick(&["opus", "sonnet", "haiku"])),
        _ => Step::Permission(format!("Bash(rule{at}:*)"), 1 + seed.below(3)),
    };
    (0..4).map(&mut step).collect()
}
