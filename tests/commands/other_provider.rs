//! Claude Code with another provider: Bedrock, Vertex and the like have base URLs of their own, which may be a
//! gateway's. Reports about the session must then look at those.

use crate::Rig;
use serde_json::Value;

/// A gateway and its token, and nothing of Anthropic's.
fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    rig
}

/// How a client is switched: by a command of ours, else by variables in its shell. `G` is the gateway.
enum Switched {
    By(&'static str),
    Shell(&'static [(&'static str, &'static str)]),
}

impl Switched {
    fn apply(&self, rig: &mut Rig) {
        match self {
            Self::By(line) => {
                rig.ok(&line.split(' ').collect::<Vec<_>>());
            }
            Self::Shell(vars) => {
                let gateway = rig.emulator.base_url("anthropic").replace("/anthropic", "");
                for (name, value) in *vars {
                    rig.sandbox.set(name, value.replace("G/", &format!("{gateway}/")));
                }
            }
        }
    }
}

use Switched::{By, Shell};

/// With the path of the base URL behind the gateway.
const THROUGH_THE_GATEWAY: &[(Switched, &str)] = &[
    (By("setup --provider bedrock --region us-east-1 --yes"), "/aws-bedrock/bedrock-runtime/us-east-1"),
    (By("setup --provider vertex --region us-east5 --project mine --yes"), "/google-vertex-ai/v1"),
    (
        Shell(&[
            ("CLAUDE_CODE_USE_BEDROCK", "1"),
            ("ANTHROPIC_BEDROCK_BASE_URL", "G/aws-bedrock/bedrock-runtime/us-east-1/"),
            ("CLAUDE_CODE_SKIP_BEDROCK_AUTH", "1"),
        ]),
        "/aws-bedrock/bedrock-runtime/us-east-1/",
    ),
    (
        Shell(&[
            ("CLAUDE_CODE_USE_MANTLE", "1"),
            ("ANTHROPIC_BEDROCK_MANTLE_BASE_URL", "G/aws-bedrock/bedrock-mantle/us-east-1/anthropic"),
        ]),
        "/aws-bedrock/bedrock-mantle/us-east-1/anthropic",
    ),
];

/// With what gets the requests instead.
const PAST_THE_GATEWAY: &[(Switched, &str)] = &[
    (Shell(&[("CLAUDE_CODE_USE_BEDROCK", "1")]), "the provider of CLAUDE_CODE_USE_BEDROCK directly"),
    (
        Shell(&[("CLAUDE_CODE_USE_VERTEX", "1"), ("ANTHROPIC_BASE_URL", "G/anthropic")]),
        "the provider of CLAUDE_CODE_USE_VERTEX directly",
    ),
    (Shell(&[("ANTHROPIC_UNIX_SOCKET", "/run/s")]), "the socket of ANTHROPIC_UNIX_SOCKET"),
];

/// Every way, with each thing that decides about Anthropic's own route.
fn each(ways: &[(Switched, &str)], test: impl Fn(&Rig, &str, &str)) {
    for (at, (way, expected)) in ways.iter().enumerate() {
        for auth in ["", "stored-key", "own-key"] {
            for enabled in [false, true] {
                let mut rig = rig();
                if enabled {
                    let settings = r#"{"enabledPlugins": {"cloudflare@cloudflare-gateway": true}}"#;
                    rig.sandbox.write("home/.claude/settings.json", settings);
                }
                way.apply(&mut rig);
                rig.sandbox.set("CF_AIG_AUTH", auth);
                test(&rig, expected, &format!("way {at}, auth `{auth}`, plugin {enabled}"));
            }
        }
    }
}

fn evidence(report: &Value, id: &str) -> String {
    let checks = report["checks"].as_array().expect("a list");
    let check = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id}"));
    check["evidence"].as_str().expect("a text").to_owned()
}

#[test]
fn a_provider_behind_the_gateway_is_routed_and_nothing_is_wrong() {
    each(THROUGH_THE_GATEWAY, |rig, path, case| {
        let status = rig.sandbox.run(["status", "--offline", "--json"]);
        let (code, status) = (status.code, status.json());
        assert_eq!((code, &status["claude"]["goes_to"]), (0, &"AI Gateway".into()), "{case}: {status:#}");
        assert!(status["claude"]["base_url"].as_str().unwrap().ends_with(path), "{case}: {status:#}");
        for absent in ["pays", "not_routed_because", "to_route"] {
            assert!(status.get(absent).is_none(), "{case}: {absent} in {status:#}");
        }
        let said = rig.fails(5, &["verify"]);
        assert!(
            said.contains("this command tests only ANTHROPIC_BASE_URL") && said.contains("logs list"),
            "{said}"
        );
        for args in [&["doctor", "--json"][..], &["doctor", "--json", "--offline"]] {
            let connections = rig.emulator.connections();
            let doctor = rig.sandbox.run(args);
            assert_eq!(doctor.code, 0, "{case}: {doctor:?}");
            assert_eq!(rig.emulator.connections(), connections, "{case}");
            let doctor = doctor.json();
            assert_eq!(doctor["summary"]["warn"], 0, "{case}: {doctor:#}");
            assert!(evidence(&doctor, "effective.base-url").contains(path), "{case}");
            let host = rig.emulator.gateway_origin().replace("http://", "session: ");
            assert!(evidence(&doctor, "effective.surfaces").contains(&host), "{case}: {doctor:#}");
            for id in ["configuration.route", "http.answers"] {
                assert!(
                    evidence(&doctor, id).contains("this command tests only ANTHROPIC_BASE_URL"),
                    "{case}: {id}"
                );
            }
        }
    });
}

#[test]
fn what_goes_past_the_gateway_is_never_called_anthropic_and_is_no_clean_bill() {
    each(PAST_THE_GATEWAY, |rig, to, case| {
        let status = rig.sandbox.run(["status", "--offline"]).stdout;
        assert!(status.contains(&format!("\nclaude      {to}: ")), "{case}: {status}");
        assert!(!status.contains("\npays"), "{case}: {status}");
        let doctor = rig.sandbox.run(["doctor", "--offline", "--json"]).json();
        // behind a broken layer it is skipped
        let surfaces = evidence(&doctor, "effective.surfaces");
        let skipped = surfaces.starts_with("skipped");
        assert!(skipped || surfaces.contains(&format!("session: {to}")), "{case}: {doctor:#}");
        let says = doctor["summary"]["says"].as_str().unwrap();
        assert!(!says.contains("No problems found"), "{case}: {doctor:#}");
    });
}

#[test]
fn the_hook_reports_only_a_provider_that_is_not_behind_the_gateway() {
    let through = THROUGH_THE_GATEWAY.iter().map(|(way, _)| (way, true));
    let past = PAST_THE_GATEWAY[..2].iter().map(|(way, _)| (way, false));
    for (way, silent) in through.chain(past).filter(|(way, _)| matches!(way, Shell(_))) {
        let mut rig = rig();
        way.apply(&mut rig);
        assert_eq!(rig.hook().is_silent(), silent);
    }
}

/// Claude Code starts the line's command with its own environment.
#[test]
fn the_status_line_knows_the_base_urls_of_other_providers() {
    let shell = THROUGH_THE_GATEWAY.iter().filter(|(way, _)| matches!(way, Shell(_)));
    for (way, expected) in shell
        .map(|(way, _)| (way, "emulator: routed\n"))
        .chain(PAST_THE_GATEWAY.iter().map(|(way, _)| (way, "not routed\n")))
    {
        let mut rig = rig();
        way.apply(&mut rig);
        assert_eq!(rig.sandbox.run_with(["statusline"], b"{}").stdout, expected);
    }
}
