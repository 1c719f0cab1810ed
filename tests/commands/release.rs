//! A release: reproducible packages, and a tree whose checksums and lock file match exactly those files.

use cf_aig_harness::{needs, plugin_root};
use std::fs;
use std::path::Path;
use std::process::Command;

const PLATFORMS: [&str; 5] = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"];
const SUMS: &str = "
    const fs = require('fs'), { createHash } = require('crypto'), folder = process.argv[1] + '/'
    const sum = (bytes, name, form) => createHash(name).update(bytes).digest(form)
    const row = (file) => [file, sum(fs.readFileSync(folder + file), 'sha256', 'hex'), sum(fs.readFileSync(folder + file), 'sha512', 'base64')]
    console.log(JSON.stringify(fs.readdirSync(folder).sort().map(row)))";

/// Packs a release of `version`.
fn pack(version: &str, out: &Path, binary: &Path) {
    let pairs = PLATFORMS.map(|platform| format!("{platform}={}", binary.display()));
    let ran = Command::new(plugin_root().join("release/pack"))
        .arg(version)
        .arg(out)
        .args(pairs)
        .output()
        .expect("release/pack");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
}

/// Name, sha256 and sha512 of each package.
fn sums(out: &Path) -> Vec<(String, String, String)> {
    let ran = Command::new("node").args(["-e", SUMS]).arg(out.join("packages")).output().expect("node");
    serde_json::from_slice(&ran.stdout).expect("the sums")
}

#[needs(npm, node, git, checkout)]
#[test]
fn packages_are_the_same_each_time_and_the_tree_names_their_checksums() {
    let dir = tempfile::tempdir().unwrap();
    let binary = dir.path().join("binary");
    fs::write(&binary, "#!/bin/sh\n").unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    pack("7.8.9", &one, &binary);
    pack("7.8.9", &two, &binary);
    let sums = sums(&one);
    assert_eq!(sums, self::sums(&two), "npm pack is deterministic");

    let tree = one.join("tree");
    let read = |path: &str| fs::read_to_string(tree.join(path)).unwrap();
    let lock: serde_json::Value = serde_json::from_str(&read("package-lock.json")).unwrap();
    let mut names = Vec::new();
    for (file, sha256, sha512) in &sums {
        let platform = file.strip_prefix("cf-aig-").and_then(|rest| rest.strip_suffix("-7.8.9.tgz"));
        let name = platform.map_or("cf-aig".to_owned(), |platform| format!("@cf-aig/{platform}"));
        let entry = &lock["packages"][format!("node_modules/{name}")];
        assert_eq!(entry["integrity"], format!("sha512-{sha512}"), "{file}");
        assert_eq!(entry["version"], "7.8.9", "{file}");
        if let Some(platform) = platform {
            assert!(read("helper/packages").contains(&format!("{platform} {sha256}\n")), "{file}");
            names.push(platform.to_owned());
        }
    }
    assert_eq!(names, PLATFORMS);
    assert_eq!(read("helper/packages").lines().count(), PLATFORMS.len());
    let root: serde_json::Value = serde_json::from_str(&read("package.json")).unwrap();
    assert_eq!(root["dependencies"], serde_json::json!({ "cf-aig": "7.8.9" }));
    for (path, line) in [
        ("helper/cf-aig", "version=7.8.9\n"),
        ("hooks/register.js", "const VERSION = '7.8.9'\n"),
        (".claude-plugin/plugin.json", "\"version\": \"7.8.9\""),
        ("Cargo.toml", "version = \"7.8.9\"\n"),
    ] {
        assert!(read(path).contains(line), "{path}");
    }
}

#[test]
fn only_a_released_tree_names_packages() {
    let is_there = |file: &str| plugin_root().join(file).exists();
    let released = is_there("helper/packages");
    for file in ["package.json", "package-lock.json"] {
        assert_eq!(is_there(file), released, "{file}");
    }
    // the client prefers it to package-lock.json, and needs bun for it
    assert!(!is_there("bun.lock"));
}
