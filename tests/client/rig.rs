//! A client, a gateway and a sandbox, checked for leaked secrets.

use crate::session::Session;
use cf_aig_emulator::{ANTHROPIC_KEY, ANTHROPIC_LOGIN, Config, Emulator, GATEWAY_TOKEN, Host, Recorded};
use cf_aig_harness::{Client, Headless, Sandbox, print_uncaptured};
use std::time::Duration;

/// Timeout for anything on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);

/// The setup of each test. When dropped, every recorded request is searched for a secret that its receiver
/// must not get.
pub(crate) struct Rig {
    pub(crate) client: Client,
    pub(crate) emulator: Emulator,
    pub(crate) sandbox: Sandbox,
}

impl Rig {
    /// A sandbox with a configured gateway and a provider key; by itself the client would contact the
    /// provider.
    pub(crate) fn new(client: Client) -> Self {
        let emulator = Emulator::start(Config::default()).expect("the emulator starts");
        let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
        sandbox
            .with_gateway(&emulator)
            .set("ANTHROPIC_API_KEY", ANTHROPIC_KEY)
            .set("ANTHROPIC_BASE_URL", emulator.provider_origin());
        Self { client, emulator, sandbox }
    }

    /// Runs `claude -p` to its end.
    pub(crate) fn ask(&self, prompt: &str) -> Headless {
        self.ask_with(prompt, &[])
    }

    /// The same with more arguments.
    pub(crate) fn ask_with(&self, prompt: &str, more: &[&str]) -> Headless {
        let log = self.debug_log();
        let more = [more, &["--debug-file", &log]].concat();
        self.client.headless(&self.sandbox, prompt, &more, LIMIT)
    }

    /// An interactive session, ready for input.
    pub(crate) fn session(&self) -> Session<'_> {
        self.session_with(&[])
    }

    /// The same with more arguments.
    pub(crate) fn session_with(&self, more: &[&str]) -> Session<'_> {
        Session::start(self, more)
    }

    /// The client's log; a failed test prints the plugin's part of it.
    pub(crate) fn debug_log(&self) -> String {
        self.sandbox.home().join("debug.log").to_string_lossy().into_owned()
    }

    /// The output of `/cloudflare off` here.
    pub(crate) fn said_off(&self) -> String {
        let provider = self.emulator.provider_origin();
        format!("Off: this session goes to {}", provider.trim_start_matches("http://"))
    }

    /// The client's model requests, wherever they went.
    pub(crate) fn turns(&self) -> Vec<Recorded> {
        self.emulator.requests().into_iter().filter(is_turn).collect()
    }

    /// Fails unless there were model requests and all of them went through the gateway.
    pub(crate) fn assert_routed(&self) {
        let turns = self.turns();
        assert!(!turns.is_empty(), "no turn of the model");
        for turn in turns {
            assert_eq!(turn.host, Host::Gateway, "{turn:?}");
            let token = format!("Bearer {GATEWAY_TOKEN}");
            assert_eq!(turn.header("cf-aig-authorization"), Some(token.as_str()), "{turn:?}");
        }
    }

    /// Fails unless there were model requests and none of them involved the gateway.
    pub(crate) fn assert_direct(&self) {
        let turns = self.turns();
        assert!(!turns.is_empty(), "no turn of the model");
        for turn in turns {
            assert_eq!(turn.host, Host::Provider, "{turn:?}");
            assert!(!turn.headers.iter().any(|(name, _)| name.starts_with("cf-aig-")), "{turn:?}");
            assert_eq!(turn.header("x-api-key"), Some(ANTHROPIC_KEY), "{turn:?}");
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.debug_log()).unwrap_or_default();
            for line in
                log.lines().filter(|line| line.contains("cloudflare") || line.contains("hooks module"))
            {
                print_uncaptured(&line.chars().take(300).collect::<String>());
            }
            for request in self.emulator.requests() {
                print_uncaptured(&format!(
                    "{} {} {} {:?}",
                    request.host, request.method, request.path, request.status
                ));
            }
            return;
        }
        for request in self.emulator.requests() {
            let secrets: &[&str] = match request.host {
                Host::Gateway => &[],
                Host::Provider => &[GATEWAY_TOKEN],
                Host::Api => &[GATEWAY_TOKEN, ANTHROPIC_KEY, ANTHROPIC_LOGIN],
            };
            let heads = request.headers.iter().map(|(_, value)| value.as_str());
            for text in heads.chain([request.path.as_str()]) {
                let leak = secrets.iter().find(|secret| text.contains(**secret));
                assert!(leak.is_none(), "{leak:?} went to the {}: {request:?}", request.host);
            }
        }
    }
}

/// This client, and those in `CF_AIG_CLIENTS`.
pub(crate) fn clients(first: &Client) -> Vec<Client> {
    let more = std::env::var_os("CF_AIG_CLIENTS").unwrap_or_default();
    let more = std::env::split_paths(&more).filter(|path| path.is_file()).map(Client::at);
    std::iter::once(first.clone()).chain(more).collect()
}

/// True for a model request of the client.
pub(crate) fn is_turn(request: &Recorded) -> bool {
    let by_client = request.header("user-agent").is_some_and(|agent| agent.starts_with("claude-cli/"));
    by_client && request.method == "POST" && request.path.contains("/v1/messages")
}
