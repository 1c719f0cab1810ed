//! Generates the skill's troubleshooting page from the error catalogue.

use crate::error_notes;
use cf_aig::facts::gateway::errors::{Row, Sign, Speaker, Test, rows};
use std::fmt::Write as _;

/// The whole page, in Markdown.
pub(crate) fn page() -> String {
    let mut page = String::from(
        "# Who refused\n\n\
         Generated from the helper's error catalogue (`cf-aig diagnose --list`); do not edit.\n\n\
         Pass any evidence to `cf-aig diagnose`: an error body, a `curl -v` dump, an `API Error: …` line, \
         Claude Code's debug log or headless result. It reports the speaker, the cause and the next step.\n",
    );
    for speaker in Speaker::ALL {
        let rows: Vec<&Row> = rows().filter(|row| row.speaker == speaker).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = write!(page, "\n## {} (`{}`)\n", capital(speaker.label()), speaker.id());
        rows.into_iter().for_each(|row| section(&mut page, row));
    }
    page
}

fn section(page: &mut String, row: &Row) {
    let _ = write!(page, "\n### `{}`\n\n{}\n\n", row.cause, row.meaning);
    let _ = writeln!(page, "- Next step: {}.", row.fix);
    if !row.signs.is_empty() {
        let looks: Vec<String> = row.signs.iter().map(sign).collect();
        let _ = writeln!(page, "- Looks like: {}.", looks.join("; "));
    }
    if !row.alike.is_empty() {
        let alike: Vec<String> = row.alike.iter().map(|cause| format!("`{cause}`")).collect();
        let _ = writeln!(page, "- Can look the same: {}.", alike.join(", "));
    }
    if let Some(note) = error_notes::of(row.cause) {
        let _ = writeln!(page, "- Note: {note}");
    }
    let _ = write!(page, "- Rests on: {}.", row.level.label());
    if let Some(doc) = row.doc {
        let _ = write!(page, " [Documentation]({doc})");
    }
    page.push('\n');
}

fn sign(sign: &Sign) -> String {
    let tests: Vec<String> = sign.all.iter().map(words).collect();
    format!("{} ({})", tests.join(" + "), sign.confidence.id())
}

fn words(test: &Test) -> String {
    match *test {
        Test::Status(status) => format!("HTTP {status}"),
        Test::StatusFrom(from, to) => format!("HTTP {from} to {to}"),
        Test::Gateway(code) => format!("AI Gateway code {code}"),
        Test::FromGateway => "`AiGatewayError`".to_owned(),
        Test::Api(code) => format!("Cloudflare API code {code}"),
        Test::FromApi => "`\"success\": false` with `errors`".to_owned(),
        Test::Provider(kind) => format!("`error.type` `{kind}`"),
        Test::FromProvider => "Anthropic's error format".to_owned(),
        Test::ForeignError => "an `error` in another format".to_owned(),
        Test::Edge(from, to) if from == to => format!("edge error {from}"),
        Test::Edge(from, to) => format!("edge error {from} to {to}"),
        Test::Zone(zone) => format!("zone `{zone}`"),
        Test::Header(name, "") => format!("header `{name}`"),
        Test::Header(name, part) => format!("header `{name}: {part}`"),
        Test::NotSent(name) => format!("request without `{name}`"),
        Test::Says(texts) | Test::Code(texts) => list(texts, " or "),
        Test::Message(texts) => format!("exactly {}", list(texts, " or ")),
        Test::ClientError(name) => format!("`api_error` `{name}`"),
        Test::Html => "an HTML page".to_owned(),
        Test::Printed => "Claude Code prints".to_owned(),
        Test::DottedModel => "a model id with a dot".to_owned(),
        Test::Near(things, troubles) => {
            format!("one of {} near one of {}", list(things, ", "), list(troubles, ", "))
        }
        Test::Any(texts) => format!("one of {}", list(texts, ", ")),
        Test::Kind(names) => format!("a type or code {}", list(names, " or ")),
        Test::Failed => "a failure".to_owned(),
        Test::Weak(of) => words(of),
        Test::Not(Test::Waited) => "no sign of retries".to_owned(),
        Test::Not(of) => format!("not {}", words(of)),
        Test::NoStatus => "no response".to_owned(),
        Test::Line => "a line from any program".to_owned(),
        Test::Told => "a short text given as a failure".to_owned(),
        Test::Bare => "no error body".to_owned(),
        Test::Waited => "after minutes of retries".to_owned(),
        Test::Unsent => "no request was sent".to_owned(),
        Test::FromPolicy => "`\"success\": false` with an `error` that has only a message".to_owned(),
        Test::Target(part) => format!("a request to `{part}`"),
        Test::BaseInV1 => "a base URL that ends in `/v1`".to_owned(),
    }
}

fn list(texts: &str, between: &str) -> String {
    texts.split(" | ").map(quoted).collect::<Vec<_>>().join(between)
}

/// Formats a literal as code; one that contains backticks needs two around it.
fn quoted(text: &str) -> String {
    let ticks = if text.contains('`') { "`` " } else { "`" };
    let close: String = ticks.chars().rev().collect();
    format!("{ticks}{text}{close}")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[test]
fn every_cause_is_on_the_page_with_its_link() {
    let page = page();
    for row in rows() {
        assert!(page.contains(&format!("### `{}`", row.cause)), "{}", row.cause);
        assert!(row.doc.is_none_or(|doc| page.contains(doc)), "{}", row.cause);
    }
}
