//! With an echo behind the gateway: a good gateway passes all checks, and each break affects only its own.

use crate::breaking::Break;
use crate::{amiss, echoed, outcomes};
use insta::assert_snapshot;

/// A break and its expected result: no other check may be affected.
const TURNED: &[(Break, &str)] = &[
    (Break::DoubleV1, "path-join broken"),
    (Break::StripBeta, "anthropic-beta broken (CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1)"),
    (Break::AllowlistBeta, "anthropic-beta broken (CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1)"),
    (Break::StripVersion, "anthropic-version broken"),
    (Break::StripOpenHeaders, "open-headers degraded"),
    (Break::Reserialize, "body-bytes degraded"),
    (Break::SystemAsString, "system-array broken (CLAUDE_CODE_ATTRIBUTION_HEADER=0)"),
    (Break::PrependSystem, "system-array broken (CLAUDE_CODE_ATTRIBUTION_HEADER=0)"),
    (Break::DropCacheControl, "cache-control broken"),
    (Break::DropThinking, "thinking broken (CLAUDE_CODE_DISABLE_ADAPTIVE_THINKING=1)"),
    (Break::DropBetaFields, "beta-fields broken (CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1)"),
    (Break::DropUnknownFields, "unknown-fields broken"),
    (Break::Refuse413, "large-body broken"),
    (Break::FirewallShell, "waf broken"),
    (Break::FirewallHtml, "waf broken"),
    (Break::BufferStream, "stream-incremental broken"),
    (Break::LagBehind, "stream-incremental degraded"),
    (Break::DropPings, "stream-pings broken"),
    (Break::LoseTheEnd, "stream-events broken"),
    (Break::RenameToolIds, "stream-events degraded"),
    (Break::DropUsage, "usage degraded"),
    (Break::StreamAsJson, "stream-type broken"),
    (Break::Gzip, "compression broken"),
    (Break::WrapErrors, "error-body broken"),
    (Break::RewriteErrors, "error-body degraded"),
    (Break::Errors500, "error-status broken"),
    (Break::DropRetryAfter, "retry-after degraded"),
    (Break::DropLimitHeaders, "limit-headers degraded"),
    (Break::NoCountTokens, "count-tokens degraded"),
    (Break::OwnCountTokens, "count-tokens degraded"),
    (Break::NoModels, "models degraded"),
    (Break::RedirectModels, "models degraded"),
    (Break::SlowModels, "models degraded (CLAUDE_CODE_GATEWAY_MODEL_DISCOVERY_TIMEOUT_MS=10000)"),
    (Break::ForeignModels, "models degraded"),
];

#[test]
fn a_gateway_that_keeps_the_contract_works_in_every_point() {
    let ran = echoed(Break::Nothing, &["--json"]);
    assert_eq!((amiss(&ran), ran.code), (Vec::new(), 0), "{ran:?}");
    assert_snapshot!(outcomes(&ran), @"
    path-join           works
    anthropic-version   works
    anthropic-beta      works
    open-headers        works
    body-bytes          works
    system-array        works
    cache-control       works
    thinking            works
    beta-fields         works
    unknown-fields      works
    large-body          works
    waf                 works
    stream-incremental  works
    stream-pings        works
    stream-events       works
    usage               works
    stream-type         works
    compression         works
    error-body          works
    error-status        works
    retry-after         works
    limit-headers       works
    count-tokens        works
    models              works
    hello               works
    ");
}

#[test]
fn each_break_turns_its_own_check_and_no_other() {
    let threads = 8;
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts = TURNED.chunks(TURNED.len().div_ceil(threads));
        let running: Vec<_> = parts
            .map(|part| {
                scope.spawn(|| {
                    part.iter().filter_map(|(breaks, turned)| check(*breaks, turned)).collect::<Vec<_>>()
                })
            })
            .collect();
        running.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(breaks: Break, turned: &str) -> Option<String> {
    let ran = echoed(breaks, &["--json"]);
    let broken = i32::from(turned.contains(" broken"));
    let right = amiss(&ran) == [turned] && ran.code == broken;
    (!right).then(|| format!("{breaks:?}: {:?}, exit {}, {}", amiss(&ran), ran.code, ran.stderr))
}

#[test]
fn reordered_betas_are_reported_and_do_not_fail() {
    let ran = echoed(Break::SortBeta, &["--json", "--only", "anthropic-beta"]);
    let check = &ran.json()["checks"][0];
    assert_eq!(
        (&check["outcome"], &check["evidence"]),
        (&"works".into(), &"all arrived, in a different order".into())
    );
}

#[test]
fn a_gateway_that_never_responds_is_waited_for_until_the_time_limit() {
    let lines = std::thread::scope(|scope| {
        let hangs = [(Break::HangHello, "hello"), (Break::HangOnLarge, "large-body")];
        let running = hangs.map(|(breaks, only)| {
            let args = ["--json", "--only", only, "--timeout", "2"];
            scope.spawn(move || amiss(&echoed(breaks, &args)))
        });
        running.map(|thread| thread.join().expect("no panic"))
    });
    assert_eq!(lines, [vec!["hello degraded"], vec!["large-body broken"]]);
}
