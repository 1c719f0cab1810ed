//! The real Claude Code client, the plugin and the emulated gateway, end to end.

mod auth_modes;
mod blocked;
mod bootstrap;
mod cloud;
mod explain;
mod failure;
mod headless;
mod interactive;
mod medium;
mod newcomer;
mod old_client;
mod plugin;
mod rare;
mod reload;
mod rig;
mod schema;
mod session;
mod setup;
mod spelled;
mod statusline;
mod trouble;
mod troubleshooting;
mod verify;

use cf_aig_harness::{Client, namespace};
use rig::Rig;

/// Runs `body` with a rig where only loopback exists; the test is marked `#[needs(client)]`.
fn with_client<F: FnOnce(&mut Rig)>(body: F) {
    let name = std::any::type_name::<F>().trim_end_matches("::{{closure}}");
    namespace::isolated_as(name, || body(&mut Rig::new(Client::needed())));
}
