//! The Terraform code: parsed, compared with the schema, evaluated, and passed to Terraform itself.

use crate::fixture::{ACCOUNT, everything, map, program, texts};
use crate::schema::{self, Schema};
use cf_aig::services::iac::drift::compare;
use cf_aig::services::iac::{Live, Program};
use cf_aig_harness::{needs, sandbox::feed};
use hcl::eval::{Context, Evaluate, FuncDef, ParamType};
use serde_json::{Map, Value, json};
use std::process::Command;

/// A resource block: its type, its name, its attributes evaluated.
struct Resource {
    kind: String,
    label: String,
    values: Map<String, Value>,
}

fn parse(code: &str) -> hcl::Body {
    hcl::parse(code).unwrap_or_else(|error| panic!("{error}\n{code}"))
}

/// Evaluates the resources as Terraform would, with variables and references that evaluate to their names.
fn resources(body: &hcl::Body) -> Vec<Resource> {
    let mut context = Context::new();
    let encode = FuncDef::builder()
        .param(ParamType::Any)
        .build(|args| serde_json::to_string(&args[0]).map(Into::into).map_err(|error| error.to_string()));
    context.declare_func("jsonencode", encode);
    let mut variables = hcl::Map::new();
    for block in body.blocks().filter(|block| block.identifier() == "variable") {
        let name = block.labels()[0].as_str().to_owned();
        let is_map = block.body().attributes().any(|a| a.key() == "type" && a.expr().to_string() != "string");
        let value = if is_map { hcl::value!({ "k" = "v" }) } else { hcl::Value::from(format!("var.{name}")) };
        variables.insert(name, value);
    }
    context.declare_var("var", hcl::Value::Object(variables));
    context.declare_var("cloudflare_ai_gateway", hcl::value!({ "claude_code" = { "id" = "claude-code" } }));
    let blocks = body.blocks().filter(|block| block.identifier() == "resource");
    blocks
        .map(|block| {
            let value = |attribute: &hcl::Attribute| {
                let value = attribute.expr().evaluate(&context).unwrap_or_else(|error| panic!("{error}"));
                (attribute.key().to_owned(), serde_json::to_value(value).expect("JSON"))
            };
            Resource {
                kind: block.labels()[0].as_str().to_owned(),
                label: block.labels()[1].as_str().to_owned(),
                values: block.body().attributes().map(value).collect(),
            }
        })
        .collect()
}

/// Terraform's state after an apply.
fn state(code: &str) -> Value {
    let resources = resources(&parse(code)).into_iter().map(|resource| {
        let mut values = resource.values;
        // the code has a variable here, the state its value
        values.insert("account_id".to_owned(), json!(ACCOUNT));
        json!({"mode": "managed", "type": resource.kind, "name": resource.label, "values": values})
    });
    json!({"format_version": "1.0", "terraform_version": "1.11.4",
           "values": {"root_module": {"resources": resources.collect::<Vec<_>>()}}})
}

fn defaults() -> Program {
    program(&Live::defaults())
}

#[test]
fn the_provider_takes_every_argument() {
    let schema = Schema::load();
    let everything = program(&everything(&texts(0)));
    for program in [&everything, &defaults()] {
        for resource in resources(&parse(&program.terraform())) {
            schema.check(&resource.kind, &resource.values);
        }
    }
    // the table leaves out of the schema only what Cloudflare itself sets
    let code = everything.terraform();
    let given = resources(&parse(&code));
    for resource in &given {
        let unused = schema.settable(&resource.kind).filter(|name| !resource.values.contains_key(name));
        assert_eq!(unused.collect::<Vec<_>>(), Vec::<String>::new(), "{}", resource.kind);
    }
    assert_eq!(given.len(), 2, "one of the two routes has percentages: {code}");
}

#[test]
fn a_wrong_argument_would_be_found() {
    let schema = Schema::load();
    let good = resources(&parse(&defaults().terraform())).remove(0).values;
    let wrong: [(&str, Value); 4] = [
        ("name", json!("x")),
        ("cache_ttl", json!("0")),
        ("spend_limits", json!({"rules": [{}]})),
        ("zdr", json!([])),
    ];
    for (name, value) in wrong {
        let mut values = good.clone();
        values.insert(name.to_owned(), value);
        assert!(
            schema.faults("cloudflare_ai_gateway", &values).iter().any(|fault| fault.contains(name)),
            "{name}"
        );
    }
    let mut values = good;
    values.remove("collect_logs");
    assert_eq!(
        schema.faults("cloudflare_ai_gateway", &values),
        ["cloudflare_ai_gateway.collect_logs is required"]
    );
}

