//! A period in whole hours of UTC, the unit of analytics queries; the month, and what it will cost at this pace.

use crate::base::error::{Error, Kind, Result};
use crate::base::text::visible;
use crate::base::time::{self, Edge, midnight};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

const HOUR: i64 = 3600;
/// The longest period: a report has a row for each day.
const LONGEST: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// A period. Its ends are whole hours, except that the last hour may be in progress: all sources cover the
/// same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after the period.
    pub until: Timestamp,
}

impl Period {
    /// `since` and `until` are ages (`90m`, `12h`, `30d`, `4w`), days or times. A day as `until` is
    /// included. Without `until`, the period ends now.
    pub fn parse(since: &str, until: Option<&str>, now: Timestamp) -> Result<Self> {
        let usage = |why: String| Error::new(Kind::Usage, why);
        let read = |flag: &str, text: &str, edge: Edge| {
            let at = time::moment_of(flag, text, now.as_millisecond(), edge)?;
            let at = Timestamp::from_millisecond(at);
            at.map_err(|_| usage(format!("{flag}: `{}` is too far away", visible(text))))
        };
        let given = until.map(|text| read("--until", text, Edge::End)).transpose()?;
        let since = read("--since", since, Edge::Start)?;
        let (from, until) = (floor_hour(since), given.map_or(now, floor_hour));
        if since >= given.unwrap_or(now) || from >= until {
            return Err(usage(format!(
                "the period from {from} to {until} is empty (times count in whole hours)"
            )));
        }
        if until.duration_since(from) > LONGEST {
            return Err(usage(format!("the period from {from} to {until} is longer than ten years")));
        }
        Ok(Self { from, until })
    }

    /// The hours to query: the first, and the last, which may be in progress.
    pub fn hours(&self) -> (Timestamp, Timestamp) {
        let last = self.until.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(self.until);
        (self.from, floor_hour(last))
    }

    /// The period split into parts of at most `seconds`, oldest first.
    pub fn pieces(&self, seconds: i64) -> Vec<Self> {
        let step = SignedDuration::from_secs((seconds / HOUR).max(1) * HOUR);
        let mut pieces = Vec::new();
        let mut from = self.from;
        while from < self.until {
            let until = from.checked_add(step).unwrap_or(self.until).min(self.until);
            pieces.push(Self { from, until });
            from = until;
        }
        pieces
    }

    /// Two halves, split at a whole hour; `None` for a single hour.
    pub fn halves(&self) -> Option<[Self; 2]> {
        let middle =
            floor_hour(Timestamp::from_second((self.from.as_second() + self.until.as_second()) / 2).ok()?);
        (middle > self.from && middle < self.until)
            .then_some([Self { from: self.from, until: middle }, Self { from: middle, until: self.until }])
    }

    /// The period without anything older than `seconds` before `now`; `None` if nothing is left.
    pub fn not_older_than(&self, seconds: i64, now: Timestamp) -> Option<Self> {
        let oldest = now.checked_sub(SignedDuration::from_secs(seconds - HOUR)).ok()?;
        let from = if self.from < oldest { floor_hour(oldest) } else { self.from };
        (from < self.until).then_some(Self { from, until: self.until })
    }

    /// Whether a moment is in the period.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// Every day of the period (UTC), as `2026-11-22`.
    pub fn days(&self) -> Vec<String> {
        let last = day_of(self.hours().1);
        let days = day_of(self.from).series(1.day()).take_while(|day| *day <= last);
        days.map(|day| day.to_string()).collect()
    }
}

/// The day of a moment, in UTC.
pub fn day_of(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn floor_hour(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(HOUR) * HOUR).unwrap_or(at)
}

/// Nothing is projected before this part of a month has elapsed.
const ENOUGH: SignedDuration = SignedDuration::from_hours(24);

/// The current month.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// `2026-11`.
    pub month: String,
    /// The gateway's figure so far, in US dollars.
    pub so_far: f64,
    /// The elapsed part of the month, 0 to 1.
    pub over: f64,
    /// The projected total; `None` on its first day.
    pub at_end: Option<f64>,
}

/// The month up to that moment.
pub fn month_to(until: Timestamp) -> Option<Period> {
    let last = until.checked_sub(SignedDuration::from_nanos(1)).ok()?;
    let from = midnight(day_of(last).first_of_month())?;
    Some(Period { from, until })
}

