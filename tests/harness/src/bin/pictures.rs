//! `docs/pictures/make`: generates the pictures in the documents from real runs against the embedded
//! gateway.
//!
//! The gateway and the API have Cloudflare's own names behind a proxy on loopback, so that the pictures
//! show the addresses that users see. Two processes, as in `demo`: the inner one runs where only loopback
//! exists.

use cf_aig_emulator::{
    ANTHROPIC_KEY, API_TOKEN, Analytics, Config, Emulator, Gateway, Proxy, ProxyMode, SyntheticRequests, Tls,
};
use cf_aig_harness::browser::Browser;
use cf_aig_harness::terminal::Terminal;
use cf_aig_harness::{Client, Sandbox, namespace, picture, plugin_root};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

const INSIDE: &str = "CF_AIG_PICTURES_INSIDE";
const LIMIT: Duration = Duration::from_secs(90);
const DAY: Duration = Duration::from_secs(86_400);
/// The width of a typical terminal window.
const COLUMNS: u16 = 100;
/// The gateway's name in the pictures.
const GATEWAY: &str = "claude-code";
/// The size limit of a browser's picture, in bytes.
const LARGEST: usize = 200_000;

fn main() -> ExitCode {
    let result = if std::env::var_os(INSIDE).is_some() { inner() } else { outer() };
    match result {
        Ok(code) => code,
        Err(message) => {
            eprintln!("pictures: {message}");
            ExitCode::FAILURE
        }
    }
}

