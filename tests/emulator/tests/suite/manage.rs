//! Changes through the API's host, and their effect on the gateway's host.

use cf_aig_emulator::{ACCOUNT_ID, ANTHROPIC_KEY, API_TOKEN, Emulator};
use serde_json::{Value, json};

use crate::support::{
    admitted, ask, break_provider, client, header, message, outcome, overloaded, post_to, question, read,
    start,
};

fn api(emulator: &Emulator, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}/client/v4/accounts/{ACCOUNT_ID}/{path}", emulator.api_origin());
    let request = client().request(method.parse().expect("a method"), url);
    let request = request.header("authorization", format!("Bearer {API_TOKEN}"));
    outcome(if body.is_null() { request } else { request.body(body.to_string()) })
}

fn gateway(id: &str) -> Value {
    json!({
        "id": id, "cache_invalidate_on_update": false, "cache_ttl": 0, "collect_logs": true,
        "rate_limiting_interval": 0, "rate_limiting_limit": 0, "authentication": true,
    })
}

fn chat_with(emulator: &Emulator, model: &str, metadata: &Value) -> (u16, String) {
    let url = emulator.base_url("compat/chat/completions");
    let body = json!({"model": model, "messages": [{"role": "user", "content": "hi"}]});
    let request = admitted(post_to(url, &body)).header("cf-aig-metadata", metadata.to_string());
    let response = request.send().expect("an answer");
    let by = header(&response, "cf-aig-model").to_owned();
    (read(response).0, by)
}

const GATEWAYS: &str = "ai-gateway/gateways";

#[test]
fn a_gateway_that_is_created_answers_and_is_gone_when_it_is_deleted() {
    let emulator = start();
    let (status, made) = api(&emulator, "POST", GATEWAYS, &gateway("fresh"));
    assert_eq!((status, &made["result"]["id"]), (200, &json!("fresh")));
    let url = emulator.base_url("anthropic").replace("/emulator/", "/fresh/");
    let ask = || {
        let request = admitted(post_to(format!("{url}/v1/messages"), &question()));
        outcome(request.header("x-api-key", ANTHROPIC_KEY)).0
    };
    assert_eq!(ask(), 200);
    assert_eq!(api(&emulator, "POST", GATEWAYS, &gateway("fresh")).1["errors"][0]["code"], 5403);
    assert_eq!(api(&emulator, "DELETE", &format!("{GATEWAYS}/fresh"), &Value::Null).0, 200);
    assert_eq!(ask(), 400);
}

#[test]
fn an_incomplete_body_gets_7001() {
    let emulator = start();
    for (field, value) in [
        ("cache_ttl", None),
        ("rate_limiting_limit", Some(json!("many"))),
        ("collect_logs", None),
        ("id", Some(json!("Upper_Case"))),
        ("rate_limiting_technique", Some(json!("random"))),
        ("retry_delay", Some(json!(60_001))),
        ("retry_max_attempts", Some(json!(6))),
        ("log_management", Some(json!(1))),
        ("guardrails", Some(json!({"prompt": {"S99": "BLOCK"}, "response": {}}))),
        ("spend_limits", Some(json!({"rules": [{"limit": 1, "limitType": "count", "window": 1}]}))),
    ] {
        let mut body = gateway("fresh");
        match value {
            Some(value) => body[field] = value,
            None => drop(body.as_object_mut().and_then(|map| map.remove(field))),
        }
        let (status, answer) = api(&emulator, "POST", GATEWAYS, &body);
        assert_eq!((status, &answer["errors"][0]["code"]), (400, &json!(7001)), "{field}: {answer}");
    }
    let seed = json!({"name": "x", "slug": "x", "cache_ttl": 0});
    assert_eq!(api(&emulator, "POST", GATEWAYS, &seed).0, 400);
}

