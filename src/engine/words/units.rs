//! Numbers for people, with their units.

use crate::engine::verdict::Measure;

impl Measure {
    /// What is measured: `errors`, `p95`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::ErrorRate => "errors".to_owned(),
            Self::Quantile(quantile) => {
                let percent = format!("{:.2}", quantile * 100.0);
                format!("p{}", percent.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::Value { .. } => "value".to_owned(),
        }
    }

    /// A value with its unit; a dash where there is none.
    #[must_use]
    pub fn value(&self, value: Option<f64>) -> String {
        match (self, value) {
            (_, None) => "–".to_owned(),
            (Self::ErrorRate, Some(ratio)) => percent(ratio),
            (Self::Quantile(_), Some(ms)) => format!("{ms:.0} ms"),
            (Self::Value { unit }, Some(number)) => quantity(number, unit.as_deref()),
        }
    }
}

/// A ratio as a percentage with three significant digits at most.
#[must_use]
fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent >= 10.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.2} %")
    }
}

/// A name such as `not-ready` as other systems spell their reasons: `NotReady`.
#[must_use]
pub fn pascal(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect()
}

/// The units of a value that are told in multiples.
const BYTES: [(f64, &str); 5] = [
    (1024.0 * 1024.0 * 1024.0 * 1024.0, "TiB"),
    (1024.0 * 1024.0 * 1024.0, "GiB"),
    (1024.0 * 1024.0, "MiB"),
    (1024.0, "KiB"),
    (1.0, "B"),
];

/// A number with its unit, such as `512 MiB` or `0.85`.
fn quantity(number: f64, unit: Option<&str>) -> String {
    match unit {
        None => digits(number),
        Some("bytes") => {
            let fits = |(bytes, _): &&(f64, &str)| number.abs() >= *bytes;
            let (bytes, name) = BYTES.iter().find(fits).unwrap_or(&(1.0, "B"));
            format!("{} {name}", digits(number / bytes))
        }
        Some(unit) => format!("{} {unit}", digits(number)),
    }
}

/// Four significant digits: enough to see on which side of a limit a number is, nearly always, and no more than a person reads.
fn digits(number: f64) -> String {
    const SIGNIFICANT: i32 = 4;
    if number == 0.0 {
        return "0".to_owned();
    }
    let magnitude = libm::floor(libm::log10(number.abs())) as i32;
    if !(-SIGNIFICANT..=15).contains(&magnitude) {
        return format!("{number:.3e}");
    }
    let decimals = (SIGNIFICANT - 1 - magnitude).max(0) as usize;
    let text = format!("{number:.decimals$}");
    if decimals == 0 {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number with its thousands apart: `11,870`.
pub(in crate::engine) fn count(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Evidence, given as its natural logarithm, as odds: `212:1` for, `1:212` against. Beyond a million nobody counts.
pub(in crate::engine) fn odds(log: f64) -> String {
    const LOG_MILLION: f64 = 13.815_510_557_964_274;
    let times = if log.abs() > LOG_MILLION {
        "1,000,000+".to_owned()
    } else if log.abs() < std::f64::consts::LN_10 {
        let tenths = format!("{:.1}", libm::exp(log.abs()));
        tenths.trim_end_matches(".0").to_owned()
    } else {
        count(libm::exp(log.abs()))
    };
    if log < 0.0 {
        format!("1:{times}")
    } else {
        format!("{times}:1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_has_four_digits() {
        assert_eq!(quantity(0.0, Some("bytes")), "0 B");
        assert_eq!(quantity(-1536.0, Some("bytes")), "-1.5 KiB");
        assert_eq!(quantity(1_234_567.0, None), "1234567");
        assert_eq!(quantity(500.04, None), "500");
        assert_eq!(quantity(0.000_123_456, Some("s")), "0.0001235 s");
        assert_eq!(quantity(1e-9, None), "1.000e-9");
        assert_eq!(quantity(f64::MAX, None), "1.798e308");
    }

    #[test]
    fn figures_carry_their_units() {
        assert_eq!(Measure::ErrorRate.value(Some(0.001)), "0.10 %");
        assert_eq!(Measure::ErrorRate.value(Some(0.123)), "12.3 %");
        assert_eq!(Measure::Quantile(0.95).value(Some(71.4)), "71 ms");
        assert_eq!(Measure::Quantile(0.95).value(None), "–");
        assert_eq!(Measure::Quantile(0.95).name(), "p95");
        assert_eq!(Measure::Quantile(0.999).name(), "p99.9");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(count(0.0), "0");
        assert_eq!(count(999.4), "999");
        assert_eq!(count(1_320.0), "1,320");
        assert_eq!(count(12_345_678.0), "12,345,678");
    }

    #[test]
    fn evidence_is_told_as_odds() {
        assert_eq!(odds(0.0), "1:1");
        assert_eq!(odds(libm::log(1.44)), "1.4:1");
        assert_eq!(odds(libm::log(212.0)), "212:1");
        assert_eq!(odds(libm::log(1_500.0)), "1,500:1");
        assert_eq!(odds(-libm::log(20.0)), "1:20");
        assert_eq!(odds(1e3), "1,000,000+:1");
        assert_eq!(odds(f64::NEG_INFINITY), "1:1,000,000+");
    }
}
