//! Every fenced block in the skills and the README: shell runs against the emulator, JSON parses, base URLs
//! pass the helper's own validator.

use crate::pages::markdown;
use cf_aig::facts::gateway::HostPolicy;
use cf_aig::facts::gateway::url::inspect;
use cf_aig_emulator::{ANTHROPIC_KEY, API_TOKEN, Config, Emulator, Host};
use cf_aig_harness::{Sandbox, namespace, needs, plugin_root, sandbox::feed};
use std::path::{Path, PathBuf};

/// A fenced block and its location.
pub(crate) struct Block {
    pub(crate) page: PathBuf,
    line: usize,
    pub(crate) language: String,
    pub(crate) text: String,
}

impl Block {
    pub(crate) fn place(&self) -> String {
        let page = self.page.strip_prefix(plugin_root()).unwrap_or(&self.page);
        format!("{}:{}", page.display(), self.line)
    }
}

pub(crate) fn blocks() -> Vec<Block> {
    let root = plugin_root();
    markdown(&root.join("skills")).iter().flat_map(|page| blocks_of(page)).collect()
}

fn blocks_of(page: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(page).unwrap();
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for (at, line) in text.lines().enumerate() {
        match line.trim_start().strip_prefix("```") {
            Some(_) if open => open = false,
            Some(language) => {
                open = true;
                let language = language.trim().to_owned();
                found.push(Block { page: page.to_owned(), line: at + 1, language, text: String::new() });
            }
            None if open => found.last_mut().unwrap().text.push_str(&format!("{line}\n")),
            None => {}
        }
    }
    found
}

#[test]
fn every_json_example_is_strict_json() {
    let json: Vec<_> = blocks().into_iter().filter(|b| b.language == "json").collect();
    assert!(!json.is_empty());
    for block in json {
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(&block.text);
        assert!(parsed.is_ok(), "{}: {:?}", block.place(), parsed.err());
    }
}

#[test]
fn every_base_url_in_the_documents_is_valid() {
    let account = cf_aig_emulator::ACCOUNT_ID;
    let mut checked = 0;
    for block in blocks().iter().filter(|b| b.language == "sh" || b.language == "json") {
        for line in block.text.lines().filter(|l| l.contains("BASE_URL") && l.contains("https://gateway.ai"))
        {
            let url = line.split("https://").nth(1).unwrap().split(['"', '\'', ' ', '`']).next().unwrap();
            let filled = url
                .replace("$CLOUDFLARE_ACCOUNT_ID", account)
                .replace("<ACCOUNT_ID>", account)
                .replace("$CF_AIG_GATEWAY_ID", "dev")
                .replace("<GATEWAY_ID>", "dev")
                .replace("$AWS_REGION", "us-east-1")
                .replace("<AWS_REGION>", "us-east-1");
            let bedrock = line.contains("BEDROCK_BASE_URL");
            let filled = if bedrock { filled.trim_end_matches('/') } else { &filled };
            let found = inspect(&format!("https://{filled}"), &HostPolicy::default());
            assert!(found.errors.is_empty(), "{}: {line}\n{:?}", block.place(), found.errors);
            checked += 1;
        }
    }
    assert!(checked > 5, "only {checked} were found");
}

#[needs(sh, curl)]
#[test]
fn every_shell_example_runs() {
    namespace::isolated(|| {
        let shell: Vec<_> = blocks().into_iter().filter(|b| b.language == "sh").collect();
        assert!(shell.len() > 20);
        for block in &shell {
            run(block);
        }
    });
}

/// Runs one block with the emulator as both hosts, and checks requests and responses.
fn run(block: &Block) {
    let emulator = Emulator::start(Config::default()).unwrap();
    emulator.update(|config| {
        let gateway = &mut config.gateways[0];
        // an example that stores a key finds none
        if !block.text.contains("provider_configs") {
            for slug in ["anthropic", "openai", "openrouter"] {
                gateway.stored_keys.insert(slug.to_owned(), format!("sk-{slug}-emulator"));
            }
            gateway.stored_keys.insert("anthropic".to_owned(), ANTHROPIC_KEY.to_owned());
        }
        gateway.custom_providers.insert("zai".to_owned(), "https://api.z.ai".to_owned());
        gateway
            .dynamic_routes
            .insert("support".to_owned(), vec![("anthropic".to_owned(), "claude-haiku-4-5".to_owned())]);
    });
    let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
    let bin = sandbox.home().join("bin");
    std::fs::create_dir(&bin).unwrap();
    stub(&bin.join("claude"), "echo claude \"$@\"");
    let path = format!("{}:{}", bin.display(), sandbox.vars()["PATH"]);
    let root = plugin_root().to_string_lossy().into_owned();
    let helper = sandbox.cf_aig().to_string_lossy().into_owned();
    sandbox
        .with_gateway(&emulator)
        .with_env_file()
        .set("PATH", path)
        .set("CLAUDE_PLUGIN_ROOT", root)
        .set("CF_AIG_BIN", helper)
        .set("CLOUDFLARE_API_TOKEN", API_TOKEN)
        .set("ANTHROPIC_API_KEY", ANTHROPIC_KEY)
        .set("OPENAI_API_KEY", "sk-openai-emulator")
        .set("OPENROUTER_API_KEY", "sk-openrouter-emulator")
        .set("ZAI_API_KEY", "sk-custom-zai-emulator")
        .set("AWS_REGION", "us-east-1");
    // a URL that the helper should judge stays unchanged
    let judged = block.text.contains("validate \"https://");
    let script = if judged {
        block.text.clone()
    } else {
        block
            .text
            .replace("https://gateway.ai.cloudflare.com", &emulator.gateway_origin())
            .replace("https://api.cloudflare.com", &emulator.api_origin())
    };
    let mut command = sandbox.command("sh");
    command.args(["-c", &format!("set -e\n{script}")]);
    let ran = feed(command, b"");
    let place = block.place();
    assert_eq!(ran.code, 0, "{place}\n{script}\n{ran:?}");
    for request in emulator.requests() {
        let what = format!("{place}: {} {} -> {:?}", request.method, request.path, request.status);
        if !request.body.is_empty() && request.header("content-type").is_some_and(|t| t.contains("json")) {
            assert!(!request.json().is_null(), "{what}: the body is not JSON");
        }
        match (request.host, request.status) {
            // no example may depend on a wrong path, provider or token; one that requests nothing, or a
            // model that does not exist, is meant to be refused, and costs nothing
            (Host::Gateway, Some(status)) => {
                let json = request.json();
                let model = json["model"].as_str().unwrap_or_default();
                assert!(
                    status < 400 || request.body == b"{}" || model.ends_with("no-such-model"),
                    "{what} {model}"
                );
            }
            (Host::Api, Some(status)) => assert!(status < 400, "{what}"),
            _ => {}
        }
    }
}

#[cfg(unix)]
fn stub(path: &Path, body: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn stub(path: &Path, body: &str) {
    std::fs::write(path, body).unwrap();
}
