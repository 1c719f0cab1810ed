//! `cf-aig validate`: every error by its own code, with the intended URL.

use crate::sandbox;
use cf_aig::facts::gateway::providers::PROVIDERS;
use cf_aig::facts::gateway::url::UrlErrorCode;
use cf_aig_harness::Sandbox;
use insta::assert_snapshot;
use serde_json::{Value, json};

const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";

fn good() -> String {
    format!("https://gateway.ai.cloudflare.com/v1/{ACCOUNT}/dev/anthropic")
}

/// Each code, a text with this error, and the intended URL if it can be determined.
fn faults() -> Vec<(&'static str, String, Option<String>)> {
    let (good, root) = (good(), format!("https://gateway.ai.cloudflare.com/v1/{ACCOUNT}/dev"));
    let host = "https://gateway.ai.cloudflare.com";
    let default = good.replace("/dev/", "/default/");
    let meant = |text: String| (text, Some(good.clone()));
    let unclear = |text: String| (text, None);
    let cases = [
        ("empty", unclear(String::new())),
        ("too-long", unclear(good.clone() + &"/x".repeat(1024))),
        ("control-character", meant(good.replace("anthropic", "an\u{7}thro\npic"))),
        ("surrounded", meant(format!(" \"{good}\"\n"))),
        ("look-alike", meant(good.replace("cloudflare", "cloudfl\u{430}re"))),
        ("not-a-url", unclear("my gateway".to_owned())),
        ("missing-scheme", meant(good.replace("https://", ""))),
        ("plain-http", meant(good.replace("https:", "http:"))),
        ("wrong-scheme", meant(good.replace("https:", "ftp:"))),
        ("user-info", meant(good.replace("://", "://token:s3cret@"))),
        ("query", meant(good.clone() + "?key=s3cret")),
        ("fragment", meant(good.clone() + "#s3cret")),
        ("port", meant(good.replace(".com/", ".com:8443/"))),
        ("host-case", meant(good.replace("gateway.ai", "Gateway.AI"))),
        (
            "dashboard-url",
            meant(format!("https://dash.cloudflare.com/{ACCOUNT}/ai/ai-gateway/gateways/dev/logs")),
        ),
        (
            "api-url",
            (
                format!("https://api.cloudflare.com/client/v4/accounts/{ACCOUNT}/ai/v1/messages"),
                Some(default),
            ),
        ),
        ("provider-url", unclear("https://api.anthropic.com".to_owned())),
        ("host-typo", meant(good.replace("cloudflare", "cloudflair"))),
        ("host-not-allowed", unclear(good.replace("gateway.ai.cloudflare.com", "ai.example.com"))),
        ("trailing-slash", meant(good.clone() + "/")),
        ("double-slash", meant(good.replace("/dev/", "//dev/"))),
        ("path-character", unclear(good.replace("/dev/", "/de%20v/"))),
        ("missing-version", meant(good.replace("/v1/", "/"))),
        ("missing-account-id", unclear(format!("{host}/v1"))),
        ("account-id", unclear(good.replace(ACCOUNT, "0123"))),
        (
            "token-in-path",
            unclear(good.replace(ACCOUNT, "cfut_s3cret0AbCdEfGh1234567890ijklmnopqrstuvwxyz1234")),
        ),
        ("account-id-placeholder", unclear(good.replace(ACCOUNT, "<ACCOUNT_ID>"))),
        ("missing-gateway-id", unclear(format!("{host}/v1/{ACCOUNT}"))),
        ("gateway-id-too-long", unclear(good.replace("/dev/", &format!("/{}/", "a".repeat(65))))),
        ("gateway-id-placeholder", unclear(good.replace("/dev/", "/{gateway_id}/"))),
        ("missing-provider", meant(root.clone())),
        ("unknown-provider", meant(good.replace("anthropic", "antropic"))),
        ("ends-in-v1", meant(good.clone() + "/v1")),
        ("endpoint", meant(good.clone() + "/v1/messages")),
        ("not-for-claude-code", unclear(format!("{root}/openai"))),
        ("no-such-base", meant(good.clone() + "/eu")),
    ];
    cases.into_iter().map(|(code, (text, meant))| (code, text, meant)).collect()
}

fn report(sandbox: &Sandbox, text: &str) -> Value {
    let flags = ["--for-claude-code", "--json"];
    let ran = if text.len() > 1000 {
        sandbox.run_with(["validate", "-"].iter().chain(&flags), text.as_bytes())
    } else {
        sandbox.run(["validate", text].iter().chain(&flags))
    };
    let report = ran.json();
    assert_eq!((report["schema"].as_u64(), ran.stderr.as_str()), (Some(1), ""));
    assert_eq!(report["ok"].as_bool(), Some(ran.code == 0), "{ran:?}");
    assert!(matches!(ran.code, 0 | 1));
    report
}

