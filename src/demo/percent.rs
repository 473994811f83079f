//! A percentage, as people write it on a command line.

use std::fmt;
use std::str::FromStr;

/// A percentage that is not negative: `5%`, `0.5%`, or `0`, which needs no unit.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percent {
    /// 5 for 5 %. Kept as written, so that it prints as written.
    points: f64,
}

impl Percent {
    /// 0.05 for 5 %.
    #[must_use]
    pub fn as_fraction(self) -> f64 {
        self.points / 100.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.points)
    }
}

impl FromStr for Percent {
    type Err = PercentError;

    fn from_str(text: &str) -> Result<Self, PercentError> {
        let number = match text.trim() {
            "0" => "0",
            text => text.strip_suffix('%').ok_or_else(|| PercentError::new(text))?,
        };
        // `f64` would also read a sign, an exponent, `inf` and `nan`.
        let is_plain = number.starts_with(|c: char| c.is_ascii_digit())
            && number.chars().all(|c| c.is_ascii_digit() || c == '.');
        match number.parse::<f64>() {
            Ok(points) if is_plain && points.is_finite() => Ok(Self { points }),
            _ => Err(PercentError::new(text)),
        }
    }
}

/// A text is no percentage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a percentage such as 5% or 0.5%, found {found:?}")]
pub struct PercentError {
    /// The text.
    pub found: String,
}

impl PercentError {
    fn new(found: &str) -> Self {
        Self {
            found: found.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write_and_prints_it_as_written() {
        for (text, fraction) in [
            ("5%", 0.05),
            ("0.5%", 0.005),
            ("7%", 0.07),
            ("0%", 0.0),
            (" 50% ", 0.5),
        ] {
            let percent: Percent = text.parse().unwrap();
            assert!((percent.as_fraction() - fraction).abs() < 1e-15, "{text}");
            assert_eq!(percent.to_string(), text.trim());
        }
        assert_eq!("0".parse::<Percent>().unwrap().as_fraction(), 0.0);
    }

    #[test]
    fn refuses_everything_else() {
        let endless = "9".repeat(400) + "%";
        for text in [
            &endless, "", "%", "5", "-1%", "+1%", "1e2%", "inf%", "NaN%", ".5%", "1..5%", "5 %", "5%%",
            "five%",
        ] {
            let error = text.parse::<Percent>().unwrap_err();
            assert!(error.to_string().contains(&format!("found {text:?}")), "{error}");
        }
    }
}
