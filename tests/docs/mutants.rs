//! The table of `.ci/mutants`: each change still fits its file, and the test that notices it exists.

use cf_aig_harness::plugin_root;
use serde_json::Value;
use std::path::Path;

/// Every Rust source text below a folder.
fn sources(folder: &Path, found: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push_str(&std::fs::read_to_string(entry).unwrap());
        }
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}"))
}

#[test]
fn every_change_fits_its_file_and_is_noticed_by_a_test_that_exists() {
    let table = std::fs::read(plugin_root().join(".ci/mutants.json")).unwrap();
    let table: Value = serde_json::from_slice(&table).unwrap();
    let mut tests = String::new();
    for folder in ["helper/core/src", "helper/src", "tests"] {
        sources(&plugin_root().join(folder), &mut tests);
    }
    let guards = table["guards"].as_array().unwrap();
    assert!(guards.len() >= 14, "{}", guards.len());
    for guard in guards {
        let code = std::fs::read_to_string(plugin_root().join(text(guard, "file"))).unwrap();
        assert_eq!(code.matches(text(guard, "from")).count(), 1, "{guard}");
        assert_ne!(text(guard, "from"), text(guard, "to"), "{guard}");
        assert!(tests.contains(&format!("fn {}()", text(guard, "killed_by"))), "{guard}");
    }
    for file in table["files"].as_array().unwrap() {
        assert!(plugin_root().join(text(file, "path")).is_file(), "{file}");
        for survivor in file["survivors"].as_array().unwrap() {
            assert!(!text(survivor, "mutant").is_empty() && !text(survivor, "why").is_empty(), "{file}");
        }
    }
}
