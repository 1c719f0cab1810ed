//! Charts in the page as SVG: columns per day, bars per row. Colours come from the page's style sheet.

use super::super::number::usd;
use super::super::report::{CostsReport, CostsRow};
use crate::base::text::visible;
use maud::{Markup, html};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 30.0;

/// One column per day for the gateway's figure, or for Claude Code's if there is no other, and a
/// mark for the list price.
pub(super) fn columns(report: &CostsReport) -> Markup {
    let days = &report.days;
    let values: Vec<f64> = days.iter().map(|day| main(report, day).unwrap_or_default()).collect();
    let lists: Vec<Option<f64>> = days.iter().map(|day| day.list().map(|(usd, _)| usd)).collect();
    let most = values.iter().copied().chain(lists.iter().flatten().copied()).fold(0.0, f64::max);
    if most <= 0.0 {
        return html! { p { "Nothing was spent in this period." } };
    }
    let (step, ticks) = scale(most);
    let top = step * ticks as f64;
    let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / top);
    let slot = (WIDTH - LEFT) / days.len() as f64;
    let thick = (slot * 0.62).clamp(1.5, 46.0);
    let what =
        if report.online { "the gateway\u{2019}s figure" } else { "Claude Code\u{2019}s own estimate" };
    let peak =
        values.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(at, _)| at).unwrap_or_default();
    let sum: f64 = values.iter().sum();
    let every = days.len().div_ceil(10).max(1);
    html! {
        figure {
            svg viewBox=(format_args!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-labelledby="t-days d-days" {
                title #t-days { "Spend per day" }
                desc #d-days {
                    (days.len()) " days, " (usd(sum)) " in total by " (what) "; highest on " (days[peak].key)
                    ": " (usd(values[peak])) ". The table by day has the figures."
                }
                @for value in (0..=ticks).map(|tick| step * tick as f64) {
                    (level("grid", LEFT, WIDTH, y(value)))
                    text.axis x=(tenth(LEFT - 10.0)) y=(tenth(y(value) + 4.0)) text-anchor="end" { (usd(value)) }
                }
                @for (number, day) in days.iter().enumerate() {
                    @let middle = LEFT + slot * (number as f64 + 0.5);
                    @if values[number] > 0.0 {
                        path.column d=(column(middle - thick / 2.0, y(values[number]), thick, y(0.0))) {
                            title { (day.key) ": " (usd(values[number])) }
                        }
                    }
                    @if let Some(list) = lists[number].filter(|list| *list > 0.0) {
                        (level("mark", middle - thick * 0.7, middle + thick * 0.7, y(list)))
                    }
                    @if number % every == 0 {
                        text.axis x=(tenth(middle)) y=(tenth(HEIGHT - 8.0)) text-anchor="middle" {
                            (day.key.get(5..).unwrap_or(&day.key))
                        }
                    }
                }
            }
            figcaption {
                span.key.column { @if report.online { "Gateway" } @else { "Claude Code" } } " "
                span.key.line { "List price" }
            }
        }
    }
}

/// A coordinate; a tenth of a pixel is exact enough.
fn tenth(value: f64) -> String {
    format!("{value:.1}")
}

/// A level line.
fn level(class: &str, from: f64, to: f64, at: f64) -> Markup {
    html! { line.(class) x1=(tenth(from)) x2=(tenth(to)) y1=(tenth(at)) y2=(tenth(at)) {} }
}

/// The outline of a column with a rounded top.
fn column(x: f64, top: f64, width: f64, bottom: f64) -> String {
    let round = (width / 2.0).min(4.0).min(bottom - top);
    format!(
        "M{x:.1} {bottom:.1}V{:.1}q0-{round:.1} {round:.1}-{round:.1}h{:.1}q{round:.1} 0 {round:.1} {round:.1}V{bottom:.1}z",
        top + round,
        width - 2.0 * round
    )
}

/// One bar per row.
pub(super) fn bars(rows: &[CostsRow]) -> Markup {
    let most = rows.iter().map(CostsRow::weight).fold(0.0, f64::max);
    if most <= 0.0 {
        return html! { p { "All figures are zero." } };
    }
    let value = |row: &CostsRow| match row.weight() {
        weight if weight > 0.0 || row.has_figure() => usd(weight),
        _ => "no figure".to_owned(),
    };
    html! {
        ul.bars {
            @for row in rows {
                li {
                    span.name { (name(row)) }
                    svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                        rect.track width="100" height="10" {}
                        rect.bar width=(format_args!("{:.2}", 100.0 * row.weight() / most)) height="10" {}
                    }
                    span.value { (value(row)) }
                }
            }
        }
    }
}

fn main(report: &CostsReport, day: &CostsRow) -> Option<f64> {
    if report.online { day.gateway.as_ref().and_then(|sums| sums.cost) } else { day.estimate() }
}

/// A step of 1, 2 or 5 times a power of ten, and how many of them reach `most`.
fn scale(most: f64) -> (f64, u32) {
    let rough = most / 4.0;
    let power = 10.0_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].iter().map(|n| n * power).find(|step| *step >= rough).unwrap_or(10.0 * power);
    (step, (most / step).ceil().max(1.0) as u32)
}

/// A row's name; a request may have none.
pub(super) fn name(row: &CostsRow) -> String {
    if row.key.is_empty() { "(no label)".to_owned() } else { visible(&row.key) }
}

#[cfg(test)]
mod tests {
    use super::scale;

    #[test]
    fn an_axis_has_round_numbers_and_reaches_the_top() {
        for most in [0.003, 0.07, 1.0, 9.9, 123.0, 40_000.0] {
            let (step, ticks) = scale(most);
            assert!(step * f64::from(ticks) >= most && ticks <= 5, "{most}: {step} {ticks}");
        }
    }
}