#[test]
fn every_fault_has_a_name_and_leads_to_the_url_that_was_meant() {
    let sandbox = sandbox();
    let mut shown: Vec<_> = Vec::new();
    for (code, text, meant) in faults() {
        let report = report(&sandbox, &text);
        let errors = report["errors"].as_array().unwrap();
        let found = errors.iter().find(|e| e["code"] == code).unwrap_or_else(|| panic!("{code}: {report}"));
        let suggestion = found.get("suggestion").and_then(Value::as_str);
        let not_anthropic = code == "not-for-claude-code";
        assert!(suggestion == meant.as_deref() || not_anthropic, "{code}: {report}");
        assert!(suggestion.is_some() || found.get("hint").is_some() || errors.len() > 1, "{code}: {report}");
        assert!(report.get("url").is_none());
        assert!(!report.to_string().contains("s3cret"), "{report}");
        if let Some(suggestion) = suggestion {
            assert_eq!(self::report(&sandbox, suggestion)["ok"], true, "{suggestion}");
        }
        shown.push(code);
    }
    let all: Vec<_> = UrlErrorCode::ALL.iter().map(|code| code.id()).collect();
    let untold: Vec<_> = all.iter().filter(|code| !shown.contains(code)).collect();
    assert_eq!((untold.len(), shown.len()), (0, all.len()), "{untold:?}");
}