/// Projects the total.
pub fn project(so_far: f64, until: Timestamp) -> Option<Projection> {
    let month = month_to(until)?;
    let first = day_of(month.from);
    let end = midnight(first.last_of_month().tomorrow().ok()?)?;
    let over = until.duration_since(month.from);
    let part = over.as_secs_f64() / end.duration_since(month.from).as_secs_f64();
    Some(Projection {
        month: first.to_string().chars().take(7).collect(),
        so_far,
        over: part,
        at_end: (over >= ENOUGH).then(|| so_far / part),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-22T08:05:30Z";

    fn period(since: &str, until: Option<&str>) -> Result<Period> {
        Period::parse(since, until, NOW.parse().unwrap())
    }

    fn shown(period: Period) -> String {
        format!("{} {}", period.from, period.until)
    }

    #[test]
    fn a_period_is_whole_hours_until_now() {
        assert_eq!(shown(period("1d", None).unwrap()), "2026-11-21T08:00:00Z 2026-11-22T08:05:30Z");
        assert_eq!(period("1d", None).unwrap().hours().1.to_string(), "2026-11-22T08:00:00Z");
        for until in ["2026-11-22T07:59:59Z", "6m", "65m", "2026-11-22T07:00:00Z"] {
            let period = period("2d", Some(until)).unwrap();
            let (_, last) = period.hours();
            assert_eq!(last.checked_add(1.hour()).unwrap(), period.until, "the query covers the period");
            assert_eq!(shown(period), "2026-11-20T08:00:00Z 2026-11-22T07:00:00Z", "{until}");
        }
        assert!(period("2026-11-01T08:10:00Z", Some("2026-11-01T08:50:00Z")).is_err());
    }

    #[test]
    fn a_period_is_at_most_ten_years_long() {
        for since in ["9999999d", "9999999999d", "0001-01-01", "11000w", "2016-01-01"] {
            assert_eq!(period(since, None).unwrap_err().kind, Kind::Usage, "{since}");
        }
        assert_eq!(period("3650d", None).unwrap().days().len(), 3651);
    }

    #[test]
    fn ages_days_and_times_are_understood() {
        let until = Some("2026-11-20");
        assert_eq!(shown(period("2026-11-01", until).unwrap()), "2026-11-01T00:00:00Z 2026-11-21T00:00:00Z");
        assert_eq!(shown(period("2w", until).unwrap()), "2026-11-08T08:00:00Z 2026-11-21T00:00:00Z");
        assert_eq!(shown(period("2d", Some("1d")).unwrap()), "2026-11-20T08:00:00Z 2026-11-21T08:00:00Z");
        let times = period("2026-11-01T08:30:00Z", Some("2026-11-01T09:00:00Z")).unwrap();
        assert_eq!(shown(times), "2026-11-01T08:00:00Z 2026-11-01T09:00:00Z");
        for (since, until) in
            [("yesterday", None), ("0d", None), ("30x", None), ("é", None), ("1d", Some("2d"))]
        {
            assert_eq!(period(since, until).unwrap_err().kind, Kind::Usage, "{since}");
        }
        assert!(period("2026-11-10", Some("2026-11-01")).is_err());
    }

    #[test]
    fn pieces_cover_every_hour_once() {
        let whole = period("2026-11-01", Some("2026-11-20")).unwrap();
        let pieces = whole.pieces(3 * 24 * 3600 + 1800);
        assert_eq!(pieces.len(), 7);
        assert!(pieces.windows(2).all(|pair| pair[0].until == pair[1].from));
        assert!(pieces.windows(2).all(|pair| pair[0].hours().1 < pair[1].hours().0));
        assert_eq!((pieces[0].from, pieces[6].until), (whole.from, whole.until));
        let [left, right] = whole.halves().unwrap();
        assert_eq!((left.from, left.until, right.until), (whole.from, right.from, whole.until));
        assert!(period("2026-11-01T08:00:00Z", Some("2026-11-01T09:00:00Z")).unwrap().halves().is_none());
    }

    #[test]
    fn days_are_those_of_utc() {
        let days = period("2026-10-31T23:30:00Z", Some("2026-11-02T00:00:00Z")).unwrap().days();
        assert_eq!(days, ["2026-10-31", "2026-11-01"]);
    }

    fn at(until: &str, so_far: f64) -> Projection {
        project(so_far, until.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_third_of_a_month_is_multiplied_by_three() {
        let projection = at("2026-11-11T00:00:00Z", 10.0);
        assert_eq!((projection.month.as_str(), projection.at_end), ("2026-11", Some(30.0)));
        assert!((projection.over - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(at("2026-02-15T00:00:00Z", 14.0).at_end, Some(28.0));
    }

    #[test]
    fn the_first_day_is_too_little_and_a_whole_month_is_itself() {
        assert_eq!(at("2026-11-01T23:59:59Z", 1.0).at_end, None);
        let whole = at("2026-12-01T00:00:00Z", 7.0);
        assert_eq!((whole.month.as_str(), whole.at_end), ("2026-11", Some(7.0)));
    }
}
