//! Rows about the evidence itself: what is said when no one speaks in it.

use super::super::Cause;
use super::super::row::{ROW, Row, certain};
use super::super::{Speaker::Unknown, Test::ClientError};

pub(super) static ROWS: &[Row] = &[
    Row {
        cause: Cause::UnexplainedAnswer,
        meaning: "An answer refuses, and nothing in it says who wrote it or why.",
        fix: "send the same request with `curl -v` and give the whole output to `cf-aig diagnose`",
        note: "Status and headers rarely tell; the body does.",
        ..OWN
    },
    Row {
        cause: Cause::SilentRetries,
        meaning: "The session works, and spends most of its time in retries that Claude Code does not show.",
        fix: "run `claude -p hi --debug-file log` and give the log to `cf-aig diagnose`: it has every attempt",
        signs: &[certain(&[ClientError("silent_retries")])],
        note: "From the transcript's own account: time in requests, with and without retries.",
        ..OWN
    },
    Row {
        cause: Cause::NoFailure,
        meaning: "The evidence shows an answer, and no failure.",
        fix: "if something does fail, give the failing run: `claude -p hi --debug-file log`, then `cf-aig diagnose log`",
        note: "Code 10000 in `messages` of an answer with `success: true` means that the token is valid.",
        ..OWN
    },
    Row {
        cause: Cause::Unrecognised,
        meaning: "Nothing in the evidence is known to this table.",
        fix: "run `claude -p hi --debug-file log` and give the log to `cf-aig diagnose`, or `curl -v` against the same URL",
        note: "",
        ..OWN
    },
];

const OWN: Row = Row { speaker: Unknown, ..ROW };