#[test]
fn one_text_may_have_many_faults() {
    let sandbox = sandbox();
    let text = format!(
        " export ANTHROPIC_BASE_URL=\"HTTP://Gateway.ai.cloudflare.com//v1/{ACCOUNT}/dev/Anthropic/v1/?a#b\" "
    );
    let report = report(&sandbox, &text);
    let codes: Vec<_> =
        report["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect();
    assert_snapshot!(codes.join(" "), @"surrounded fragment query double-slash trailing-slash host-case plain-http unknown-provider ends-in-v1");
    assert!(report["errors"].as_array().unwrap().iter().all(|e| e["suggestion"] == good()), "{report}");
}

#[test]
fn a_good_url_is_taken_apart() {
    let sandbox = sandbox();
    let expected = json!({"schema": 1, "ok": true, "url": good(), "account_id": ACCOUNT, "gateway_id": "dev",
        "provider": "anthropic", "speaks": "anthropic", "errors": []});
    assert_eq!(report(&sandbox, &good()), expected);
    assert_eq!(sandbox.run_with(["validate", "-", "--json"], good().as_bytes()).json(), expected);
    let ran = sandbox.run(["validate", &good()]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_snapshot!(ran.stdout, @"
    url       https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev/anthropic
    account   0123456789abcdef0123456789abcdef
    gateway   dev
    provider  anthropic
    speaks    anthropic
    ");
}

#[test]
fn a_person_reads_what_is_wrong_and_what_to_use() {
    let ran = sandbox().run(["validate", &good().replace("anthropic", "xai/v1/")]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert_snapshot!(ran.stdout, @"
    trailing-slash: there is a trailing slash
      hint: the client appends a path to it
    unknown-provider: `xai` is not an AI Gateway provider
      hint: did you mean grok?
    use: https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev/grok/v1
    ");
    let ran = sandbox().run(["validate", "https://api.anthropic.com/v1/messages"]);
    assert_snapshot!(ran.stdout, @"
    provider-url: api.anthropic.com is the provider itself, so requests do not go through a gateway
      hint: use https://gateway.ai.cloudflare.com/v1/{account_id}/{gateway_id}/anthropic
    ");
    let ran = sandbox().run(["validate", &good().replace("anthropic", "zhipu")]);
    assert_snapshot!(ran.stdout, @"
    unknown-provider: `zhipu` is not an AI Gateway provider
      hint: use a custom provider with base URL https://api.z.ai
    use: https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev/custom-zai/api/anthropic
    ");
}

#[test]
fn a_url_is_judged_by_what_its_path_speaks() {
    let sandbox = sandbox();
    let at = |tail: &str| good().replace("anthropic", tail);
    let meant = [
        ("openrouter/v1", Some("openrouter")),
        ("grok/v1", Some("grok")),
        ("custom-zai/api/coding/paas/v4", Some("custom-zai/api/anthropic")),
        ("custom-zai/api/paas/v4", Some("custom-zai/api/anthropic")),
        ("custom-mine/api/coding/paas/v4", None),
        ("custom-mine/compatible-mode/v1", None),
        ("openai", None),
        ("compat", None),
    ];
    for (tail, meant) in meant {
        let report = report(&sandbox, &at(tail));
        let error = &report["errors"][0];
        assert_eq!(
            (report["ok"].as_bool(), error["code"].as_str()),
            (Some(false), Some("not-for-claude-code"))
        );
        assert_eq!(error["suggestion"].as_str(), meant.map(at).as_deref(), "{report}");
        assert_eq!(sandbox.run(["validate", &at(tail)]).code, 0, "{tail}: good for other clients");
    }
    for (tail, mode, variable) in [
        ("aws-bedrock/bedrock-runtime/us-east-1/", "bedrock", "ANTHROPIC_BEDROCK_BASE_URL"),
        ("google-vertex-ai/v1", "vertex", "ANTHROPIC_VERTEX_BASE_URL"),
    ] {
        let report = report(&sandbox, &at(tail));
        assert_eq!(report["ok"], true, "{report}");
        assert_eq!((&report["mode"]["name"], &report["mode"]["variable"]), (&json!(mode), &json!(variable)));
        let shown = sandbox.run(["validate", &at(tail), "--for-claude-code"]).stdout;
        assert!(shown.contains(&format!("set {variable} to it")), "{shown}");
    }
    assert_eq!(
        report(&sandbox, &at("aws-bedrock/bedrock-mantle/eu-west-1/anthropic"))["speaks"],
        "anthropic"
    );
}

/// Cloudflare's page writes the bases of the clouds with a slash. What the client appends depends on the API.
#[test]
fn a_slash_at_the_end_has_one_result_for_each_api() {
    let sandbox = sandbox();
    let at = |tail: &str| good().replace("anthropic", tail);
    let hints: &[(&str, Option<&str>)] = &[
        ("anthropic/", Some("the client appends /v1/messages to it")),
        ("aws-bedrock/bedrock-mantle/us-east-1/anthropic/", Some("the client appends /v1/messages to it")),
        ("openai/", Some("the client appends a path to it")),
        ("google-ai-studio/", Some("the client appends a path to it")),
        ("aws-bedrock/bedrock-runtime/us-east-1/", None),
        ("google-vertex-ai/v1/", None),
    ];
    for (tail, hint) in hints {
        for flags in [&["--json"][..], &["--json", "--for-claude-code"]] {
            let ran = sandbox.run(["validate", &at(tail)].iter().chain(flags));
            let errors = ran.json()["errors"].as_array().unwrap().clone();
            let slash = errors.iter().find(|error| error["code"] == "trailing-slash");
            assert_eq!(slash.map(|error| error["hint"].as_str().unwrap()), *hint, "{tail} {flags:?}");
            assert!(hint.is_some() || ran.code == 0, "{tail} {flags:?}: {ran:?}");
        }
        let twice = sandbox.run(["validate", &(at(tail) + "/"), "--json"]);
        assert!(twice.code == 1 && twice.stdout.contains("double-slash"), "{tail}/: {twice:?}");
    }
}

#[test]
fn an_api_that_nobody_documents_is_marked_as_in_the_list_of_providers() {
    let sandbox = sandbox();
    let table = sandbox.run(["providers", "--json"]).json();
    let custom = json!({"path": "custom-zai/api/anthropic", "evidence": "not verified"});
    let bases =
        table["providers"].as_array().unwrap().iter().flat_map(|row| row["bases"].as_array().unwrap());
    for base in bases.chain([&custom]) {
        let path = base["path"].as_str().unwrap().replace(['{', '}'], "");
        let url = good().replace("anthropic", &path);
        let evidence = base["evidence"].as_str().filter(|evidence| *evidence != "documented");
        let report = sandbox.run(["validate", &url, "--json"]).json();
        assert_eq!(report["evidence"].as_str(), evidence, "{path}");
        let text = sandbox.run(["validate", &url]).stdout;
        assert_eq!(
            text.contains(&format!("({})", evidence.unwrap_or("documented"))),
            evidence.is_some(),
            "{text}"
        );
    }
}

#[test]
fn a_doubled_scheme_is_removed() {
    let sandbox = sandbox();
    for twice in [
        "https://https://",
        "https://http://",
        "http://https//",
        "https:https://",
        "HTTPS://https:///",
        "https//",
    ] {
        let report = report(&sandbox, &good().replace("https://", twice));
        assert_eq!(report["errors"][0]["code"], "wrong-scheme", "{twice}: {report}");
        assert_eq!(report["errors"][0]["suggestion"], good(), "{twice}: {report}");
    }
}

#[test]
fn a_token_in_the_path_is_named_and_not_repeated() {
    let sandbox = sandbox();
    let tokens = [
        "cfut_s3cret0bCdEfGh1234567890ijklmnopqrstuvwxyz123456789",
        "cfat_s3cret0bCdEfGh1234567890ijklmnopqrstuvwxyz123456789",
        "s3cretAbCdEfGh1234567890ijklmnopqrstuvwx",
        "sk-ant-api03-s3cretAbCdEfGh1234567890",
    ];
    for token in tokens {
        for place in [ACCOUNT, "dev", "anthropic"] {
            let ran = sandbox.run(["validate", &good().replace(place, token), "--json"]);
            let shown = format!("{}{}", ran.stdout, ran.stderr);
            assert!(
                shown.contains("token-in-path") && !shown.contains("s3cret"),
                "{token} at {place}: {shown}"
            );
        }
    }
}

#[test]
fn text_and_json_carry_the_same_findings() {
    let sandbox = sandbox();
    for (_, text, _) in faults().into_iter().filter(|(_, text, _)| text.len() < 1000) {
        let report = report(&sandbox, &text);
        let shown = sandbox.run(["validate", &text, "--for-claude-code"]).stdout;
        for error in report["errors"].as_array().unwrap() {
            for part in ["code", "message", "hint", "suggestion"].iter().filter_map(|p| error.get(*p)) {
                assert!(shown.contains(part.as_str().unwrap()), "{part} is not in:\n{shown}");
            }
        }
    }
}

#[test]
fn stdin_is_read_with_its_line_end_and_whatever_it_is() {
    let sandbox = sandbox();
    let with_line_end = sandbox.run_with(["validate", "-", "--json"], (good() + "\n").as_bytes());
    assert_eq!(
        (with_line_end.code, with_line_end.json()["ok"].as_bool()),
        (0, Some(true)),
        "as `echo` writes it"
    );
    for input in [&b""[..], b"\xff\xfe\x00", &[b'x'; 100_000]] {
        let ran = sandbox.run_with(["validate", "-", "--json"], input);
        assert_eq!((ran.code, ran.json()["ok"].as_bool()), (1, Some(false)));
    }
}

#[test]
fn every_base_of_every_provider_is_good() {
    let sandbox = sandbox();
    let table = sandbox.run(["providers", "--json"]).json();
    let rows = table["providers"].as_array().unwrap();
    assert_eq!(rows.len(), PROVIDERS.len());
    let fill = [("{region}", "us-east-1"), ("{resource}", "res"), ("{deployment}", "gpt")];
    for base in rows.iter().flat_map(|row| row["bases"].as_array().unwrap()) {
        let path =
            fill.iter().fold(base["path"].as_str().unwrap().to_owned(), |p, (name, v)| p.replace(name, v));
        let url = good().replace("anthropic", "") + &path;
        let report = sandbox.run(["validate", &url, "--json"]).json();
        assert_eq!(
            (&report["ok"], &report["speaks"], &report["url"]),
            (&json!(true), &base["speaks"], &json!(url))
        );
    }
    for sdk in rows.iter().flat_map(|row| row["sdk"].as_array().unwrap()) {
        let url = good().replace("anthropic", "") + sdk["path"].as_str().unwrap();
        assert_eq!(sandbox.run(["validate", &url]).code, 0, "{url}");
    }
}

#[test]
fn a_custom_host_is_allowed_only_by_name() {
    let mut sandbox = sandbox();
    let custom = "https://ai.example.com/anthropic";
    let codes = |ran: cf_aig_harness::Ran| (ran.code, ran.json()["errors"][0]["code"].clone());
    assert_eq!(codes(sandbox.run(["validate", custom, "--json"])), (1, json!("host-not-allowed")));
    assert_eq!(sandbox.run(["validate", custom, "--allow-host", "https://ai.example.com"]).code, 0);
    assert_eq!(sandbox.run(["validate", custom, "--allow-host", "https://other.example.com"]).code, 1);
    let wrong = sandbox.run(["validate", custom, "--allow-host", "http://ai.example.com/\u{1b}[1m"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
    assert_snapshot!(wrong.stderr, @"
    cf-aig: --allow-host is not an origin
      hint: use https://host, or http:// on loopback, without a path
    ");
    sandbox.set("CF_AIG_GATEWAY_ORIGIN", "https://ai.example.com");
    assert_eq!(sandbox.run(["validate", custom]).code, 0);
}

#[test]
fn a_call_without_a_url_is_a_usage_error() {
    let ran = sandbox().run(["validate"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("<URL>"), "{}", ran.stderr);
}
