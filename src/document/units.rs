//! Percentages, durations, milliseconds, bytes and plain numbers, as people write them: `0.5%`, `90s`, `500ms`, `512MiB`, `0.85`.
//!
//! A field with a unit is read as a [`Quantity`], whatever its unit shall be: only the check knows that the same
//! `absolute` is a share on a success rate and a time on a latency, and can say so.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Visitor};

use super::percent::Percent;

/// Text of a quantity. `1d 12h 30m 15s 250ms` has 21 characters.
pub(super) const MAX_QUANTITY_BYTES: usize = 32;
/// Digits of one number in a duration: enough for 115 days in milliseconds. With twenty, humantime's sums overflow.
const MAX_DURATION_DIGITS: usize = 10;

/// What [`Quantity::duration`] wants, in words.
pub(crate) const DURATION: &str = "a duration such as `90s` or `5m`";
/// What [`Quantity::percent`] wants, in words.
pub(crate) const PERCENT: &str = "a percentage such as `1%` or `0.5%`";

/// A value with its unit, such as `0.5%`, `90s` or `512MiB`, or a plain number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity(String);

/// Text or a number: which unit there must be only the check knows.
impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A value with its unit, or a plain number.",
            "type": ["string", "number"],
            "maxLength": MAX_QUANTITY_BYTES,
            "examples": ["0.5%", "90s", "5m", "500ms", "512MiB", 0.85],
        })
    }
}

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
    /// A quantity as it was written.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As a percentage: digits, perhaps a point and up to nine more, and `%`.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub fn percent(&self) -> Result<Percent, UnitError> {
        self.0.parse()
    }

    /// As a duration: numbers with units, largest first, such as `90s`, `5m` or `1h 30m`.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub fn duration(&self) -> Result<Duration, UnitError> {
        let text = self.0.trim();
        parse_duration(text).ok_or_else(|| UnitError {
            expected: DURATION,
            found: self.0.clone(),
            hint: duration_hint(text),
        })
    }

    /// As a time in milliseconds, such as `500ms` or `1.5s`.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub fn milliseconds(&self) -> Result<f64, UnitError> {
        let text = self.0.trim();
        let time = parse_duration(text).ok_or_else(|| UnitError {
            expected: "a time such as `500ms` or `1.5s`",
            found: self.0.clone(),
            hint: milliseconds_hint(text),
        })?;
        Ok(time.as_nanos() as f64 / 1e6)
    }

    /// As a number of bytes with its unit, such as `512MiB` or `2GB`.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub fn bytes(&self) -> Result<f64, UnitError> {
        parse_bytes(self.0.trim()).ok_or_else(|| UnitError {
            expected: "bytes such as `512MiB`, `2GB` or `500000`",
            found: self.0.clone(),
            hint: None,
        })
    }

    /// As a number without a unit, such as `500` or `0.85`.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub fn number(&self) -> Result<f64, UnitError> {
        parse_number(self.0.trim()).ok_or_else(|| UnitError {
            expected: "a number such as `500` or `0.85`",
            found: self.0.clone(),
            hint: None,
        })
    }
}

/// What bytes are counted in: the powers of 1024, and those of 1000.
const BYTES: [(&str, f64); 9] = [
    ("KiB", 1024.0),
    ("MiB", 1024.0 * 1024.0),
    ("GiB", 1024.0 * 1024.0 * 1024.0),
    ("TiB", 1024.0 * 1024.0 * 1024.0 * 1024.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    // Last, as the others end in it too.
    ("B", 1.0),
];

fn parse_bytes(text: &str) -> Option<f64> {
    let (number, bytes) = BYTES
        .iter()
        .find_map(|(name, bytes)| Some((text.strip_suffix(name)?.trim_end(), bytes)))?;
    let amount = parse_number(number)? * bytes;
    (amount.is_finite() && amount >= 0.0).then_some(amount)
}

/// A finite number; in digits, as `inf` and `nan` are none.
fn parse_number(text: &str) -> Option<f64> {
    let is_short = text.len() <= MAX_QUANTITY_BYTES;
    let in_digits = !text.contains(['i', 'n', 'I', 'N']);
    let number = text.parse().ok().filter(|_| is_short && in_digits);
    number.filter(|number: &f64| number.is_finite())
}

pub(super) fn parse_duration(text: &str) -> Option<Duration> {
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
    text.parse::<Percent>()
        .is_ok()
        .then(|| "this is a time, not a share".to_owned())
}

pub(super) fn bare_number(text: &str) -> bool {
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
        Quantity::new(text)
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
    fn a_duration_is_nothing_else() {
        for text in ["", " ", "s", "0", "5", "5x", "5 m s", "m5", "½h"] {
            assert!(quantity(text).duration().is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_too_large_to_add_is_refused() {
        for text in ["18446744073709551615s1000ms", "99999999999y", "9.99999999999s"] {
            assert!(quantity(text).duration().is_err(), "{text}");
        }
        assert!(quantity("9999999999y 9999999999y").duration().is_ok());
    }

    #[test]
    fn bytes_have_their_unit_and_numbers_have_none() {
        assert_eq!(quantity("512MiB").bytes().unwrap(), 536_870_912.0);
        assert_eq!(quantity("1.5 GB").bytes().unwrap(), 1.5e9);
        assert_eq!(quantity("10B").bytes().unwrap(), 10.0);
        assert_eq!(quantity("-2.5").number().unwrap(), -2.5);
        assert_eq!(quantity("1e9").number().unwrap(), 1e9);
        for text in ["", "MiB", "-1MiB", "512Mib", "infB", "1e308TB"] {
            assert!(quantity(text).bytes().is_err(), "{text}");
        }
        for text in ["", "inf", "NaN", "1e400", "5m", "0x10", "1_000"] {
            assert!(quantity(text).number().is_err(), "{text}");
        }
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
