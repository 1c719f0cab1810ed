//! The JSON schemas in `docs/schemas`: every command with `--json` has one, and real output matches it.

use cf_aig::cli::Cli;
use cf_aig_emulator::{ANTHROPIC_KEY, API_TOKEN, Config, Emulator};
use cf_aig_harness::{Sandbox, plugin_root};
use clap::{Command, CommandFactory};
use serde_json::Value;

/// A schema, and command lines whose output it describes, in a working order. The part before `|` is the
/// command's stdin.
const OUTPUTS: &[(&str, &[&str])] = &[
    ("verify", &["verify --json"]),
    ("send", &["send --json Hi"]),
    ("logs-list", &["logs list --json"]),
    ("logs-show", &["logs show LOG --json"]),
    ("logs-tail", &["logs tail --json --since 1h --count 1"]),
    ("logs-export", &["logs export --since 1h --output all.ndjson --json"]),
    ("iac-terraform", &["iac terraform --json", "iac terraform new --defaults --json"]),
    ("iac-pulumi", &["iac pulumi --json"]),
    ("status", &["status --json", "status --json --account-id xx"]),
    ("explain", &["explain --json"]),
    ("doctor", &["doctor --json", "doctor --json --offline"]),
    ("doctor-list", &["doctor --json --list"]),
    ("diagnose", &["{\"error\":[{\"code\":2009}]}|diagnose --json -"]),
    ("conformance", &["conformance --json"]),
    (
        "validate",
        &[
            "validate --json https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/x/anthropic",
            "validate --json https://gateway.ai.cloudflare.com/v1/x/anthropic/v1",
        ],
    ),
    ("providers", &["providers --json"]),
    ("session-env", &["session-env --json --session s-1"]),
    ("env", &["env --format json"]),
    ("setup", &["setup --json --dry-run --auth own-key", "setup --json --yes --auth own-key"]),
    ("off", &["off --json --dry-run", "off --json --yes"]),
    ("gateway-list", &["gateway list --json"]),
    ("gateway-show", &["gateway show --json"]),
    ("gateway-create", &["gateway create new --json --dry-run", "gateway create new --json --yes"]),
    ("gateway-update", &["gateway update --rate-limit 60/60s --json --yes"]),
    ("gateway-policies", &["gateway policies --json"]),
    ("gateway-policies-list", &["gateway policies list --json"]),
    ("gateway-delete", &["gateway delete new --confirm new --json"]),
    ("key-add", &["sk-new|key add openai --json"]),
    ("key-list", &["key list --json"]),
    ("key-rotate", &["sk-newer|key rotate openai --json"]),
    ("key-remove", &["key remove openai --json --yes"]),
    ("provider-add", &["provider add zai --json --dry-run", "provider add zai --json --yes"]),
    ("provider-list", &["provider list --json"]),
    ("provider-remove", &["provider remove zai --json --yes"]),
    ("route-create", &["route create route.json --json --dry-run", "route create route.json --json --yes"]),
    ("route-list", &["route list --json"]),
    ("route-show", &["route show support --json"]),
    ("route-versions", &["route versions support --json"]),
    ("route-deploy", &["route deploy other.json --json --yes"]),
    ("route-rollback", &["route rollback support --json --yes"]),
    ("route-delete", &["route delete support --json --yes"]),
    ("costs", &["costs --json", "costs --json --offline", "costs --json --by project"]),
];

fn schema(name: &str) -> Value {
    let file = plugin_root().join("docs/schemas").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

#[test]
fn real_output_fits_its_schema() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
    sandbox
        .with_gateway(&emulator)
        .set("CLOUDFLARE_API_TOKEN", API_TOKEN)
        .set("ANTHROPIC_API_KEY", ANTHROPIC_KEY);
    let route = r#"{"name": "support", "models": ["anthropic/claude-haiku-4-5", "openai/gpt-4.1-mini"]}"#;
    std::fs::write(sandbox.project().join("route.json"), route).unwrap();
    std::fs::write(sandbox.project().join("other.json"), route.replace("haiku-4-5", "opus-5-5")).unwrap();
    let mut wrong = Vec::new();
    for (name, lines) in OUTPUTS {
        let schema = closed(&schema(name));
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|e| panic!("{name}: {e}"));
        for line in *lines {
            let (stdin, line) = line.rsplit_once('|').unwrap_or(("", line));
            let line = match emulator.logs().first() {
                Some(entry) => line.replace("LOG", &entry.id),
                None => line.to_owned(),
            };
            let ran = sandbox.run_with(line.split(' '), stdin.as_bytes());
            let output = ran.json();
            assert!(output.get("schema").is_none_or(|number| *number == 1), "{line}: {output}");
            wrong
                .extend(validator.iter_errors(&output).map(|e| format!("{line}: {} {e}", e.instance_path())));
            // a schema that accepts everything would prove nothing
            assert!(!validator.is_valid(&Value::Array(Vec::new())), "{name} takes anything");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A copy of the schema that refuses every field that it does not name. The committed one accepts them, so
/// that a reader of today takes the output of a later version.
fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let mut copy: serde_json::Map<_, _> =
                map.iter().map(|(name, value)| (name.clone(), closed(value))).collect();
            let names_fields = map.get("properties").is_some_and(Value::is_object);
            if names_fields && !map.contains_key("additionalProperties") {
                copy.insert("additionalProperties".to_owned(), false.into());
            }
            copy.into()
        }
        Value::Array(items) => items.iter().map(closed).collect(),
        other => other.clone(),
    }
}

#[test]
fn every_command_with_machine_output_has_a_schema() {
    let mut found = Vec::new();
    collect(&Cli::command(), "", &mut found);
    assert!(found.len() > 20, "{found:?}");
    let missing: Vec<_> = found
        .iter()
        .filter(|name| !plugin_root().join("docs/schemas").join(format!("{name}.json")).is_file())
        .collect();
    assert!(missing.is_empty(), "docs/schemas lacks {missing:?}");
    // and each schema is tested against output of its command; `env` has `--format json`
    found.push("env".to_owned());
    found.extend(["doctor-list", "gateway-policies-list"].map(str::to_owned));
    let tested: std::collections::BTreeSet<_> = OUTPUTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(tested, found.into_iter().collect(), "OUTPUTS runs every command with --json");
    let files = std::fs::read_dir(plugin_root().join("docs/schemas")).unwrap();
    let stems = files.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
    assert_eq!(tested, stems.collect(), "every schema is tested");
}

/// The names of the commands that have `--json`, with subcommands after a dash.
fn collect(command: &Command, name: &str, found: &mut Vec<String>) {
    if command.get_arguments().any(|arg| arg.get_long() == Some("json")) {
        found.push(name.to_owned());
    }
    for inner in command.get_subcommands() {
        let inner_name = if name.is_empty() {
            inner.get_name().to_owned()
        } else {
            format!("{name}-{}", inner.get_name())
        };
        collect(inner, &inner_name, found);
    }
}
