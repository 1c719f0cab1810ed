//! `cf-aig doctor`: reports the first broken layer, and raises no alarm if everything works.

mod fixes;
mod layers;
mod report;
mod secrets;

use crate::Rig;
use cf_aig_emulator::{API_TOKEN, Config};
use cf_aig_harness::Ran;
use serde_json::Value;

/// A healthy gateway, with its token and the API token configured.
fn well() -> Rig {
    with(Config::default())
}

fn with(config: Config) -> Rig {
    let mut rig = Rig::with(config);
    rig.sandbox.set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    rig
}

/// The result.
struct Seen {
    report: Value,
    code: i32,
}

impl Seen {
    fn of(ran: &Ran) -> Self {
        assert_eq!(ran.stderr, "", "{ran:?}");
        let report = ran.json();
        assert_eq!(report["schema"], 1);
        Self { report, code: ran.code }
    }

    fn checks(&self) -> &[Value] {
        self.report["checks"].as_array().expect("a list")
    }

    fn check(&self, id: &str) -> &Value {
        self.checks().iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id}"))
    }

    fn state(&self, id: &str) -> &str {
        self.check(id)["state"].as_str().expect("a word")
    }

    /// Ids of checks in a state.
    fn in_state(&self, state: &str) -> Vec<&str> {
        let of = self.checks().iter().filter(|check| check["state"] == state);
        of.filter_map(|check| check["id"].as_str()).collect()
    }

    /// The first broken check: id, speaker, cause; and the exit code.
    fn broken(&self) -> String {
        let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let Some(check) = self.checks().iter().find(|check| check["state"] == "fail") else {
            return format!("nothing, warned by {:?}, exit {}", self.in_state("warn"), self.code);
        };
        assert_eq!(check["layer"], self.report["summary"]["broken"]);
        assert!(check["fix"].is_string(), "a way out: {check}");
        format!(
            "{} by {}: {}, exit {}",
            word(&check["id"]),
            word(&check["speaker"]),
            word(&check["cause"]),
            self.code
        )
    }
}

/// Runs it with `--json`.
fn examined(rig: &Rig, args: &[&str]) -> Seen {
    Seen::of(&rig.sandbox.run(["doctor", "--json"].iter().chain(args)))
}
