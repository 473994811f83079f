//! Percentages, exact in the decimals in which people write them.

use std::fmt;
use std::str::FromStr;

use super::units::{MAX_QUANTITY_BYTES, PERCENT, UnitError, bare_number, parse_duration};

/// Digits after the point of a percentage: one request in a hundred thousand million.
const PERCENT_DECIMALS: usize = 9;
/// What `1%` is, in the unit of [`Percent`].
const ONE_PERCENT: u64 = 1_000_000_000;
/// The largest percentage that is read: a hundredfold. Each field has its own, smaller limit.
const MAX_PERCENT: u64 = 10_000;

/// A percentage, exact to nine digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u64);

impl Percent {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The whole.
    pub const WHOLE: Self = Self::whole(100);

    /// A whole percentage.
    #[must_use]
    pub const fn whole(percent: u64) -> Self {
        Self(percent * ONE_PERCENT)
    }

    /// As a fraction: 0.01 for `1%`. The nearest number to the decimal that was written.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.0 as f64 / (100 * ONE_PERCENT) as f64
    }

    /// What is missing to the whole; 0.1 % for `99.9%`, and nothing above the whole.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(Self::WHOLE.0.saturating_sub(self.0))
    }
}

/// As people write it: `0.5%`.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, parts) = (self.0 / ONE_PERCENT, self.0 % ONE_PERCENT);
        if parts == 0 {
            return write!(f, "{whole}%");
        }
        let digits = ONE_PERCENT.ilog10() as usize;
        let parts = format!("{parts:0digits$}");
        write!(f, "{whole}.{}%", parts.trim_end_matches('0'))
    }
}

impl FromStr for Percent {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        parse(text.trim()).ok_or_else(|| UnitError {
            expected: PERCENT,
            found: text.to_owned(),
            hint: hint(text.trim()),
        })
    }
}

fn parse(text: &str) -> Option<Percent> {
    if text.len() > MAX_QUANTITY_BYTES {
        return None;
    }
    let number = text.strip_suffix('%')?.trim_end();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > PERCENT_DECIMALS {
        return None;
    }
    let whole: u64 = whole.parse().ok().filter(|whole| *whole < MAX_PERCENT)?;
    let decimals: u64 = format!("{decimals:0<PERCENT_DECIMALS$}").parse().ok()?;
    Some(Percent(whole * ONE_PERCENT + decimals))
}

fn hint(text: &str) -> Option<String> {
    if text.starts_with('-') {
        return Some("it cannot be negative".to_owned());
    }
    if parse_duration(text).is_some() {
        return Some("this is a share, not a time".to_owned());
    }
    if text
        .strip_suffix('%')
        .is_some_and(|number| bare_number(number.trim_end()))
    {
        return Some(format!(
            "plain digits, below {MAX_PERCENT}%, at most {PERCENT_DECIMALS} after the point"
        ));
    }
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    if number > 0.0 && number < 1.0 {
        let as_fraction = (number * 100.0 * 1e9).round() / 1e9;
        return Some(format!(
            "write `{text}%`, or `{as_fraction}%` if {text} is meant as a fraction"
        ));
    }
    Some(format!("write `{text}%`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_it_is_written() {
        for text in ["0%", "5%", "0.5%", "0.05%", "99.99%", "150%"] {
            assert_eq!(text.parse::<Percent>().unwrap().to_string(), text);
        }
    }

    fn percentage(text: &str) -> Result<Percent, UnitError> {
        text.parse()
    }

    fn percent(text: &str) -> f64 {
        percentage(text).unwrap().fraction()
    }

    #[test]
    fn a_percentage_becomes_the_nearest_fraction() {
        assert_eq!(percent("1%"), 0.01);
        assert_eq!(percent("0.5%"), 0.005);
        assert_eq!(percent("0.05 %"), 0.0005);
        assert_eq!(percent("99.999999999%"), 0.999_999_999_99);
        assert_eq!(percent("0%"), 0.0);
    }

    #[test]
    fn the_complement_is_exact() {
        assert_eq!(percentage("99%").unwrap().complement().fraction(), 0.01);
        assert_eq!(percentage("99.9%").unwrap().complement().fraction(), 0.001);
        assert_eq!(percentage("120%").unwrap().complement(), Percent::ZERO);
    }

    #[test]
    fn a_percentage_is_written_with_its_sign() {
        let error = percentage("0.5").unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a percentage such as `1%` or `0.5%`, found `0.5`"
        );
        assert_eq!(
            error.hint.as_deref(),
            Some("write `0.5%`, or `50%` if 0.5 is meant as a fraction")
        );
        assert_eq!(percentage("5").unwrap_err().hint.as_deref(), Some("write `5%`"));
    }

    #[test]
    fn a_percentage_is_nothing_else() {
        for text in [
            "",
            "%",
            "1.%",
            ".5%",
            "1e2%",
            "+1%",
            "1,5%",
            "one%",
            "1%%",
            "0.0000000001%",
            "10000%",
            "NaN%",
        ] {
            assert!(percentage(text).is_err(), "{text}");
        }
        assert_eq!(
            percentage("-1%").unwrap_err().hint.as_deref(),
            Some("it cannot be negative")
        );
        assert_eq!(
            percentage("60ms").unwrap_err().hint.as_deref(),
            Some("this is a share, not a time")
        );
    }
}
