//! Settings files that change under a running session: our token stays with the gateway, and the payer stays.
//!
//! Sequences are generated. `CF_AIG_SEQUENCES` says how many (default 3) and `CF_AIG_SEED` where to
//! start; `CF_AIG_CLIENTS` names further clients, separated by colons, to spread them over.

use crate::rig::{Rig, is_turn};
use crate::with_client;
use cf_aig_emulator::{ANTHROPIC_KEY, Config, Emulator, GATEWAY_TOKEN, Host, Recorded};
use cf_aig_harness::{Client, say_aloud};
use serde_json::{Value, json};
use std::path::Path;

/// A key that a settings file brings into a session that somebody else is to pay for.
const KEY_OF_A_FILE: &str = "sk-ant-from-a-settings-file";

/// A small generator: the same seed gives the same sequences everywhere.
struct Seed(u64);

impl Seed {
    fn below(&mut self, limit: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % limit as u64).expect("small")
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// Every file that the client takes variables from, relative to the sandbox. The last is the one that
/// `--settings` names.
const FILES: [&str; 4] = [
    "home/.claude/settings.json",
    "project/.claude/settings.json",
    "project/.claude/settings.local.json",
    "project/flag.json",
];

/// What one of the files says next; `None` removes it.
fn content(seed: &mut Seed, elsewhere: &str, gateway: &str) -> Option<Value> {
    let env = |env: Value| Some(json!({ "env": env }));
    match seed.below(11) {
        0 | 1 => env(json!({ "ANTHROPIC_BASE_URL": elsewhere })),
        2 => env(json!({ "ANTHROPIC_BASE_URL": elsewhere, "ANTHROPIC_CUSTOM_HEADERS": "X-Team: shop" })),
        3 => env(json!({ "ANTHROPIC_CUSTOM_HEADERS": "X-Team: shop" })),
        4 => env(json!({ "ANTHROPIC_API_KEY": KEY_OF_A_FILE })),
        5 => env(json!({ "ANTHROPIC_AUTH_TOKEN": KEY_OF_A_FILE, "ANTHROPIC_BASE_URL": elsewhere })),
        6 => env(json!({ "ANTHROPIC_BASE_URL": gateway })),
        7 => env(json!({ "UNRELATED": seed.below(1000).to_string() })),
        8 => Some(json!({ "permissions": { "allow": ["Bash(ls)"] }, "env": { "UNRELATED": "1" } })),
        9 => Some(json!({ "cleanupPeriodDays": 20 + seed.below(20) })),
        _ => None,
    }
}

/// A script for the model: each tool call changes files, and some wait until the client has noticed.
/// The commands are in files of their own: the client refuses redirections into its settings.
fn script(seed: &mut Seed, root: &Path, elsewhere: &str, gateway: &str) -> String {
    let mut script = String::new();
    let mut call = |name: &str, lines: &[String]| {
        let file = root.join(format!("{name}.sh"));
        std::fs::write(&file, lines.join("\n") + "\n").expect("a script");
        script.push_str(&format!("[[bash: sh {}]] ", file.display()));
    };
    for step in 0..3 + seed.below(3) {
        let mut command = Vec::new();
        for _ in 0..1 + seed.below(2) {
            let file = root.join(FILES[seed.below(FILES.len())]);
            let file = file.display();
            command.push(match content(seed, elsewhere, gateway) {
                Some(text) => format!("printf %s '{text}' > '{file}'"),
                None => format!("rm -f '{file}'"),
            });
            command.push(format!("sleep {}", seed.pick(&["0", "0", "0.2", "0.6", "0.9"])));
        }
        // the client looks for a second whether a file is still being written
        command.push(format!("sleep {}", seed.pick(&["0", "0.3", "0.95", "1.05", "1.2", "1.6"])));
        call(&format!("step{step}"), &command);
    }
    // and at last, whatever was written has been taken up
    call("last", &["sleep 2.5".to_owned(), "echo settled".to_owned()]);
    script
}

/// The scripts of one sequence, to show.
fn shown(root: &Path) -> String {
    let names = (0..9).map(|step| format!("step{step}.sh"));
    names
        .filter_map(|name| Some(format!("{name}:\n{}", std::fs::read_to_string(root.join(&name)).ok()?)))
        .collect()
}

/// The clients to spread the sequences over.
fn clients(first: &Client) -> Vec<Client> {
    let more = std::env::var_os("CF_AIG_CLIENTS").unwrap_or_default();
    let more = std::env::split_paths(&more).filter(|path| path.is_file()).map(Client::at);
    std::iter::once(first.clone()).chain(more).collect()
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn holds(request: &Recorded, secret: &str) -> bool {
    let heads = request.headers.iter().map(|(_, value)| value.as_str());
    heads.chain([request.path.as_str()]).any(|text| text.contains(secret))
}

/// What went wrong in one sequence, as sentences.
fn faults(rig: &Rig, foreign: &Emulator, auth: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let line = |request: &Recorded| format!("{} {} {:?}", request.host, request.path, request.headers);
    let strangers = foreign.requests().into_iter();
    let provider = rig.emulator.requests().into_iter().filter(|request| request.host == Host::Provider);
    for request in strangers.chain(provider) {
        if holds(&request, GATEWAY_TOKEN) {
            faults.push(format!("the gateway token went elsewhere: {}", line(&request)));
        }
        if holds(&request, "cf-aig-") {
            faults.push(format!("headers for the gateway went elsewhere: {}", line(&request)));
        }
    }
    for request in rig.turns().iter().filter(|request| request.host == Host::Gateway) {
        let key = [ANTHROPIC_KEY, KEY_OF_A_FILE].iter().any(|key| holds(request, key));
        if auth != "own-key" && key {
            faults.push(format!("a key pays where the gateway token is to pay: {}", line(request)));
        }
    }
    faults
}

#[test]
fn whatever_settings_files_do_our_token_reaches_the_gateway_and_no_other_host() {
    with_client(|rig| {
        let clients = clients(&rig.client);
        let (first, count) = (number("CF_AIG_SEED", 1), number("CF_AIG_SEQUENCES", 3));
        let mut bad = Vec::new();
        let mut counts = [0_usize; 4];
        for at in first..first + count {
            let mut seed = Seed(at);
            let client = clients[usize::try_from(at).expect("small") % clients.len()].clone();
            let auth = seed.pick(&["own-key", "own-key", "unified-billing", "stored-key"]);
            let mut rig = Rig::new(client);
            let foreign = Emulator::start(Config::default()).expect("another host");
            // a key that is refused would be tried for three minutes
            for host in [&rig.emulator, &foreign] {
                let keys = [ANTHROPIC_KEY, KEY_OF_A_FILE].map(str::to_owned).to_vec();
                host.update(|config| _ = config.provider_keys.insert("anthropic".into(), keys));
            }
            rig.sandbox.set("CF_AIG_AUTH", auth);
            rig.emulator.update(|config| {
                config.gateways[0].unified_billing = (auth == "unified-billing").then_some(500.0);
                config.gateways[0].stored_keys.insert("anthropic".into(), ANTHROPIC_KEY.into());
            });
            rig.sandbox.onboard();
            let root = rig.sandbox.home().parent().expect("the sandbox").to_owned();
            for file in FILES {
                rig.sandbox.write(file, "{}");
            }
            let gateway = rig.emulator.base_url("anthropic");
            let script = script(&mut seed, &root, &foreign.provider_origin(), &gateway);
            let flag = root.join(FILES[3]).to_string_lossy().into_owned();
            let more = ["--permission-mode", "default", "--allowedTools", "Bash", "--settings", &flag];
            let answer = rig.ask_with(&script, &more);
            let found = faults(&rig, &foreign, auth);
            counts[0] += 1;
            counts[1] += rig.turns().iter().filter(|turn| turn.host == Host::Gateway).count();
            counts[2] += foreign.requests().iter().filter(|request| is_turn(request)).count();
            counts[3] += foreign.requests().len() + rig.emulator.requests().len();
            if !found.is_empty() || answer.text() != "Tool result: settled" {
                let client = rig.client.path().display();
                let text = answer.text();
                bad.push(format!("seed {at} ({auth}, {client}): {found:#?}\n{}{text}", shown(&root)));
            }
        }
        say_aloud(&format!(
            "COUNTED {} sequences over {} clients: {} turns through the gateway, {} to the other host, {} requests read",
            counts[0],
            clients.len(),
            counts[1],
            counts[2],
            counts[3]
        ));
        assert!(bad.is_empty(), "{} of {count}:\n{}", bad.len(), bad.join("\n"));
    });
}
