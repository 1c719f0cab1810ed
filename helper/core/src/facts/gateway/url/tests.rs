//! Tests of the URL type, by example and by property.

use super::*;
use crate::facts::gateway::ids::{AccountId, GatewayId};
use crate::facts::gateway::providers::{PROVIDERS, Protocol};
use proptest::prelude::*;

const GOOD: &str =
    "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/claude-code/anthropic";

fn codes(text: &str) -> Vec<&'static str> {
    inspect(text, &HostPolicy::default()).errors.iter().map(|e| e.code.id()).collect()
}

fn meant(text: &str) -> Option<String> {
    inspect(text, &HostPolicy::default()).url.map(|u| u.to_string())
}

#[test]
fn the_url_of_every_provider_is_reported_as_its_own() {
    let mut fixed = 0;
    for provider in PROVIDERS.iter().filter(|provider| !provider.replaces.contains('{')) {
        let host = provider.replaces.trim_end_matches('/');
        if !host.is_empty() {
            fixed += 1;
            let found = inspect(host, &HostPolicy::default()).errors;
            let hint = found[0].hint.as_deref().unwrap_or_default();
            assert_eq!(found[0].code.id(), "provider-url", "{host}");
            assert!(hint.ends_with(&format!("/{}", provider.slug)), "{host}: {hint}");
        }
    }
    assert!(fixed > 10, "{fixed}");
}

#[test]
fn a_good_url_is_taken_apart() {
    let url = GatewayUrl::parse(GOOD, &HostPolicy::default()).unwrap();
    assert_eq!(url.account_id().unwrap().as_str(), "0123456789abcdef0123456789abcdef");
    assert_eq!(url.gateway_id().unwrap().as_str(), "claude-code");
    assert_eq!(url.provider().slug(), "anthropic");
    assert_eq!(url.protocol(), Protocol::Anthropic);
}

#[test]
fn every_fault_has_its_own_name_and_leads_to_the_url_that_was_meant() {
    let cases: &[(&str, &str)] = &[
        (&format!("{GOOD}/"), "trailing-slash"),
        (&GOOD.replace("/claude", "//claude"), "double-slash"),
        (&format!("{GOOD}/v1"), "ends-in-v1"),
        (&format!("{GOOD}/v1/messages"), "endpoint"),
        (&format!("{GOOD}/messages"), "endpoint"),
        (GOOD.trim_end_matches("/anthropic"), "missing-provider"),
        (&GOOD.replace("anthropic", "antropic"), "unknown-provider"),
        (&GOOD.replace("anthropic", "claude"), "unknown-provider"),
        (&GOOD.replace("abcdef", "ABCDEF"), "account-id"),
        (&GOOD.replace("https", "http"), "plain-http"),
        (&GOOD.replace("https://", ""), "missing-scheme"),
        (&GOOD.replace("https://", "https:/"), "wrong-scheme"),
        (&GOOD.replace("https://", "https:////"), "wrong-scheme"),
        (&GOOD.replace("https://", "https://me:secret@"), "user-info"),
        (&format!("{GOOD}?beta=true"), "query"),
        (&format!("{GOOD}#top"), "fragment"),
        (&format!(" {GOOD}\n"), "surrounded"),
        (&format!("\"{GOOD}\""), "surrounded"),
        (&format!("export ANTHROPIC_BASE_URL='{GOOD}'"), "surrounded"),
        (&GOOD.replace("/v1/", "/v1/\u{7}"), "control-character"),
        (&GOOD.replace("cloudflare", "clоudflare"), "look-alike"),
        (&GOOD.replace("/anthropic", "\u{2044}anthropic"), "look-alike"),
        (&GOOD.replace("cloudflare", "clouflare"), "host-typo"),
        (&GOOD.replace(".com/", ".com:443/"), "port"),
        (&GOOD.replace("gateway.ai", "Gateway.AI"), "host-case"),
        (&GOOD.replace("/v1", ""), "missing-version"),
    ];
    for (text, code) in cases {
        assert_eq!(codes(text), [*code], "{text:?}");
        assert_eq!(meant(text).as_deref(), Some(GOOD), "{text:?}");
    }
}

