//! Projects a month's cost: spent so far, divided by the elapsed part of the month.

use super::period::{Period, day_of};
use crate::base::time::midnight;
use jiff::{SignedDuration, Timestamp};

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
