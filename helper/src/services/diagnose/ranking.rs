//! Counts the causes that the evidence points to, and ranks them.

use std::collections::HashSet;

use crate::facts::gateway::errors::{
    self, Cause, Confidence, EvidenceOrigin, FailureEvidence, Match, Row, Speaker,
};

use super::known::Meaning;
use super::printed;
use super::report::{CauseFinding, Diagnosis};

/// The most findings in a report.
const FINDINGS: usize = 8;

/// Causes that only state that something was refused.
const GENERAL: &[Cause] = &[
    Cause::UnexplainedAnswer,
    Cause::ProviderRefused,
    Cause::ProviderInvalidRequest,
    Cause::ProviderApiError,
];

/// What was found so far.
#[derive(Default)]
pub(super) struct CauseRanking {
    entries: Vec<RankedCause>,
    last_success: Option<u64>,
    lines: u64,
    of_a_session: bool,
    /// The client reports how its requests ended.
    of_a_client: bool,
}

struct RankedCause {
    /// The best match.
    found: Match,
    /// Where it was found, and how often.
    clue: FailureEvidence,
    count: u64,
    last: u64,
    /// A body of this status was part of the evidence.
    answered: Option<u16>,
    /// It is in records of the client's log that are not about its requests.
    aside: bool,
}

impl CauseRanking {
    /// Adds a clue found at this line; returns the indexes of the entries that it points to.
    pub(super) fn add(&mut self, clue: &FailureEvidence, line: u64) -> Vec<usize> {
        self.lines = self.lines.max(line);
        let mut found = errors::matches(clue);
        if found.is_empty() {
            if clue.is_success() {
                self.last_success = Some(line);
                return Vec::new();
            }
            if clue.origin == EvidenceOrigin::Line
                || !clue.is_refusal() && clue.origin == EvidenceOrigin::Answer
            {
                return Vec::new();
            }
            found.push(Match::engine(Cause::UnexplainedAnswer, Confidence::Possible));
        }
        found.into_iter().map(|m| self.merge(m, clue, line)).collect()
    }

    /// A line with the same meaning as an earlier one.
    pub(super) fn again(&mut self, meaning: &Meaning, line: u64) {
        match meaning {
            Meaning::Success => self.success(line),
            Meaning::Entries(places) => {
                self.lines = self.lines.max(line);
                for &place in places {
                    self.entries[place].count += 1;
                    self.entries[place].last = line;
                }
            }
        }
    }

    /// Whether a success would be news: the first one, or one after a failure.
    pub(super) fn waits_for_success(&self) -> bool {
        !self.entries.is_empty() || self.last_success.is_none()
    }

    /// The client reports that a turn ended successfully.
    pub(super) fn success(&mut self, line: u64) {
        self.lines = self.lines.max(line);
        self.last_success = Some(line);
    }

    /// How often anything was found.
    pub(super) fn seen(&self) -> u64 {
        self.entries.iter().map(|e| e.count).sum()
    }

    /// True if no other reading could be better: a certain cause, or only a success.
    pub(super) fn is_settled(&self) -> bool {
        self.strength().0 == Confidence::Certain || (self.entries.is_empty() && self.last_success.is_some())
    }

    /// True if nothing is more specific than that something was refused.
    pub(super) fn is_vague(&self) -> bool {
        self.last_success.is_none()
            && self.entries.iter().all(|e| GENERAL.contains(&e.found.row.cause) && e.found.weight <= 1)
    }

    /// The evidence includes the client's reports on its requests.
    pub(super) fn of_a_client(&mut self) {
        self.of_a_client = true;
    }

    /// The evidence includes session events: prompts and responses, which mean nothing, too.
    pub(super) fn in_session(&mut self) {
        self.of_a_session = true;
    }

    /// Whether the evidence includes session events.
    pub(super) fn is_of_a_session(&self) -> bool {
        self.of_a_session
    }

