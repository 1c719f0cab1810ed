//! `cargo demo`: the main feature, end to end, against the embedded gateway.
//!
//! Two processes: the outer one builds, owns the temporary folder and cleans up, even on Ctrl-C; the inner
//! one runs where only loopback exists and shows what happens.

use cf_aig_emulator::{ANTHROPIC_KEY, Config, Emulator, GATEWAY_TOKEN, LogEntry};
use cf_aig_harness::{Client, Ran, Sandbox, namespace, plugin_root};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

const INSIDE: &str = "CF_AIG_DEMO_INSIDE";
const HELP: &str = "\
cargo demo [--claude PATH] [--no-claude]

Starts an emulated Cloudflare AI Gateway on loopback, runs the plugin's SessionStart hook as Claude
Code does, sends one request the way a program in the session would, and shows its entry in the
gateway's log. With a Claude Code client (on PATH, or named) one real session runs too.
Nothing leaves this machine, and nothing is left on it.";

fn main() -> ExitCode {
    let result = if std::env::var_os(INSIDE).is_some() { inner() } else { outer() };
    result.unwrap_or_else(|message| {
        eprintln!("demo: {message}");
        ExitCode::FAILURE
    })
}

fn outer() -> Result<ExitCode, String> {
    let mut args = std::env::args().skip(1);
    let mut client = Client::find();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--claude" => {
                let path = args.next().map(PathBuf::from).filter(|p| p.is_file());
                client = Some(Client::at(path.ok_or("--claude wants the path of a Claude Code binary")?));
            }
            "--no-claude" => client = None,
            "-h" | "--help" => {
                println!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            other => return Err(format!("`{}` is unknown\n{HELP}", other.escape_debug())),
        }
    }
    let helper = build()?;
    let folder = tempfile::Builder::new().prefix("cf-aig-demo-").tempdir().map_err(|e| e.to_string())?;
    // Ctrl-C reaches the inner process and the client directly; this process stays to clean up
    ctrlc::set_handler(|| {}).map_err(|e| e.to_string())?;
    let mut inner = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
    inner.env(INSIDE, "1").env("TMPDIR", folder.path()).arg(helper);
    inner.args(client.as_ref().map(Client::path));
    let status = namespace::run_isolated(&mut inner).map_err(|e| e.to_string())?;
    Ok(ExitCode::from(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(130)))
}

/// Builds the helper, with a message if that takes a while.
fn build() -> Result<PathBuf, String> {
    let root = plugin_root();
    let helper = root.join("target/debug/cf-aig");
    if !helper.is_file() {
        eprintln!("building the helper …");
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built =
        Command::new(cargo).args(["build", "--quiet", "--package", "cf-aig"]).current_dir(&root).status();
    let target = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("cf-aig")));
    match built {
        Ok(status) if status.success() => Ok(target.filter(|t| t.is_file()).unwrap_or(helper)),
        Ok(_) => Err("the helper could not be built".to_owned()),
        Err(e) => Err(format!("cargo could not be started: {e}")),
    }
}

fn inner() -> Result<ExitCode, String> {
    let mut args = std::env::args().skip(1);
    let helper = args.next().ok_or("started by itself")?;
    let client = args.next().map(Client::at);
    let emulator = Emulator::start(Config::default()).map_err(|e| format!("the emulated gateway: {e}"))?;
    let mut sandbox = Sandbox::new(helper);
    sandbox
        .with_env_file()
        .set("CF_AIG_GATEWAY_ORIGIN", emulator.gateway_origin())
        .set("CLAUDE_PLUGIN_OPTION_ACCOUNT_ID", cf_aig_emulator::ACCOUNT_ID)
        .set("CLAUDE_PLUGIN_OPTION_GATEWAY_ID", cf_aig_emulator::GATEWAY_ID)
        .set("CLAUDE_PLUGIN_OPTION_GATEWAY_TOKEN", GATEWAY_TOKEN)
        .set("ANTHROPIC_API_KEY", ANTHROPIC_KEY);
    let hook = run_hook(&sandbox)?;
    show_hook(&sandbox, &emulator, &hook)?;
    let sent = send_as_a_program(&sandbox)?;
    println!("request     {sent}");
    show_log(&emulator, 0)?;
    match client {
        Some(client) => session(&client, &mut sandbox, &emulator)?,
        None => println!("session     no Claude Code client here: --claude PATH runs a real session"),
    }
    println!("\nAll of it ran on loopback, with an emulated gateway; its folder is gone now.");
    Ok(ExitCode::SUCCESS)
}

struct Hook {
    ran: Ran,
    took: Duration,
}

/// Runs the command in hooks.json, as Claude Code does.
fn run_hook(sandbox: &Sandbox) -> Result<Hook, String> {
    let root = plugin_root();
    let text =
        std::fs::read_to_string(root.join("hooks/hooks.json")).map_err(|e| format!("hooks.json: {e}"))?;
    let hooks: Value = serde_json::from_str(&text).map_err(|e| format!("hooks.json: {e}"))?;
    let hook = &hooks["hooks"]["SessionStart"][0]["hooks"][0];
    let mut command = sandbox.command("sh");
    command.arg("-c").arg(hook["command"].as_str().ok_or("hooks.json names no command")?);
    command.env("CLAUDE_PLUGIN_ROOT", &root).env("CF_AIG_BIN", sandbox.cf_aig());
    let input = serde_json::json!({
        "session_id": "demo", "cwd": sandbox.project(), "hook_event_name": "SessionStart", "source": "startup",
    });
    let start = Instant::now();
    let ran = cf_aig_harness::sandbox::feed(command, input.to_string().as_bytes());
    Ok(Hook { ran, took: start.elapsed() })
}