#[test]
fn no_suggestion_is_made_where_only_the_user_can_decide() {
    let account = "0123456789abcdef0123456789abcdef";
    let cases: &[(&str, &str)] = &[
        (&GOOD.replace(account, "YOUR_ACCOUNT_ID"), "account-id-placeholder"),
        (&GOOD.replace(account, "<ACCOUNT_ID>"), "account-id-placeholder"),
        (&GOOD.replace(account, "0123"), "account-id"),
        (&GOOD.replace(account, "not-an-account"), "account-id"),
        (&GOOD.replace("claude-code", "<GATEWAY_ID>"), "gateway-id-placeholder"),
        (&GOOD.replace("claude-code", &"a".repeat(65)), "gateway-id-too-long"),
        (&GOOD.replace("anthropic", "nothing-like-it"), "unknown-provider"),
        (&GOOD.replace("gateway.ai.cloudflare.com", "example.com"), "host-not-allowed"),
        (&GOOD.replace("claude-code", "claude%20code"), "path-character"),
        (&GOOD.replace("/claude-code", "/.."), "path-character"),
        ("https://api.anthropic.com", "provider-url"),
        ("https://openrouter.ai/api", "provider-url"),
        ("claude-code", "not-a-url"),
        ("", "empty"),
        (" \t", "empty"),
        (&"a".repeat(3000), "too-long"),
    ];
    for (text, code) in cases {
        assert_eq!(codes(text), [*code], "{text:?}");
        assert_eq!(meant(text), None, "{text:?}");
    }
}

#[test]
fn the_gateway_is_read_from_dashboard_and_api_urls() {
    let account = "0123456789abcdef0123456789abcdef";
    for text in [
        format!("https://dash.cloudflare.com/{account}/ai/ai-gateway/gateways/claude-code/logs"),
        format!("https://api.cloudflare.com/client/v4/accounts/{account}/ai-gateway/gateways/claude-code"),
    ] {
        assert_eq!(meant(&text).as_deref(), Some(GOOD), "{text}");
        assert_eq!(codes(&text).len(), 1);
    }
    let rest = format!("https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1/messages");
    assert_eq!(meant(&rest).as_deref(), Some(GOOD.replace("claude-code", "default").as_str()));
}

#[test]
fn z_ai_is_reached_as_a_custom_provider() {
    for name in ["zai", "zhipu"] {
        let text = GOOD.replace("anthropic", name);
        assert_eq!(
            meant(&text).as_deref(),
            Some(GOOD.replace("anthropic", "custom-zai/api/anthropic").as_str())
        );
    }
}

#[test]
fn several_faults_in_one_url_are_all_reported() {
    let text = format!(
        " {}/v1/messages/?beta=true",
        GOOD.replace("https", "http").replace("anthropic", "Anthropic")
    );
    assert_eq!(
        codes(&text),
        ["surrounded", "query", "trailing-slash", "plain-http", "unknown-provider", "endpoint"]
    );
    assert_eq!(meant(&text).as_deref(), Some(GOOD));
}

#[test]
fn a_v1_is_right_where_the_provider_has_one() {
    for tail in ["google-vertex-ai/v1", "openrouter/v1", "grok/v1", "workers-ai/v1", "openai/v1"] {
        let text = GOOD.replace("anthropic", tail);
        assert!(codes(&text).is_empty(), "{text}");
    }
    assert_eq!(codes(&GOOD.replace("anthropic", "custom-zai/api/anthropic/v1")), ["ends-in-v1"]);
}

