//! Generated pages, and links between all of them.

use cf_aig_harness::plugin_root;
use std::path::{Path, PathBuf};

#[test]
fn generated_pages_are_fresh() {
    for (path, text) in crate::generated::pages() {
        let file = plugin_root().join(path);
        if std::env::var_os("CF_AIG_UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &text).unwrap();
        }
        let found = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(found == text, "{path} is stale: CF_AIG_UPDATE_DOCS=1 cargo test --test docs");
    }
}

#[test]
fn every_relative_link_leads_to_a_file() {
    let root = plugin_root();
    let mut pages = markdown(&root.join("skills"));
    pages.extend(markdown(&root.join("docs")));
    pages.extend(["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].iter().map(|name| root.join(name)));
    let mut links = 0;
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            links += 1;
            assert!(page.parent().unwrap().join(target).exists(), "{}: {link}", page.display());
        }
    }
    assert!(links > 5, "the pages link to each other");
}

#[test]
fn the_skill_has_the_line_after_which_the_mod_inserts_the_report() {
    let read = |path: &str| std::fs::read_to_string(plugin_root().join(path)).expect("a file");
    let (module, skill) = (read("hooks/register.js"), read("skills/cloudflare/SKILL.md"));
    let title = module
        .split("const missing = /(")
        .nth(1)
        .and_then(|rest| rest.split(")\\s*").next())
        .expect("a title");
    assert!(skill.lines().any(|line| line == title), "no line is {title:?}");
}

#[test]
fn every_variable_of_ours_that_the_source_reads_is_declared() {
    let declared = crate::environment::declared();
    // text that only looks like a variable: a heredoc's end, the beginnings of names
    let marks = ["CF_AIG_END", "CF_AIG_", "CLOUDFLARE_"];
    let mut read = 0;
    for file in files_below(&plugin_root().join("helper"), "rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        for literal in text.split('"').skip(1) {
            let ours = literal.starts_with("CF_AIG_") || literal.starts_with("CLOUDFLARE_");
            let name = literal.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
            if ours && name && !marks.contains(&literal) {
                read += 1;
                assert!(
                    declared.contains(&literal),
                    "{}: {literal} is not in tests/docs/environment.rs",
                    file.display()
                );
            }
        }
    }
    assert!(read > 20, "only {read} were found");
}

/// Variables of others, read by a name in the source. `cf-aig explain` reads more by its own table.
#[test]
fn every_variable_of_others_that_the_source_reads_by_name_is_declared() {
    let declared = crate::environment::declared();
    let call =
        regex::Regex::new(r#"\b(?:var|var_os|filled|path|number|is_on)\)?\("([A-Z][A-Z0-9_]+)"\)"#).unwrap();
    let mut read = 0;
    let mut missing = std::collections::BTreeSet::new();
    for file in files_below(&plugin_root().join("helper/src"), "rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for found in call.captures_iter(code) {
            read += 1;
            if !declared.contains(&&found[1]) {
                missing.insert(found[1].to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "not in tests/docs/environment.rs: {missing:?}");
    assert!(read > 30, "only {read} were found");
}

/// The environment is read once, at the edge: services take values. What the terminal can do is read where a
/// line is drawn.
#[test]
fn only_main_reads_the_environment_and_only_the_screen_reads_what_its_terminal_can_do() {
    let reads = regex::Regex::new(r"env::(vars?(_os)?|current_dir)\b|\bof_this_process\b").unwrap();
    let source = plugin_root().join("helper/src");
    let mut readers = std::collections::BTreeSet::new();
    for file in files_below(&source, "rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        if reads.is_match(text.split("#[cfg(test)]").next().unwrap_or_default()) {
            readers.insert(file.strip_prefix(&source).unwrap().to_str().unwrap().replace('\\', "/"));
        }
    }
    let allowed = ["main.rs", "system/env.rs", "ui/screen.rs"].map(str::to_owned);
    assert_eq!(readers, allowed.into());
}

/// Every Markdown file below a folder.
pub(crate) fn markdown(folder: &Path) -> Vec<PathBuf> {
    files_below(folder, "md")
}

/// Every file below a folder whose name has this suffix.
fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
