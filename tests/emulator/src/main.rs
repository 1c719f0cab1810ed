//! The emulator as a program: starts, prints how to configure Claude Code, runs until Ctrl-C.

use std::io::{self, Write};
use std::process::ExitCode;

use cf_aig_emulator::{ANTHROPIC_KEY, API_TOKEN, Config, Emulator, GATEWAY_TOKEN, Tls};
use clap::Parser;

/// A local stand-in for Cloudflare AI Gateway and the provider behind it
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Port of the gateway's host; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Port of the API's host; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    api_port: u16,
    /// Serve https with a certificate of a test authority, whose certificate is written to this file
    #[arg(long, value_name = "CA_FILE")]
    tls: Option<std::path::PathBuf>,
    /// The accepted gateway token
    #[arg(long, default_value = GATEWAY_TOKEN)]
    token: String,
    /// Require no gateway token
    #[arg(long)]
    no_authentication: bool,
    /// Store the provider key in the gateway (BYOK)
    #[arg(long)]
    stored_key: bool,
    /// Pay by Unified Billing with this credit, in US cents
    #[arg(long, value_name = "CENTS")]
    unified_billing: Option<f64>,
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("cf-aig-emulator: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> io::Result<()> {
    // before the first line is printed: its reader may send the signal at once
    let interrupt = Interrupt::new()?;
    let emulator = Emulator::start(config(&args))?;
    if let (Some(file), Some(pem)) = (&args.tls, emulator.ca_pem()) {
        std::fs::write(file, pem)?;
    }
    print(&introduction(&args, &emulator))?;
    interrupt.wait()?;
    print(&summary(&emulator))
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A value for a shell, in single quotes if it needs them.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn config(args: &Args) -> Config {
    let mut config = Config {
        port: args.port,
        api_port: args.api_port,
        tls: args.tls.as_ref().map(|_| Tls::Good),
        ..Config::default()
    };
    let gateway = &mut config.gateways[0];
    gateway.tokens = vec![args.token.clone()];
    gateway.authentication = !args.no_authentication;
    gateway.unified_billing = args.unified_billing;
    if args.stored_key {
        gateway.stored_keys.insert("anthropic".to_owned(), ANTHROPIC_KEY.to_owned());
    }
    config
}

fn introduction(args: &Args, emulator: &Emulator) -> String {
    let pays_itself = args.stored_key || args.unified_billing.is_some();
    let key = if pays_itself { &args.token } else { ANTHROPIC_KEY };
    let mut exports =
        vec![("ANTHROPIC_BASE_URL", emulator.base_url("anthropic")), ("ANTHROPIC_API_KEY", key.to_owned())];
    if !args.no_authentication {
        exports.push(("ANTHROPIC_CUSTOM_HEADERS", format!("cf-aig-authorization: Bearer {}", args.token)));
    }
    if let Some(file) = &args.tls {
        exports.push(("NODE_EXTRA_CA_CERTS", file.display().to_string()));
    }
    let exports: String =
        exports.iter().map(|(name, value)| format!("  export {name}={}\n", quoted(value))).collect();
    format!(
        "gateway   {}\napi       {}  (token {API_TOKEN})\nprovider  {}\n\nPoint Claude Code at it:\n{exports}\nCtrl-C ends it.\n",
        emulator.gateway_origin(),
        emulator.api_origin(),
        emulator.provider_origin()
    )
}

fn summary(emulator: &Emulator) -> String {
    let mut out = "\n".to_owned();
    for request in emulator.requests() {
        let status = request.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
        out.push_str(&format!("{status} {} {} {}\n", request.host, request.method, request.path));
    }
    for entry in emulator.logs() {
        let cost = entry.cost.map_or_else(|| "unknown".to_owned(), |cost| format!("${cost:.6}"));
        out.push_str(&format!("log {} {} {} {cost}\n", entry.id, entry.status_code, entry.model));
    }
    out
}

/// Ctrl-C, handled from creation on.
struct Interrupt {
    runtime: tokio::runtime::Runtime,
    signal: std::pin::Pin<Box<dyn Future<Output = io::Result<()>>>>,
}

impl Interrupt {
    fn new() -> io::Result<Interrupt> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signal: std::pin::Pin<Box<dyn Future<Output = io::Result<()>>>> =
            Box::pin(tokio::signal::ctrl_c());
        // the first poll installs the handler
        runtime.block_on(async {
            let _ = std::future::poll_fn(|cx| std::task::Poll::Ready(signal.as_mut().poll(cx))).await;
        });
        Ok(Interrupt { runtime, signal })
    }

    fn wait(self) -> io::Result<()> {
        self.runtime.block_on(self.signal)
    }
}
