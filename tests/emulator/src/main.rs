//! The emulator as a program: starts, prints how to configure Claude Code, runs until Ctrl-C.

use std::io;
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
    introduce(&args, &emulator);
    interrupt.wait()?;
    summarize(&emulator);
    Ok(())
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

fn introduce(args: &Args, emulator: &Emulator) {
    let pays_itself = args.stored_key || args.unified_billing.is_some();
    let key = if pays_itself { &args.token } else { ANTHROPIC_KEY };
    println!("gateway   {}", emulator.gateway_origin());
    println!("api       {}  (token {API_TOKEN})", emulator.api_origin());
    println!("provider  {}", emulator.provider_origin());
    println!();
    println!("Point Claude Code at it:");
    println!("  export ANTHROPIC_BASE_URL={}", emulator.base_url("anthropic"));
    println!("  export ANTHROPIC_API_KEY={key}");
    if !args.no_authentication {
        let header = format!("cf-aig-authorization: Bearer {}", args.token);
        println!("  export ANTHROPIC_CUSTOM_HEADERS='{header}'");
    }
    if let Some(file) = &args.tls {
        println!("  export NODE_EXTRA_CA_CERTS={}", file.display());
    }
    println!();
    println!("Ctrl-C ends it.");
}

fn summarize(emulator: &Emulator) {
    println!();
    for request in emulator.requests() {
        let status = request.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
        println!("{status} {} {} {}", request.host, request.method, request.path);
    }
    for entry in emulator.logs() {
        let cost = entry.cost.map_or_else(|| "unknown".to_owned(), |cost| format!("${cost:.6}"));
        println!("log {} {} {} {cost}", entry.id, entry.status_code, entry.model);
    }
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
