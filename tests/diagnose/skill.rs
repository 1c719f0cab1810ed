//! The skill's tables lead to the same speaker and the same step as `diagnose`, for every case.

use std::path::Path;

use super::cases::cases;
use super::diagnose;

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../skills").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The page of errors, by cause: its speaker, its next step, and its literals.
fn sections() -> Vec<(String, String, String, Vec<String>)> {
    let page = page("ai-gateway/references/errors.md");
    let mut speaker = String::new();
    let mut sections = Vec::new();
    for part in page.split("\n## ").skip(1) {
        if let Some(id) = part.split("(`").nth(1).and_then(|rest| rest.split("`)").next()) {
            id.clone_into(&mut speaker);
        }
        for section in part.split("\n### ").skip(1) {
            let line = |name: &str| {
                let mut lines = section.lines().filter_map(|line| line.strip_prefix(name));
                lines.next().unwrap_or_default().to_owned()
            };
            let cause = section.split('`').nth(1).unwrap_or_default().to_owned();
            let looks = line("- Looks like: ");
            // every second piece between backticks is a literal
            let words = looks.split('`').skip(1).step_by(2).map(str::to_lowercase).collect();
            sections.push((cause, speaker.clone(), line("- Next step: "), words));
        }
    }
    sections
}

#[test]
fn every_case_has_a_section_with_its_party_and_its_step() {
    let sections = sections();
    assert!(sections.len() > 80, "{}", sections.len());
    let mut faults = Vec::new();
    let mut by_words = 0;
    let cases = cases();
    for case in &cases {
        let found = sections.iter().find(|(cause, ..)| *cause == case.cause);
        let Some((cause, speaker, step, words)) = found else {
            faults.push(format!("{}: no section {}", case.name, case.cause));
            continue;
        };
        let said = format!("{cause} {step}").to_lowercase();
        if !case.speakers.contains(speaker) || !case.words.iter().any(|word| said.contains(word)) {
            faults.push(format!("{}: {speaker}, {step}", case.name));
        }
        let input = case.input.to_lowercase();
        by_words += usize::from(words.iter().any(|word| word.len() > 3 && input.contains(word.as_str())));
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
    // A reader who searches the page for the words of the error finds the section; the rest needs
    // `diagnose`.
    assert!(by_words * 10 >= cases.len() * 8, "{by_words} of {}", cases.len());
}

/// How a row starts that names its speaker, and the possible speakers.
const PARTIES: &[(&str, &[&str])] = &[
    ("AI Gateway", &["ai-gateway"]),
    ("Claude Code", &["claude-code"]),
    ("the provider", &["provider"]),
    ("the upstream", &["provider"]),
    ("an answered 401", &["provider", "claude-code"]),
    ("a cloud session's", &["sandbox-proxy"]),
    ("a gateway policy", &["gateway-policy"]),
    ("a policy with a limit", &["gateway-policy"]),
    ("Cloudflare's edge", &["waf", "cloudflare-edge"]),
    ("a firewall", &["waf"]),
    ("a spend-limit rule", &["gateway-policy", "provider", "waf"]),
    ("a 404", &["provider", "cloudflare-api"]),
    ("guardrails or DLP", &["gateway-policy"]),
    ("the gateway's", &["gateway-policy"]),
    ("an edge or a proxy", &["cloudflare-edge"]),
    ("any 413", &["provider", "unknown"]),
    ("nothing listens", &["nobody"]),
    ("the name was not found", &["nobody"]),
    ("a web page", &["corporate-proxy", "unknown"]),
];

#[test]
fn every_row_of_the_troubleshooting_table_names_who_diagnose_names() {
    let page = page("cloudflare/SKILL.md");
    let table = page.split("## Troubleshooting").nth(1).expect("the table");
    let rows = table.lines().filter(|line| line.starts_with("| `") || line.starts_with("| the same line"));
    let mut tried = 0;
    let mut faults = Vec::new();
    for row in rows.take_while(|row| row.starts_with('|')) {
        let cells: Vec<String> =
            row.replace("\\|", "\u{1}").split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect();
        let (printed, who) = (&cells[1], &cells[2]);
        let parties = PARTIES.iter().find(|(begin, _)| who.starts_with(begin));
        let (_, parties) = parties.unwrap_or_else(|| panic!("who is meant by {who:?}?"));
        let steps = cells[3..].iter().any(|cell| !cell.is_empty());
        assert!(steps, "no step: {row}");
        for text in printed.split('`').skip(1).step_by(2) {
            // dots replace what differs
            let text = text.replace("… (429) ·", "API Error: Request rejected (429) ·");
            let text = text.replace("… 403", "Failed to authenticate. API Error: 403").replace('…', "");
            let said = diagnose(text.as_bytes());
            let speaker = said.first().speaker.id();
            tried += 1;
            if speaker != "unknown" && !parties.contains(&speaker) {
                faults.push(format!("{text}: {speaker} ({}) instead of {who}", said.first().cause));
            }
        }
    }
    assert!(tried > 25, "{tried}");
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_skill_has_evidence_read_before_it_guesses() {
    let page = page("cloudflare/SKILL.md");
    for part in ["diagnose FILE", "../ai-gateway/references/errors.md", "diagnose:*"] {
        assert!(page.contains(part), "{part}");
    }
}
