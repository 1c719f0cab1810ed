//! Without an echo: what the responses of a real provider behind the gateway show, and at what cost.

use crate::breaking::Break;
use crate::proxy::Proxy;
use crate::{amiss, outcomes, sandbox};
use cf_aig_emulator::{ANTHROPIC_KEY, Config, Emulator, Fault, GATEWAY_TOKEN, Host};
use cf_aig_harness::{Ran, Sandbox};
use insta::assert_snapshot;
use std::time::Duration;

/// Slow enough to distinguish the pieces of a stream.
fn emulator() -> Emulator {
    let config = Config { pace: Duration::from_millis(20), ..Config::default() };
    Emulator::start(config).expect("the emulator starts")
}

fn configured(emulator: &Emulator) -> Sandbox {
    let mut sandbox = sandbox();
    sandbox.with_gateway(emulator).set("ANTHROPIC_API_KEY", ANTHROPIC_KEY);
    sandbox
}

fn run(emulator: &Emulator, args: &[&str]) -> Ran {
    let own = ["conformance", "--json"];
    configured(emulator).run(own.iter().chain(args))
}

#[test]
fn the_configured_gateway_works_in_every_point_that_a_black_box_shows() {
    let emulator = emulator();
    let ran = run(&emulator, &["--spend"]);
    assert_eq!((amiss(&ran), ran.code), (Vec::new(), 0), "{ran:?}");
    assert_snapshot!(outcomes(&ran), @"
    path-join           works
    anthropic-version   works
    anthropic-beta      works
    open-headers        skipped
    body-bytes          skipped
    system-array        skipped
    cache-control       skipped
    thinking            skipped
    beta-fields         skipped
    unknown-fields      works
    large-body          works
    waf                 works
    stream-incremental  works
    stream-pings        skipped
    stream-events       works
    usage               works
    stream-type         works
    compression         works
    error-body          works
    error-status        works
    retry-after         skipped
    limit-headers       skipped
    count-tokens        works
    models              works
    hello               works
    ");
    for request in emulator.requests().iter().filter(|request| request.path.contains("/v1/messages")) {
        assert_eq!(request.header("cf-aig-authorization"), Some("Bearer emulator-gateway-token"));
        assert_eq!(request.header("x-api-key"), Some(ANTHROPIC_KEY));
    }
}

#[test]
fn checks_that_cost_tokens_are_skipped_with_a_reason_by_default() {
    let emulator = emulator();
    let ran = run(&emulator, &[]);
    assert_eq!((amiss(&ran), ran.code), (Vec::new(), 0), "{ran:?}");
    let report = ran.json();
    let skipped = report["checks"].as_array().expect("checks").iter().filter(|c| c["outcome"] == "skipped");
    let said: Vec<_> = skipped.filter_map(|check| check["evidence"].as_str()).collect();
    assert!(
        said.iter().any(|why| why.contains("about 20 input and 64 output tokens of claude-haiku-4-5")),
        "{said:?}"
    );
    assert!(emulator.logs().iter().all(|entry| entry.tokens_out.is_none()), "{:?}", emulator.logs());
}

#[test]
fn all_checks_that_need_a_real_answer_share_one() {
    let emulator = emulator();
    run(&emulator, &["--spend"]);
    let paid = emulator.logs().into_iter().filter(|entry| entry.tokens_out.is_some());
    assert_eq!(paid.count(), 1);
}

/// What a black box shows of a break; the others need an echo. (Without its version every request is
/// refused, which affects many other checks.)
const TURNED: &[(Break, &[&str])] = &[
    (Break::StripBeta, &["anthropic-beta broken (CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1)"]),
    (Break::DropUnknownFields, &["unknown-fields broken"]),
    (Break::Refuse413, &["large-body broken"]),
    (Break::FirewallHtml, &["waf broken"]),
    (Break::BufferStream, &["stream-incremental broken"]),
    (Break::LoseTheEnd, &["stream-events broken"]),
    (Break::DropUsage, &["usage degraded"]),
    (Break::StreamAsJson, &["stream-type broken"]),
    (Break::Gzip, &["compression broken"]),
    (Break::NoCountTokens, &["count-tokens degraded"]),
    (Break::NoModels, &["models degraded"]),
    (Break::RedirectModels, &["models degraded"]),
    (Break::Errors500, &["error-status broken"]),
];

#[test]
fn breaks_that_an_answer_shows_are_found_without_an_echo() {
    let wrong = TURNED.iter().filter_map(|(breaks, turned)| {
        let emulator = emulator();
        let upstream = emulator.provider_origin().replace("http://", "");
        let mut sandbox = sandbox();
        sandbox.set("ANTHROPIC_API_KEY", ANTHROPIC_KEY);
        let url = Proxy::start(&upstream, *breaks).origin();
        let ran = sandbox.run(["conformance", &url, "--json", "--spend"]);
        (amiss(&ran) != *turned).then(|| format!("{breaks:?}: {:?} {}", amiss(&ran), ran.stderr))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn another_host_gets_what_the_client_would_send_there_and_no_gateway_token() {
    let (emulator, elsewhere) = (emulator(), emulator());
    let mut sandbox = configured(&emulator);
    sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "x-team: shop");
    let url = elsewhere.provider_origin();
    let ran = sandbox.run(["conformance", &url, "--only", "headers"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(emulator.requests().is_empty());
    for request in elsewhere.requests() {
        assert!(!format!("{request:?}").contains(GATEWAY_TOKEN), "{request:?}");
        if request.method == "POST" {
            let own = (request.header("x-api-key"), request.header("x-team"));
            assert_eq!(own, (Some(ANTHROPIC_KEY), Some("shop")));
        }
    }
}

#[test]
fn a_routed_session_does_not_hand_its_gateway_token_to_another_host() {
    let (emulator, elsewhere) = (emulator(), emulator());
    let mut sandbox = configured(&emulator);
    sandbox
        .unset("CF_AIG_TOKEN")
        .set("ANTHROPIC_API_KEY", "")
        .set("ANTHROPIC_AUTH_TOKEN", GATEWAY_TOKEN)
        .set(
            "ANTHROPIC_CUSTOM_HEADERS",
            format!("cf-aig-authorization: Bearer {GATEWAY_TOKEN}\nx-a: {GATEWAY_TOKEN}"),
        );
    let ran = sandbox.run(["conformance", &elsewhere.provider_origin()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("no credential"), "{ran:?}");
    assert!(!format!("{:?}", elsewhere.requests()).contains(GATEWAY_TOKEN));
}

#[test]
fn without_a_credential_all_but_harmless_checks_are_skipped_with_a_reason() {
    let emulator = emulator();
    let ran = sandbox().run(["conformance", &emulator.provider_origin(), "--json", "--spend"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = ran.json();
    let ran_at_all =
        report["checks"].as_array().expect("checks").iter().filter(|c| c["outcome"] != "skipped");
    assert_eq!(ran_at_all.map(|check| check["id"].clone()).collect::<Vec<_>>(), ["hello"]);
    assert!(ran.stdout.contains("no credential"), "{}", ran.stdout);
    assert!(emulator.requests().iter().all(|request| request.method == "HEAD"));
}

#[test]
fn where_no_check_could_tell_anything_none_is_run() {
    let refused = |change: &dyn Fn(&mut Sandbox, &Emulator)| {
        let emulator = emulator();
        let mut sandbox = configured(&emulator);
        change(&mut sandbox, &emulator);
        let ran = sandbox.run(["conformance"]);
        assert_eq!(ran.stdout, "", "{ran:?}");
        let first = ran.stderr.lines().next().unwrap_or_default().to_owned();
        format!(
            "{}: {}",
            ran.code,
            first.split(" (").next().unwrap_or_default().split(": HTTP").next().unwrap_or_default()
        )
    };
    let wrong_key = |sandbox: &mut Sandbox, _: &Emulator| {
        sandbox.set("ANTHROPIC_API_KEY", "sk-ant-wrong");
    };
    assert_eq!(refused(&wrong_key), "3: cf-aig: the provider refused the credential");
    let wrong_token = |sandbox: &mut Sandbox, _: &Emulator| {
        sandbox.set("CF_AIG_TOKEN", "wrong");
    };
    assert_eq!(refused(&wrong_token), "3: cf-aig: AI Gateway refused the credential");
    let nobody = |_: &mut Sandbox, emulator: &Emulator| {
        emulator.set_fault_of(Host::Gateway, Some(Fault::RefuseConnections));
    };
    assert!(refused(&nobody).starts_with("6: cf-aig: 127.0.0.1:"), "{}", refused(&nobody));
}
