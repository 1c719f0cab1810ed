//! The report as JSON and CSV, with the same figures as the text.

use super::cell::Sums;
use super::limits::Limit;
use super::period::Projection;
use super::report::{CostsReport, CostsRow, DRIFT};
use crate::facts::gateway::prices;
use serde_json::{Value, json};

/// The report as one JSON document: US dollars, tokens, fractions of 1.
pub fn json(report: &CostsReport) -> Value {
    json!({
        "schema": 1,
        "estimate": true,
        "by": report.by.id(),
        "period": {"from": report.period.from.to_string(), "until": report.period.until.to_string()},
        "gateway": report.gateway,
        "rows": report.rows.iter().map(row).collect::<Vec<_>>(),
        "total": row(&report.total),
        "days": report.days.iter().map(row).collect::<Vec<_>>(),
        "models": report.models.iter().map(row).collect::<Vec<_>>(),
        "spend_limits": report.limits.iter().map(limit).collect::<Vec<_>>(),
        "month": report.projection.as_ref().map(month),
        "prices_as_of": prices::AS_OF,
        "drift_threshold": DRIFT,
        "sources": report.sources.iter().map(|(figure, source)| json!({"figure": figure, "source": source})).collect::<Vec<_>>(),
        "notes": report.notes,
    })
}

fn row(row: &CostsRow) -> Value {
    let gateway = row.gateway.as_ref().map(|figures| {
        json!({
            "usd": figures.known_cost().map(rounded),
            "requests": figures.requests,
            "errors": figures.errors,
            "cached": figures.cached,
            "cache_hit_ratio": figures.part(figures.cached),
            "tokens_in": figures.tokens.input,
            "tokens_out": figures.tokens.output,
            "cached_tokens": figures.cached_tokens,
            "list_usd": figures.list.map(rounded),
        })
    });
    let local = row.local.as_ref().map(|local| {
        let tokens = &local.tokens;
        json!({
            "usd": local.known_cost().map(rounded),
            "answers": local.requests,
            "list_usd": local.list.map(rounded),
            "tokens": {
                "input": tokens.input, "output": tokens.output, "cache_read": tokens.cache_read,
                "cache_write_5m": tokens.cache_write_5m, "cache_write_1h": tokens.cache_write_1h,
            },
            "web_searches": tokens.web_searches,
        })
    });
    let drift = row.drift.iter().map(|drift| {
        json!({"kind": drift.kind.id(), "a": rounded(drift.a), "b": rounded(drift.b), "meaning": drift.kind.meaning()})
    });
    json!({
        "key": row.key,
        "gateway": gateway,
        "claude_code": local,
        "list_price": row.list().map(|(usd, from)| json!({"usd": rounded(usd), "from": from})),
        "unpriced": row.unpriced(),
        "drift": drift.collect::<Vec<_>>(),
    })
}

fn limit(limit: &Limit) -> Value {
    json!({
        "id": limit.id, "limit_usd": limit.limit, "window_seconds": limit.window,
        "technique": if limit.sliding { "sliding" } else { "fixed" },
        "spent_usd": limit.spent.map(rounded), "part": limit.part(), "unknown_because": limit.why,
    })
}

fn month(month: &Projection) -> Value {
    json!({
        "month": month.month, "so_far_usd": rounded(month.so_far), "over": month.over,
        "projected_usd": month.at_end.map(rounded),
    })
}

/// Rounded, because the last digits depend on the order of addition.
fn rounded(value: f64) -> f64 {
    (value * 1e8).round() / 1e8
}

/// The rows as CSV (RFC 4180), followed by the total.
pub fn csv(report: &CostsReport) -> String {
    let mut out = format!(
        "{},requests,errors,cached,tokens_in,tokens_out,gateway_usd,claude_code_usd,list_usd,list_from,drift,counts_from\r\n",
        report.by.id()
    );
    for row in report.rows.iter().chain([&report.total]) {
        let count = |sums: Option<&Sums>, of: fn(&Sums) -> u64| {
            sums.map(|sums| of(sums).to_string()).unwrap_or_default()
        };
        let usd = |value: Option<f64>| value.map(|usd| rounded(usd).to_string()).unwrap_or_default();
        let drift: Vec<_> = row.drift.iter().map(|drift| drift.kind.id()).collect();
        let gateway = row.gateway.as_ref();
        let (counts, counts_from) = row.counts().unzip();
        let (list, list_from) = row.list().unzip();
        let cells = [
            field(&row.key),
            count(counts, |sums| sums.requests),
            count(gateway, |sums| sums.errors),
            count(gateway, |sums| sums.cached),
            count(counts, |sums| sums.tokens.prompt()),
            count(counts, |sums| sums.tokens.output),
            usd(gateway.and_then(Sums::known_cost)),
            usd(row.estimate()),
            usd(list),
            list_from.unwrap_or_default().to_owned(),
            drift.join(" "),
            counts_from.unwrap_or_default().to_owned(),
        ];
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

/// A name from outside: quoted if necessary, and never a formula for a spreadsheet.
fn field(text: &str) -> String {
    let text = crate::base::text::visible(text);
    let formula = text.starts_with(['=', '+', '-', '@']);
    let text = if formula { format!("'{text}") } else { text };
    match text.contains([',', '"']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_name_cannot_break_a_line_or_be_a_formula() {
        assert_eq!(field("a,\"b\"\n"), "\"a,\"\"b\"\"\"");
        assert_eq!(field("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(field("claude-opus-5-5"), "claude-opus-5-5");
    }
}
