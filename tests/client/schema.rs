//! Which settings void their file: our table against every key of the schema in the client itself.
//!
//! Each value is tried in every key. The keys that the table takes with it stand in one file, which the client
//! has to load. Those that it does not take stand ten to a file, as many as the client names, and it has to name
//! them all; by default one value for each key, with `CF_AIG_SCHEMA=all` every value.

use crate::rig::LIMIT;
use crate::{Rig, with_client};
use cf_aig::facts::claude_code::settings_schema::wrong_type;
use cf_aig_harness::print_uncaptured;
use cf_aig_harness::{client::run_for, needs};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The client that the table was measured with.
const TABLE_OF: &str = "2.1.332";

/// One value of each kind, and those at the edge of a range.
fn values() -> Vec<Value> {
    let kinds = [json!(null), json!(true), json!(5), json!(0), json!(-1), json!(1.5), json!("x"), json!("")];
    let nested = [json!([]), json!([5]), json!(["x"]), json!([{}]), json!({}), json!({"zz": 5})];
    kinds.into_iter().chain(nested).chain([json!({"zz": "x"})]).collect()
}

/// Values of one key that the lists above do not reach.
fn special() -> Vec<(&'static str, Value)> {
    let command = || json!({"type": "command", "command": "true"});
    let hooks = [
        json!({"PreToolUse": 5}),
        json!({"PreToolUse": null}),
        json!({"PreToolUse": [5]}),
        json!({"PermissionRequest": [{}]}),
        json!({"PreToolUse": [{"hooks": []}]}),
        json!({"PreToolUse": [{"hooks": [{}]}]}),
        json!({"PreToolUse": [{"hooks": [{"type": "command"}]}]}),
        json!({"PreToolUse": [{"hooks": [{"type": "zz", "command": "true"}]}]}),
        json!({"PreToolUse": [{"hooks": [{"type": "command", "command": "true", "timeout": 0}]}]}),
        json!({"PreToolUse": [{"matcher": 5, "hooks": [command()]}]}),
        json!({"PreToolUse": [{"matcher": "Bash", "hooks": [command()]}]}),
        json!({"PostToolUse": [{"hooks": [{"type": "zz"}]}]}),
        json!({"zz": {"PreToolUse": [{"hooks": [command()]}]}}),
        json!([[5], "x"]),
    ];
    let mut all: Vec<_> = hooks.into_iter().map(|value| ("hooks", value)).collect();
    all.extend([
        ("sshConfigs", json!([{"id": "a", "name": "b", "sshHost": "c"}])),
        ("sshConfigs", json!([{"id": "a", "name": "b", "sshHost": 5}])),
        ("allowedChannelPlugins", json!([{"plugin": "a", "marketplace": "b"}])),
        ("strictKnownMarketplaces", json!([{"source": "skills-dir"}])),
        ("strictKnownMarketplaces", json!([{"source": "zz"}])),
        ("blockedMarketplaces", json!([{"source": "pluginDirectory"}])),
    ]);
    all
}