#[test]
fn a_replaced_gateway_forgets_what_the_body_leaves_out() {
    let emulator = start();
    let path = format!("{GATEWAYS}/emulator");
    let mut body = gateway("emulator");
    body["authentication"] = json!(false);
    body["rate_limiting_limit"] = json!(1);
    body["rate_limiting_interval"] = json!(60);
    body["spend_limits"] = json!({"rules": [{"limit": 5, "limitType": "cost", "window": 86400}]});
    let (_, put) = api(&emulator, "PUT", &path, &body);
    assert_eq!(put["result"]["spend_limits"]["rules"][0]["limit"], 5);
    let open = || outcome(post_to(emulator.base_url("anthropic/v1/messages"), &question())).0;
    assert_eq!(
        (open(), open()),
        (401, 429),
        "no token is asked for; the provider asks for its key, once a minute"
    );
    api(&emulator, "PUT", &path, &gateway("emulator"));
    let (_, now) = api(&emulator, "GET", &path, &Value::Null);
    assert!(now["result"].get("spend_limits").is_none(), "{now}");
    assert_eq!(outcome(message(&emulator, &question())).0, 200);
}

#[test]
fn a_stored_key_pays_until_it_is_taken_away() {
    let emulator = start();
    let keys = format!("{GATEWAYS}/emulator/provider_configs");
    let ask = || outcome(admitted(post_to(emulator.base_url("anthropic/v1/messages"), &question()))).0;
    assert_eq!(ask(), 401);
    let body =
        json!({"alias": "default", "default_config": true, "provider_slug": "anthropic", "secret": "wrong"});
    let (_, made) = api(&emulator, "POST", &keys, &body);
    assert!(!made.to_string().contains("\"secret\":"), "{made}");
    let id = made["result"]["id"].as_str().expect("an id");
    assert_eq!((ask(), api(&emulator, "POST", &keys, &body).0), (401, 409));
    api(&emulator, "PUT", &format!("{keys}/{id}"), &json!({"secret": ANTHROPIC_KEY}));
    assert_eq!(ask(), 200);
    assert_eq!(api(&emulator, "GET", &keys, &Value::Null).1["result_info"]["total_count"], 1);
    api(&emulator, "DELETE", &format!("{keys}/{id}"), &Value::Null);
    assert_eq!(ask(), 401);
}

#[test]
fn a_custom_provider_is_called_while_it_is_enabled() {
    let emulator = start();
    let path = "ai-gateway/custom-providers";
    let mut body = json!({"name": "Z.ai", "slug": "zai", "base_url": "https://api.z.ai"});
    let (_, made) = api(&emulator, "POST", path, &body);
    assert_eq!(made["result"]["enable"], false, "the default");
    let ask = || {
        let url = emulator.base_url("custom-zai/api/anthropic/v1/messages");
        let request = admitted(post_to(url, &ask("hi")));
        outcome(request.header("x-api-key", "sk-custom-zai-emulator")).0
    };
    assert_eq!(ask(), 400);
    let own = format!("{path}/{}", made["result"]["id"].as_str().expect("an id"));
    api(&emulator, "PATCH", &own, &json!({"enable": true}));
    assert_eq!(ask(), 200);
    assert_eq!(api(&emulator, "POST", path, &body).1["errors"][0]["code"], 1003);
    body["base_url"] = json!("http://api.z.ai");
    assert_eq!(api(&emulator, "POST", path, &body).1["errors"][0]["code"], 1002);
    api(&emulator, "DELETE", &own, &Value::Null);
    assert_eq!((ask(), api(&emulator, "GET", &own, &Value::Null).0), (400, 404));
}

