//! Who responded, and what that shows about who pays.

use super::{json, rig, sent, steady};
use crate::Rig;
use cf_aig_emulator::{ANTHROPIC_KEY, API_TOKEN, Fault, GATEWAY_TOKEN, Host, ProviderFault};
use insta::assert_snapshot;

/// The part of the text about the response, and the exit code.
fn told(what: &str, change: impl FnOnce(&mut Rig)) -> String {
    let mut rig = rig();
    change(&mut rig);
    let text = steady(&rig, &rig.sandbox.run(["verify", "--no-log"]));
    let (code, rest) = text.split_once('\n').unwrap_or_default();
    let from = rest.find("answered").unwrap_or_default();
    let lines = rest[from..].lines().filter(|line| !line.contains("--no-log"));
    format!("# {what}: {code}\n{}\n", lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn each_refusal_has_its_speaker_its_fix_and_its_exit_code() {
    let provider = |status, kind: &str, message: &str| {
        let fault =
            ProviderFault::Error { status, kind: kind.into(), message: message.into(), retry_after: None };
        move |rig: &mut Rig| {
            rig.emulator.update(|config| {
                config.provider_faults.insert("anthropic".into(), fault);
            });
        }
    };
    let said = [
        told("no such gateway", |rig| {
            rig.sandbox.set("CF_AIG_GATEWAY_ID", "nothing");
        }),
        told("no token", |rig| {
            rig.sandbox.unset("CF_AIG_TOKEN");
        }),
        told("wrong token", |rig| {
            rig.sandbox.set("CF_AIG_TOKEN", "wrong");
        }),
        told("wrong token, and a proxy that keeps the API away", |rig| {
            rig.sandbox.set("CF_AIG_TOKEN", "wrong");
            rig.emulator.set_fault_of(Host::Api, Some(Fault::HostNotAllowed));
        }),
        told("no credits", |rig| {
            rig.sandbox.set("CF_AIG_AUTH", "unified-billing");
            rig.emulator.update(|config| config.gateways[0].unified_billing = Some(0.0));
        }),
        told("spend limit", |rig| {
            rig.emulator.update(|config| config.gateways[0].spend_limit_exceeded = true);
        }),
        told("wrong key", |rig| {
            rig.sandbox.set("ANTHROPIC_API_KEY", "sk-ant-wrong");
        }),
        told("overloaded", provider(529, "overloaded_error", "Overloaded")),
        told("firewall", |rig| rig.emulator.set_fault(Some(Fault::BlockPage))),
        told("sandbox", |rig| rig.emulator.set_fault(Some(Fault::HostNotAllowed))),
        told("edge", |rig| rig.emulator.set_fault(Some(Fault::EdgeProblemJson { status: 522 }))),
        told("nobody", |rig| rig.emulator.set_fault(Some(Fault::RefuseConnections))),
    ];
    assert_snapshot!(said.join("\n"), @r#"
    # no such gateway: exit 4
    answered  400 in N ms by ai-gateway: This account has no gateway with this name, or the path of the URL is malformed
              gateway-not-found: HTTP 400, {"success":false,"result":[],"messages":[],"error":[{"code":2001,"message":"Please configure AI Gateway in the Cloudflare dashboard"}],"name":"AiGatewayError","httpCode":400,"internalCode":2001,"message":"Please configure AI Gateway in the …
              run `cf-aig gateway list` and use one of its ids in the base URL
    pays      unknown (the request did not reach the provider; own-key is configured)
    not proved: the request did not reach the provider

    # no token: exit 3
    answered  401 in N ms by ai-gateway: The gateway requires authentication, and the request had no gateway token
              gateway-token-missing: HTTP 401, {"success":false,"result":[],"messages":[],"error":[{"code":2009,"message":"Unauthorized"}],"name":"AiGatewayError","httpCode":401,"internalCode":2009,"message":"Unauthorized","description":"Unauthorized"}
              run `cf-aig setup` with a token that has the permission AI Gateway Run; it is sent as cf-aig-authorization
    pays      unknown (the request did not reach the provider; own-key is configured)
    not proved: the request did not reach the provider

    # wrong token: exit 3
    answered  401 in N ms by ai-gateway: AI Gateway did not accept the gateway token: it is missing, wrong, expired, or belongs to another account; the response is the same in all cases
              gateway-token-rejected: HTTP 401, {"success":false,"result":[],"messages":[],"error":[{"code":2009,"message":"Unauthorized"}],"name":"AiGatewayError","httpCode":401,"internalCode":2009,"message":"Unauthorized","description":"Unauthorized"}
              enter a token of this account that has AI Gateway Run: /plugin configure cloudflare, gateway_token
    token     Cloudflare does not know the token: it is mistyped, deleted, or belongs to another account
              create one under the gateway's settings and enter it: /plugin configure cloudflare, gateway_token
    pays      unknown (the request did not reach the provider; own-key is configured)
    not proved: the request did not reach the provider

    # wrong token, and a proxy that keeps the API away: exit 3
    answered  401 in N ms by ai-gateway: AI Gateway did not accept the gateway token: it is missing, wrong, expired, or belongs to another account; the response is the same in all cases
              gateway-token-rejected: HTTP 401, {"success":false,"result":[],"messages":[],"error":[{"code":2009,"message":"Unauthorized"}],"name":"AiGatewayError","httpCode":401,"internalCode":2009,"message":"Unauthorized","description":"Unauthorized"}
              enter a token of this account that has AI Gateway Run: /plugin configure cloudflare, gateway_token
    pays      unknown (the request did not reach the provider; own-key is configured)
    not proved: the request did not reach the provider

    # no credits: exit 1
    answered  402 in N ms by ai-gateway: The request had no provider key, so Cloudflare would have to pay, but does not: the account has no credits, or the model is not sold to it
              no-credits: HTTP 402, {"success":false,"result":[],"messages":[],"error":[{"code":2021,"message":"Insufficient wholesale credits. Please add additional credits on the AI Gateway Cloudflare dashboard to continue using provider models."}],"name":"AiGatewayError","…
              run `cf-aig key add` to store a key, or add credits in the AI Gateway dashboard
              log id LOG-ID
    pays      unknown (the request did not reach the provider; unified-billing is configured)
    not proved: the request did not reach the provider

    # spend limit: exit 1
    answered  429 in N ms by gateway-policy: A spend limit of the gateway is reached; the message contains the rule, the limit and the window
              spend-limit: HTTP 429, {"success":false,"result":[],"messages":[],"error":[{"code":2041,"message":"Spend limit exceeded: rule '5e7f1b6b' (cost limit 100 per 604800s, sliding) for anthropic anthropic/cf-aig-verify-no-such-model"}],"name":"AiGatewayError","httpCode…
              run `cf-aig costs`, then raise the rule or wait for its window to pass
              log id LOG-ID
    pays      unknown (the request did not reach the provider; own-key is configured)
    not proved: the request did not reach the provider

    # wrong key: exit 3
    answered  401 in N ms by provider: The provider did not accept the key that reached it
              provider-key-rejected: HTTP 401, {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"},"request_id":"REQUEST-ID"}
              renew the credential in ANTHROPIC_API_KEY: it arrived, but the provider does not accept it
              log id LOG-ID, step 0
    pays      nobody (the provider's 401; own-key is configured)
    not proved: the provider refused the credential

    # overloaded: exit 1
    answered  529 in N ms by provider: The provider is at capacity; no limit of yours is involved
              provider-overloaded: HTTP 529, {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"REQUEST-ID"}
              wait a minute, or choose another model
              log id LOG-ID, step 0
    pays      the credential on the request (the provider's response: a key on the request takes precedence; as expected for own-key)
    not proved: the provider refused the request

    # firewall: exit 7
    answered  403 in N ms by waf: A firewall rule blocked the request; prompts with code or shell commands look like attacks to such rules
              waf-block-page: HTTP 403, <!DOCTYPE html><html lang="en-US"><head><title>Attention Required! | Cloudflare</title></head><body><h1>Sorry, you have been blocked</h1><h2>You are unable to access gateway.ai.cloudflare.com</h2><p>Cloudflare Ray ID: <strong>9a1b2c3d4e5f67…
              exempt the path /v1/messages from body inspection in the firewall that returns this page; keep its ray id
    pays      unknown (the request did not reach the provider; own-key is configured)
    not proved: the request did not reach the provider

    # sandbox: exit 7
    answered  403 in N ms by sandbox-proxy: The cloud session's proxy does not allow this host
              host-not-allowed: HTTP 403, x-deny-reason: host_not_allowed
              add gateway.ai.cloudflare.com and api.cloudflare.com to the environment's allowed domains (network access: Custom)
    pays      unknown (the request did not reach the provider; own-key is configured)
    not proved: the request did not reach the provider

    # edge: exit 1
    answered  522 in N ms by cloudflare-edge: Cloudflare's edge in front of the gateway failed, or timed out waiting for it
              edge-error-at-gateway: HTTP 522, {"type":"https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-522/","title":"Error 522: Connection timed out","status":522,"error_code":522,"error_name":"connection_timeout","cloudflare_err…
              wait for the time in `retry_after`, then check Cloudflare's status page; keep the ray id
    pays      unknown (the request did not reach the provider; own-key is configured)
    not proved: the request did not reach the provider

    # nobody: exit 6
    answered  no: GATEWAY refused the connection
              nothing listens there, or a firewall rejects the connection: check the host and the port, then the network
    not proved: GATEWAY refused the connection
    "#);
}

#[test]
fn a_success_that_is_not_a_message_is_named_as_such() {
    for body in [r#"{"status":"ok"}"#, r#"{"content":[]}"#] {
        let told = told("a web server", |rig| {
            let body = body.to_owned();
            rig.emulator.set_fault(Some(Fault::Status { status: 200, headers: Vec::new(), body }));
        });
        assert!(told.contains(&format!("answer-not-a-message: HTTP 200, {body}")), "{told}");
        assert!(told.ends_with("not proved: the request did not reach the provider\n"), "{told}");
    }
}

#[test]
fn the_placeholder_problem_is_recognised_and_the_other_form_is_named() {
    let mut rig = rig();
    rig.sandbox.set("CF_AIG_AUTH", "stored-key");
    rig.emulator.update(|config| {
        config.gateways[0].stored_keys.insert("anthropic".into(), ANTHROPIC_KEY.into());
        config.forwards_own_bearer = true;
    });
    let ran = rig.sandbox.run(["verify", "--no-log"]);
    assert_snapshot!(steady(&rig, &ran), @r#"
    exit 3
    sent      POST http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic/v1/messages?beta=true
              as stored-key (ANTHROPIC_AUTH_TOKEN), model cf-aig-verify-no-such-model: no tokens
              accept, content-type, anthropic-version, anthropic-beta, authorization, cf-aig-no-wholesale, cf-aig-metadata, cf-aig-event-id; nonce NONCE
    answered  401 in N ms by provider: The provider did not accept the bearer token that reached it: a claude.ai login that expired or lost its OAuth beta header in transit, or a gateway token in Authorization that was forwarded
              provider-bearer-rejected: HTTP 401, {"type":"error","error":{"type":"authentication_error","message":"Invalid bearer token"},"request_id":"REQUEST-ID"}
              `cf-aig key list` lists the keys that are stored for this gateway
              log id LOG-ID, step 0
    form      the gateway forwards the gateway token as a provider key if it is in Authorization; with the token in ANTHROPIC_API_KEY, as on Cloudflare's Claude Code page, the same request works
              set the variables of that page yourself: ANTHROPIC_BASE_URL; ANTHROPIC_API_KEY with the gateway token; ANTHROPIC_CUSTOM_HEADERS with cf-aig-authorization; and set the plugin option routing to settings
    logged    not seen (not-asked): --no-log
              run without --no-log
    pays      nobody (the provider's 401; stored-key is configured)
    not proved: the provider refused the credential
    "#);
    let requests = sent(&rig);
    let forms =
        requests.iter().map(|r| ["x-api-key", "authorization", "cf-aig-authorization"].map(|n| r.header(n)));
    let token = Some("Bearer emulator-gateway-token");
    let expected = [[None, token, None], [Some("emulator-gateway-token"), None, token]];
    assert_eq!(forms.collect::<Vec<_>>(), expected);
    assert_ne!(requests[0].header("cf-aig-event-id"), requests[1].header("cf-aig-event-id"));
}

#[test]
fn a_refused_gateway_token_is_distinguished_from_a_wrong_account() {
    let checked = |token: &str, fault: Option<Fault>| {
        let mut rig = rig();
        rig.sandbox.set("CF_AIG_TOKEN", token);
        rig.emulator.set_fault_of(Host::Api, fault);
        json(&rig, &["--no-log"])["gateway_token"]["result"].as_str().unwrap_or("-").to_owned()
    };
    assert_eq!(checked(GATEWAY_TOKEN, None), "-");
    assert_eq!(checked("mistyped", None), "unknown");
    // an active Cloudflare token that this gateway does not accept
    assert_eq!(checked(API_TOKEN, None), "alive");
    assert_eq!(checked("mistyped", Some(Fault::RefuseConnections)), "-");
}

#[test]
fn where_nothing_is_there_to_pay_with_both_forms_are_refused() {
    for (mode, step) in [("stored-key", "key add"), ("unified-billing", "key add")] {
        let mut rig = rig();
        rig.sandbox.set("CF_AIG_AUTH", mode);
        let proof = json(&rig, &["--no-log"]);
        assert_eq!(
            (&proof["verdict"], &proof["other_form"]["result"]),
            (&"refused".into(), &"refused-too".into()),
            "{proof:#}"
        );
        assert!(proof["other_form"]["next"].as_str().is_some_and(|next| next.contains(step)), "{proof:#}");
        assert_eq!(proof["pays"]["payer"], "nobody");
    }
}

#[test]
fn who_pays_is_read_from_the_log_and_held_against_the_mode() {
    let paid = |mode: &str, stored: bool, credit: Option<f64>, args: &[&str]| {
        let mut rig = rig();
        rig.sandbox.set("CF_AIG_AUTH", mode);
        rig.emulator.update(|config| {
            config.gateways[0].unified_billing = credit;
            if stored {
                config.gateways[0].stored_keys.insert("anthropic".into(), ANTHROPIC_KEY.into());
            }
        });
        let ran = rig.sandbox.run(["verify", "--json"].iter().chain(args));
        let pays = &ran.json()["pays"];
        format!("{} {} {}", ran.code, pays["payer"].as_str().unwrap_or_default(), pays["agrees"])
    };
    assert_eq!(paid("own-key", true, Some(500.0), &[]), "0 on-request true");
    assert_eq!(paid("stored-key", true, Some(500.0), &[]), "0 stored-key true");
    assert_eq!(paid("unified-billing", false, Some(500.0), &[]), "0 credits true");
    assert_eq!(paid("unified-billing", true, Some(500.0), &[]), "1 stored-key false");
    assert_eq!(paid("stored-key", true, None, &["--no-log"]), "0 stored-key true");
    assert_eq!(paid("unified-billing", false, Some(500.0), &["--no-log"]), "0 stored-key-or-credits null");
}

#[test]
fn without_the_login_the_rest_is_still_verified() {
    let mut rig = rig();
    rig.sandbox.set("CF_AIG_AUTH", "subscription");
    let ran = rig.sandbox.run(["verify"]);
    assert_snapshot!(steady(&rig, &ran), @"
    exit 0
    sent      POST http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic/v1/messages?beta=true
              as subscription (claude.ai login (not sent)), model cf-aig-verify-no-such-model: no tokens
              accept, content-type, anthropic-version, anthropic-beta, cf-aig-authorization, cf-aig-metadata, cf-aig-event-id; nonce NONCE
    answered  401 in N ms by provider: it requires the login, which was not sent
              log id LOG-ID, step 0
    logged    yes, in the gateway's log (by log id, after N ms)
              LOG-ID, at TIME, provider anthropic, model anthropic/cf-aig-verify-no-such-model, status 401, cached false, byok false, wholesale false, authentication true
    pays      unknown (the login was not sent; subscription is configured)
    note      cf-aig does not read the client's claude.ai login, so the request was sent without it; whether the provider accepts that login through the gateway is not proved
    partly proved: the request went through the gateway and is in its log
    ");
}

#[test]
fn server_text_reaches_the_terminal_without_its_control_characters() {
    let rig = rig();
    let message = "\u{1b}]0;owned\u{7}Rate\nlimited\u{202e}";
    let body = serde_json::json!({"success": false, "name": "AiGatewayError", "internalCode": 2003,
        "error": [{"code": 2003, "message": message}]});
    let headers = vec![("cf-aig-log-id".to_owned(), "a\tb".to_owned())];
    rig.emulator.set_fault(Some(Fault::Status { status: 429, headers, body: body.to_string() }));
    let ran = rig.sandbox.run(["verify", "--wait", "0"]);
    assert!(ran.stdout.contains("gateway-rate-limit"), "{ran:?}");
    let unseen = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!ran.stdout.contains(unseen), "{:?}", ran.stdout);
}