#[test]
fn a_custom_domain_must_be_allowed_by_name() {
    let domain = Origin::parse("https://ai.example.com").unwrap();
    let policy = HostPolicy::allowing(domain);
    let url = GatewayUrl::parse("https://ai.example.com/anthropic", &policy).unwrap();
    assert_eq!((url.account_id(), url.gateway_name()), (None, "ai.example.com"));
    let repaired = inspect("https://ai.example.com/anthropic/v1/", &policy);
    assert_eq!(repaired.url.unwrap().to_string(), "https://ai.example.com/anthropic");
    assert!(GatewayUrl::parse("https://other.example.com/anthropic", &policy).is_err());
    assert!(GatewayUrl::parse("http://ai.example.com/anthropic", &policy).is_err());
}

#[test]
fn plain_http_is_allowed_only_for_loopback() {
    assert!(Origin::parse("http://127.0.0.1:8787").is_some());
    assert!(Origin::parse("http://localhost:8787/").is_some());
    for text in [
        "http://10.0.0.1",
        "http://example.com",
        "https://a b",
        "https://h:0",
        "https://h:99999",
        "https://h/x",
        "https://-h",
        "https://h:443",
    ] {
        assert!(Origin::parse(text).is_none(), "{text}");
    }
}

#[test]
fn an_origin_is_spelled_in_one_way_only() {
    for text in ["https://h:+80", "https://h:080", "https://h:", "https://h:443/"] {
        assert!(Origin::parse(text).is_none(), "{text}");
    }
    let origin = |text: &str| Origin::parse(text).unwrap();
    assert_eq!(origin("https://h:8443/").as_str(), "https://h:8443");
    assert_eq!(origin("https://h:8443").host_and_port(), "h:8443");
    assert_eq!(origin("https://h").host_and_port(), "h:443");
    assert_eq!(origin("http://127.0.0.1").host_and_port(), "127.0.0.1:80");
}

#[test]
fn another_host_keeps_its_port_and_its_scheme() {
    let policy = |origin: &str| HostPolicy::allowing(Origin::parse(origin).unwrap());
    let url = |text: &str, origin: &str| {
        let found = inspect(text, &policy(origin));
        let codes: Vec<_> = found.errors.iter().map(|e| e.code.id()).collect();
        (found.url.map(|url| url.to_string()).unwrap_or_default(), codes)
    };
    let domain = "https://ai.example.com";
    assert_eq!(url("https://ai.example.com:443/anthropic", domain).0, format!("{domain}/anthropic"));
    assert_eq!(
        url("http://ai.example.com/anthropic", domain),
        (format!("{domain}/anthropic"), vec!["plain-http"])
    );
    for origin in ["https://ai.example.com:8443", "http://127.0.0.1:8787"] {
        let text = format!("{origin}/anthropic");
        assert_eq!(url(&text, origin), (text.clone(), vec![]));
    }
}

#[test]
fn a_url_is_named_in_a_few_words() {
    let url = |text: &str, policy: &HostPolicy| GatewayUrl::parse(text, policy).unwrap();
    let own = url(&GOOD.replace("anthropic", "openrouter/v1"), &HostPolicy::default());
    assert_eq!(own.in_words(), "AI Gateway `claude-code` of account 01234567…");
    assert_eq!(own.tail(), "v1");
    let policy = HostPolicy::allowing(Origin::parse("https://ai.example.com").unwrap());
    let custom = url("https://ai.example.com/anthropic", &policy);
    assert_eq!(custom.in_words(), "AI Gateway `ai.example.com` at ai.example.com");
}

#[test]
fn a_plain_segment_has_only_letters_digits_and_inner_marks() {
    for segment in ["a", "v1", "claude-code", "a_b.c", "-a-"] {
        assert!(is_plain_segment(segment), "{segment}");
    }
    for segment in ["", ".", "..", ".a", "a.", "a b", "a/b", "é", "%2e"] {
        assert!(!is_plain_segment(segment), "{segment}");
    }
}

#[test]
fn look_alikes_become_the_ascii_that_was_meant() {
    for text in
        ["g\u{200b}ateway", "\u{feff}gateway", "ga\u{ad}teway", "ｇａｔｅｗａｙ", "gаtеwаy", "gateway"]
    {
        assert_eq!(repair::ascii_twin(text).as_deref(), Some("gateway"), "{text:?}");
    }
    assert_eq!(repair::ascii_twin("日本"), None);
}

