//! The status line that `setup --statusline` adds, as the client shows it; and the costs in its
//! transcripts.

use crate::rig::{LIMIT, Rig};
use crate::with_client;
use cf_aig_harness::needs;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::time::Instant;

#[needs(client)]
#[test]
fn the_client_shows_the_route_the_spend_and_the_limit() {
    with_client(|rig| {
        add_line(rig);
        let mut session = rig.session();
        session.terminal.wait_for("emulator: routed", LIMIT);
        session.terminal.wait_for("42 % of its limit", LIMIT);
        session.command("/cloudflare off", "Off: this session goes to");
        session.terminal.wait_for("emulator: not routed", LIMIT);
    });
}

/// The line, with figures of a day long ago.
fn add_line(rig: &mut Rig) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs();
    let ran = rig.sandbox.run(["setup", "--statusline", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let figures = json!({"at": now, "gateway": "emulator", "day": "2020-01-01", "today": 1.0, "month": 2.0, "limit": 0.42});
    // where the status line's command reads them: it has none of a hook's variables
    rig.sandbox.write("home/.claude/plugins/data/cloudflare-inline/costs.json", &figures.to_string());
}

#[needs(client)]
#[test]
fn costs_shows_without_a_turn_of_the_model() {
    with_client(|rig| {
        rig.sandbox.set("CLOUDFLARE_API_TOKEN", cf_aig_emulator::API_TOKEN);
        let mut session = rig.session();
        session.command("/cloudflare costs", "estimates, not a bill");
    });
}

#[needs(client)]
#[test]
fn transcript_costs_match_the_clients_own_figures() {
    with_client(|rig| {
        let reckoned = rig.ask("hi").result["total_cost_usd"].as_f64().expect("the client's own figure");
        let total = &total(rig);
        let close =
            |name: &str| (total["claude_code"][name].as_f64().unwrap_or_default() - reckoned).abs() < 1e-6;
        assert!(reckoned > 0.0 && close("usd") && close("list_usd"), "{reckoned} {total}");
        assert_eq!(total["drift"], json!([]), "{total}");
    });
}

/// The client writes its estimate when a session ends; until then only its tokens are known.
#[needs(client)]
#[test]
fn a_session_that_runs_is_priced_by_its_tokens() {
    with_client(|rig| {
        let mut session = rig.session();
        session.say("good morning");
        let running = total_when(rig, |total| total["claude_code"]["answers"] == 1);
        let list = &running["list_price"]["usd"];
        assert!(running["claude_code"]["usd"].is_null() && list.as_f64() > Some(0.0), "{running}");
        session.enter("/exit");
        let over = total_when(rig, |total| total["claude_code"]["usd"].is_f64());
        assert_eq!((&over["claude_code"]["usd"], &over["list_price"]["usd"]), (list, list), "{over}");
    });
}

/// The totals of this machine's transcripts.
fn total(rig: &Rig) -> Value {
    let until = (Timestamp::now() + SignedDuration::from_hours(1)).to_string();
    let report = rig.sandbox.run(["costs", "--offline", "--since", "1d", "--until", &until, "--json"]);
    assert_eq!(report.code, 0, "{report:?}");
    report.json()["total"].clone()
}

/// The same once it satisfies `wanted`.
fn total_when(rig: &Rig, wanted: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + LIMIT;
    loop {
        let total = total(rig);
        if wanted(&total) {
            return total;
        }
        assert!(Instant::now() < end, "{total}");
    }
}