#[test]
fn a_custom_domain_waits_for_its_certificate() {
    let emulator = start();
    let path = format!("{GATEWAYS}/emulator/custom-domains");
    let mut body = json!({"domain": "ai.example.com", "zone_id": "none"});
    assert_eq!(api(&emulator, "POST", &path, &body).1["errors"][0]["code"], 7001);
    body["zone_id"] = json!(ACCOUNT_ID);
    let (_, made) = api(&emulator, "POST", &path, &body);
    assert_eq!(made["result"]["status"], "pending_dcv");
    assert_eq!(api(&emulator, "POST", &path, &body).0, 409, "one gateway has it");
    let own = format!("{path}/ai.example.com");
    assert_eq!(api(&emulator, "GET", &own, &Value::Null).1["result"], made["result"]);
    assert_eq!(api(&emulator, "GET", &path, &Value::Null).1["result"], json!([made["result"]]));
    assert_eq!(api(&emulator, "DELETE", &own, &Value::Null).0, 200);
    assert_eq!(api(&emulator, "GET", &own, &Value::Null).0, 404);
    assert_eq!(api(&emulator, "GET", &format!("{GATEWAYS}/other/custom-domains"), &Value::Null).0, 404);
}

fn model(id: &str, provider: &str, model: &str, fallback: &str) -> Value {
    json!({"id": id, "type": "model",
        "properties": {"provider": provider, "model": model, "timeout": 60000, "retries": 0},
        "outputs": {"success": {"elementId": "end"}, "fallback": {"elementId": fallback}}})
}

fn graph(first: &Value) -> Value {
    json!([
        {"id": "start", "type": "start", "outputs": {"next": {"elementId": first["id"]}}},
        first,
        model("claude", "anthropic", "claude-haiku-4-5", "gpt"),
        model("gpt", "openai", "gpt-5", "end"),
        {"id": "end", "type": "end", "outputs": {}},
    ])
}

fn with_keys() -> Emulator {
    let emulator = start();
    emulator.update(|config| {
        for (slug, key) in [("anthropic", ANTHROPIC_KEY), ("openai", "sk-openai-emulator")] {
            config.gateways[0].stored_keys.insert(slug.to_owned(), key.to_owned());
        }
    });
    emulator
}

#[test]
fn a_routes_elements_decide_who_answers() {
    let emulator = with_keys();
    let routes = format!("{GATEWAYS}/emulator/routes");
    let to = |yes: &str, no: &str| json!({"true": {"elementId": yes}, "false": {"elementId": no}});
    let plan = json!({"id": "if", "type": "conditional", "outputs": to("gpt", "claude"),
        "properties": {"conditions": {"metadata.plan": {"$eq": "free"}}}});
    let split = json!({"id": "split", "type": "percentage",
        "outputs": {"50%": {"elementId": "claude"}, "50.0%": {"elementId": "gpt"}}});
    assert_eq!(
        api(&emulator, "POST", &routes, &json!({"name": "bad", "elements": graph(&split)})).0,
        400,
        "shares are whole numbers that make a hundred"
    );
    let rate = json!({"id": "rate", "type": "rate",
        "properties": {"limitType": "count", "key": "metadata.user", "limit": 1, "window": 60},
        "outputs": {"success": {"elementId": "claude"}, "fallback": {"elementId": "gpt"}}});
    for (name, first) in [("plan", &plan), ("rate", &rate)] {
        let (status, made) =
            api(&emulator, "POST", &routes, &json!({"name": name, "elements": graph(first)}));
        assert_eq!(status, 200, "{made}");
    }
    let plan = |plan: &str| chat_with(&emulator, "dynamic/plan", &json!({"plan": plan})).1;
    assert_eq!((plan("free"), plan("paid")), ("gpt-5".to_owned(), "claude-haiku-4-5".to_owned()));
    let rate = |user: &str| chat_with(&emulator, "dynamic/rate", &json!({"user": user})).1;
    assert_eq!([rate("a"), rate("a"), rate("b")], ["claude-haiku-4-5", "gpt-5", "claude-haiku-4-5"]);
    break_provider(&emulator, "anthropic", overloaded());
    assert_eq!(plan("paid"), "gpt-5", "a model that fails falls back");
}

