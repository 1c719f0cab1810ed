//! `cf-aig gateway`: the requests to Cloudflare's API, what is shown first, and what a no leaves unchanged.

use crate::Rig;
use cf_aig_emulator::Gateway;
use insta::assert_snapshot;
use serde_json::json;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

fn gateway(rig: &Rig, id: &str) -> Option<Gateway> {
    rig.emulator.config().gateways.into_iter().find(|gateway| gateway.gateway_id == id)
}

#[test]
fn a_new_gateway_is_fit_for_agents() {
    let rig = Rig::managed();
    assert_snapshot!(rig.ok(&["gateway", "create", "claude-code", "--yes"]), @r#"
    create     gateway claude-code in account 0123456789abcdef0123456789abcdef
      authentication              true         otherwise anyone who knows the URL can use it
      collect_logs                true         costs and failures are read from the log
      cache_ttl                   0            an agent that repeats a request wants a new response
      cache_invalidate_on_update  false        the cache is empty
      rate_limiting_limit         1500         requests per window, for the whole gateway; 0 is off
      rate_limiting_interval      60           length of the window in seconds
      rate_limiting_technique     "sliding"    a fixed window allows twice as many at its edge
    created    http://GATEWAY/v1/0123456789abcdef0123456789abcdef/claude-code/anthropic
    note       a gateway with cache_ttl 0 was seen to serve a repeated request from its cache for five minutes; to prevent that, send `cf-aig-skip-cache: true`
    note       there is no spend limit: `--spend-limit 50/day`
    next       cf-aig setup --gateway-id claude-code
    "#);
    let body = rig.writes()[0].json();
    assert_snapshot!(body, @r#"{"id":"claude-code","authentication":true,"collect_logs":true,"cache_ttl":0,"cache_invalidate_on_update":false,"rate_limiting_limit":1500,"rate_limiting_interval":60,"rate_limiting_technique":"sliding"}"#);
    assert!(
        gateway(&rig, "claude-code")
            .is_some_and(|g| g.authentication && g.collect_logs && g.cache_ttl.is_none())
    );
}

#[test]
fn plans_settings_and_lists_fit_a_narrow_terminal() {
    let mut rig = Rig::managed();
    rig.sandbox.set("CF_AIG_COLUMNS", "64");
    for args in [&["create", "x", "--dry-run"][..], &["list"], &["show", "emulator"]] {
        let text = rig.ok(&[&["gateway"], args].concat());
        // a URL stays whole
        let mut lines = text.lines().filter(|line| !line.contains("http://"));
        assert!(lines.all(|line| line.chars().count() <= 64), "{text}");
    }
}

#[test]
fn a_dry_run_and_a_refused_confirmation_send_nothing() {
    let rig = Rig::managed();
    let shown = rig.ok(&["gateway", "create", "x", "--dry-run"]);
    assert!(shown.starts_with("create     gateway x in account"), "{shown}");
    assert!(rig.fails(1, &["gateway", "create", "x"]).contains("--yes"));
    rig.fails(1, &["gateway", "update", "--cache", "300"]);
    rig.ok(&["gateway", "update", "--cache", "300", "--dry-run"]);
    rig.fails(1, &["gateway", "delete", "emulator"]);
    let json = rig.json(&["gateway", "create", "x", "--dry-run"]);
    assert_eq!((&json["created"], &json["request"]["id"]), (&json!(false), &json!("x")));
    assert!(rig.writes().is_empty());
}

#[test]
fn text_and_json_of_a_creation_carry_the_same() {
    let rig = Rig::managed();
    let json = rig.json(&["gateway", "create", "x", "--dry-run", "--zdr", "on"]);
    let text = rig.ok(&["gateway", "create", "x", "--dry-run", "--zdr", "on"]);
    for (key, value) in json["request"].as_object().unwrap().iter().filter(|(key, _)| *key != "id") {
        assert!(
            text.lines().any(|line| line.contains(&format!("  {key} ")) && line.contains(&value.to_string())),
            "{key}"
        );
    }
    for note in json["notes"].as_array().unwrap() {
        assert!(text.contains(note.as_str().unwrap()), "{note}");
    }
}

#[test]
fn every_setting_of_the_api_can_be_set() {
    let rig = Rig::managed();
    let guardrails = r#"guardrails={"prompt":{"S1":"BLOCK"},"response":{"P1":"FLAG"}}"#;
    let dlp = r#"dlp={"enabled":true,"policies":[{"id":"p","action":"FLAG","check":["REQUEST"],"enabled":true,"profiles":["x"]}]}"#;
    let file = rig.sandbox.write(
        "settings.json",
        r#"{"otel":[{"url":"https://o.example","headers":{"x-key":"s3cret"}}],
            "stripe":{"authorization":"s3cret","usage_events":[{"payload":"p"}]}}"#,
    );
    let args = [
        "gateway",
        "create",
        "all",
        "--yes",
        "--authentication",
        "off",
        "--logs",
        "off",
        "--retention",
        "20000",
        "--when-full",
        "delete-oldest",
        "--cache",
        "300",
        "--rate-limit",
        "100/1m",
        "--rate-technique",
        "fixed",
        "--attempts",
        "3",
        "--retry-delay",
        "500",
        "--retry-backoff",
        "exponential",
        "--spend-limit",
        "50/day",
        "--spend-limit",
        "5/hour",
        "--byok-only",
        "on",
        "--workers-ai-billing",
        "unified",
        "--zdr",
        "on",
        "--logpush",
        "on",
        "--set",
        "logpush_public_key=0123456789abcdef",
        "--set",
        "log_classification=true",
        "--set",
        "store_id=s",
        "--set",
        guardrails,
        "--set",
        dlp,
        "--set",
        "cache_invalidate_on_update=true",
        "--file",
        &file.to_string_lossy(),
    ];
    let shown = rig.ok(&args);
    assert!(!shown.contains("s3cret"), "{shown}");
    let body = rig.writes()[0].json();
    for setting in cf_aig::facts::gateway::settings::SETTINGS {
        assert!(!body[setting.key].is_null(), "{} was not sent: {body}", setting.key);
    }
    assert_eq!(body["spend_limits"]["rules"].as_array().unwrap().len(), 2);
    assert_eq!((&body["rate_limiting_limit"], &body["rate_limiting_interval"]), (&json!(100), &json!(60)));
    assert_eq!(body["stripe"]["authorization"], "s3cret");
}

#[test]
fn a_value_that_the_api_would_refuse_is_refused_here() {
    let rig = Rig::managed();
    let cases: &[(&[&str], &str)] = &[
        (&["--attempts", "6"], "retry_max_attempts takes a whole number from 1 to 5"),
        (&["--zdr", "maybe"], "zdr takes true or false"),
        (&["--spend-limit", "50"], "`50` is not a spend limit"),
        (&["--rate-limit", "many"], "`many` is not a rate limit"),
        (&["--set", "guardrails"], "--set takes KEY=JSON"),
        (&["--set", "created_at=\"x\""], "created_at cannot be set"),
        (&["--set", r#"stripe={"authorization":"s3cret"}"#], "must not be passed on the command line"),
    ];
    for (args, expected) in cases {
        let said = rig.fails(2, &[&["gateway", "create", "x", "--yes"], *args].concat());
        assert!(said.contains(expected) && !said.contains("s3cret"), "{args:?}: {said}");
    }
    assert!(rig.fails(2, &["gateway", "create", "Up Per", "--yes"]).contains("only letters, digits"));
    assert!(rig.emulator.requests().is_empty());
}

#[test]
fn an_update_keeps_all_that_it_does_not_change() {
    let rig = Rig::managed();
    rig.ok(&["gateway", "create", "kept", "--yes", "--zdr", "on", "--retention", "20000"]);
    rig.emulator.update(|config| {
        let gateway = config.gateways.iter_mut().find(|g| g.gateway_id == "kept").unwrap();
        gateway.settings.insert("brand_new".to_owned(), json!({"from": "the future"}));
    });
    assert_snapshot!(rig.ok(&["gateway", "update", "kept", "--spend-limit", "50/day", "--cache", "60", "--yes"]), @r#"
    change     gateway kept
    - cache_ttl                   0
    + cache_ttl                   60
    - spend_limits                null
    + spend_limits                {"enabled":true,"rules":[{"limit":50,"limitType":"cost","window":86400,"technique":"sliding"}]}
    changed    takes effect with the next request
    note       a repeated request gets the cached response, even a bad one
    "#);
    let put = rig.writes().pop().unwrap();
    assert_eq!((put.method.as_str(), put.status), ("PUT", Some(200)));
    let body = put.json();
    assert_eq!((&body["zdr"], &body["log_management"]), (&json!(true), &json!(20000)));
    assert_eq!(body["brand_new"]["from"], "the future");
    for key in cf_aig::facts::gateway::settings::READ_ONLY {
        assert!(body.get(key).is_none(), "{key}: {body}");
    }
    let after = rig.json(&["gateway", "show", "kept"]);
    assert_eq!((&after["gateway"]["cache_ttl"], &after["gateway"]["zdr"]), (&json!(60), &json!(true)));
}

#[test]
fn an_update_that_changes_nothing_sends_nothing() {
    let rig = Rig::managed();
    assert_snapshot!(rig.ok(&["gateway", "update", "--authentication", "on"]), @"
    gateway    emulator: already up to date
    note       a gateway with cache_ttl 0 was seen to serve a repeated request from its cache for five minutes; to prevent that, send `cf-aig-skip-cache: true`
    note       there is no spend limit: `--spend-limit 50/day`
    ");
    assert!(rig.writes().is_empty());
    assert!(rig.fails(2, &["gateway", "update", "--yes"]).contains("no change requested"));
}

#[test]
fn a_change_is_in_force_for_the_next_request() {
    let rig = Rig::managed();
    let reachable = |rig: &Rig| rig.sandbox.run(["status", "--json"]).json()["reachable"]["ok"].clone();
    let mut without = Rig { emulator: rig.emulator, sandbox: rig.sandbox };
    without.sandbox.set("CF_AIG_TOKEN", "");
    assert_eq!(reachable(&without), json!(false));
    let json = without.json(&["gateway", "update", "--authentication", "off", "--yes"]);
    assert_eq!(json["changes"], json!([{"key": "authentication", "from": true, "to": false}]));
    assert!(json["notes"][0].as_str().unwrap().contains("authentication is off"));
    assert_eq!(reachable(&without), json!(true));
}

#[test]
fn a_change_by_someone_else_is_not_overwritten() {
    let rig = Rig::managed();
    let mut terminal = rig.terminal("gateway update --cache 300");
    terminal.wait_for("Change it? [y/N]", LIMIT);
    rig.emulator.update(|config| config.gateways[0].collect_logs = false);
    terminal.type_keys("y\r");
    terminal.wait_for("changed in the meantime", LIMIT);
    assert!(rig.writes().is_empty());
}

#[test]
fn a_token_that_is_shown_masked_is_not_sent_back() {
    let rig = Rig::managed();
    rig.emulator.update(|config| {
        let otel = json!([{"url": "https://o.example", "headers": {}, "authorization": "********"}]);
        config.gateways[0].settings.insert("otel".to_owned(), otel);
    });
    let said = rig.fails(5, &["gateway", "update", "--cache", "300", "--yes"]);
    assert!(said.contains("pass otel again with --file"), "{said}");
    assert!(rig.writes().is_empty());
    rig.ok(&["gateway", "update", "--set", "otel=null", "--cache", "300", "--yes"]);
}

#[test]
fn values_that_cloudflare_changes_are_reported() {
    let rig = Rig::managed();
    rig.ok(&["gateway", "update", "--cache", "300", "--yes"]);
    let said = rig.ok(&["gateway", "update", "--set", "cache_ttl=null", "--yes"]);
    assert!(said.contains("Cloudflare now shows cache_ttl as 0"), "{said}");
}

#[test]
fn lists_and_single_gateways_are_shown() {
    let rig = Rig::managed();
    rig.ok(&["gateway", "create", "second", "--yes", "--spend-limit", "50/day"]);
    assert_snapshot!(rig.ok(&["gateway", "list"]), @"
    ID        AUTH  LOGS  CACHE  RATE LIMIT    SPEND LIMIT
    emulator  on    on    off    off           none
    second    on    on    off    1500 in 60 s  50 USD per 24 h
    ");
    assert_eq!(rig.json(&["gateway", "list", "sec"])["gateways"].as_array().unwrap().len(), 1);
    assert_snapshot!(rig.ok(&["gateway", "show"]), @r#"
    gateway    emulator
    base URL   http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic
      authentication              true         requests need a gateway token
      collect_logs                true         requests are logged
      cache_ttl                   0            seconds to cache a response; 0 is off
      cache_invalidate_on_update  false        changing the settings empties the cache
      rate_limiting_limit         0            requests per window, for the whole gateway; 0 is off
      rate_limiting_interval      0            length of the window in seconds
      rate_limiting_technique     "fixed"      window type
      byok_only                   false        never pay with Cloudflare credits
      account_id                  "0123456789abcdef0123456789abcdef"
      account_tag                 "0123456789abcdef0123456789abcdef"
      internal_id                 "emulator"
      is_default                  false
      created_at                  "2026-01-01T00:00:00Z"
      modified_at                 "2026-01-01T00:00:00Z"
    note       a gateway with cache_ttl 0 was seen to serve a repeated request from its cache for five minutes; to prevent that, send `cf-aig-skip-cache: true`
    note       there is no spend limit: `--spend-limit 50/day`
    "#);
    let said = rig.fails(4, &["gateway", "show", "elsewhere"]);
    assert!(said.contains("`cf-aig gateway list` lists what exists"), "{said}");
    assert!(rig.fails(5, &["gateway", "create", "second", "--yes"]).contains("already exists"));
}

#[test]
fn a_gateway_is_deleted_only_by_its_name() {
    let rig = Rig::managed();
    rig.fails(1, &["gateway", "delete", "emulator", "--confirm", "other"]);
    assert!(rig.writes().is_empty());
    let mut terminal = rig.terminal("gateway delete emulator");
    terminal.wait_for("sessions here are configured to use it", LIMIT);
    terminal.answer("Type its id to delete it:", "emulator", LIMIT);
    terminal.wait_for("deleted    emulator", LIMIT);
    assert!(gateway(&rig, "emulator").is_none());
    assert!(rig.fails(4, &["gateway", "delete", "emulator", "--confirm", "emulator"]).contains("Not Found"));
}

#[test]
fn on_a_terminal_retention_and_spend_limit_are_prompted_for() {
    let rig = Rig::managed();
    let mut terminal = rig.terminal("gateway create asked");
    terminal.answer("How many log entries to keep", "50000", LIMIT);
    terminal.answer("How much may be spent", "20/day", LIMIT);
    terminal.answer("Create it? [y/N]", "y", LIMIT);
    terminal.wait_for("next       cf-aig setup --gateway-id asked", LIMIT);
    let body = rig.writes()[0].json();
    assert_eq!(body["log_management"], 50000);
    assert_eq!(body["log_management_strategy"], "DELETE_OLDEST");
    assert_eq!(body["spend_limits"]["rules"][0]["limit"], 20);
}

#[test]
fn without_a_token_or_a_permission_the_next_step_is_named() {
    let mut rig = Rig::new();
    let said = rig.fails(3, &["gateway", "list"]);
    assert!(said.contains("CLOUDFLARE_API_TOKEN") && said.contains("api-tokens"), "{said}");
    assert!(rig.emulator.requests().is_empty());
    rig.emulator.update(|config| config.api_read_tokens.push("cfut_reader".to_owned()));
    rig.sandbox.set("CLOUDFLARE_API_TOKEN", "cfut_reader");
    rig.ok(&["gateway", "list"]);
    let said = rig.fails(3, &["gateway", "create", "x", "--yes"]);
    assert!(said.contains("AI Gateway Write") && !said.contains("cfut_reader"), "{said}");
    rig.sandbox.unset("CLOUDFLARE_ACCOUNT_ID");
    assert!(rig.fails(2, &["gateway", "list"]).contains("CLOUDFLARE_ACCOUNT_ID"));
}

/// Hints about an id that is missing or wrong name what is missing, and where the wrong value came from.
#[test]
fn what_is_missing_is_named_by_each_command() {
    let commands = [&["key", "list"][..], &["route", "list"], &["gateway", "show"], &["logs", "list"]];
    for command in commands {
        let mut rig = Rig::managed();
        rig.sandbox.unset("CLOUDFLARE_ACCOUNT_ID");
        let said = rig.fails(2, command);
        assert!(said.contains("but not its account") && said.contains("CLOUDFLARE_ACCOUNT_ID"), "{said}");
        rig.sandbox.unset("CF_AIG_GATEWAY_ID");
        let said = rig.fails(4, command);
        assert!(said.contains("configured") && said.contains("pass --account-id"), "{said}");
        let said = rig.fails(2, &[command, &["--account-id", "zz"]].concat());
        assert!(said.contains("must be 32 hex digits (--account-id)"), "{said}");
    }
    let rig = Rig::managed();
    let said = rig.fails(2, &["setup", "--yes", "--providers", "openai,nope"]);
    assert!(said.contains("--providers") && !said.contains('$'), "{said}");
    let ran = rig.sandbox.run_with(["setup", "--yes", "--token-stdin"], b"a b");
    assert!(ran.code == 2 && ran.stderr.contains("(as entered)"), "{ran:?}");
}

#[test]
fn a_gateway_is_made_for_at_least_one_session() {
    let rig = Rig::managed();
    for count in ["0", "10001", "99999999", "x"] {
        let said = rig.fails(2, &["gateway", "create", "new", "--sessions", count, "--dry-run"]);
        assert!(said.contains("--sessions"), "{said}");
    }
    let plan = rig.ok(&["gateway", "create", "new", "--sessions", "10000", "--dry-run"]);
    assert!(plan.contains("3000000"), "{plan}");
}

#[test]
fn a_hint_never_names_the_command_that_prints_it_or_what_was_not_given() {
    let rig = Rig::managed();
    for command in [&["key", "list"][..], &["route", "list"], &["gateway", "policies"]] {
        let said = rig.fails(4, &[command, &["--gateway-id", "nope"]].concat());
        assert!(said.contains("`cf-aig gateway list` lists"), "{command:?}: {said}");
    }
    let said = rig.fails(1, &["gateway", "delete", "emulator"]);
    assert!(said.contains("it was not confirmed") && said.contains("--confirm emulator"), "{said}");
    let said = rig.fails(1, &["gateway", "delete", "emulator", "--confirm", "other"]);
    assert!(said.contains("did not match"), "{said}");
    assert_eq!(rig.ok(&["gateway", "list", "zzz"]), "no gateway matches zzz\n");
}

#[test]
fn every_change_can_be_shown_without_making_it() {
    let rig = Rig::managed();
    let stored = rig.sandbox.run_with(["key", "add", "openai"], b"sk-some-key");
    assert_eq!((stored.code, rig.writes().len()), (0, 1), "{stored:?}");
    let shown = rig.ok(&["key", "add", "groq", "--alias", "team", "--dry-run"]);
    assert_eq!(shown, "store      groq, alias team, gateway emulator\n");
    let shown = rig.ok(&["key", "rotate", "openai", "--dry-run"]);
    assert_eq!(shown, "replace    openai, alias default, gateway emulator\n");
    assert!(rig.ok(&["gateway", "delete", "emulator", "--dry-run"]).contains("permanently deleted"));
    let plan = rig.json(&["gateway", "delete", "emulator", "--dry-run"]);
    assert_eq!((&plan["deleted"], &plan["would_delete"]), (&json!(null), &json!("emulator")));
    let plan = rig.json(&["key", "add", "groq", "--dry-run"]);
    assert_eq!((&plan["action"], &plan["key"]["provider_slug"]), (&json!("store"), &json!("groq")));
    assert_eq!(rig.writes().len(), 1);
    // what would fail fails
    rig.fails(5, &["key", "add", "openai", "--dry-run"]);
    rig.fails(4, &["key", "rotate", "groq", "--dry-run"]);
    rig.fails(4, &["gateway", "delete", "nope", "--dry-run"]);
}

#[test]
fn remove_delete_and_rm_are_understood_everywhere() {
    let rig = Rig::managed();
    for noun in ["key", "provider", "route", "gateway"] {
        for verb in ["remove", "delete", "rm"] {
            let said = rig.fails(2, &[noun, verb]);
            assert!(said.contains("required arguments"), "{noun} {verb}: {said}");
        }
    }
    assert!(rig.ok(&["logs", "follow", "--help"]).contains("--interval"));
    assert!(!rig.ok(&["--help"]).contains("follow"));
}
