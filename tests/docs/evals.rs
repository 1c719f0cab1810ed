//! The questions in `evals/`: `claude plugin eval` can run each, and every fact that its answer must
//! contain is in the corresponding skill, or in a page that the skill links to.

use cf_aig_harness::plugin_root;
use regex::{Regex, RegexBuilder};
use std::path::{Path, PathBuf};
use yaml_rust2::{Yaml, YamlLoader};

/// One question.
struct Case {
    name: String,
    skill: String,
    prompt: String,
    facts: Vec<(String, Regex)>,
}

fn cases() -> Vec<Case> {
    let folder = plugin_root().join("evals");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of questions")
        .filter_map(|entry| Some(entry.ok()?.path().join("case.yaml")))
        .filter(|file| file.is_file())
        .collect();
    files.sort();
    files.iter().map(|file| case(file)).collect()
}

fn case(file: &Path) -> Case {
    let text = std::fs::read_to_string(file).unwrap();
    let yaml = YamlLoader::load_from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let yaml = &yaml[0];
    let string = |value: &Yaml| {
        value.as_str().unwrap_or_else(|| panic!("{}: a text is missing", file.display())).to_owned()
    };
    assert_eq!(yaml["schema_version"].as_str(), Some("1.1"), "{}", file.display());
    let graders = yaml["graders"].as_vec().expect("graders");
    let facts = graders.iter().filter(|grader| grader["type"].as_str() == Some("regex")).map(|grader| {
        let pattern = string(&grader["pattern"]);
        let any_case = grader["flags"].as_str().is_some_and(|flags| flags.contains('i'));
        let regex = RegexBuilder::new(&pattern).case_insensitive(any_case).build();
        (string(&grader["name"]), regex.unwrap_or_else(|e| panic!("{}: {e}", file.display())))
    });
    Case {
        name: string(&yaml["name"]),
        skill: string(&yaml["tags"][0]),
        prompt: string(&yaml["execution"]["prompt"]),
        facts: facts.collect(),
    }
}

/// A skill and the pages that it links to, each as one line, because a fact may span lines.
fn knowledge(skill: &str) -> Vec<String> {
    let page = plugin_root().join("skills").join(skill).join("SKILL.md");
    let text = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{}: {e}", page.display()));
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let linked = links
        .map(|link| page.parent().unwrap().join(link.split('#').next().unwrap_or_default()))
        .filter(|file| file.extension().is_some_and(|e| e == "md"));
    let mut pages: Vec<PathBuf> = linked.collect();
    pages.sort();
    pages.dedup();
    let mut texts = vec![text];
    texts.extend(pages.iter().filter_map(|file| std::fs::read_to_string(file).ok()));
    texts.iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_fact_that_an_answer_needs_is_in_the_skill_or_one_link_away() {
    let cases = cases();
    assert!(cases.len() >= 20, "only {} questions", cases.len());
    let mut missing = Vec::new();
    for case in &cases {
        let texts = knowledge(&case.skill);
        for (name, regex) in &case.facts {
            if !texts.iter().any(|text| regex.is_match(text)) {
                missing.push(format!("{}: {name} ({regex})", case.name));
            }
        }
    }
    assert!(missing.is_empty(), "the skills do not say:\n{}", missing.join("\n"));
}

#[test]
fn every_question_asks_for_two_facts_or_more_and_gives_none_of_them_away() {
    for case in cases() {
        assert!(case.facts.len() >= 2, "{}", case.name);
        let given = case.facts.iter().filter(|(_, regex)| regex.is_match(&case.prompt)).count();
        assert!(given * 2 < case.facts.len().max(3), "{}: the question contains its own answer", case.name);
    }
}

#[test]
fn the_questions_cover_both_skills() {
    for skill in ["cloudflare", "ai-gateway"] {
        let asked = cases().iter().filter(|case| case.skill == skill).count();
        assert!(asked >= 8, "{skill}: {asked}");
    }
}
