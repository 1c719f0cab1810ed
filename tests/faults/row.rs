//! One row of the matrix: a fault, and the expected report of the doctor.

use crate::world::World;
use cf_aig_harness::Ran;
use serde_json::Value;
use std::time::Duration;

/// The doctor's time limit, unless a row sets another.
const LIMIT: Duration = cf_aig::services::doctor::LIMIT;
/// How long after its limit the doctor is stopped, and the row fails. A machine may be slow to start a
/// process; a resolver or a client that ignores the limit waits 10 s and more.
const GRACE: Duration = Duration::from_secs(7);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It does not work.
    Fail,
    /// It works, but needs attention.
    Warn,
    /// It works, and there is nothing to report: the doctor must raise no alarm.
    Well,
}

#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// The fault, in words.
    pub(crate) fault: &'static str,
    pub(crate) make: fn() -> World,
    pub(crate) args: &'static [&'static str],
    pub(crate) state: State,
    /// The first check that fails or warns.
    pub(crate) check: &'static str,
    pub(crate) speaker: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) exit: i32,
    pub(crate) needs_names: bool,
}

/// Broken at `check`. Empty words mean that nothing is reported.
pub(crate) const fn fails(
    fault: &'static str,
    make: fn() -> World,
    check: &'static str,
    speaker: &'static str,
    cause: &'static str,
    exit: i32,
) -> Row {
    Row { fault, make, args: &[], state: State::Fail, check, speaker, cause, exit, needs_names: false }
}

/// Works, with a warning at `check`.
pub(crate) const fn warns(
    fault: &'static str,
    make: fn() -> World,
    check: &'static str,
    speaker: &'static str,
    cause: &'static str,
) -> Row {
    Row { state: State::Warn, ..fails(fault, make, check, speaker, cause, 0) }
}

/// Works, without any report.
pub(crate) const fn well(what: &'static str, make: fn() -> World) -> Row {
    Row { state: State::Well, ..fails(what, make, "", "", "", 0) }
}

impl Row {
    pub(crate) const fn with(self, args: &'static [&'static str]) -> Self {
        Self { args, ..self }
    }

    /// Something never responds: the doctor's limit is short.
    pub(crate) const fn hangs(self) -> Self {
        self.with(&["--timeout", "2"])
    }

    /// It is about names, so it needs its own name server.
    pub(crate) const fn by_name(self) -> Self {
        Self { needs_names: true, ..self }
    }

    /// How long the doctor may take.
    fn limit(&self) -> Duration {
        let mut args = self.args.iter().skip_while(|arg| **arg != "--timeout").skip(1);
        args.next().and_then(|seconds| seconds.parse().ok()).map_or(LIMIT, Duration::from_secs)
    }

    /// Injects the fault and runs the doctor: returns its fix, or what went wrong.
    pub(crate) fn examine(&self) -> Result<String, String> {
        self.examine_in(&(self.make)())
    }

    /// The same in an existing world.
    pub(crate) fn examine_in(&self, world: &World) -> Result<String, String> {
        let args = ["doctor", "--json"].iter().chain(self.args);
        let limit = self.limit() + GRACE;
        let Some(ran) = world.sandbox.run_within(args, limit) else {
            return Err(format!("did not end within {limit:?}"));
        };
        let said = Said::of(&ran)?;
        let expected = (self.state, self.check, self.speaker, self.cause, self.exit);
        let found = (said.state, said.word("id"), said.word("speaker"), said.word("cause"), ran.code);
        if expected != found {
            let says = world.steady(said.word("evidence"));
            return Err(format!("expected {expected:?}\n    found    {found:?}: {says}"));
        }
        said.skips_behind()?;
        if self.state != State::Well && said.word("fix").is_empty() {
            return Err("no way out is named".to_owned());
        }
        Ok(world.steady(said.word("fix")))
    }
}

/// The doctor's output, and the relevant check.
struct Said {
    state: State,
    check: Value,
    checks: Vec<Value>,
}

impl Said {
    fn of(ran: &Ran) -> Result<Self, String> {
        if !ran.stderr.is_empty() {
            return Err(format!("stderr: {}", ran.stderr));
        }
        let report: Value = serde_json::from_str(&ran.stdout).map_err(|e| format!("{e}: {ran:?}"))?;
        let checks = report["checks"].as_array().cloned().unwrap_or_default();
        let of = |state: &str| checks.iter().find(|check| check["state"] == state).cloned();
        let (state, check) = match (of("fail"), of("warn")) {
            (Some(check), _) => (State::Fail, check),
            (None, Some(check)) => (State::Warn, check),
            (None, None) => (State::Well, Value::Null),
        };
        let broken = if state == State::Fail { &check["layer"] } else { &Value::Null };
        if report["summary"]["broken"] != *broken {
            return Err(format!("the summary names another layer: {}", report["summary"]));
        }
        Ok(Self { state, check, checks })
    }

    fn word(&self, name: &str) -> &str {
        self.check[name].as_str().unwrap_or_default()
    }

    /// The layers behind the broken one are skipped, with the reason. A warning is not repeated by another
    /// layer.
    fn skips_behind(&self) -> Result<(), String> {
        let layer = self.word("layer");
        if self.state == State::Warn {
            let mut others = self.checks.iter().filter(|c| c["state"] == "warn" && c["layer"] != layer);
            return others
                .next()
                .map_or(Ok(()), |other| Err(format!("another layer warns as well: {other}")));
        }
        if self.state == State::Well {
            return Ok(());
        }
        let at = self.checks.iter().position(|check| *check == self.check).unwrap_or_default();
        let because = format!("because {layer} is broken");
        let is_skipped = |check: &&Value| {
            check["state"] == "skip" && check["evidence"].as_str().is_some_and(|why| why.contains(&because))
        };
        let mut behind = self.checks[at..].iter().filter(|check| check["layer"] != layer);
        behind.find(|check| !is_skipped(check)).map_or(Ok(()), |check| Err(format!("not skipped: {check}")))
    }
}
