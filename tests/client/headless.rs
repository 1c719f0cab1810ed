//! `claude -p` with the plugin loaded.

use crate::with_client;
use cf_aig_emulator::{ANTHROPIC_KEY, Host};

#[test]
fn the_first_request_goes_to_the_gateway_with_the_right_headers() {
    with_client(|rig| {
        let answer = rig.ask("hi");
        assert_eq!(answer.text(), "Hello from the emulator.", "{:?}", answer.ran);
        rig.assert_routed();
        let first = &rig.turns()[0];
        assert_eq!(first.header("x-api-key"), Some(ANTHROPIC_KEY));
        assert!(first.header("cf-aig-metadata").is_some_and(|m| m.contains("\"session\"")));
        assert!(rig.emulator.requests().iter().all(|r| r.host == Host::Gateway), "nothing goes past the gateway");
        assert_eq!(rig.emulator.logs().len(), 1);
    });
}
