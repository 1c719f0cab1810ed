//! A known setting of the wrong type: Claude Code ignores the whole file, and so does the helper.

use crate::Rig;
use serde_json::json;
use std::fs;

/// The user's settings, with a base URL and a key that count only if the client accepts the file.
fn rig(broken: &str) -> Rig {
    let mut rig = Rig::new();
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    let url = rig.emulator.base_url("anthropic");
    let env = json!({"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "k"});
    rig.sandbox.write("home/.claude/settings.json", &format!("{{\n  \"env\": {env},\n  {broken}\n}}\n"));
    rig
}

const BROKEN: &[(&str, &str, &str)] = &[
    (r#""model": 5"#, "model", "a string"),
    (r#""cleanupPeriodDays": "30""#, "cleanupPeriodDays", "a whole number of at least 1"),
    (r#""permissions": {"allow": "Bash"}"#, "permissions.allow", "an array"),
    (r#""enabledPlugins": {"a@b": 1}"#, "enabledPlugins.a@b", "true or false"),
    (r#""statusLine": {"type": "command"}"#, "statusLine.command", "a string"),
];

#[test]
fn explain_and_doctor_name_the_key_and_the_line() {
    for (broken, key, expected) in BROKEN {
        let mut rig = rig(broken);
        rig.sandbox.set("CF_AIG_AUTH", "own-key");
        let report = rig.sandbox.run(["explain", "--json", "--offline"]).json();
        assert_eq!(report["request"]["goes_to"], "api.anthropic.com", "{broken}: {report}");
        let warnings = report["warnings"].as_array().unwrap();
        let ignored = warnings.iter().find(|w| w["code"] == "ignored-file").expect("a warning");
        assert_eq!(ignored["line"], 3, "{broken}");
        let ran = rig.sandbox.run(["doctor", "--offline", "--json"]);
        assert_eq!(ran.code, 1, "{broken}");
        let checks = ran.json()["checks"].clone();
        let taken = checks.as_array().unwrap().iter().find(|c| c["id"] == "files.taken").unwrap().clone();
        assert_eq!(taken["state"], "fail", "{taken}");
        let said = format!("`{key}` must be {expected}");
        assert!(taken["evidence"].as_str().unwrap().contains(&said), "{taken}");
    }
}

#[test]
fn a_right_value_in_its_place_is_taken() {
    let rig = rig(r#""model": "m", "cleanupPeriodDays": 30, "theme": 5, "hooks": 5, "unknown": []"#);
    let report = rig.sandbox.run(["explain", "--json", "--offline"]).json();
    assert_eq!(report["request"]["goes_to"], rig.emulator.base_url("anthropic"));
}

#[test]
fn setup_writes_nothing_into_such_a_file_and_off_still_undoes() {
    for (broken, key, _) in BROKEN {
        let mut rig = rig(broken);
        rig.sandbox.set("CF_AIG_AUTH", "own-key");
        let file = rig.sandbox.home().join(".claude/settings.json");
        let before = fs::read(&file).unwrap();
        let ran = rig.sandbox.run(["setup", "--yes"]);
        assert_eq!(ran.code, 5, "{broken}: {ran:?}");
        assert!(ran.stderr.contains(&format!("`{key}`")) && ran.stderr.contains("ignores"), "{ran:?}");
        assert_eq!(fs::read(&file).unwrap(), before);

        // broken after setup: off restores what it wrote
        fs::write(&file, "{}").unwrap();
        assert_eq!(rig.sandbox.run(["setup", "--yes"]).code, 0);
        let written = fs::read_to_string(&file).unwrap();
        let end = written.rfind('}').unwrap();
        fs::write(&file, format!("{},\n  {broken}\n}}\n", written[..end].trim_end())).unwrap();
        let ran = rig.sandbox.run(["off", "--yes"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(!fs::read_to_string(&file).unwrap().contains("ANTHROPIC_BASE_URL"));
    }
}

#[test]
fn a_helper_in_such_a_file_is_not_the_users_key() {
    let rig = rig(r#""apiKeyHelper": "echo k", "model": 5"#);
    let answer = rig.sandbox.run(["session-env", "--json"]).json();
    assert!(answer["reason"].as_str().unwrap_or_default().contains("no provider key is set"), "{answer}");
}

#[test]
fn only_unambiguous_mistakes_are_repaired() {
    let certain = [
        (r#""cleanupPeriodDays": "30""#, r#""cleanupPeriodDays": 30"#),
        (r#""permissions": {"allow": "Bash"}"#, r#""permissions": {"allow": ["Bash"]}"#),
        (
            r#""enabledPlugins": {"a@b": "true"}, "verbose": "false""#,
            r#""enabledPlugins": {"a@b": true}, "verbose": false"#,
        ),
    ];
    for (broken, mended) in certain {
        for command in [["setup", "--yes", "--repair"], ["doctor", "--fix", "--yes"]] {
            let mut rig = rig(broken);
            rig.sandbox.set("CF_AIG_AUTH", "own-key");
            let file = rig.sandbox.home().join(".claude/settings.json");
            let ran = rig.sandbox.run(command);
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.contains(mended), "{command:?}: {ran:?}\n{text}");
        }
    }
    for broken in [r#""model": 5"#, r#""statusLine": {"type": "command"}"#, r#""cleanupPeriodDays": "0""#] {
        let mut rig = rig(broken);
        rig.sandbox.set("CF_AIG_AUTH", "own-key");
        let file = rig.sandbox.home().join(".claude/settings.json");
        let before = fs::read(&file).unwrap();
        let ran = rig.sandbox.run(["setup", "--yes", "--repair"]);
        assert_eq!(ran.code, 5, "{ran:?}");
        assert!(ran.stderr.contains("line 3"), "{ran:?}");
        rig.sandbox.run(["doctor", "--fix", "--yes"]);
        assert_eq!(fs::read(&file).unwrap(), before);
    }
}
