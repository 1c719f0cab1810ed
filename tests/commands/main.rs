//! Command tests from outside: own HOME, cleared environment, the emulator on loopback.

mod api;
mod bounds;
mod build;
mod cache;
mod costs;
mod doctor;
mod download;
mod env;
mod env_file;
mod explain;
mod gateway;
mod handwritten_settings;
mod headers;
mod hook;
mod hostile;
mod hostile_git;
mod iac;
mod key;
mod launcher;
mod logs;
mod not_routed;
mod odd_fields;
mod odd_responses;
mod other_gateway;
mod other_provider;
mod output;
mod plugin;
mod policies;
mod probe;
mod provider;
mod proxy;
mod quoting;
mod reference;
mod rejected_settings;
mod release;
mod route;
mod run;
mod secrets;
mod send;
mod session;
mod settings_elsewhere;
mod setup;
mod shells;
mod spelled;
mod status;
mod statusline;
mod tls;
mod validate;
mod verify;

use cf_aig_emulator::{ANTHROPIC_KEY, API_TOKEN, Config, Emulator};
use cf_aig_harness::terminal::Terminal;
use cf_aig_harness::{Ran, Sandbox};

/// A gateway, and a sandbox that is configured for it.
struct Rig {
    emulator: Emulator,
    sandbox: Sandbox,
}

/// A sandbox without configuration.
fn sandbox() -> Sandbox {
    Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"))
}

impl Rig {
    /// The gateway and its token are configured, there is a provider key, and hooks get an environment
    /// file.
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        let emulator = Emulator::start(config).expect("the emulator starts");
        let mut sandbox = sandbox();
        sandbox.with_gateway(&emulator).with_env_file().set("ANTHROPIC_API_KEY", ANTHROPIC_KEY);
        Self { emulator, sandbox }
    }

    /// The same with an API token.
    fn managed() -> Self {
        let mut rig = Self::new();
        rig.sandbox.set("CLOUDFLARE_API_TOKEN", API_TOKEN);
        rig
    }

    /// Runs the helper; stderr must be empty and the exit code as expected.
    fn ok(&self, args: &[&str]) -> String {
        let ran = self.sandbox.run(args);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}: {ran:?}");
        self.steady(&ran.stdout)
    }

    /// The output of a failing run.
    fn fails(&self, code: i32, args: &[&str]) -> String {
        let ran = self.sandbox.run(args);
        assert_eq!(ran.code, code, "{args:?}: {ran:?}");
        self.steady(&ran.stderr)
    }

    /// The output of a run with `--json`.
    fn json(&self, args: &[&str]) -> serde_json::Value {
        let ran = self.sandbox.run(args.iter().copied().chain(["--json"]));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{args:?}: {ran:?}");
        assert_eq!(ran.json()["schema"], 1);
        ran.json()
    }

    /// The helper on a terminal, with the arguments of this line.
    fn terminal(&self, line: &str) -> Terminal {
        let mut command = self.sandbox.command(self.sandbox.cf_aig());
        command.args(line.split(' ')).env("TERM", "xterm");
        Terminal::start(&command)
    }

    /// The API requests that changed something.
    fn writes(&self) -> Vec<cf_aig_emulator::Recorded> {
        let of_api =
            |r: &cf_aig_emulator::Recorded| r.host == cf_aig_emulator::Host::Api && r.method != "GET";
        self.emulator.requests().into_iter().filter(of_api).collect()
    }

    /// The hook's output at session start.
    fn hook(&self) -> Answer {
        Answer::of(self.sandbox.hook("startup"))
    }

    /// The text of the environment file; empty if there is none.
    fn env_file(&self) -> String {
        std::fs::read_to_string(self.sandbox.env_file()).unwrap_or_default()
    }

    /// Replaces what differs between runs by fixed names: ports and folders.
    fn steady(&self, text: &str) -> String {
        let folder = self.sandbox.home().parent().expect("a folder").to_string_lossy().into_owned();
        let authority = |origin: String| origin.split("://").nth(1).unwrap_or_default().to_owned();
        text.replace(&authority(self.emulator.gateway_origin()), "GATEWAY")
            .replace(&authority(self.emulator.provider_origin()), "PROVIDER")
            .replace(&folder, "SANDBOX")
    }
}

/// A hook's output, after checking everything that is true of every output.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    /// The line for the user, without the plugin's name.
    message: Option<String>,
    /// The text for Claude.
    context: Option<String>,
}

impl Answer {
    fn of(ran: Ran) -> Self {
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        let answer = ran.json();
        let answer = answer.as_object().expect("an object");
        let known = ["systemMessage", "hookSpecificOutput"];
        assert!(answer.keys().all(|key| known.contains(&key.as_str())), "{ran:?}");
        let message = answer.get("systemMessage").map(|m| m.as_str().expect("a text"));
        if let Some(message) = message {
            assert!(!message.chars().any(char::is_control), "one line: {message:?}");
            assert!(message.len() < 700, "a line, not a page: {message}");
        }
        let context = answer.get("hookSpecificOutput").map(|output| {
            assert_eq!(output["hookEventName"], "SessionStart");
            output["additionalContext"].as_str().expect("a text").to_owned()
        });
        let message =
            message.map(|m| m.strip_prefix("cloudflare: ").expect("it names the plugin").to_owned());
        Self { message, context }
    }

    fn is_silent(&self) -> bool {
        self.message.is_none() && self.context.is_none()
    }

    /// The line; panics if there is none.
    fn line(&self) -> &str {
        self.message.as_deref().unwrap_or_else(|| panic!("nothing was said: {self:?}"))
    }
}
