//! The page in a real browser: light and dark, on paper, with hostile names, and without a network.

use super::{account, answer, cost_state, costs, requests, rig, transcript};
use crate::Rig;
use cf_aig_emulator::SyntheticRequests;
use cf_aig_harness::namespace;
use cf_aig_harness::{browser::Browser, needs};
use std::path::PathBuf;

const EVIL: &str =
    "x\"><img src=http://127.0.0.1:1/x onerror=alert(1)><script>document.title='gone'</script>'&lt;{{7*7}}";

/// The page of those twenty days.
fn page(rig: &Rig, more: &[&str]) -> (PathBuf, String) {
    let file = rig.sandbox.project().join("costs.html");
    // it is not replaced
    let _ = std::fs::remove_file(&file);
    let ran = costs(rig, &[&["--html", file.to_str().expect("a path")], more].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let text = std::fs::read_to_string(&file).expect("the page");
    (file, text)
}

fn busy() -> Rig {
    let rig = rig(requests(300_000));
    let model = "claude-opus-5-5";
    transcript(&rig, "a", &[answer("1", model, [1000, 500]), cost_state(model, 0.03)]);
    rig
}

#[test]
fn the_page_is_one_file_without_external_requests() {
    let rig = busy();
    let (_, text) = page(&rig, &[]);
    for forbidden in ["<script", "http:", "https:", "@import", "url(", "onload", "<iframe", "<object"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
    assert!(text.contains("default-src 'none'"));
}

#[test]
fn every_chart_has_a_name_and_its_figures_in_a_table() {
    let rig = busy();
    let (_, text) = page(&rig, &[]);
    assert_eq!(text.matches("role=\"img\" aria-labelledby=").count(), text.matches("<desc").count());
    assert_eq!(text.matches("<h1").count(), 1);
    assert_eq!(text.matches("<section aria-labelledby=").count(), text.matches("<h2 id=").count());
    for day in ["2026-11-01", "2026-11-20"] {
        assert!(text.contains(&format!("<th scope=\"row\">{day}")), "{day}");
    }
    assert!(text.contains("None of them is a bill"));
}

#[test]
fn projects_and_sessions_are_compared_whatever_the_rows_are() {
    let rig = busy();
    let (_, text) = page(&rig, &[]);
    for heading in ["Spend by model", "Spend by project", "Spend by session"] {
        assert_eq!(text.matches(&format!(">{heading}</h2>")).count(), 1, "{heading}");
    }
    let shop = text.split("Spend by project").nth(1).and_then(|rest| rest.split("</section>").next());
    assert!(shop.is_some_and(|section| section.contains("shop")), "{text}");
    let (_, by_project) = page(&rig, &["--by", "project"]);
    assert_eq!(by_project.matches(">Spend by project</h2>").count(), 1);
    // nothing else requests it
    assert!(!costs(&rig, &["--json"]).stdout.contains("compared"));
}

#[test]
fn hostile_names_stay_text() {
    let mut synthetic = SyntheticRequests { count: 3000, ..SyntheticRequests::default() };
    synthetic.models.push(("openai".to_owned(), EVIL.to_owned()));
    let rig = rig(account(synthetic));
    let (_, text) = page(&rig, &[]);
    assert!(!text.contains("<img") && !text.contains("<script"), "{text}");
}

#[needs(browser)]
#[test]
fn a_browser_shows_the_page_without_console_messages_or_requests() {
    let browser = Browser::needed();
    namespace::isolated(|| {
        let mut synthetic = SyntheticRequests { count: 300_000, ..SyntheticRequests::default() };
        synthetic.models.push(("openai".to_owned(), EVIL.to_owned()));
        let rig = rig(account(synthetic));
        let (file, _) = page(&rig, &[]);
        let shown = browser.dom(&file);
        assert_eq!(shown.console, Vec::<String>::new());
        assert_eq!(shown.requests, Vec::<String>::new());
        assert!(shown.dom.contains("<title>AI Gateway emulator: what it cost</title>"), "{}", shown.dom);
        assert!(!shown.dom.contains("<img") && !shown.dom.contains("<script"), "{}", shown.dom);
    });
}

#[needs(browser)]
#[test]
fn a_browser_follows_the_readers_light_or_dark() {
    let browser = Browser::needed();
    namespace::isolated(|| {
        let rig = busy();
        let (file, _) = page(&rig, &[]);
        let [light, dark] = [false, true].map(|dark| browser.screenshot(&file, dark));
        let (bright, dim) = (corner(&light), corner(&dark));
        assert!(bright.iter().all(|part| *part > 0xe0), "{bright:?}");
        assert!(dim.iter().all(|part| *part < 0x30), "{dim:?}");
    });
}

#[needs(browser)]
#[test]
fn a_browser_prints_it() {
    let browser = Browser::needed();
    namespace::isolated(|| {
        let rig = busy();
        let (file, _) = page(&rig, &[]);
        let pdf = browser.pdf(&file);
        assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 10_000, "{} bytes", pdf.len());
    });
}

/// The colour of the upper left corner of the picture.
fn corner(picture: &[u8]) -> [u8; 3] {
    cf_aig_harness::browser::first_pixel(picture).expect("a picture")
}
