//! The real Claude Code client, the plugin and the emulated gateway, end to end.

mod explain;
mod headless;

use cf_aig_emulator::{ANTHROPIC_KEY, Config, Emulator};
use cf_aig_harness::{Client, Sandbox, namespace};
use std::time::Duration;

/// The longest that a session of one turn may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A client, a gateway and a place of their own.
struct Rig {
    client: Client,
    emulator: Emulator,
    sandbox: Sandbox,
}

impl Rig {
    /// The sandbox has a gateway configured and a provider key; the client would go elsewhere by itself.
    fn new(client: Client) -> Self {
        let emulator = Emulator::start(Config::default()).expect("the emulator starts");
        let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
        sandbox
            .with_gateway(&emulator)
            .set("ANTHROPIC_API_KEY", ANTHROPIC_KEY)
            .set("ANTHROPIC_BASE_URL", emulator.provider_origin());
        Self { client, emulator, sandbox }
    }

    fn ask(&self, prompt: &str) -> cf_aig_harness::Headless {
        self.client.headless(&self.sandbox, prompt, &[], LIMIT)
    }
}

/// Runs `body` with a rig where only loopback exists; says aloud when there is no client.
fn with_client<F: FnOnce(&mut Rig)>(body: F) {
    let name = std::any::type_name::<F>().trim_end_matches("::{{closure}}");
    let Some(client) = Client::find(name) else { return };
    namespace::isolated_as(name, || body(&mut Rig::new(client)));
}
