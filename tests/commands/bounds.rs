//! Every listing ends, whatever the API's pages look like, and reports why it ended.

use crate::Rig;
use cf_aig::base::error::Kind;
use cf_aig::base::secret::Secret;
use cf_aig::cloudflare::{Access, Api};
use cf_aig::facts::gateway::ids::AccountId;
use cf_aig::facts::gateway::url::Origin;
use cf_aig_emulator::{ACCOUNT_ID, API_TOKEN, Config, Emulator, Fault, Host, PageFault};
use serde_json::Value;
use std::time::{Duration, Instant};

const LISTINGS: [&[&str]; 4] =
    [&["gateway", "list"], &["key", "list"], &["provider", "list"], &["route", "list"]];

fn hostile(pages: PageFault) -> Rig {
    let rig = Rig::managed();
    rig.emulator.set_fault_of(Host::Api, Some(Fault::Pages(pages)));
    rig
}

/// The message of each listing, after at most this many requests.
fn told(pages: PageFault, most: usize) -> Vec<String> {
    let tell = |args: &&[&str]| {
        let rig = hostile(pages);
        let said = rig.fails(1, args);
        let asked = rig.emulator.requests().len();
        assert!(asked <= most, "{args:?}: {asked} requests");
        said
    };
    LISTINGS.iter().map(tell).collect()
}

#[test]
fn a_list_without_end_is_given_up_after_a_hundred_pages() {
    for said in told(PageFault::Endless, 104) {
        assert!(said.contains("no end after 100 pages"), "{said}");
    }
}

#[test]
fn a_repeated_page_is_noticed_at_once() {
    for said in told(PageFault::Repeated, 6) {
        assert!(said.contains("page 2 repeats an earlier page"), "{said}");
    }
}

#[test]
fn a_list_is_bounded_in_bytes() {
    for (megabytes, most, why) in [(13, 6, "more than 64 MB"), (17, 1, "more than 16 MB")] {
        let rig = hostile(PageFault::Huge(megabytes << 20));
        let said = rig.fails(1, &["gateway", "list"]);
        assert!(said.contains(why), "{said}");
        assert!(rig.emulator.requests().len() <= most);
    }
}

#[test]
fn generated_code_names_the_lists_that_were_cut_short() {
    let rig = Rig::managed();
    // the gateway itself is read first
    let lists = Fault::After(1, Box::new(Fault::Pages(PageFault::Repeated)));
    rig.emulator.set_fault_of(Host::Api, Some(lists));
    let code = rig.ok(&["iac", "terraform", "emulator"]);
    assert_eq!(code.matches("repeats an earlier page").count(), 4, "{code}");
    assert!(rig.emulator.requests().len() < 120, "{}", rig.emulator.requests().len());
}

#[test]
fn a_search_through_the_log_ends_and_keeps_what_it_found() {
    for (pages, why, found) in [
        (PageFault::Endless, "stopped after 20000 entries", 400),
        (PageFault::Repeated, "the API repeats a page", 1),
    ] {
        let rig = hostile(pages);
        // a condition that has to be checked for each entry
        let ran = rig.sandbox.run(["logs", "list", "--json", "--limit", "1000", "meta.n:7"]);
        assert!(ran.code == 0 && ran.stderr.contains(why), "{pages:?}: {ran:?}");
        assert_eq!(ran.json()["logs"].as_array().unwrap().len(), found, "{pages:?}");
        assert!(rig.emulator.requests().len() <= 402);
    }
}

#[test]
fn an_export_of_a_log_that_repeats_itself_ends() {
    let rig = hostile(PageFault::Repeated);
    let said = rig.fails(1, &["logs", "export", "--output", "log.ndjson"]);
    assert!(said.contains("repeats a page"), "{said}");
}

#[test]
fn a_trickle_is_cut_off_by_the_limit_of_the_whole_call() {
    let emulator = Emulator::start(Config::default()).unwrap();
    // 20 ms per byte: never silent for long, and never done
    emulator.set_fault_of(Host::Api, Some(Fault::SlowBody));
    let api = Api::new(Access {
        origin: Origin::parse(&emulator.api_origin()).unwrap(),
        account: AccountId::parse(ACCOUNT_ID).unwrap(),
        token: Secret::new(API_TOKEN).unwrap(),
        extra_roots: None,
    })
    .unwrap()
    .with_time_limit(Duration::from_millis(400));
    let started = Instant::now();
    let error = api.get::<Value>("ai-gateway/gateways", &[]).unwrap_err();
    assert_eq!(error.kind, Kind::Network);
    assert!(error.message.contains("in time"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10), "one limit for all attempts");
}