/// The keys of the settings schema in this client's code: `{$schema:()=>…,apiKeyHelper:()=>…,…}`.
fn keys(client: &[u8]) -> Vec<String> {
    let find = |what: &[u8], from: usize| {
        client[from..].windows(what.len()).position(|here| here == what).map(|at| from + at)
    };
    let known = find(b"respectGitignore:()=>", 0).expect("the schema in the client");
    let near = known.saturating_sub(20_000);
    let start = (near..known).rev().find(|at| client[*at..].starts_with(b"{$schema:")).expect("its start");
    let (mut keys, mut depth, mut at, mut name) = (Vec::new(), 0, start + 1, Vec::new());
    loop {
        let byte = client[at];
        match byte {
            b'"' | b'\'' | b'`' => {
                at += 1;
                while client[at] != byte {
                    at += 1 + usize::from(client[at] == b'\\');
                }
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => return keys,
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => name.clear(),
            b':' if depth == 0 && name.iter().all(|b: &u8| b.is_ascii_alphanumeric() || *b == b'$') => {
                keys.push(String::from_utf8_lossy(&name).into_owned());
            }
            _ if depth == 0 => name.push(byte),
            _ => {}
        }
        at += 1;
    }
}

/// The names that the client gives for not loading the user's file.
fn voided_by(rig: &Rig, file: &Map<String, Value>) -> BTreeSet<String> {
    rig.sandbox.write("home/.claude/settings.json", &Value::from(file.clone()).to_string());
    let mut command = rig.client.command(&rig.sandbox);
    command.args(["-p", "hi", "--tools", "", "--system-prompt", "x"]);
    let ran = run_for(command, LIMIT);
    // entries that are skipped one by one have a list of their own
    let (_, list) = ran.stderr.split_once("These settings did not load").unwrap_or_default();
    let names = list.lines().skip(1).take_while(|line| line.starts_with("  ")).filter_map(|line| {
        let (_, rest) = line.split_once("/.claude/settings.json (")?;
        Some(rest.split([')', '.']).next()?.to_owned())
    });
    let names: BTreeSet<String> = names.collect();
    assert_eq!(names.is_empty(), list.is_empty(), "{ran:?}");
    names
}

/// The name under which the client complains: two keys of an older name.
fn reported(key: &str) -> &str {
    if key == "allowedMarketplaces" { "strictKnownMarketplaces" } else { key }
}

#[needs(void_settings)]
#[test]
fn the_table_of_types_says_for_every_key_what_the_client_does() {
    with_client(|rig| {
        let named = voided_by(rig, &Map::from_iter([("model".to_owned(), json!(5))]));
        assert!(!named.is_empty(), "this client does not list the settings that it did not load");
        let binary = std::fs::read(rig.client.path()).expect("the client");
        // `env` is read, not checked
        let keys: Vec<String> = keys(&binary).into_iter().filter(|key| key != "env").collect();
        assert!(keys.len() > 150, "{keys:?}");
        let all = std::env::var("CF_AIG_SCHEMA").is_ok_and(|text| text == "all");
        let mut wrong = Vec::new();
        let mut void = Vec::new();
        for (number, value) in values().into_iter().enumerate() {
            let taken = |key: &&String| wrong_type(key, &value).is_none();
            let fine: Map<String, Value> =
                keys.iter().filter(taken).map(|k| (k.clone(), value.clone())).collect();
            let named = voided_by(rig, &fine);
            if !named.is_empty() {
                wrong.push(format!("{value} voids the file, and the table takes it: {named:?}"));
            }
            let bad = keys.iter().enumerate().filter(|(_, key)| !taken(key));
            // one of the values that void the file, another one for each key
            let chosen = bad.filter(|(at, key)| {
                let voiding: Vec<_> = values().into_iter().filter(|v| wrong_type(key, v).is_some()).collect();
                all || voiding[at % voiding.len()] == values()[number]
            });
            void.extend(chosen.map(|(_, key)| (key.clone(), value.clone())));
        }
        // a file holds a key once, so that those with the same key come after each other
        let per_key = |(at, (key, _)): &(usize, (String, Value))| {
            (void.iter().take(*at).filter(|(earlier, _)| earlier == key).count(), key.clone())
        };
        let mut ordered: Vec<_> = void.iter().cloned().enumerate().collect();
        ordered.sort_by_key(per_key);
        for file in ordered.chunks(10) {
            let file: Map<String, Value> = file.iter().map(|(_, pair)| pair.clone()).collect();
            let named = voided_by(rig, &file);
            for (key, value) in file.iter().filter(|(key, _)| !named.contains(reported(key))) {
                // one of the ten may have taken two lines
                if voided_by(rig, &Map::from_iter([(key.clone(), value.clone())])).is_empty() {
                    wrong.push(format!("{key}: {value} does not void the file, and the table says so"));
                }
            }
        }
        for (key, value) in special() {
            let named = voided_by(rig, &Map::from_iter([(key.to_owned(), value.clone())]));
            if wrong_type(key, &value).is_some() == named.is_empty() {
                wrong.push(format!("{key}: {value}: the client names {named:?}"));
            }
        }
        print_uncaptured(&format!(
            "COUNTED {} keys with {} values; {} pairs that void a file",
            keys.len(),
            values().len(),
            void.len()
        ));
        // the table is that of one version; of another one, a few keys may differ
        let version = rig.client.run(&rig.sandbox, &["--version"], LIMIT).stdout;
        let allowed = if version.contains(TABLE_OF) { 0 } else { keys.len() / 20 };
        print_uncaptured(&format!("COUNTED {} differences: {}", wrong.len(), wrong.join(" | ")));
        assert!(wrong.len() <= allowed, "{}", wrong.join("\n"));
    });
}
