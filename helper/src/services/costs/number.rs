//! Formats figures for people.

/// US dollars with two decimals, or four below a cent. A value that rounds to zero has no sign.
pub fn usd(value: f64) -> String {
    let size = value.abs();
    let shown = if (0.000_05..0.01).contains(&size) {
        format!("${size:.4}")
    } else {
        format!("${}", grouped(&format!("{size:.2}")))
    };
    if value < 0.0 && size >= 0.000_05 { format!("-{shown}") } else { shown }
}

/// A moment to the minute: `2026-11-22 19:07`.
pub(super) fn minute(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A whole number with thousands separators.
pub fn whole(value: u64) -> String {
    grouped(&value.to_string())
}

/// Tokens: `950`, `12.3 k`, `4.5 M`, `1.2 G`.
pub fn tokens(value: u64) -> String {
    const UNITS: [(f64, &str); 3] = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    let number = value as f64;
    match UNITS.iter().find(|(size, _)| number >= *size) {
        Some((size, unit)) => format!("{:.1} {unit}", number / size),
        None => value.to_string(),
    }
}

/// A fraction as a percentage; a small fraction never shows as zero.
pub fn percent(part: f64) -> String {
    match part * 100.0 {
        p if p <= 0.0 && p > -0.05 => "0.0 %".to_owned(),
        p if p > 0.0 && p < 0.1 => "<0.1 %".to_owned(),
        p if p < 10.0 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

/// `1234567.89` with commas.
fn grouped(text: &str) -> String {
    let (digits, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_with_their_unit_and_separators() {
        assert_eq!(
            [0.0, 0.0042, 0.5, 1234.567, 1e6].map(usd),
            ["$0.00", "$0.0042", "$0.50", "$1,234.57", "$1,000,000.00"]
        );
        assert_eq!(
            [-0.0, -0.000_01, 0.000_01, -0.0042, -3.5].map(usd),
            ["$0.00", "$0.00", "$0.00", "-$0.0042", "-$3.50"]
        );
        assert_eq!([7, 999, 1000, 1_234_567].map(whole), ["7", "999", "1,000", "1,234,567"]);
        assert_eq!([950, 12_300, 4_500_000, 1_200_000_000].map(tokens), ["950", "12.3 k", "4.5 M", "1.2 G"]);
        assert_eq!([0.0, 0.0001, 0.042, 0.5].map(percent), ["0.0 %", "<0.1 %", "4.2 %", "50 %"]);
    }

    #[test]
    fn a_value_that_rounds_to_zero_has_no_sign() {
        let no_rows: f64 = std::iter::empty::<f64>().sum();
        for value in [no_rows, -0.0, -1e-9, 0.0, -f64::MIN_POSITIVE] {
            assert_eq!((usd(value).as_str(), percent(value).as_str()), ("$0.00", "0.0 %"), "{value}");
        }
        assert_eq!((usd(-3.0).as_str(), percent(-0.2).as_str()), ("-$3.00", "-20.0 %"));
    }
}
