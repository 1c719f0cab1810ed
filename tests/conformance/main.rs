//! `cf-aig conformance` against gateways that keep the contract, gateways that break it in one point each,
//! and an independent one.

mod black_box;
mod breaking;
mod interface;
mod litellm;
mod proxy;
mod through_echo;

use breaking::Break;
use cf_aig_harness::{Ran, Sandbox};
use proxy::Proxy;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::Stdio;

/// A sandbox without configuration.
fn sandbox() -> Sandbox {
    Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"))
}

/// A free loopback address, for a gateway that needs it before the echo exists.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// Runs the checks through a gateway with this break, with an echo behind it.
fn echoed(breaks: Break, args: &[&str]) -> Ran {
    echoed_in(&sandbox(), breaks, args)
}

/// The same in this sandbox. The echo uses any port, which the gateway is told.
fn echoed_in(place: &Sandbox, breaks: Break, args: &[&str]) -> Ran {
    let proxy = Proxy::waiting(breaks);
    let mut command = place.command(place.cf_aig());
    command.args(["conformance", &proxy.origin(), "--echo=127.0.0.1:0"]).args(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the helper starts");
    let mut errors = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut stderr = String::new();
    errors.read_line(&mut stderr).expect("its first words");
    let upstream = stderr.trim().rsplit("http://").next().unwrap_or_default();
    proxy.leads_to(upstream);
    let mut stdout = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut stdout).expect("its report");
    errors.read_to_string(&mut stderr).expect("its other words");
    let code = child.wait().expect("its end").code().unwrap_or(-1);
    Ran { code, stdout, stderr }
}

/// What did not work: `id outcome`, and the setting that helps.
fn amiss(ran: &Ran) -> Vec<String> {
    let report = ran.json();
    let checks = report["checks"].as_array().expect("checks");
    let amiss = checks.iter().filter(|check| check["outcome"] != "works" && check["outcome"] != "skipped");
    amiss.map(told).collect()
}

fn told(check: &Value) -> String {
    let text = |key: &str| check[key].as_str().unwrap_or_default();
    let setting =
        if check["setting"].is_string() { format!(" ({})", text("setting")) } else { String::new() };
    format!("{} {}{setting}", text("id"), text("outcome"))
}

/// Every check with its outcome.
fn outcomes(ran: &Ran) -> String {
    let report = ran.json();
    let checks = report["checks"].as_array().expect("checks").iter();
    let word = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    checks.map(|check| format!("{:<19} {}\n", word(check, "id"), word(check, "outcome"))).collect()
}
