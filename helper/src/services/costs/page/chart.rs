//! Charts in the page as SVG: columns per day, bars per row. Colours come from the page's style sheet.

use super::super::number::usd;
use super::super::report::{CostsReport, CostsRow};
use super::name;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 280.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 30.0;

/// One column per day for the gateway's figure, or for Claude Code's if there is no other, and a
/// mark for the list price.
pub(super) fn columns(report: &CostsReport) -> String {
    let days = &report.days;
    let values: Vec<f64> = days.iter().map(|day| main(day, report.online).unwrap_or_default()).collect();
    let lists: Vec<Option<f64>> = days.iter().map(|day| day.list().map(|(usd, _)| usd)).collect();
    let most = values.iter().copied().chain(lists.iter().flatten().copied()).fold(0.0, f64::max);
    if most <= 0.0 {
        return "<p>Nothing was spent in this period.</p>\n".to_owned();
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
    let mut out = format!(
        "<figure>\n<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"t-days d-days\">\n\
         <title id=\"t-days\">Spend per day</title>\n<desc id=\"d-days\">{} days, {} in total by {what}; highest on {}: {}. The table by day has the figures.</desc>\n",
        days.len(),
        usd(sum),
        days[peak].key,
        usd(values[peak])
    );
    for tick in 0..=ticks {
        let value = step * tick as f64;
        let at = y(value);
        out.push_str(&format!(
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text class=\"axis\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
            LEFT - 10.0,
            at + 4.0,
            usd(value)
        ));
    }
    let every = days.len().div_ceil(10).max(1);
    for (number, day) in days.iter().enumerate() {
        let middle = LEFT + slot * (number as f64 + 0.5);
        let value = values[number];
        if value > 0.0 {
            out.push_str(&column(
                middle - thick / 2.0,
                y(value),
                thick,
                y(0.0),
                &format!("{}: {}", day.key, usd(value)),
            ));
        }
        if let Some(list) = lists[number].filter(|list| *list > 0.0) {
            let at = y(list);
            out.push_str(&format!(
                "<line class=\"mark\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\n",
                middle - thick * 0.7,
                middle + thick * 0.7
            ));
        }
        if number % every == 0 {
            let label = day.key.get(5..).unwrap_or(&day.key);
            out.push_str(&format!(
                "<text class=\"axis\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>\n",
                HEIGHT - 8.0
            ));
        }
    }
    let key = if report.online { "Gateway" } else { "Claude Code" };
    out.push_str("</svg>\n");
    out + &format!(
        "<figcaption><span class=\"key column\">{key}</span> <span class=\"key line\">List price</span></figcaption>\n</figure>\n"
    )
}

/// A column with a rounded top.
fn column(x: f64, top: f64, width: f64, bottom: f64, title: &str) -> String {
    let round = (width / 2.0).min(4.0).min(bottom - top);
    format!(
        "<path class=\"column\" d=\"M{x:.1} {bottom:.1}V{:.1}q0-{round:.1} {round:.1}-{round:.1}h{:.1}q{round:.1} 0 {round:.1} {round:.1}V{bottom:.1}z\"><title>{title}</title></path>\n",
        top + round,
        width - 2.0 * round
    )
}

/// One bar per row.
pub(super) fn bars(rows: &[CostsRow]) -> String {
    let most = rows.iter().map(CostsRow::weight).fold(0.0, f64::max);
    if most <= 0.0 {
        return "<p>All figures are zero.</p>\n".to_owned();
    }
    let mut out = String::from("<ul class=\"bars\">\n");
    for row in rows {
        let weight = row.weight();
        let part = 100.0 * weight / most;
        out.push_str(&format!(
            "<li><span class=\"name\">{}</span><svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect class=\"track\" width=\"100\" height=\"10\"/><rect class=\"bar\" width=\"{part:.2}\" height=\"10\"/></svg>\
             <span class=\"value\">{}</span></li>\n",
            name(row),
            if weight > 0.0 || row.has_figure() { usd(weight) } else { "no figure".to_owned() }
        ));
    }
    out + "</ul>\n"
}

fn main(day: &CostsRow, online: bool) -> Option<f64> {
    if online { day.gateway.as_ref().map(|figures| figures.cost) } else { day.estimate() }
}

/// A step of 1, 2 or 5 times a power of ten, and how many of them reach `most`.
fn scale(most: f64) -> (f64, u32) {
    let rough = most / 4.0;
    let power = 10.0_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].iter().map(|n| n * power).find(|step| *step >= rough).unwrap_or(10.0 * power);
    (step, (most / step).ceil().max(1.0) as u32)
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