#[test]
fn length_slashes_and_ellipses_are_judged_exactly() {
    let longest = format!("{GOOD}/{}", "a".repeat(MAX_LENGTH - GOOD.len() - 1));
    assert!(!codes(&longest).contains(&"too-long"));
    assert!(codes(&format!("{longest}a")).contains(&"too-long"));
    assert!(!codes("https://gateway.ai.cloudflare.com/").contains(&"trailing-slash"));
    assert!(!codes(&GOOD.replace("claude-code", "...")).contains(&"path-character"));
    assert!(codes(&GOOD.replace("claude-code", "..")).contains(&"path-character"));
}

#[test]
fn a_password_in_the_url_is_never_repeated() {
    let inspection = inspect(&GOOD.replace("https://", "https://me:hunter2@"), &HostPolicy::default());
    assert!(!format!("{inspection:?}").contains("hunter2"));
}

fn any_tail() -> impl Strategy<Value = String> {
    let known = (0..PROVIDERS.len(), 0..3usize, "[a-z0-9]{1,12}").prop_map(|(p, b, fill)| {
        let provider = &PROVIDERS[p];
        let tail = provider.bases[b % provider.bases.len()].tail;
        let filled: Vec<_> =
            tail.split('/').map(|s| if s.starts_with('{') { fill.as_str() } else { s }).collect();
        [provider.slug, &filled.join("/")].join("/").trim_end_matches('/').to_owned()
    });
    prop_oneof![known, "custom-[a-z0-9]{1,10}(/[a-z]{2,8}){0,3}"]
}

proptest! {
    #[test]
    fn a_printed_url_parses_to_the_same_url(account in "[0-9a-f]{31}[0-9]", gateway in "[a-z0-9][a-z0-9-]{0,60}", tail in any_tail()) {
        prop_assume!(AccountId::parse(&account).is_ok() && GatewayId::parse(&gateway).is_ok());
        let text = format!("https://{GATEWAY_HOST}/v1/{account}/{gateway}/{tail}");
        let url = GatewayUrl::parse(&text, &HostPolicy::default());
        prop_assert!(url.is_ok(), "{text}: {url:?}");
        prop_assert_eq!(url.unwrap().to_string(), text);
    }

    #[test]
    fn whatever_validates_is_canonical_and_cannot_be_misread(noise in mutated()) {
        let inspection = inspect(&noise, &HostPolicy::default());
        if inspection.errors.is_empty() {
            let printed = inspection.url.expect("no fault means a URL").to_string();
            prop_assert_eq!(&printed, &noise);
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._/:".contains(&b);
            prop_assert!(printed.bytes().all(plain), "{}", printed);
        }
    }

    #[test]
    fn every_suggestion_is_itself_good(noise in mutated()) {
        for error in inspect(&noise, &HostPolicy::default()).errors {
            if let Some(suggestion) = error.suggestion {
                prop_assert!(GatewayUrl::parse(&suggestion, &HostPolicy::default()).is_ok(), "{}", suggestion);
            }
        }
    }
}

/// A valid URL with a few random edits, or any text.
fn mutated() -> impl Strategy<Value = String> {
    let edit = (
        0..GOOD.len(),
        prop_oneof!["[ -~]{0,3}", "\\PC{1,2}", "(/|/v1|//|\\?|#|@|%2f|\\.\\./|\n|'|\\$\\(x\\)|`)"],
        0..6usize,
    );
    let edits = proptest::collection::vec(edit, 0..4).prop_map(|edits| {
        let mut text: Vec<char> = GOOD.chars().collect();
        for (at, insert, remove) in edits {
            let at = at.min(text.len());
            let end = (at + remove).min(text.len());
            text.splice(at..end, insert.chars());
        }
        text.into_iter().collect::<String>()
    });
    prop_oneof![4 => edits, 1 => "\\PC{0,80}"]
}