fn show_hook(sandbox: &Sandbox, emulator: &Emulator, hook: &Hook) -> Result<(), String> {
    let variables = variables(sandbox)?;
    let base = variables.iter().find(|(n, _)| n == "ANTHROPIC_BASE_URL").map_or("none", |(_, v)| v);
    let names: Vec<_> = variables.iter().map(|(n, _)| n.as_str()).collect();
    let probes = emulator.requests();
    let key = probes.iter().any(|r| r.header("x-api-key").or(r.header("authorization")).is_some());
    let with = |yes: bool, what: &str| format!("{} {what}", if yes { "WITH a" } else { "no" });
    let (key, log) = (with(key, "provider key"), with(!emulator.logs().is_empty(), "log entry"));
    println!("gateway     emulated, at {}", emulator.gateway_origin());
    println!("hook        SessionStart, exit {} after {} ms", hook.ran.code, hook.took.as_millis());
    println!("probe       {} request, {key}, {log}", probes.len());
    println!("base URL    {base}");
    println!("routed      programs run by Bash commands: {}", names.join(", "));
    let said = hook.ran.json()["systemMessage"].as_str().unwrap_or("nothing: all is well").to_owned();
    println!("said        {said}");
    Ok(())
}

/// The variables in the environment file, as a Bash command of the session would see them.
fn variables(sandbox: &Sandbox) -> Result<Vec<(String, String)>, String> {
    let mut command = sandbox.command("sh");
    command.args(["-c", ". \"$CLAUDE_ENV_FILE\" && env -0"]);
    let after = cf_aig_harness::sandbox::feed(command, b"");
    let is_new = |name: &str, value: &str| sandbox.vars().get(name).is_none_or(|old| old != value);
    let all = after.stdout.split('\0').filter_map(|line| line.split_once('='));
    let ours = all.filter(|(n, v)| is_new(n, v) && (n.starts_with("ANTHROPIC_") || n.starts_with("CF_AIG_")));
    let found: Vec<_> = ours.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    if found.is_empty() { Err(format!("the hook set nothing: {:?}", after.stderr)) } else { Ok(found) }
}

/// One message to the gateway, using only the environment file.
fn send_as_a_program(sandbox: &Sandbox) -> Result<String, String> {
    let variables = variables(sandbox)?;
    let value =
        |name: &str| variables.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).unwrap_or_default();
    // reqwest needs one even for plain http; one that is already installed works too
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::blocking::Client::builder().no_proxy().build().map_err(|e| e.to_string())?;
    let mut request = client
        .post(format!("{}/v1/messages", value("ANTHROPIC_BASE_URL")))
        .header("x-api-key", ANTHROPIC_KEY)
        .header("content-type", "application/json")
        .header("anthropic-version", "2023-06-01")
        .body(r#"{"model":"claude-haiku-4-5","max_tokens":64,"messages":[{"role":"user","content":"Say hello."}]}"#);
    for line in value("ANTHROPIC_CUSTOM_HEADERS").lines() {
        if let Some((name, text)) = line.split_once(": ") {
            request = request.header(name, text);
        }
    }
    let answer = request.send().map_err(|e| e.to_string())?;
    let status = answer.status();
    let body: Value = serde_json::from_str(&answer.text().unwrap_or_default()).unwrap_or_default();
    let text = body["content"][0]["text"].as_str();
    text.map(|text| format!("{status}: {text}")).ok_or(format!("the gateway answered {status}: {body}"))
}

/// The log's entries from number `from` on.
fn show_log(emulator: &Emulator, from: usize) -> Result<(), String> {
    let entries = emulator.logs();
    let new: &[LogEntry] =
        entries.get(from..).filter(|new| !new.is_empty()).ok_or("the gateway's log has no entry of it")?;
    for entry in new {
        let tokens = |n: Option<u64>| n.map_or("?".to_owned(), |n| n.to_string());
        println!(
            "log         {}  {}  {} in, {} out, {}, {}",
            entry.id,
            entry.model,
            tokens(entry.tokens_in),
            tokens(entry.tokens_out),
            entry.cost.map_or("cost unknown".to_owned(), |c| format!("${c:.6}")),
            if entry.cached { "cached" } else { "not cached" }
        );
    }
    Ok(())
}

/// One real session with the plugin loaded, which would go elsewhere by default.
fn session(client: &Client, sandbox: &mut Sandbox, emulator: &Emulator) -> Result<(), String> {
    let before = emulator.logs().len();
    let past = emulator.provider_origin();
    sandbox.unset("CLAUDE_ENV_FILE").set("ANTHROPIC_BASE_URL", past);
    // a mod gets its options from the client, not from variables
    sandbox.with_gateway(emulator);
    let version = client.run(sandbox, &["--version"], Duration::from_secs(20)).stdout;
    let answer = client.headless(sandbox, "Say hello.", &[], Duration::from_secs(90));
    println!("session     claude -p, {}: {}", version.trim(), answer.text());
    let direct = emulator.requests().iter().filter(|r| r.host == cf_aig_emulator::Host::Provider).count();
    println!("            {direct} of its requests went past the gateway");
    if answer.ran.code != 0 {
        return Err(format!("the session failed: {}", answer.ran.stderr));
    }
    show_log(emulator, before)
}
