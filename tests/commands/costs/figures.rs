//! The figures: grouping and sums.

use super::{answer, cost_state, costs, json_of, keys, requests, rig, row, transcript};
use serde_json::json;

#[test]
fn requests_are_counted_by_cloudflare_whatever_their_number() {
    for count in [1_000, 100_000, 10_000_000_u64] {
        let rig = rig(requests(count));
        let report = json_of(&rig, &["--all-gateways"]);
        assert_eq!(report["total"]["gateway"]["requests"], json!(count));
        let queries = rig.emulator.requests().len();
        assert!(queries <= 3, "{queries} requests for {count}");
    }
}

#[test]
fn only_the_configured_gateway_counts_unless_all_are_asked_for() {
    let rig = rig(requests(30_000));
    let [one, all] = [&[][..], &["--all-gateways"][..]].map(|more| json_of(&rig, more));
    assert_eq!((&one["gateway"], &all["gateway"]), (&json!("emulator"), &json!(null)));
    let of = |report: &serde_json::Value| report["total"]["gateway"]["requests"].as_u64().unwrap_or_default();
    assert!(of(&one) > 0 && of(&one) < of(&all), "{} {}", of(&one), of(&all));
}

#[test]
fn every_grouping_adds_up_to_the_same_total() {
    let rig = rig(requests(30_000));
    let all = &["--all-gateways"][..];
    let names: Vec<(&str, &[&str])> = vec![
        ("model", &["claude-opus-5-5", "claude-haiku-4-5", "gpt-6-mini"]),
        ("provider", &["anthropic", "openai"]),
        ("gateway", &["batch", "emulator"]),
    ];
    for (by, expected) in names {
        let report = json_of(&rig, &[all, &["--by", by]].concat());
        let mut found = keys(&report["rows"]);
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        let sum: u64 = report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|row| row["gateway"]["requests"].as_u64())
            .sum();
        assert_eq!(sum, 30_000, "{by}");
    }
    let days = json_of(&rig, &[all, &["--by", "day"]].concat());
    assert_eq!(keys(&days["rows"]).len(), 20);
    assert_eq!((keys(&days["rows"])[0], keys(&days["rows"])[19]), ("2026-11-01", "2026-11-20"));
}

#[test]
fn a_long_period_is_asked_for_in_pieces_and_a_full_answer_in_halves() {
    let rig = rig(requests(30_000));
    let whole = json_of(&rig, &[]);
    let of = |more: u64| {
        rig.emulator.update(|config| {
            config.analytics.max_duration = super::DAY * 3;
            config.analytics.max_page_size = usize::try_from(more).unwrap_or(usize::MAX);
        });
        let before = rig.emulator.requests().len();
        let report = json_of(&rig, &[]);
        assert_eq!(report["total"], whole["total"]);
        rig.emulator.requests().len() - before
    };
    let (pieces, halves) = (of(10_000), of(7));
    assert!(pieces >= 8 && halves > pieces, "{pieces} {halves}");
}

#[test]
fn three_figures_stand_side_by_side() {
    let rig = rig(requests(30_000));
    let model = "claude-opus-5-5";
    transcript(
        &rig,
        "a",
        &[answer("1", model, [1000, 500]), answer("2", model, [1000, 500]), cost_state(model, 0.04)],
    );
    let report = json_of(&rig, &[]);
    let opus = row(&report["rows"], model);
    let gateway = &opus["gateway"];
    assert!(gateway["usd"].as_f64().unwrap() > 1.0, "{opus}");
    // the emulated gateway uses the same prices
    assert_eq!(gateway["usd"], gateway["list_usd"]);
    assert_eq!(opus["claude_code"]["usd"], json!(0.04));
    assert_eq!(opus["claude_code"]["tokens"]["cache_write_1h"], json!(100));
    let list: f64 = 2.0 * (1000.0 * 4.0 + 500.0 * 20.0 + 1000.0 * 0.2 + 150.0 * 5.0 + 50.0 * 8.0) / 1e6;
    assert_eq!(opus["claude_code"]["list_usd"].as_f64(), Some((list * 1e8).round() / 1e8));
    // the transcripts contain other requests than the gateway, so they do not price the gateway's
    assert_eq!(opus["list_price"], json!({"usd": gateway["usd"], "from": "gateway tokens"}));
    let drift: Vec<&str> =
        opus["drift"].as_array().unwrap().iter().filter_map(|drift| drift["kind"].as_str()).collect();
    assert_eq!(drift, ["claude-code-price", "coverage"]);
}

