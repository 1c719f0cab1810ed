//! The results as JUnit XML.

use super::finding::Outcome;
use super::report::{Line, Report};

/// One suite; a broken check is a failure, a degraded one is reported in system-out.
pub fn junit(report: &Report) -> String {
    let count = |outcome| report.checks.iter().filter(|line| line.outcome == outcome).count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"cf-aig conformance\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n  \
         <properties>\n    <property name=\"target\" value=\"{}\"/>\n    <property name=\"mode\" value=\"{}\"/>\n  </properties>\n",
        report.checks.len(),
        count(Outcome::Broken),
        count(Outcome::Skipped),
        escape(&report.target),
        report.mode
    );
    report.checks.iter().for_each(|line| out.push_str(&case(line)));
    out + "</testsuite>\n"
}

fn case(line: &Line) -> String {
    let head = format!("  <testcase classname=\"conformance.{}\" name=\"{}\"", line.group, line.id);
    let said = escape(&said(line));
    match line.outcome {
        Outcome::Works => format!("{head}/>\n"),
        Outcome::Degraded => {
            format!("{head}>\n    <system-out>degraded: {said}</system-out>\n  </testcase>\n")
        }
        Outcome::Broken => {
            let title = escape(line.title);
            format!("{head}>\n    <failure message=\"{title}\">{said}</failure>\n  </testcase>\n")
        }
        Outcome::Skipped => format!("{head}>\n    <skipped message=\"{said}\"/>\n  </testcase>\n"),
    }
}

fn said(line: &Line) -> String {
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
