//! `cf-aig provider`: custom providers, enabled and callable.

use crate::Rig;
use insta::assert_snapshot;
use serde_json::json;

fn known(rig: &Rig) -> Vec<String> {
    rig.emulator.config().gateways[0].custom_providers.keys().cloned().collect()
}

#[test]
fn a_provider_that_is_known_by_name_needs_nothing_else() {
    let rig = Rig::managed();
    assert_snapshot!(rig.ok(&["provider", "add", "zai", "--yes"]), @r#"
    create     custom provider zai
      name         "z.ai"
      slug         "zai"
      base_url     "https://api.z.ai"
      enable       true
    available  custom-zai behind every gateway of the account
    next       cf-aig setup --provider custom-zai
    "#);
    assert_eq!(
        rig.writes()[0].json(),
        json!({"name": "z.ai", "slug": "zai", "base_url": "https://api.z.ai", "enable": true})
    );
    assert_eq!(known(&rig), ["zai"]);
    assert_snapshot!(rig.ok(&["provider", "list"]), @"
    PROVIDER    STATE    BASE URL          NAME
    custom-zai  enabled  https://api.z.ai  z.ai
    ");
}

#[test]
fn an_existing_provider_is_kept_and_differences_are_updated() {
    let rig = Rig::managed();
    rig.ok(&["provider", "add", "glm", "--yes", "--disabled"]);
    assert!(known(&rig).is_empty());
    assert_snapshot!(rig.ok(&["provider", "add", "zai", "--yes"]), @"
    change     custom provider zai
      enable       false -> true
    available  custom-zai behind every gateway of the account
    next       cf-aig setup --provider custom-zai
    ");
    assert_eq!((known(&rig), rig.writes()[1].method.as_str()), (vec!["zai".to_owned()], "PATCH"));
    assert_eq!(rig.json(&["provider", "add", "custom-zai"])["action"], "keep");
    assert_eq!(rig.writes().len(), 2);
}

#[test]
fn a_disabled_provider_is_not_called_available() {
    let rig = Rig::managed();
    let disabled = "disabled   custom-zai: requests to it fail until it is enabled\nnext       cf-aig provider add zai\n";
    for action in ["create", "keep", "change"] {
        let said = rig.ok(&["provider", "add", "zai", "--yes", "--disabled"]);
        assert!(said.starts_with(action) && said.ends_with(disabled), "{said}");
        if action == "keep" {
            let said = rig.ok(&["provider", "add", "zai", "--yes"]);
            assert!(said.contains("available") && !said.contains("disabled"), "{said}");
        }
    }
}

#[test]
fn a_base_url_that_was_chosen_is_kept() {
    let rig = Rig::managed();
    rig.ok(&["provider", "add", "zai", "--base-url", "https://mirror.example", "--yes"]);
    assert_eq!(rig.json(&["provider", "add", "zai"])["action"], "keep");
    let changed = rig.json(&["provider", "add", "zai", "--base-url", "https://api.z.ai", "--dry-run"]);
    assert_eq!(changed["request"], json!({"base_url": "https://api.z.ai"}));
}

#[test]
fn a_custom_provider_needs_an_https_url() {
    let rig = Rig::managed();
    assert!(rig.fails(2, &["provider", "add", "mine", "--yes"]).contains("--base-url"));
    for url in
        ["http://llm.example.com", "https://me:s3cret@llm.example.com", "https://x.example?key=s3cret", "x"]
    {
        let said = rig.fails(2, &["provider", "add", "mine", "--base-url", url, "--yes"]);
        assert!(said.contains("the base URL must be https://host") && !said.contains("s3cret"), "{said}");
    }
    assert!(rig.fails(2, &["provider", "add", "My_Own", "--base-url", "https://x.example"]).contains("slug"));
    rig.ok(&[
        "provider",
        "add",
        "mine",
        "--base-url",
        "https://llm.example.com/v2/",
        "--name",
        "Our own",
        "--yes",
    ]);
    assert_eq!(rig.writes()[0].json()["base_url"], "https://llm.example.com/v2");
}

#[test]
fn nothing_is_sent_without_confirmation() {
    let rig = Rig::managed();
    rig.fails(1, &["provider", "add", "zai"]);
    assert_eq!(rig.json(&["provider", "add", "zai", "--dry-run"])["applied"], false);
    assert!(rig.writes().is_empty());
}

#[test]
fn a_removed_provider_cannot_be_called() {
    let rig = Rig::managed();
    rig.ok(&["provider", "add", "zai", "--yes"]);
    rig.fails(1, &["provider", "remove", "zai"]);
    assert_eq!(rig.json(&["provider", "remove", "custom-zai", "--yes"])["removed"], "zai");
    assert!(known(&rig).is_empty());
    assert!(rig.fails(4, &["provider", "remove", "zai", "--yes"]).contains("cf-aig provider list"));
    assert_snapshot!(rig.ok(&["provider", "list"]), @"no custom providers; add one with `cf-aig provider add zai`");
}
