//! Times, durations and ranges, as people type them and as the API writes them.

use super::error::{Error, Kind, Result};
use super::text::visible;
use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::{Value, json};
use std::time::Duration;

/// A range, in milliseconds since 1970; a missing end is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    /// The first moment.
    pub since: Option<i64>,
    /// The first moment after the range.
    pub until: Option<i64>,
}

impl Range {
    /// As filters of the Logs API, whose comparisons are exclusive. It is not documented that the
    /// API accepts RFC 3339 for `created_at`; callers compare the listed entries again.
    pub fn filters(&self) -> impl Iterator<Item = Value> + use<> {
        let filter = |operator: &str, ms: i64| json!({"key": "created_at", "operator": operator, "value": [written(ms)]});
        let since = self.since.map(|ms| filter("gt", ms.saturating_sub(1)));
        let until = self.until.map(|ms| filter("lt", ms));
        since.into_iter().chain(until)
    }

    /// True for a moment in the range.
    pub fn holds(&self, ms: i64) -> bool {
        self.since.is_none_or(|since| ms >= since) && self.until.is_none_or(|until| ms < until)
    }
}

/// Now, in milliseconds since 1970.
pub fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// RFC 3339, UTC, milliseconds.
pub fn written(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX });
    format!("{at:.3}")
}

/// Parses a time of the API: RFC 3339, or the same without a zone, which means UTC.
pub fn read(text: &str) -> Option<i64> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    let civil: civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// Which end of the day to use when a day is given as a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Its first moment, for the start of a period.
    Start,
    /// The moment after its last, for the end of a period: the day is included.
    End,
}

/// Parses what a person types: an age (`2h`), a day, or a time (UTC unless it has a zone).
pub fn moment(text: &str, now: i64, edge: Edge) -> Option<i64> {
    if let Some(age) = duration(text) {
        return now.checked_sub(i64::try_from(age.as_millis()).ok()?);
    }
    // the parser for dates also accepts a date with a time, and drops the time
    match (text.len(), text.parse::<civil::Date>(), edge) {
        (10, Ok(day), Edge::Start) => Some(midnight(day)?.as_millisecond()),
        (10, Ok(day), Edge::End) => Some(midnight(day.tomorrow().ok()?)?.as_millisecond()),
        _ => read(text),
    }
}

/// The same for the value of a flag.
///
/// # Errors
/// `Kind::Usage` if the text is not a time.
pub fn moment_of(flag: &str, text: &str, now: i64, edge: Edge) -> Result<i64> {
    moment(text, now, edge).ok_or_else(|| {
        Error::new(Kind::Usage, format!("{flag}: `{}` is not a time", visible(text)))
            .hinted("use an age such as 30m, 12h or 7d, a day such as 2026-11-01, or a time such as 2026-11-01T08:00Z")
    })
}

/// The first moment of a day, in UTC.
pub fn midnight(day: civil::Date) -> Option<Timestamp> {
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Parses `500ms`, `30s`, `5m`, `1h`, `7d`, `2w`.
pub fn duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit).map(Duration::from_millis)
}

/// The same, where a number without a unit is seconds.
pub fn seconds(text: &str) -> Option<Duration> {
    duration(text).or_else(|| text.parse().ok().map(Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_an_age_or_a_time() {
        let now = read("2026-11-22T12:00:00Z").unwrap();
        for (text, expected) in [
            ("1h", "2026-11-22T11:00:00.000Z"),
            ("7d", "2026-11-15T12:00:00.000Z"),
            ("2026-11-01", "2026-11-01T00:00:00.000Z"),
            ("2026-11-01 10:30", "2026-11-01T10:30:00.000Z"),
            ("2026-11-01T10:30:00.25+02:00", "2026-11-01T08:30:00.250Z"),
        ] {
            assert_eq!(moment(text, now, Edge::Start).map(written).as_deref(), Some(expected), "{text}");
            let end = if text == "2026-11-01" { "2026-11-02T00:00:00.000Z" } else { expected };
            assert_eq!(moment(text, now, Edge::End).map(written).as_deref(), Some(end), "{text}");
        }
        for text in ["", "7", "d", "é", "yesterday", "99999999999999999999d", "2026-13-01"] {
            assert_eq!(moment(text, now, Edge::Start), None, "{text}");
        }
    }

    #[test]
    fn a_range_begins_with_its_first_moment() {
        let range = Range { since: Some(1000), until: Some(2000) };
        assert_eq!([999, 1000, 1999, 2000].map(|ms| range.holds(ms)), [false, true, true, false]);
        let filters: Vec<_> = range.filters().map(|f| f["value"][0].clone()).collect();
        assert_eq!(filters, ["1970-01-01T00:00:00.999Z", "1970-01-01T00:00:02.000Z"]);
    }
}