    /// Adds causes that the words may mean, before those that only the format suggests. Uses the
    /// whole text, but for a session only the text of failures.
    pub(super) fn guess(&mut self, whole: FailureEvidence) {
        let failed = self.entries.first().map(|entry| entry.clue.clone());
        let told = if self.of_a_session { failed } else { Some(whole) };
        let Some(clue) = told else { return };
        let mut guesses = errors::guesses(&clue);
        if !self.entries.is_empty() {
            guesses.retain(|guess| !GENERAL.contains(&guess.row.cause));
        }
        if guesses.is_empty() {
            return;
        }
        for entry in &mut self.entries {
            (entry.found.confidence, entry.found.weight) = (Confidence::Possible, 0);
        }
        let last = self.lines;
        for guess in guesses {
            self.merge(guess, &clue, last);
        }
    }

    /// The confidence of the best finding.
    pub(super) fn strength(&self) -> (Confidence, u8) {
        self.entries
            .iter()
            .map(|e| (e.found.confidence, e.found.weight))
            .max()
            .unwrap_or((Confidence::Possible, 0))
    }

    fn merge(&mut self, found: Match, clue: &FailureEvidence, line: u64) -> usize {
        let answered = clue.status.filter(|_| clue.body.is_error());
        let aside = clue.origin == EvidenceOrigin::Line && printed::is_aside(&clue.text);
        self.of_a_client |= clue.origin == EvidenceOrigin::Printed;
        if let Some(at) = self.entries.iter().position(|e| e.found.row == found.row && e.aside == aside) {
            let entry = &mut self.entries[at];
            entry.count += 1;
            entry.last = line;
            entry.answered = entry.answered.or(answered);
            if (found.confidence, found.weight) >= (entry.found.confidence, entry.found.weight) {
                entry.found = found;
                entry.clue = clue.clone();
            }
            return at;
        }
        self.entries.push(RankedCause { found, clue: clue.clone(), count: 1, last: line, answered, aside });
        self.entries.len() - 1
    }

    /// The findings, most probable first; at least one.
    pub(super) fn report(mut self) -> Diagnosis {
        if self.of_a_client {
            self.put_asides_last();
        }
        let known: Vec<(&Row, Confidence)> = self.entries.iter().map(RankedCause::known).collect();
        self.entries.retain(|e| !e.is_explained_by(&known));
        let answers: Vec<(&Row, u16)> =
            self.entries.iter().filter_map(|e| Some((e.found.row, e.answered?))).collect();
        let statuses: Vec<Option<u16>> = self
            .entries
            .iter()
            .filter(|e| e.found.row.cause != Cause::NotLoggedIn)
            .map(|e| e.clue.status)
            .collect();
        self.entries.retain(|e| !e.is_settled_by(&answers, &statuses));
        if self.entries.len() > 1 {
            self.entries.retain(|e| e.found.row.cause != Cause::UnexplainedAnswer);
        }
        let success = self.last_success;
        for entry in &mut self.entries {
            if entry.recovered(success) {
                // It may still recur: a session can continue and lose minutes on each message.
                entry.found.confidence = entry.found.confidence.min(Confidence::Likely);
            }
        }
        // A stable sort: rows of one clue keep the catalogue's order.
        self.entries.sort_by_key(|e| {
            (std::cmp::Reverse(e.rank()), errors::rows().position(|row| row == e.found.row))
        });
        let mut seen = HashSet::new();
        self.entries.retain(|e| seen.insert(e.found.row.cause));
        self.entries.truncate(FINDINGS);
        let mut findings: Vec<CauseFinding> =
            self.entries.iter().map(|e| e.finding(self.lines, success)).collect();
        let is_good = success.is_some() && self.of_a_client && self.entries.iter().all(|e| e.aside);
        if findings.is_empty() || is_good {
            findings.insert(0, if success.is_some() { no_failure() } else { unrecognised() });
        }
        Diagnosis::new(findings)
    }

