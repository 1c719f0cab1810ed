//! Cloudflare's own TypeScript SDK as a test of the emulator, and of the bodies that the helper sends.

mod bodies;

use cf_aig_emulator::{ACCOUNT_ID, ANTHROPIC_KEY, API_TOKEN, Config, Emulator, GATEWAY_ID, GATEWAY_TOKEN};
use cf_aig_harness::{needs, sandbox::feed};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder with this test's files and the SDK next to them.
fn workshop() -> TempDir {
    let sdk =
        std::env::var_os("CF_AIG_SDK").expect("CF_AIG_SDK is not a folder with node_modules/cloudflare");
    let modules = Path::new(&sdk).join("node_modules");
    let wanted = pinned("cloudflare");
    let found = std::fs::read_to_string(modules.join("cloudflare/package.json")).expect("the SDK");
    assert!(found.contains(&format!("\"version\": \"{wanted}\"")), "the SDK is not {wanted}");
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["calls.mjs", "tsconfig.json", "package.json"] {
        std::fs::copy(here().join(file), folder.path().join(file)).expect("a copy");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).expect("a link");
    folder
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/sdk")
}

/// The version in package.json.
fn pinned(package: &str) -> String {
    let text = std::fs::read_to_string(here().join("package.json")).expect("package.json");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    json["dependencies"][package].as_str().expect("a version").to_owned()
}

/// Runs a program of that folder, with only the path to node in its environment.
fn node(folder: &TempDir, args: &[&str]) -> Command {
    let mut command = Command::new("node");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.current_dir(folder.path()).args(args);
    command
}

#[needs(CF_AIG_SDK)]
#[test]
fn every_call_of_the_sdk_that_is_emulated_succeeds() {
    let folder = workshop();
    let emulator = Emulator::start(Config::default()).expect("loopback");
    ask_once(&emulator);
    let mut command = node(&folder, &["calls.mjs"]);
    command
        .env("ORIGIN", emulator.api_origin())
        .env("ACCOUNT", ACCOUNT_ID)
        .env("TOKEN", API_TOKEN)
        .env("GATEWAY", GATEWAY_ID)
        .env("LOG", &emulator.logs()[0].id);
    let ran = feed(command, b"");
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    println!("{}", ran.stdout);
}

/// One message, so that the log is not empty.
fn ask_once(emulator: &Emulator) {
    use std::io::{Read, Write};
    let origin = emulator.gateway_origin();
    let host = origin.strip_prefix("http://").expect("plain http");
    let body = r#"{"model":"claude-opus-5-5","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#;
    let request = format!(
        "POST /v1/{ACCOUNT_ID}/{GATEWAY_ID}/anthropic/v1/messages HTTP/1.1\r\nhost: {host}\r\n\
         connection: close\r\nanthropic-version: 2023-06-01\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         x-api-key: {ANTHROPIC_KEY}\r\ncf-aig-authorization: Bearer {GATEWAY_TOKEN}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = std::net::TcpStream::connect(host).expect("loopback");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
