//! Checks that every `cf-aig` command in the running text of the skills and the README exists.

use crate::pages::markdown;
use cf_aig::cli::Cli;
use cf_aig_harness::plugin_root;
use clap::CommandFactory;
use clap::error::ErrorKind;

/// The code spans of a page, without its fenced blocks, which another test runs.
fn spans(text: &str) -> Vec<String> {
    let mut fenced = false;
    let prose: Vec<&str> = text
        .lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            !fence && !fenced
        })
        .collect();
    prose.join(" ").split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The error if the subcommand or a flag in these words does not exist.
/// Text may omit required values, so a missing or invalid value is accepted.
fn unknown(words: &[&str]) -> Option<String> {
    let error = Cli::command().try_get_matches_from(words).err()?;
    let wrong = matches!(error.kind(), ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument);
    wrong.then(|| error.to_string())
}

#[test]
fn every_command_in_the_text_exists() {
    let root = plugin_root();
    let mut pages = markdown(&root.join("skills"));
    pages.push(root.join("README.md"));
    let mut checked = 0;
    let mut wrong = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a page");
        for span in spans(&text) {
            let words: Vec<&str> = span.split_whitespace().collect();
            if words.first() != Some(&"cf-aig") || span.contains('…') {
                continue;
            }
            // the words after `--` or a pipe belong to another program
            let own = words.iter().position(|word| matches!(*word, "--" | "|" | "<")).unwrap_or(words.len());
            checked += 1;
            wrong
                .extend(unknown(&words[..own]).map(|error| format!("{}: `{span}`: {error}", page.display())));
        }
    }
    assert!(checked > 20, "only {checked} commands were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_command_that_does_not_exist_is_noticed() {
    assert!(unknown(&["cf-aig", "gateways", "list"]).is_some());
    assert!(unknown(&["cf-aig", "setup", "--wizard"]).is_some());
    assert!(unknown(&["cf-aig", "gateway", "create"]).is_none());
}
