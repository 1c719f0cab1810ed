//! Who said no: reads any evidence and names the speaker, the cause and the next step.
//!
//! Evidence is a body, a response dump (`curl -i`, `curl -v`), a line that Claude Code printed, its
//! debug log, transcript, headless result or event stream, or any mixture. Of any size: it is read in
//! blocks, searched for the catalogue's words first, and only lines that have one are looked into.

mod dump;
mod evidence;
mod gather;
mod printed;
mod report;
mod stream;
mod tally;

use std::io::{self, Read, Write};

pub use report::{Finding, Format, Report, list};

use crate::facts::gateway::errors::{Clue, Response};
use evidence::Evidence;
use tally::Tally;

/// An input this small is looked at twice when the first reading explains nothing.
const SMALL: usize = 64 * 1024;

/// Reads evidence to its end and writes what it shows to `out`.
///
/// # Errors
/// When `input` cannot be read or `out` cannot be written to.
pub fn run(input: impl Read, out: &mut impl Write, format: Format) -> io::Result<Report> {
    let report = read(input)?;
    report.write(out, format)?;
    Ok(report)
}

/// Reads evidence to its end; the report has at least one finding.
///
/// # Errors
/// When `input` cannot be read.
pub fn read(mut input: impl Read) -> io::Result<Report> {
    let mut head = Vec::new();
    input.by_ref().take(SMALL as u64).read_to_end(&mut head)?;
    if head.len() < SMALL {
        return Ok(small(&String::from_utf8_lossy(&head)));
    }
    let mut evidence = Evidence::default();
    stream::scan(head.as_slice().chain(input), &mut evidence)?;
    Ok(evidence.finish().report())
}

/// What a live response shows; for a probe.
pub fn explain(response: &Response) -> Report {
    explain_clue(&Clue::from(response))
}

/// The same where the request is known too: the names of its headers, in lower case.
pub fn explain_knowing(response: &Response, sent: Vec<String>) -> Report {
    explain_clue(&Clue { sent: Some(sent), ..Clue::from(response) })
}

fn explain_clue(clue: &Clue) -> Report {
    let mut tally = Tally::default();
    tally.add(clue, 1);
    tally.report()
}

/// A pasted text may have been broken into lines by a terminal; then it is read again in one piece.
fn small(text: &str) -> Report {
    let whole = scan_text(text.trim_start());
    if whole.knows() || !text.trim().contains('\n') {
        return whole.report();
    }
    let lines = || text.lines().map(str::trim);
    for joined in [lines().collect::<Vec<_>>().join(" "), lines().collect::<String>()] {
        let again = scan_text(&joined);
        if again.knows() {
            return again.report();
        }
    }
    whole.report()
}

fn scan_text(text: &str) -> Tally {
    let mut evidence = Evidence::default();
    stream::scan(text.as_bytes(), &mut evidence).expect("reading from memory does not fail");
    evidence.finish()
}