#[test]
fn every_text_arrives_as_it_is() {
    let texts = texts(200);
    let live = everything(&texts);
    let given = resources(&parse(&program(&live).terraform()));
    let gateway = &given[0].values;
    let rule = &gateway["spend_limits"]["rules"][0];
    assert_eq!(rule["model"]["values"], json!(texts));
    assert_eq!(gateway["dlp"]["policies"][0]["profiles"], json!(texts));
    for text in &texts {
        assert_eq!(rule["metadata"][text]["values"], json!([text]), "{text:?}");
    }
    // a process for each takes time
    for text in &texts[..60] {
        let mut one = live.settings.clone();
        one.0.insert("store_id".to_owned(), json!(text));
        let live = Live {
            settings: one,
            routes: vec![crate::fixture::route(std::slice::from_ref(text))],
            ..Live::default()
        };
        let given = resources(&parse(&program(&live).terraform()));
        assert_eq!(given[0].values["store_id"], json!(text));
        let elements = &given[1].values["elements"];
        assert_eq!(elements[3]["properties"]["model"], json!(text));
        let conditions: Value =
            serde_json::from_str(elements[1]["properties"]["conditions"].as_str().unwrap()).unwrap();
        assert_eq!(conditions["metadata.plan"]["$eq"], json!(text));
    }
}

#[test]
fn applied_code_shows_no_drift() {
    for live in [everything(&texts(50)), Live::defaults()] {
        let program = program(&live);
        let found = compare("state", &state(&program.terraform()), &program).unwrap();
        assert_eq!((found.drift, found.left_open), (Vec::new(), Vec::new()));
    }
}

#[test]
fn imports_name_what_they_take_over() {
    let mut program = program(&everything(&texts(0)));
    program.import = true;
    let body = parse(&program.terraform());
    let imports: Vec<(String, String)> = body
        .blocks()
        .filter(|block| block.identifier() == "import")
        .map(|block| {
            let at =
                |key: &str| block.body().attributes().find(|a| a.key() == key).unwrap().expr().to_string();
            (at("to"), at("id"))
        })
        .collect();
    assert_eq!(
        imports,
        [
            ("cloudflare_ai_gateway.claude_code".to_owned(), format!("\"{ACCOUNT}/claude-code\"")),
            (
                "cloudflare_ai_gateway_dynamic_routing.plain".to_owned(),
                format!("\"{ACCOUNT}/claude-code/0190a2b4c6d8\"")
            ),
        ]
    );
}

#[test]
fn unreadable_and_unexpressible_settings_are_named() {
    let why = "Authentication error".to_owned();
    let unread = vec![cf_aig::services::iac::LeftOut { at: "stored keys".to_owned(), why }];
    let mut live = Live { unread, ..Live::defaults() };
    live.settings.0.insert("brand_new\nresource".to_owned(), json!({"token": "s3cret"}));
    live.settings.0.insert("retry_delay".to_owned(), json!(90_000));
    let lines = [
        "Left out: retry_delay is 90000; the provider takes a whole number from 0 to 60000.",
        "Left out: brand_newresource is not supported by the provider.",
        "Left out: stored keys Authentication error.",
    ];
    let remarks = |code: &str, mark: &str| {
        let found = code
            .lines()
            .filter_map(|line| line.strip_prefix(mark))
            .filter(|line| line.starts_with("Left out"));
        found.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(remarks(&program(&live).terraform(), "# "), lines);
    assert_eq!(remarks(&program(&live).pulumi(), "// "), lines);
}

#[test]
fn names_of_resources_are_valid_and_their_own() {
    let route = |name: &str| {
        let mut route = crate::fixture::route(&["x".to_owned()]);
        route.0.insert("name".to_owned(), json!(name));
        route
    };
    let names = ["Claude Code", "claude_code", "9 lives", "", "é", "claude-code"];
    let live = Live { routes: names.map(route).to_vec(), ..Live::defaults() };
    let given = resources(&parse(&program(&live).terraform()));
    let labels: Vec<_> = given.iter().map(|resource| resource.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "claude_code",
            "claude_code_2",
            "claude_code_3",
            "gateway_9_lives",
            "gateway_",
            "gateway__",
            "claude_code_4"
        ]
    );
}

