//! `cf-aig conformance` against gateways that keep the contract, gateways that break it in one point
//! each, and one that nobody here wrote.

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
use std::net::TcpListener;

/// A place of its own where nothing is configured.
fn sandbox() -> Sandbox {
    Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"))
}

/// An address of loopback that is free. Another process could take it before it is used; none does.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// Runs the checks through a gateway that breaks the contract so, with an echo behind it.
fn echoed(breaks: Break, args: &[&str]) -> Ran {
    let upstream = free_address();
    let proxy = Proxy::start(&upstream, breaks);
    let echo = format!("--echo={upstream}");
    let url = proxy.origin();
    let own = ["conformance", url.as_str(), echo.as_str()];
    sandbox().run(own.iter().chain(args))
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