fn outer() -> Result<ExitCode, String> {
    let client = Client::find().ok_or("no Claude Code client (set CF_AIG_CLIENT)")?;
    let root = plugin_root();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built =
        Command::new(cargo).args(["build", "--quiet", "--package", "cf-aig"]).current_dir(&root).status();
    if !built.is_ok_and(|status| status.success()) {
        return Err("the helper could not be built".to_owned());
    }
    let mut inner = Command::new(std::env::current_exe().map_err(|e| e.to_string())?);
    inner.env(INSIDE, "1").arg(root.join("target/debug/cf-aig")).arg(client.path());
    let status = namespace::run_isolated(&mut inner).map_err(|e| e.to_string())?;
    Ok(ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

fn inner() -> Result<ExitCode, String> {
    let mut args = std::env::args().skip(1).map(PathBuf::from);
    let (helper, client) = args.next().zip(args.next()).ok_or("the outer process starts this one")?;
    let folder = plugin_root().join("docs/pictures");
    session(&helper, &Client::at(client), &folder)?;
    doctor(&helper, &folder)?;
    costs(&helper, &folder)?;
    Ok(ExitCode::SUCCESS)
}

/// An emulated account under Cloudflare's own names, and a sandbox that is configured for it.
struct Stage {
    sandbox: Sandbox,
    _emulator: Emulator,
    _proxy: Proxy,
}

impl Stage {
    fn new(helper: &Path) -> Result<Self, String> {
        let gateway = Gateway { gateway_id: GATEWAY.to_owned(), ..Gateway::default() };
        let config = Config { tls: Some(Tls::Good), gateways: vec![gateway], ..Config::default() };
        let emulator = Emulator::start(config).map_err(|e| e.to_string())?;
        let proxy = Proxy::start(ProxyMode::Forward).map_err(|e| e.to_string())?;
        for (host, origin) in [
            ("gateway.ai.cloudflare.com", emulator.gateway_origin()),
            ("api.cloudflare.com", emulator.api_origin()),
            ("api.anthropic.com", emulator.provider_origin()),
        ] {
            proxy.route(&format!("{host}:443"), &origin.replace("https://", ""));
        }
        let mut sandbox = Sandbox::new(helper);
        let authority = sandbox.home().join("ca.pem");
        std::fs::write(&authority, emulator.ca_pem().unwrap_or_default()).map_err(|e| e.to_string())?;
        let authority = authority.to_string_lossy().into_owned();
        sandbox
            .with_gateway(&emulator)
            .unset("CF_AIG_GATEWAY_ORIGIN")
            .unset("CF_AIG_API_ORIGIN")
            .set("CF_AIG_GATEWAY_ID", GATEWAY)
            .set("HTTPS_PROXY", proxy.origin())
            .set("SSL_CERT_FILE", authority.clone())
            .set("NODE_EXTRA_CA_CERTS", authority)
            .set("ANTHROPIC_API_KEY", ANTHROPIC_KEY)
            .set("CLOUDFLARE_API_TOKEN", API_TOKEN)
            .set("LANG", "C.UTF-8")
            .set("TERM", "xterm-256color");
        Ok(Self { sandbox, _emulator: emulator, _proxy: proxy })
    }
}

/// The start of a session, one response, and `/cloudflare status`.
fn session(helper: &Path, client: &Client, folder: &Path) -> Result<(), String> {
    let stage = Stage::new(helper)?;
    let command = client.interactive_command(&stage.sandbox, &[]);
    let mut terminal = Terminal::start_sized(&command, COLUMNS, 36);
    terminal.wait_until("the prompt", LIMIT, |screen| screen.lines().any(|line| line.trim() == "❯"));
    enter(&mut terminal, "Say hello.");
    terminal.wait_for("Hello from the emulator.", LIMIT);
    enter(&mut terminal, "/cloudflare status");
    terminal.wait_until("the status", LIMIT, |screen| {
        screen.rsplit("/cloudflare status").next().is_some_and(|after| after.contains("the gateway responds"))
    });
    terminal.wait_until("the prompt again", LIMIT, |screen| !screen.contains("esc to interrupt"));
    draw(
        &terminal,
        &folder.join("session.svg"),
        "claude",
        "A Claude Code session that answers through the gateway, and /cloudflare status in it.",
    )
}

/// The doctor in a terminal, with a gateway that does not accept the token.
fn doctor(helper: &Path, folder: &Path) -> Result<(), String> {
    let mut stage = Stage::new(helper)?;
    stage.sandbox.set("CF_AIG_TOKEN", "cfut_a_token_that_was_revoked_a_week_ago_0000000");
    let mut command = stage.sandbox.command(helper);
    command.arg("doctor");
    let mut terminal = Terminal::start_sized(&command, COLUMNS, 70);
    terminal.wait_for_end(LIMIT);
    draw(
        &terminal,
        &folder.join("doctor.svg"),
        "cf-aig doctor",
        "The doctor finds that the gateway does not accept the token, and says what to do.",
    )
}

/// The page that `costs --html` writes, light and dark.
fn costs(helper: &Path, folder: &Path) -> Result<(), String> {
    let synthetic = SyntheticRequests { count: 30_000, ..SyntheticRequests::default() };
    // so that November 2026 is never too long ago
    let analytics =
        Analytics { synthetic: Some(synthetic), not_older_than: DAY * 36_500, ..Analytics::default() };
    let emulator = Emulator::start(Config { analytics, ..Config::default() }).map_err(|e| e.to_string())?;
    let mut sandbox = Sandbox::new(helper);
    sandbox.with_gateway(&emulator).set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    let page = sandbox.project().join("costs.html");
    let file = page.to_string_lossy().into_owned();
    let ran = sandbox.run(["costs", "--since", "2026-11-01", "--until", "2026-11-20", "--html", &file]);
    if ran.code != 0 {
        return Err(format!("costs: {}", ran.stderr));
    }
    let browser = Browser::find().ok_or("no Chromium")?;
    for (name, dark) in [("costs-light.png", false), ("costs-dark.png", true)] {
        let picture = browser.screenshot_sized(&page, dark, 1100, 1250);
        if picture.len() > LARGEST {
            return Err(format!("{name} has {} bytes, more than {LARGEST}", picture.len()));
        }
        write(&folder.join(name), &picture)?;
    }
    Ok(())
}

/// Types a line, waits until it is on the screen, and sends it: keys that arrive at once count as pasted.
fn enter(terminal: &mut Terminal, line: &str) {
    terminal.type_keys(line);
    terminal.wait_until(line, LIMIT, |screen| {
        let typed = screen.lines().filter_map(|line| line.trim_start().strip_prefix('❯')).next_back();
        typed.is_some_and(|typed| typed.contains(line))
    });
    terminal.type_keys("\r");
}

/// Writes the screen, without the empty rows at its end.
fn draw(terminal: &Terminal, file: &Path, title: &str, description: &str) -> Result<(), String> {
    let drawn = terminal.look(|screen| {
        let used = screen.rows(0, COLUMNS).enumerate().filter(|(_, row)| !row.trim().is_empty());
        let last = used.last().map_or(0, |(at, _)| u16::try_from(at).unwrap_or_default());
        picture::svg(screen, 0..last + 1, title, description)
    });
    write(file, drawn.as_bytes())
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(file, bytes).map_err(|e| format!("{}: {e}", file.display()))?;
    println!("{} ({} kB)", file.display(), bytes.len().div_ceil(1000));
    Ok(())
}
