//! `cf-aig route`: a route file becomes the gateway's graph; versions can be deployed and rolled back.

use crate::Rig;
use cf_aig_emulator::ANTHROPIC_KEY;
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::path::PathBuf;

fn rig() -> Rig {
    let rig = Rig::managed();
    rig.emulator.update(|config| {
        for (slug, key) in [("anthropic", ANTHROPIC_KEY), ("openai", "sk-openai-emulator")] {
            config.gateways[0].stored_keys.insert(slug.to_owned(), key.to_owned());
        }
    });
    rig
}

fn file(rig: &Rig, name: &str, text: &str) -> String {
    let path: PathBuf = rig.sandbox.write(name, text);
    path.to_string_lossy().into_owned()
}

fn chain(models: &[&str]) -> String {
    json!({"name": "agents", "models": models}).to_string()
}

/// The model that responded to a route's request.
fn answers(rig: &Rig) -> Value {
    rig.json(&["send", "--route", "agents", "Hi"])["model"].clone()
}

#[test]
fn a_file_becomes_a_route_that_answers() {
    let rig = rig();
    let file = file(&rig, "route.json", &chain(&["anthropic/claude-haiku-4-5", "openai/gpt-5"]));
    let shown = rig.ok(&["route", "create", &file, "--yes"]);
    let version = shown.lines().find_map(|line| line.split("version ").nth(1)).unwrap().to_owned();
    assert_snapshot!(shown.replace(&version, "VERSION"), @r#"
    create     dynamic/agents on gateway emulator
      start (start)  next -> model-1
      model-1 (model) {"provider":"anthropic","model":"claude-haiku-4-5","timeout":60000,"retries":0}  success -> end, fallback -> model-2
      model-2 (model) {"provider":"openai","model":"gpt-5","timeout":60000,"retries":0}  success -> end, fallback -> end
      end (end)
    deployed   dynamic/agents, version VERSION
    next       cf-aig send --route agents "Hi"
    "#);
    assert_eq!(answers(&rig), "claude-haiku-4-5");
    let read = rig.ok(&["route", "show", "agents"]);
    let again = rig.sandbox.run_with(["route", "deploy", "-", "--yes"], read.as_bytes());
    assert!(again.stdout.contains("already up to date"), "what is shown is a route file: {again:?}");
}

#[test]
fn a_new_version_is_deployed_and_rolled_back() {
    let rig = rig();
    let first = file(&rig, "a.json", &chain(&["anthropic/claude-haiku-4-5"]));
    let second = file(&rig, "b.json", &chain(&["openai/gpt-5"]));
    rig.ok(&["route", "create", &first, "--yes"]);
    assert!(rig.fails(4, &["route", "rollback", "agents", "--yes"]).contains("no other version"));
    assert!(rig.fails(5, &["route", "create", &second, "--yes"]).contains("cf-aig route deploy"));
    rig.ok(&["route", "deploy", &second, "--yes"]);
    assert_eq!(answers(&rig), "gpt-5");
    let versions = rig.json(&["route", "versions", "agents"])["versions"].clone();
    let active: Vec<_> = versions.as_array().unwrap().iter().map(|v| v["active"].clone()).collect();
    assert_eq!(active, ["true", "false"]);
    rig.ok(&["route", "rollback", "agents", "--yes"]);
    assert_eq!(answers(&rig), "claude-haiku-4-5");
    let newest = versions[0]["version_id"].as_str().unwrap();
    rig.ok(&["route", "deploy", "agents", "--version", newest, "--yes"]);
    assert_eq!(answers(&rig), "gpt-5");
    assert!(
        rig.fails(4, &["route", "deploy", "agents", "--version", "nonesuch", "--yes"])
            .contains("versions agents")
    );
}

#[test]
fn a_rollback_goes_to_the_version_before_and_not_to_the_first() {
    let rig = rig();
    let models =
        ["anthropic/claude-haiku-4-5", "openai/gpt-5", "anthropic/claude-sonnet-5", "openai/gpt-5-mini"];
    for (number, model) in models.into_iter().enumerate() {
        let file = file(&rig, "r.json", &chain(&[model]));
        let verb = if number == 0 { "create" } else { "deploy" };
        rig.ok(&["route", verb, &file, "--yes"]);
    }
    rig.ok(&["route", "rollback", "agents", "--yes"]);
    assert_eq!(answers(&rig), "claude-sonnet-5");
}

#[test]
fn prerequisites_of_a_route_are_named_before_it_is_sent() {
    let rig = Rig::managed();
    rig.ok(&["gateway", "update", "--authentication", "off", "--yes"]);
    let file = file(&rig, "route.json", &chain(&["anthropic/claude-haiku-4-5", "workers-ai/@cf/x/y"]));
    let json = rig.json(&["route", "create", &file, "--dry-run"]);
    let notes = json["notes"].to_string();
    assert!(notes.contains("--authentication on") && notes.contains("cf-aig key add anthropic"), "{notes}");
    assert!(!notes.contains("workers-ai"), "{notes}");
    assert_eq!(json["applied"], false);
}

#[test]
fn nothing_is_sent_without_confirmation_or_with_a_fault() {
    let rig = rig();
    let good = file(&rig, "good.json", &chain(&["openai/gpt-5"]));
    rig.fails(1, &["route", "create", &good]);
    rig.ok(&["route", "create", &good, "--dry-run"]);
    let bad = file(&rig, "bad.json", r#"{"name": "r", "models": ["gpt-5"]}"#);
    let said = rig.fails(2, &["route", "create", &bad, "--yes"]);
    assert!(
        said.contains("bad.json: model-1: a model must be PROVIDER/MODEL") && said.contains("route --help"),
        "{said}"
    );
    rig.fails(4, &["route", "create", "no-such-file", "--yes"]);
    rig.fails(4, &["route", "deploy", &good, "--yes"]);
    assert!(rig.writes().is_empty());
}

#[test]
fn a_deleted_route_is_gone() {
    let rig = rig();
    let file = file(&rig, "route.json", &chain(&["openai/gpt-5"]));
    rig.ok(&["route", "create", &file, "--yes"]);
    assert_eq!(rig.json(&["route", "list"])["routes"].as_array().unwrap().len(), 1);
    rig.fails(1, &["route", "delete", "agents"]);
    rig.ok(&["route", "delete", "dynamic/agents", "--yes"]);
    assert!(rig.ok(&["route", "list"]).contains("no dynamic route"));
    assert!(rig.fails(4, &["route", "show", "agents"]).contains("cf-aig route list"));
}

#[test]
fn more_routes_than_a_page_holds_are_all_listed() {
    let rig = rig();
    for number in 0..52 {
        let text = json!({"name": format!("r{number}"), "models": ["openai/gpt-5"]}).to_string();
        let ran = rig.sandbox.run_with(["route", "create", "-", "--yes"], text.as_bytes());
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    assert_eq!(rig.json(&["route", "list"])["routes"].as_array().unwrap().len(), 52);
}

#[test]
fn the_help_teaches_the_format() {
    let rig = rig();
    assert!(rig.ok(&["route", "--help"]).contains("In a chain, each model"));
    assert!(rig.ok(&["route", "create", "--help"]).contains("A route file is one JSON object"));
}