#[test]
fn where_both_saw_the_same_requests_the_transcripts_price_them_because_they_know_the_prompt_cache() {
    let rig = rig(requests(1000));
    let opus = |report: &serde_json::Value| row(&report["rows"], "claude-opus-5-5").clone();
    let tokens = opus(&json_of(&rig, &[]))["gateway"]["tokens_out"].as_u64().unwrap();
    transcript(&rig, "a", &[answer("1", "claude-opus-5-5", [5000, tokens])]);
    let opus = opus(&json_of(&rig, &[]));
    assert_eq!(opus["list_price"]["from"], "transcripts", "{opus}");
}

#[test]
fn figures_that_agree_are_not_flagged() {
    let rig = rig(requests(30_000));
    let report = json_of(&rig, &["--no-transcripts"]);
    assert!(report["rows"].as_array().unwrap().iter().all(|row| row["drift"] == json!([])), "{report}");
}

#[test]
fn a_model_without_a_list_price_gets_no_figure_and_is_named() {
    let rig = rig(requests(30_000));
    let report = json_of(&rig, &[]);
    let gpt = row(&report["rows"], "gpt-6-mini");
    assert_eq!((&gpt["list_price"], &gpt["gateway"]["usd"]), (&json!(null), &json!(null)));
    assert!(gpt["unpriced"].as_u64().unwrap() > 0);
    let notes = report["notes"].to_string();
    assert!(notes.contains("no list price, not included: gpt-6-mini"), "{notes}");
    assert!(notes.contains("not in the gateway's totals (no figure): gpt-6-mini"), "{notes}");
}

#[test]
fn cache_hits_and_failures_are_parts_of_the_requests() {
    let rig = rig(requests(1_152_000));
    let total = &json_of(&rig, &["--all-gateways"])["total"]["gateway"];
    assert_eq!((&total["cached"], &total["errors"]), (&json!(115_200), &json!(57_600)));
    assert_eq!(total["cache_hit_ratio"], json!(0.1));
}

#[test]
fn a_month_is_projected_from_the_part_that_is_over() {
    let rig = rig(requests(30_000));
    let report = json_of(&rig, &["--no-transcripts"]);
    let month = &report["month"];
    assert_eq!(month["month"], "2026-11");
    let (so_far, projected) =
        (month["so_far_usd"].as_f64().unwrap(), month["projected_usd"].as_f64().unwrap());
    assert!((projected - so_far * 1.5).abs() < 1e-6, "{month}");
    assert_eq!(month["so_far_usd"], report["total"]["gateway"]["usd"]);
    // a period within the month: the rest of it is queried
    let args = ["costs", "--since", "2026-11-19", "--until", "2026-11-20", "--no-transcripts", "--json"];
    assert_eq!(rig.sandbox.run(args).json()["month"], *month);
}

#[test]
fn the_rows_come_as_csv_too() {
    let rig = rig(requests(30_000));
    let ran = costs(&rig, &["--csv", "--no-transcripts"]);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{}", ran.stdout);
    assert_eq!(
        lines[0],
        "model,requests,errors,cached,tokens_in,tokens_out,gateway_usd,claude_code_usd,list_usd,list_from,drift,counts_from"
    );
    assert!(lines[1].starts_with("claude-opus-5-5,") && lines[4].starts_with("total,"), "{}", ran.stdout);
    assert!(lines.iter().all(|line| line.split(',').count() == 12));
}

#[test]
fn table_and_csv_have_the_same_counts_from_transcripts_and_say_where_they_come_from() {
    let rig = rig(requests(30_000));
    let model = "claude-haiku-4-5";
    transcript(&rig, "a", &[answer("1", model, [1000, 500]), answer("2", model, [1000, 500])]);
    let csv = costs(&rig, &["--offline", "--csv"]).stdout;
    assert!(csv.contains("claude-haiku-4-5,2,,,4400,1000,,,") && csv.contains(",transcripts\r\n"), "{csv}");
    let nothing = "no requests in this period";
    let by_user = costs(&rig, &["--offline", "--by", "user"]).stdout;
    assert!(by_user.contains("none of these requests can be grouped by user"), "{by_user}");
    assert!(!by_user.contains(nothing), "{by_user}");
    assert!(costs(&rig, &["--offline", "--no-transcripts"]).code == 2);
    // a model that only the transcripts know: its row is not part of the gateway's total
    let said = "the total counts the gateway's";
    assert!(!json_of(&rig, &[])["notes"].to_string().contains(said));
    transcript(&rig, "b", &[answer("3", "claude-elsewhere-1", [1000, 500])]);
    assert!(json_of(&rig, &[])["notes"].to_string().contains(said));
}
