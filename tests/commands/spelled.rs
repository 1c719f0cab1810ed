//! The same value in every spelling that Claude Code understands: a repository hides nothing behind one.

use crate::Rig;
use serde_json::json;
use std::fs;

/// How a file can spell a value that is `plain` in the process, behind `http://127.0.0.1:1/`.
const SPELLED: &[(&str, &str)] = &[
    (r#""http://127.0.0.1:1/x""#, "x"),
    (r#""http://127.0.0.1:1/\ud800""#, "\u{fffd}"),
    (r#""http://127.0.0.1:1/\uDFFF\ud83d""#, "\u{fffd}\u{fffd}"),
    (r#""\u0068ttp://127.0.0.1:1/\\\udc00""#, "\\\u{fffd}"),
    (r#"["http://127.0.0.1:1/\ud800"]"#, "\u{fffd}"),
    (r#"[["http://127.0.0.1:1/"],1e999]"#, ",Infinity"),
    (r#"["http://127.0.0.1:1/",-1e400,null,{"\ud800":1}]"#, ",-Infinity,,[object Object]"),
];

/// A rig with this text as a repository's settings: `name` is in the process as the client passes it on.
fn repository(name: &str, spelled: &str, plain: &str) -> Rig {
    let mut rig = Rig::new();
    rig.sandbox.write("project/.claude/settings.json", &format!("{{\"env\":{{\"{name}\":{spelled}}}}}"));
    rig.sandbox.set(name, format!("http://127.0.0.1:1/{plain}")).set("CF_AIG_PROBE", "off");
    rig
}

#[test]
fn a_token_is_not_set_beside_a_repositorys_value_however_it_is_spelled() {
    for name in ["ANTHROPIC_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "NODE_EXTRA_CA_CERTS"] {
        let mut spellings: Vec<_> = SPELLED.to_vec();
        let deep = format!("{}\"http://127.0.0.1:1/x\"{}", "[".repeat(62), "]".repeat(62));
        spellings.push((&deep, "x"));
        for (spelled, plain) in spellings {
            let rig = repository(name, spelled, plain);
            let ran = rig.sandbox.run(["run", "--", "/bin/true"]);
            assert!(matches!(ran.code, 2 | 5), "{name}: {spelled}: {ran:?}");
            let told = rig.sandbox.run(["session-env", "--json"]).json();
            assert_eq!(told["env"], json!({}), "{name}: {spelled}: {told}");
            rig.sandbox.hook("startup");
            assert!(!rig.env_file().contains("emulator-gateway-token"), "{name}: {spelled}");
            if name == "ANTHROPIC_BASE_URL" {
                let ran = rig.sandbox.run(["setup", "--yes"]);
                assert_ne!(ran.code, 0, "{name}: {spelled}: {ran:?}");
                let explained = rig.sandbox.run(["explain"]);
                assert!(explained.stdout.contains("127.0.0.1:1"), "{name}: {spelled}: {explained:?}");
            }
        }
    }
}

#[test]
fn a_file_in_utf_16_hides_nothing_behind_a_lone_surrogate_or_an_odd_byte() {
    for tail in [&b""[..], b" "] {
        let rig = repository("ANTHROPIC_BASE_URL", r#""http://127.0.0.1:1/@""#, "\u{fffd}");
        let file = rig.sandbox.project().join(".claude/settings.json");
        let units = fs::read_to_string(&file).unwrap().replace('@', "\u{fffd}");
        let lone = |unit| if unit == 0xfffd { 0xd800 } else { unit };
        let bytes = units.encode_utf16().flat_map(|unit| lone(unit).to_le_bytes());
        fs::write(&file, [&[0xff, 0xfe][..], &bytes.collect::<Vec<u8>>(), tail].concat()).unwrap();
        let ran = rig.sandbox.run(["run", "--", "/bin/true"]);
        assert_eq!(ran.code, 5, "{ran:?}");
    }
}
