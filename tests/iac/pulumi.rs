//! The Pulumi program: compiled against the package's types, and run by Pulumi's own runtime.

use crate::fixture::{ACCOUNT, everything, program, texts};
use cf_aig::services::iac::drift::compare;
use cf_aig::services::iac::{Live, Program};
use cf_aig_harness::{needs, sandbox::feed};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/iac")
}

/// The folder `node_modules` with the pinned packages.
pub(crate) fn modules() -> PathBuf {
    let folder = std::env::var_os("CF_AIG_PULUMI")
        .expect("CF_AIG_PULUMI is not a folder with node_modules/@pulumi/cloudflare");
    let modules = Path::new(&folder).join("node_modules");
    let read = |file: PathBuf| -> Value {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        serde_json::from_str(&text).expect("JSON")
    };
    let pinned = read(here().join("package.json"));
    for (name, version) in pinned["dependencies"].as_object().expect("packages") {
        let found = read(modules.join(name).join("package.json"));
        let version = version.as_str().expect("a version");
        assert_eq!(found["version"], version.rsplit('@').next().unwrap_or_default(), "{name}");
    }
    modules
}

/// A folder with this program next to the packages.
fn workshop(modules: &Path, code: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["run.cjs", "tsconfig.json", "package.json"] {
        std::fs::copy(here().join(file), folder.path().join(file)).expect("a copy");
    }
    std::fs::write(folder.path().join("index.ts"), code).expect("the program");
    #[cfg(unix)]
    std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).expect("a link");
    folder
}

fn run(folder: &TempDir, program: &str, args: &[&str]) -> cf_aig_harness::Ran {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.current_dir(folder.path()).args(args);
    feed(command, b"")
}

fn compiled(modules: &Path, program: &Program) -> TempDir {
    let code = program.pulumi();
    let folder = workshop(modules, &code);
    let ran = run(&folder, "node_modules/.bin/tsc", &["-p", "."]);
    assert_eq!(ran.code, 0, "{}\n{code}", ran.stdout);
    folder
}

#[needs(CF_AIG_PULUMI)]
#[test]
fn the_types_of_the_package_are_met() {
    let modules = modules();
    compiled(&modules, &program(&everything(&texts(0))));
    compiled(&modules, &program(&Live::defaults()));
    // the compiler's rejections are detected
    let code = program(&Live::defaults()).pulumi();
    for (right, wrong) in
        [("cacheTtl: 0", "cacheTtl: \"0\""), ("aiGatewayId:", "id:"), ("  collectLogs: true,\n", "")]
    {
        assert!(code.contains(right));
        let folder = workshop(&modules, &code.replace(right, wrong));
        assert_ne!(run(&folder, "node_modules/.bin/tsc", &["-p", "."]).code, 0, "{wrong}");
    }
}

#[needs(CF_AIG_PULUMI)]
#[test]
fn the_program_asks_pulumi_for_what_the_gateway_is() {
    let modules = modules();
    let mut texts = texts(200);
    // Pulumi's runtime copies maps key by key, which sets a prototype for this key
    texts.retain(|text| text != "__proto__");
    let live = everything(&texts);
    let program = program(&live);
    let folder = compiled(&modules, &program);
    let config = json!({
        "program:otel0Headers": r#"{"x-key":"from config"}"#,
        "program:otel0Authorization": "from config",
        "program:stripeAuthorization": "from config",
    });
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    let ran = run(&folder, "node", &["run.cjs"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let asked = ran.json();
    let gateway = &asked["resources"][0]["inputs"];
    assert_eq!((&gateway["aiGatewayId"], &gateway["accountId"]), (&json!("claude-code"), &json!(ACCOUNT)));
    let rule = &gateway["spendLimits"]["rules"][0];
    assert_eq!(rule["model"]["values"], json!(texts));
    for text in &texts {
        assert_eq!(rule["metadata"][text]["values"], json!([text]), "{text:?}");
    }
    assert!(gateway["otels"].to_string().contains("from config"), "{}", gateway["otels"]);
    let url = format!("https://gateway.ai.cloudflare.com/v1/{ACCOUNT}/claude-code");
    assert_eq!(asked["outputs"]["anthropicBaseUrl"], json!(format!("{url}/anthropic")));
    assert_eq!(asked["outputs"]["baseUrls"]["custom-zai"], json!(format!("{url}/custom-zai")));
    // an exported stack has these inputs
    let stack = json!({"version": 3, "deployment": {"manifest": {}, "resources": asked["resources"]}});
    let found = compare("stack", &stack, &program).unwrap();
    assert_eq!((found.drift, found.left_open), (Vec::new(), Vec::new()));
}
