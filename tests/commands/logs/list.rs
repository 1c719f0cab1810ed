//! `cf-aig logs list` and `show`: the queries and the output.

use super::*;
use insta::assert_snapshot;

fn listed(rig: &Rig, args: &[&str]) -> Vec<u64> {
    let ran = rig.sandbox.run(["logs", "list", "--json"].iter().chain(args));
    assert_eq!(ran.code, 0, "{ran:?}");
    let json = ran.json();
    assert_eq!((&json["schema"], &json["source"]), (&1.into(), &"logs-api".into()));
    numbers(json["logs"].as_array().unwrap())
}

#[test]
fn each_condition_reaches_the_api_as_its_filter() {
    let rig = rig(made_up(200));
    for (query, expected) in [
        ("model:claude", r#"[{"key":"model","operator":"contains","value":["claude"]}]"#),
        ("provider:openai,grok", r#"[{"key":"provider","operator":"eq","value":["openai","grok"]}]"#),
        ("ok", r#"[{"key":"success","operator":"eq","value":[true]}]"#),
        ("failed", r#"[{"key":"success","operator":"eq","value":[false]}]"#),
        ("cached", r#"[{"key":"cached","operator":"eq","value":[true]}]"#),
        ("uncached", r#"[{"key":"cached","operator":"eq","value":[false]}]"#),
        ("cost>=0.5", r#"[{"key":"cost","operator":"gt","value":[0.49999999999999994]}]"#),
        ("cost<=0.5", r#"[{"key":"cost","operator":"lt","value":[0.5000000000000001]}]"#),
        ("tokens>=1000", r#"[{"key":"tokens","operator":"gt","value":[999]}]"#),
        ("tokens<=1000", r#"[{"key":"tokens","operator":"lt","value":[1001]}]"#),
        ("duration>=5s", r#"[{"key":"duration","operator":"gt","value":[4999]}]"#),
        ("duration<=300", r#"[{"key":"duration","operator":"lt","value":[301]}]"#),
        (
            "meta.session:s-1",
            r#"[{"key":"metadata.key","operator":"eq","value":["session"]},{"key":"metadata.value","operator":"eq","value":["s-1"]}]"#,
        ),
        ("event_id:event-7", r#"[{"key":"event_id","operator":"eq","value":["event-7"]}]"#),
        ("user_agent:cli", r#"[{"key":"user_agent","operator":"contains","value":["cli"]}]"#),
        ("request_type:messages", r#"[{"key":"request_type","operator":"eq","value":["messages"]}]"#),
        ("feedback:-1", r#"[{"key":"feedback","operator":"eq","value":[-1]}]"#),
        ("dlp_action:BLOCK", r#"[{"key":"dlp_action","operator":"eq","value":["BLOCK"]}]"#),
        ("tokens_in>=10", r#"[{"key":"tokens_in","operator":"gt","value":[9]}]"#),
        ("tokens_out<=10", r#"[{"key":"tokens_out","operator":"lt","value":[11]}]"#),
        ("metadata.key:user", r#"[{"key":"metadata.key","operator":"eq","value":["user"]}]"#),
        ("metadata.value:ada", r#"[{"key":"metadata.value","operator":"eq","value":["ada"]}]"#),
        ("model_type:chat", r#"[{"key":"model_type","operator":"eq","value":["chat"]}]"#),
        (
            "request_content_type:application/json",
            r#"[{"key":"request_content_type","operator":"contains","value":["application/json"]}]"#,
        ),
        (
            "response_content_type:text/event-stream",
            r#"[{"key":"response_content_type","operator":"contains","value":["text/event-stream"]}]"#,
        ),
        ("authentication:true", r#"[{"key":"authentication","operator":"eq","value":[true]}]"#),
        ("wholesale:false", r#"[{"key":"wholesale","operator":"eq","value":[false]}]"#),
        ("compatibilityMode:true", r#"[{"key":"compatibilityMode","operator":"eq","value":[true]}]"#),
        ("status:529", "[]"),
        (
            "model:claude provider:anthropic cost>0.01 failed",
            r#"[{"key":"model","operator":"contains","value":["claude"]},{"key":"provider","operator":"eq","value":["anthropic"]},{"key":"cost","operator":"gt","value":[0.01]},{"key":"success","operator":"eq","value":[false]}]"#,
        ),
        (
            "wholesale=false cached",
            r#"[{"key":"wholesale","operator":"eq","value":[false]},{"key":"cached","operator":"eq","value":[true]}]"#,
        ),
    ] {
        let before = asked(&rig).len();
        let _ = listed(&rig, &[query]);
        let requests = asked(&rig).split_off(before);
        assert_eq!(filters(&requests[0]), expected, "{query}");
        assert!(requests.iter().all(|request| request.status == Some(200)), "{query}");
    }
}

#[test]
fn search_order_and_time_reach_the_api_too() {
    let rig = rig(made_up(200));
    let _ = listed(&rig, &["--ascending", "words", "claude cli"]);
    let request = asked(&rig).remove(0);
    assert_eq!(parameter(&request, "search").as_deref(), Some("words claude cli"));
    assert_eq!(parameter(&request, "order_by").as_deref(), Some("created_at"));
    assert_eq!(parameter(&request, "order_by_direction").as_deref(), Some("asc"));
    let range = ["--since", "2026-11-01T00:00:10Z", "--until", "2026-11-01T00:00:13Z"];
    assert_eq!(listed(&rig, &range), [12, 11, 10]);
    let day = ["--since", "2026-11-01", "--until", "2026-11-01", "--limit", "1"];
    assert_eq!(listed(&rig, &day).len(), 1, "a day as --until is part of the range");
}

#[test]
fn conditions_that_the_api_lacks_are_applied_locally() {
    let rig = rig(made_up(200));
    assert_eq!(listed(&rig, &["status:529", "--limit", "3"]), [195, 188, 181]);
    // the API also lists entries that have the key in one place and the value in another
    assert_eq!(listed(&rig, &["meta.session:s-3", "--limit", "2"]), [198, 193]);
    assert_eq!(listed(&rig, &["meta.project:s-3", "--limit", "2"]), Vec::<u64>::new());
}

#[test]
fn entries_that_come_in_between_two_pages_are_not_shown_twice() {
    let rig = rig(SyntheticLogs { arriving: 7, ..made_up(500) });
    let found = listed(&rig, &["--limit", "200"]);
    let mut unique = found.clone();
    unique.dedup();
    assert_eq!((found.len(), unique.len()), (200, 200));
    assert!(found.is_sorted_by(|a, b| a > b));
    assert!(
        asked(&rig).iter().all(|r| parameter(r, "per_page").is_none_or(|n| n.parse::<u32>().unwrap() <= 50))
    );
}

#[test]
fn a_person_sees_a_table() {
    let rig = rig(made_up(9));
    let ran = rig.sandbox.run(["logs", "list", "--limit", "4"]);
    assert_snapshot!(ran.stdout, @"
    TIME (UTC)      STATUS  PROVIDER   MODEL              IN  OUT     COST   MS  CACHE  ID
    11-01 00:00:08  200     openai     gpt-6-mini        108   18  $0.0002  208         01a19468-0740-7008-8008-000000000008
    11-01 00:00:07  200     anthropic  claude-haiku-4-5  107   17  $0.0002  207         01a19468-0358-7007-8007-000000000007
    11-01 00:00:06  529     anthropic  claude-opus-5-5             $0.0002  206         01a19467-ff70-7006-8006-000000000006
    11-01 00:00:05  200     openai     gpt-6-mini        105   15  $0.0002  205         01a19467-fb88-7005-8005-000000000005
    ");
    assert_eq!(ran.stderr, "");
}

#[test]
fn one_entry_is_shown_with_its_metadata_and_bodies() {
    let rig = rig(made_up(9));
    let id = made_up(9).id(4);
    assert_snapshot!(rig.sandbox.run(["logs", "show", &id]).stdout, @"
    id                     01a19467-f7a0-7004-8004-000000000004
    created_at             2026-11-01T00:00:04.000Z
    provider               anthropic
    model                  anthropic/claude-haiku-4-5
    path                   v1/messages
    success                true
    status_code            200
    tokens_in              104
    tokens_out             14
    cost                   0.000174
    custom_cost            false
    cached                 false
    duration               204
    metadata.session       s-4
    metadata.project       p-0
    event_id               event-4
    request_type           messages
    request_content_type   application/json
    response_content_type  text/event-stream
    step                   0
    byok                   false
    wholesale              false
    authentication         true
    user_agent             claude-cli/2.1.330 (external, cli)
    request_head_complete  true
    request_size           62
    response_head_complete true
    response_size          63
    ");
    let json = rig.sandbox.run(["logs", "show", &id, "--json"]).json();
    assert_eq!((&json["schema"], &json["log"]["event_id"]), (&1.into(), &"event-4".into()));
    let both = rig.sandbox.run(["logs", "show", &id, "--request", "--response"]);
    assert_eq!(both.stdout, format!(r#"{{"part":"request","of":"{id}"}}{{"part":"response","of":"{id}"}}"#));
    let unknown = rig.sandbox.run(["logs", "show", "no-such-id"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (4, ""), "{unknown:?}");
    assert!(unknown.stderr.contains("cf-aig logs list"), "{unknown:?}");
}

#[test]
fn contradictory_conditions_are_usage_errors() {
    let rig = rig(made_up(1));
    for args in [&["modle:x"][..], &["cost>cheap"], &["--since", "yesterday"], &["model>1"]] {
        let ran = rig.sandbox.run(["logs", "list"].iter().chain(args));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    }
    assert_eq!(asked(&rig).len(), 0);
}

#[test]
fn without_an_api_token_the_next_step_is_named() {
    let mut rig = rig(made_up(1));
    rig.sandbox.unset("CLOUDFLARE_API_TOKEN");
    let ran = rig.sandbox.run(["logs", "list"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("CLOUDFLARE_API_TOKEN"), "{ran:?}");
}

#[test]
fn on_a_terminal_the_table_fits_and_bodies_are_clean() {
    let rig = rig(made_up(30));
    let shown = |args: &[&str], wait: &str| {
        let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
        command.args(["logs"]).args(args).env("COLUMNS", "80");
        let terminal = cf_aig_harness::terminal::Terminal::start(&command);
        terminal.wait_for(wait, std::time::Duration::from_secs(20))
    };
    let table = shown(&["list", "--limit", "2"], "00:00:28");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.contains(&made_up(30).id(29)), "{table}");
    let id = made_up(30).id(3);
    assert!(shown(&["show", &id, "--request"], "request").contains(&id));
}