#[test]
fn a_secret_is_a_sensitive_variable_and_never_in_the_code() {
    let code = program(&everything(&texts(0))).terraform();
    assert!(!code.contains("s3cret"), "{code}");
    let body = parse(&code);
    let mut sensitive = Vec::new();
    for block in body.blocks().filter(|block| block.identifier() == "variable") {
        if block.body().attributes().any(|a| a.key() == "sensitive" && a.expr().to_string() == "true") {
            sensitive.push(block.labels()[0].as_str().to_owned());
        }
    }
    assert_eq!(sensitive, ["otel_0_headers", "otel_0_authorization", "stripe_authorization"]);
}

/// Runs Terraform where it can neither find settings nor check for its newest version.
fn terraform(folder: &std::path::Path, args: &[&str], stdin: &str) -> cf_aig_harness::Ran {
    let mut command = Command::new("terraform");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", folder).env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1");
    command.current_dir(folder).args(args);
    feed(command, stdin.as_bytes())
}

#[needs(terraform)]
#[test]
fn the_code_is_formatted_as_terraform_formats() {
    let folder = tempfile::tempdir().unwrap();
    let mut import = program(&everything(&texts(40)));
    import.import = true;
    for program in [import, defaults()] {
        let code = program.terraform();
        let ran = terraform(folder.path(), &["fmt", "-"], &code);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{code}");
        similar(&ran.stdout, &code);
    }
}

fn similar(formatted: &str, code: &str) {
    for (at, (theirs, ours)) in formatted.lines().zip(code.lines()).enumerate() {
        assert_eq!(theirs, ours, "line {}", at + 1);
    }
    assert_eq!(formatted, code);
}

/// Without the provider Terraform cannot plan, but it can print the texts that it parsed.
#[needs(terraform)]
#[test]
fn terraform_reads_every_text_as_it_is() {
    let texts = texts(200);
    let settings = map(json!({
        "cache_ttl": 0, "cache_invalidate_on_update": false, "collect_logs": true, "rate_limiting_limit": 0,
        "rate_limiting_interval": 0, "spend_limits": everything(&texts).settings.field("spend_limits"),
    }));
    let live =
        Live { settings, routes: vec![crate::fixture::route(&["a${x}".to_owned()])], ..Live::default() };
    let code = program(&live).terraform();
    let block = |head: &str| {
        let from = code.find(head).unwrap() + head.len();
        code[from..].split("\n}\n").next().unwrap().to_owned()
    };
    // the resources' contents are moved to locals, which need no provider
    let gateway = block("resource \"cloudflare_ai_gateway\" \"claude_code\" {\n");
    let route = block("resource \"cloudflare_ai_gateway_dynamic_routing\" \"a__x_\" {\n");
    let elements = &route[route.find("  elements = ").unwrap()..];
    let folder = tempfile::tempdir().unwrap();
    let program = format!(
        "variable \"account_id\" {{\n  default = \"x\"\n}}\nlocals {{\n{gateway}\n}}\nlocals {{\n{elements}\n}}\n\
         output \"all\" {{\n  value = [local.spend_limits, local.elements]\n}}\n"
    );
    std::fs::write(folder.path().join("main.tf"), &program).unwrap();
    let ran = terraform(folder.path(), &["apply", "-auto-approve", "-no-color"], "");
    assert_eq!(ran.code, 0, "{program}\n{ran:?}");
    let ran = terraform(folder.path(), &["output", "-json", "all"], "");
    let all = ran.json();
    assert_eq!(all[0]["rules"][0]["model"]["values"], json!(texts));
    for text in &texts {
        assert_eq!(all[0]["rules"][0]["metadata"][text]["values"], json!([text]), "{text:?}");
    }
    let conditions: Value =
        serde_json::from_str(all[1][1]["properties"]["conditions"].as_str().unwrap()).unwrap();
    assert_eq!(conditions["metadata.plan"]["$eq"], json!("a${x}"));
}

#[needs(CF_AIG_PULUMI)]
#[test]
fn the_schema_is_that_of_the_published_package() {
    schema::hold_against_pulumi();
}
