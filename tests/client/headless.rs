//! `claude -p` with the plugin loaded.

use crate::with_client;
use cf_aig_emulator::{GATEWAY_TOKEN, Host};

#[test]
fn the_first_request_goes_to_the_gateway_with_the_right_headers() {
    with_client(|rig| {
        let answer = rig.ask("hi");
        assert_eq!(answer.text(), "Hello from the emulator.", "{:?}", answer.ran);
        let requests = rig.emulator.requests();
        let model =
            requests.iter().find(|r| r.path.contains("/v1/messages") && r.header("x-api-key").is_some());
        let first = model.expect("a request of the client");
        assert_eq!(first.host, Host::Gateway);
        assert_eq!(first.header("cf-aig-authorization"), Some(format!("Bearer {GATEWAY_TOKEN}").as_str()));
        assert!(first.header("cf-aig-metadata").is_some_and(|m| m.contains("\"session\"")));
        assert!(requests.iter().all(|r| r.host != Host::Provider), "nothing goes past the gateway");
        assert_eq!(rig.emulator.logs().len(), 1);
    });
}