#[test]
fn a_new_version_answers_when_it_is_deployed() {
    let emulator = with_keys();
    let routes = format!("{GATEWAYS}/emulator/routes");
    let first = graph(&model("first", "anthropic", "claude-haiku-4-5", "end"));
    let (_, made) = api(&emulator, "POST", &routes, &json!({"name": "r", "elements": first}));
    let own = format!("{routes}/{}", made["result"]["id"].as_str().expect("an id"));
    let old = made["result"]["version"]["version_id"].clone();
    let second = graph(&model("first", "openai", "gpt-5", "end"));
    assert_eq!(api(&emulator, "POST", &format!("{own}/versions"), &json!({"elements": second})).0, 200);
    let by = || chat_with(&emulator, "dynamic/r", &json!({})).1;
    assert_eq!(by(), "claude-haiku-4-5", "not deployed yet");
    let versions = api(&emulator, "GET", &format!("{own}/versions"), &Value::Null).1;
    let versions = versions["data"]["versions"].as_array().expect("a list").clone();
    assert_eq!((&versions[0]["active"], &versions[1]["active"]), (&json!("false"), &json!("true")));
    let deploy = |version: &Value| {
        api(&emulator, "POST", &format!("{own}/deployments"), &json!({"version_id": version})).0
    };
    assert_eq!((deploy(&versions[0]["version_id"]), by()), (200, "gpt-5".to_owned()));
    assert_eq!((deploy(&old), by()), (200, "claude-haiku-4-5".to_owned()));
    assert_eq!(deploy(&json!("unknown")), 404);
    api(&emulator, "DELETE", &own, &Value::Null);
    assert_eq!(chat_with(&emulator, "dynamic/r", &json!({})).0, 400);
}

#[test]
fn an_entry_is_rated_and_taken_away() {
    let emulator = start();
    outcome(message(&emulator, &question()));
    let id = emulator.logs()[0].id.clone();
    let path = format!("{GATEWAYS}/emulator/logs");
    assert_eq!(api(&emulator, "PATCH", &format!("{path}/{id}"), &json!({"feedback": 1})).0, 200);
    assert_eq!(emulator.logs()[0].feedback, Some(1));
    assert_eq!(api(&emulator, "PATCH", &format!("{path}/{id}"), &json!({"feedback": 2})).0, 400);
    assert_eq!(api(&emulator, "DELETE", &path, &Value::Null).0, 200);
    assert!(emulator.logs().is_empty());
}

#[test]
fn the_account_reports_its_credit_and_its_permissions() {
    let emulator = start();
    emulator.update(|config| config.gateways[0].unified_billing = Some(250.0));
    let get = |path: &str| api(&emulator, "GET", path, &Value::Null);
    assert_eq!(get("ai-gateway/billing/credit-balance").1["result"]["balance"], 250.0);
    assert_eq!(get("ai-gateway/billing/usage-history").0, 400, "a window is asked for");
    assert_eq!(get("ai-gateway/billing/usage-history?value_grouping_window=day").0, 200);
    let groups = get("tokens/permission_groups").1["result"].clone();
    let run = groups.as_array().expect("a list").iter().find(|group| group["name"] == "AI Gateway Run");
    assert_eq!(run.expect("a group")["id"], "644535f4ed854494a59cb289d634b257");
}

#[test]
fn a_read_only_token_gets_10000_when_it_writes() {
    let emulator = start();
    emulator.update(|config| config.api_read_tokens.push("reader".to_owned()));
    let as_reader = |method: &str| {
        let url = format!("{}/client/v4/accounts/{ACCOUNT_ID}/{GATEWAYS}", emulator.api_origin());
        let request = client().request(method.parse().expect("a method"), url);
        outcome(request.header("authorization", "Bearer reader").body(gateway("x").to_string()))
    };
    assert_eq!(as_reader("GET").0, 200);
    let (status, refused) = as_reader("POST");
    assert_eq!((status, &refused["errors"][0]["code"]), (403, &json!(10000)));
}
