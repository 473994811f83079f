//! Percentages, durations and milliseconds, as people write them: `0.5%`, `90s`, `500ms`.
//!
//! A field with a unit is read as a [`Quantity`], whatever its unit shall be: only the check knows that the same
//! `absolute` is a share on a success rate and a time on a latency, and can say so.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Visitor};

/// Text of a quantity. `1d 12h 30m 15s 250ms` has 21 characters.
const MAX_QUANTITY_BYTES: usize = 32;
/// Digits of one number in a duration: enough for 115 days in milliseconds. With twenty, humantime's sums overflow.
const MAX_DURATION_DIGITS: usize = 10;
/// Digits after the point of a percentage: one request in a hundred thousand million.
const PERCENT_DECIMALS: usize = 9;
/// What `1%` is, in the unit of [`Percent`].
const ONE_PERCENT: u64 = 1_000_000_000;
/// The largest percentage that is read: a hundredfold. Each field has its own, smaller limit.
const MAX_PERCENT: u64 = 10_000;

/// A value with its unit, as it was written; not yet looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity(String);

/// A percentage, exact to nine digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u64);

/// A quantity that is not of the wanted unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found `{found}`")]
pub struct UnitError {
    /// What should be there, with an example.
    pub expected: &'static str,
    /// What is there.
    pub found: String,
    /// What to write instead, where that can be said.
    pub hint: Option<String>,
}

impl Quantity {
    /// As a percentage: digits, perhaps a point and up to nine more, and `%`.
    pub fn percent(&self) -> Result<Percent, UnitError> {
        let text = self.0.trim();
        parse_percent(text).ok_or_else(|| UnitError {
            expected: "a percentage such as `1%` or `0.5%`",
            found: self.0.clone(),
            hint: percent_hint(text),
        })
    }

    /// As a duration: numbers with units, largest first, such as `90s`, `5m` or `1h 30m`.
    pub fn duration(&self) -> Result<Duration, UnitError> {
        let text = self.0.trim();
        parse_duration(text).ok_or_else(|| UnitError {
            expected: "a duration such as `90s` or `5m`",
            found: self.0.clone(),
            hint: duration_hint(text),
        })
    }

    /// As a time in milliseconds, such as `500ms` or `1.5s`.
    pub fn milliseconds(&self) -> Result<f64, UnitError> {
        let text = self.0.trim();
        let time = parse_duration(text).ok_or_else(|| UnitError {
            expected: "a time such as `500ms` or `1.5s`",
            found: self.0.clone(),
            hint: milliseconds_hint(text),
        })?;
        Ok(time.as_nanos() as f64 / 1e6)
    }
}

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

fn parse_percent(text: &str) -> Option<Percent> {
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

fn parse_duration(text: &str) -> Option<Duration> {
    // humantime takes a bare `0`; a field always has its unit here. It also adds without looking: hence the lengths.
    let bare = text.bytes().all(|byte| byte.is_ascii_digit());
    let longest_number = text
        .split(|character: char| !character.is_ascii_digit())
        .map(str::len)
        .max();
    if bare || text.len() > MAX_QUANTITY_BYTES || longest_number > Some(MAX_DURATION_DIGITS) {
        return None;
    }
    humantime::parse_duration(text).ok()
}

fn percent_hint(text: &str) -> Option<String> {
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

fn duration_hint(text: &str) -> Option<String> {
    if let Some(hint) = not_a_time(text) {
        return Some(hint);
    }
    bare_number(text).then(|| format!("write `{text}s` for seconds or `{text}m` for minutes"))
}

fn milliseconds_hint(text: &str) -> Option<String> {
    if let Some(hint) = not_a_time(text) {
        return Some(hint);
    }
    bare_number(text).then(|| format!("write `{text}ms` for milliseconds or `{text}s` for seconds"))
}

fn not_a_time(text: &str) -> Option<String> {
    if text.starts_with('-') {
        return Some("it cannot be negative".to_owned());
    }
    parse_percent(text).map(|_| "this is a time, not a share".to_owned())
}

fn bare_number(text: &str) -> bool {
    text.parse().is_ok_and(|number: f64| number.is_finite())
}

/// Takes numbers too, so that a missing unit is told with the field's own example.
impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsWritten)
    }
}

struct AsWritten;

impl Visitor<'_> for AsWritten {
    type Value = Quantity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number with its unit, such as `0.5%` or `90s`")
    }

    fn visit_str<E>(self, value: &str) -> Result<Quantity, E> {
        Ok(Quantity(value.to_owned()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Quantity, E> {
        Ok(Quantity(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Quantity, E> {
        Ok(Quantity(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Quantity, E> {
        Ok(Quantity(value.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(text: &str) -> Quantity {
        Quantity(text.to_owned())
    }

    fn percent(text: &str) -> f64 {
        quantity(text).percent().unwrap().fraction()
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
        assert_eq!(quantity("99%").percent().unwrap().complement().fraction(), 0.01);
        assert_eq!(
            quantity("99.9%").percent().unwrap().complement().fraction(),
            0.001
        );
        assert_eq!(quantity("120%").percent().unwrap().complement(), Percent::ZERO);
    }

    #[test]
    fn a_percentage_is_written_with_its_sign() {
        let error = quantity("0.5").percent().unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a percentage such as `1%` or `0.5%`, found `0.5`"
        );
        assert_eq!(
            error.hint.as_deref(),
            Some("write `0.5%`, or `50%` if 0.5 is meant as a fraction")
        );
        assert_eq!(
            quantity("5").percent().unwrap_err().hint.as_deref(),
            Some("write `5%`")
        );
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
            assert!(quantity(text).percent().is_err(), "{text}");
        }
        assert_eq!(
            quantity("-1%").percent().unwrap_err().hint.as_deref(),
            Some("it cannot be negative")
        );
        assert_eq!(
            quantity("60ms").percent().unwrap_err().hint.as_deref(),
            Some("this is a share, not a time")
        );
    }

    #[test]
    fn a_duration_has_its_unit() {
        assert_eq!(quantity("90s").duration().unwrap(), Duration::from_secs(90));
        assert_eq!(quantity("1h 30m").duration().unwrap(), Duration::from_secs(5400));
        assert_eq!(quantity("0s").duration().unwrap(), Duration::ZERO);
        let error = quantity("90").duration().unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a duration such as `90s` or `5m`, found `90`"
        );
        assert_eq!(
            error.hint.as_deref(),
            Some("write `90s` for seconds or `90m` for minutes")
        );
        assert_eq!(
            quantity("5%").duration().unwrap_err().hint.as_deref(),
            Some("this is a time, not a share")
        );
    }

    #[test]
    fn a_duration_too_large_to_add_is_refused() {
        for text in [
            "18446744073709551615s1000ms",
            "9999999999y9999999999y",
            "",
            " ",
            "s",
            "0",
        ] {
            let _ = quantity(text).duration();
        }
        assert!(quantity("18446744073709551615s1000ms").duration().is_err());
        assert!(quantity("0").duration().is_err());
        assert!(quantity("").duration().is_err());
    }

    #[test]
    fn milliseconds_may_have_parts() {
        assert_eq!(quantity("500ms").milliseconds().unwrap(), 500.0);
        assert_eq!(quantity("1.5s").milliseconds().unwrap(), 1500.0);
        assert_eq!(quantity("250us").milliseconds().unwrap(), 0.25);
        let error = quantity("500").milliseconds().unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a time such as `500ms` or `1.5s`, found `500`"
        );
        assert_eq!(
            error.hint.as_deref(),
            Some("write `500ms` for milliseconds or `500s` for seconds")
        );
    }
}
