//! The report of `conformance` as text, as JSON and as JUnit XML, from the same data.

use super::ContractTarget;
use super::check::ContractCheck;
use super::contract_run::ContractRun;
use super::finding::{ContractFinding, ContractOutcome};
use super::table::checks;
use crate::base::text::visible;
use crate::ui::{Column, TextBlock, table};
use serde::Serialize;

/// The results, in the order of the checks.
#[derive(Debug, Serialize)]
pub struct ContractReport {
    schema: u8,
    /// The base URL.
    pub target: String,
    /// `echo` or `black-box`.
    pub mode: &'static str,
    /// One for each check.
    pub checks: Vec<CheckLine>,
    summary: ContractSummary,
}

/// The result of one check.
#[derive(Debug, Serialize)]
pub struct CheckLine {
    /// The check.
    pub id: &'static str,
    /// Its group.
    pub group: &'static str,
    /// What must be true.
    pub title: &'static str,
    /// The result.
    pub outcome: ContractOutcome,
    /// What was observed.
    pub evidence: String,
    /// What Claude Code does if the requirement is not met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<&'static str>,
    /// A variable of Claude Code that works around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct ContractSummary {
    works: usize,
    degraded: usize,
    broken: usize,
    skipped: usize,
}

impl ContractReport {
    pub(super) fn new(
        target: &ContractTarget,
        bench: &ContractRun,
        results: Vec<(&'static ContractCheck, ContractFinding)>,
    ) -> Self {
        let checks: Vec<_> = results.into_iter().map(|(check, finding)| line(check, finding)).collect();
        let count = |outcome| checks.iter().filter(|line| line.outcome == outcome).count();
        let summary = ContractSummary {
            works: count(ContractOutcome::Works),
            degraded: count(ContractOutcome::Degraded),
            broken: count(ContractOutcome::Broken),
            skipped: count(ContractOutcome::Skipped),
        };
        let mode = if bench.echo().is_some() { "echo" } else { "black-box" };
        Self { schema: 1, target: visible(&target.base), mode, checks, summary }
    }

    /// True if a check is broken.
    pub fn is_broken(&self) -> bool {
        self.summary.broken > 0
    }

    /// The report as text.
    pub fn text(&self) -> String {
        let how = if self.mode == "echo" { "with an echo as the provider" } else { "as a black box" };
        let mut out = TextBlock::with_column(32);
        out.line(format_args!("{} {how}", self.target));
        let mut group = "";
        for line in &self.checks {
            if line.group != group {
                group = line.group;
                out.gap().line(group);
            }
            out.row(&format!("  {:<9} {}", line.outcome, line.id), line.title).more(&line.evidence);
            if let Some(otherwise) = line.otherwise {
                out.more(format_args!("result: {otherwise}"));
            }
            if let Some(setting) = line.setting {
                out.more(format_args!("workaround: {setting}"));
            }
        }
        let ContractSummary { works, degraded, broken, skipped } = &self.summary;
        let counts = format!("{works} work, {degraded} degraded, {broken} broken, {skipped} skipped");
        out.gap().line(counts);
        out.into()
    }
}

fn line(check: &'static ContractCheck, finding: ContractFinding) -> CheckLine {
    let amiss = matches!(finding.outcome, ContractOutcome::Degraded | ContractOutcome::Broken);
    CheckLine {
        id: check.id,
        group: check.group,
        title: check.title,
        outcome: finding.outcome,
        evidence: visible(&finding.evidence),
        otherwise: amiss.then_some(check.otherwise),
        setting: finding.setting,
    }
}

/// Every check, for `--list`.
pub fn list() -> impl Serialize {
    #[derive(Serialize)]
    struct JsonDocument {
        schema: u8,
        checks: Vec<&'static ContractCheck>,
    }
    JsonDocument { schema: 1, checks: checks().collect() }
}

/// The same as text.
pub fn list_text() -> String {
    let columns = ["group", "check", "costs", "what must be true"].map(Column::left);
    let row = |check: &ContractCheck| [check.group, check.id, check.black_box.id(), check.title];
    table(columns, checks().map(|check| row(check).map(str::to_owned)))
}

/// One suite; a broken check is a failure, a degraded one is reported in system-out.
pub fn junit(report: &ContractReport) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"cf-aig conformance\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n  \
         <properties>\n    <property name=\"target\" value=\"{}\"/>\n    <property name=\"mode\" value=\"{}\"/>\n  </properties>\n",
        report.checks.len(),
        report.summary.broken,
        report.summary.skipped,
        escape(&report.target),
        report.mode
    );
    report.checks.iter().for_each(|line| out.push_str(&case(line)));
    out + "</testsuite>\n"
}

fn case(line: &CheckLine) -> String {
    let head = format!("  <testcase classname=\"conformance.{}\" name=\"{}\"", line.group, line.id);
    let said = escape(&said(line));
    match line.outcome {
        ContractOutcome::Works => format!("{head}/>\n"),
        ContractOutcome::Degraded => {
            format!("{head}>\n    <system-out>degraded: {said}</system-out>\n  </testcase>\n")
        }
        ContractOutcome::Broken => {
            let title = escape(line.title);
            format!("{head}>\n    <failure message=\"{title}\">{said}</failure>\n  </testcase>\n")
        }
        ContractOutcome::Skipped => format!("{head}>\n    <skipped message=\"{said}\"/>\n  </testcase>\n"),
    }
}

fn said(line: &CheckLine) -> String {
    let setting = line.setting.map(|setting| format!("; workaround: {setting}"));
    format!("{}{}", line.evidence, setting.unwrap_or_default())
}

/// XML does not allow control characters; they were removed earlier.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_with_a_meaning_in_xml_is_escaped() {
        assert_eq!(escape("<a b=\"c\">&amp;</a>"), "&lt;a b=&quot;c&quot;&gt;&amp;amp;&lt;/a&gt;");
    }
}
