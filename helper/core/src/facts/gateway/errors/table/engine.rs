//! Rows about the evidence itself, if it contains no known cause.

use super::prelude::*;

rows! {
    ROW;
    UnexplainedAnswer {
        meaning: "A response is an error, but nothing in it shows who wrote it or why.",
        fix: "send the same request with `curl -v` and pass the whole output to `cf-aig diagnose`",
    }
    SilentRetries {
        meaning: "The session works, but spends most of its time in retries that Claude Code does not show.",
        fix: "run `claude -p hi --debug-file log` and pass the log to `cf-aig diagnose`: it contains every attempt",
        [ClientError("silent_retries")] => Certain,
    }
    NoFailure {
        meaning: "The evidence shows a response, but no failure.",
        fix: "if something does fail, record the failing run: `claude -p hi --debug-file log`, then `cf-aig diagnose log`",
    }
    Unrecognised {
        meaning: "No known error was found in the input.",
        fix: "run `claude -p hi --debug-file log` and pass the log to `cf-aig diagnose`, or run `curl -v` against the same URL",
    }
}