    /// Where the client says how its requests ended, the rest of its log is about other things: updates, telemetry,
    /// other servers. It counts if it is about the client itself, or explains an end that nothing else explains.
    fn put_asides_last(&mut self) {
        let (asides, told): (Vec<_>, Vec<_>) = self.entries.iter_mut().partition(|e| e.aside);
        let known: Vec<(&Row, Confidence)> = told.iter().map(|e| e.known()).collect();
        let surest = known.iter().map(|(_, confidence)| *confidence).max();
        let ends: Vec<Cause> = told
            .iter()
            .filter(|e| Some(e.found.confidence) == surest && !e.is_explained_by(&known))
            .map(|e| e.found.row.cause)
            .collect();
        for entry in asides {
            let Match { row, confidence, .. } = entry.found;
            let is_own = match row.speaker {
                Speaker::ClaudeCode | Speaker::SandboxProxy if confidence == Confidence::Certain => true,
                // an update or another server has a URL too
                Speaker::ClaudeCode => confidence == Confidence::Likely && row.cause != Cause::BaseUrlInvalid,
                Speaker::SandboxProxy => confidence == Confidence::Likely,
                _ => false,
            };
            entry.aside = !is_own && !ends.iter().any(|end| row.explains.contains(end));
            if entry.aside {
                entry.found.confidence = Confidence::Possible;
            }
        }
    }
}

impl RankedCause {
    /// What the client itself refuses comes before its consequences; otherwise the latest counts
    /// most.
    fn rank(&self) -> (Confidence, bool, u64, u8) {
        (self.found.confidence, self.found.row.speaker == Speaker::ClaudeCode, self.last, self.found.weight)
    }

    fn known(&self) -> (&'static Row, Confidence) {
        (self.found.row, self.found.confidence)
    }

    /// Another cause is certain instead, or at least as probable and has this one as its consequence.
    fn is_explained_by(&self, known: &[(&Row, Confidence)]) -> bool {
        let (own, confidence) = self.known();
        known.iter().any(|(row, of)| {
            let certain_instead =
                *of == Confidence::Certain && *of > confidence && row.alike.contains(&own.cause);
            let consequence = *of >= confidence.max(Confidence::Likely) && row.explains.contains(&own.cause);
            certain_instead || consequence
        })
    }

    /// A message of the client that another part of the evidence explains: a body of the same
    /// status, which shows who wrote it, or any response at all if the message is about a missing
    /// login.
    fn is_settled_by(&self, answers: &[(&Row, u16)], statuses: &[Option<u16>]) -> bool {
        if self.clue.origin != EvidenceOrigin::Printed || self.answered.is_some() {
            return false;
        }
        if self.found.row.cause == Cause::NotLoggedIn && statuses.contains(&Some(401)) {
            return true;
        }
        answers.iter().any(|(row, status)| {
            let is_alike =
                row.alike.contains(&self.found.row.cause) || self.found.row.alike.contains(&row.cause);
            row.cause != self.found.row.cause && is_alike && self.clue.status.is_none_or(|own| own == *status)
        })
    }

    /// A later request succeeded. What Claude Code itself refuses is not a request.
    fn recovered(&self, success: Option<u64>) -> bool {
        self.found.row.speaker != Speaker::ClaudeCode && success.is_some_and(|line| line > self.last)
    }

    /// The finding, for evidence of that many lines.
    fn finding(&self, lines: u64, success: Option<u64>) -> CauseFinding {
        let line = if lines > 1 { format!("line {}: ", self.last) } else { String::new() };
        let times = if self.count > 1 { format!(" ({} times)", self.count) } else { String::new() };
        let recovered = if self.recovered(success) { "; a later response was good" } else { "" };
        let excerpt = self.clue.excerpt(self.found.sign);
        let evidence = format!("{line}{excerpt}{times}{recovered}");
        CauseFinding::new(self.found.row, self.found.confidence, evidence)
    }
}

fn no_failure() -> CauseFinding {
    let evidence = "a response without an error".to_owned();
    CauseFinding::new(Cause::NoFailure.row(), Confidence::Likely, evidence)
}

fn unrecognised() -> CauseFinding {
    let evidence = "no known signature in the input".to_owned();
    CauseFinding::new(Cause::Unrecognised.row(), Confidence::Possible, evidence)
}
