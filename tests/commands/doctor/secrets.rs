//! No secret is printed: not in text, not in JSON, not in the bug report file.

use super::well;
use cf_aig_emulator::Fault;
use serde_json::{Value, json};

/// Secrets planted in every place that may hold one, each identified by its number.
fn planted() -> (crate::Rig, Vec<String>) {
    let secrets: Vec<String> = (0..16).map(|n| format!("planted-secret-{n:02}-end")).collect();
    let mut rig = well();
    let options = json!({"pluginConfigs": {"cloudflare@x": {"options":
        {"gateway_token": secrets[5], "api_token": secrets[6]}}},
        "apiKeyHelper": format!("echo {}", secrets[7]),
        "env": {"ANTHROPIC_AUTH_TOKEN": secrets[8], "MY_TOKEN": secrets[9]}});
    rig.sandbox.write("home/.claude/settings.json", &options.to_string());
    rig.sandbox.write("home/.bashrc", &format!("export ANTHROPIC_API_KEY={}\n", secrets[10]));
    rig.sandbox.write("project/.env", &format!("ANTHROPIC_AUTH_TOKEN={}\n", secrets[11]));
    rig.sandbox
        .set("CF_AIG_TOKEN", &secrets[0])
        .set("CLOUDFLARE_API_TOKEN", &secrets[1])
        .set("ANTHROPIC_API_KEY", &secrets[2])
        .set("CLAUDE_CODE_OAUTH_TOKEN", &secrets[3])
        .set("ANTHROPIC_CUSTOM_HEADERS", format!("x-key: {}\nx-team: shop", secrets[4]))
        .set("NO_PROXY", "127.0.0.1")
        .set("HTTPS_PROXY", format!("http://{}:{}@127.0.0.1:1", secrets[12], secrets[13]))
        .set("ANTHROPIC_BEDROCK_BASE_URL", format!("https://x.example.com/?key={}", secrets[14]));
    (rig, secrets)
}

fn has_none(what: &str, text: &str, secrets: &[String]) {
    let found: Vec<_> = secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
    assert!(found.is_empty(), "{what} shows {found:?}:\n{text}");
}

#[test]
fn no_response_makes_the_doctor_print_a_secret() {
    let (rig, secrets) = planted();
    let all = secrets.join(" ");
    // servers that echo what they were sent, and other text
    let answers = [
        None,
        Some((
            401,
            json!({"success": false, "name": "AiGatewayError", "internalCode": 2009, "error": [{"code": 2009, "message": all}]}),
        )),
        Some((401, json!({"type": "error", "error": {"type": "authentication_error", "message": all}}))),
        Some((500, json!({"oops": all}))),
        Some((200, Value::String(all.clone()))),
    ];
    for (at, answer) in answers.into_iter().enumerate() {
        let fault = answer.map(|(status, body)| {
            let headers = vec![
                ("location".to_owned(), format!("https://x/?{all}")),
                ("cf-aig-log-id".to_owned(), all.clone()),
            ];
            Fault::Status { status, headers, body: body.to_string() }
        });
        rig.emulator.set_fault(fault);
        for args in
            [&["doctor"][..], &["doctor", "--json"], &["doctor", "--spend"], &["doctor", "--only", "files"]]
        {
            let ran = rig.sandbox.run(args);
            has_none(&format!("{args:?} {at}"), &format!("{}{}", ran.stdout, ran.stderr), &secrets);
        }
        let file = rig.sandbox.home().join(format!("bundle-{at}.json"));
        let ran = rig.sandbox.run(["doctor", "--bundle", &file.to_string_lossy()]);
        assert!(ran.stderr.contains("read it before you share it"), "{ran:?}");
        has_none("bundle", &std::fs::read_to_string(&file).unwrap(), &secrets);
    }
}

#[test]
fn the_bundle_holds_what_a_maintainer_needs() {
    let rig = well();
    let file = rig.sandbox.home().join("bundle.json");
    let ran = rig.sandbox.run(["doctor", "--bundle", &file.to_string_lossy()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let bundle: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(
        (&bundle["schema"], &bundle["doctor"]["schema"], &bundle["explain"]["schema"]),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(bundle["platform"]["os"], std::env::consts::OS);
    assert_eq!(bundle["configuration"]["gateway_token"], "$CF_AIG_TOKEN");
    assert!(!bundle.to_string().contains(&*rig.sandbox.home().to_string_lossy()), "a home folder is a name");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = rig.sandbox.run(["doctor", "--bundle", &file.to_string_lossy()]);
    assert_eq!(again.code, 5, "an existing file stays: {again:?}");
}
