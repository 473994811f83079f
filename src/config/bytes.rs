//! Numbers of bytes, as people write them: `64KiB`, `1MiB`.

use std::ops::RangeInclusive;

use super::scalar::{Scalar, Unfit};

/// The units, in bytes.
const UNITS: [(&str, u64); 3] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("B", 1)];

/// Reads a number of bytes in `range`.
pub(super) fn bytes(scalar: &Scalar, range: RangeInclusive<u64>) -> Result<u64, Unfit> {
    let bytes =
        parse(&scalar.text).ok_or_else(|| hint(&scalar.text).map_or_else(Unfit::default, Unfit::hint))?;
    range.contains(&bytes).then_some(bytes).ok_or_else(Unfit::default)
}

fn parse(text: &str) -> Option<u64> {
    let (digits, unit) = UNITS
        .iter()
        .find_map(|(name, bytes)| text.strip_suffix(name).map(|digits| (digits.trim_end(), *bytes)))?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

fn hint(text: &str) -> Option<String> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic() || character == ' ');
    let number: u64 = digits.parse().ok()?;
    let unit = text[digits.len()..].trim().to_lowercase();
    match unit.as_str() {
        "" if number > 0 && number.is_multiple_of(1 << 20) => Some(format!("write `{}MiB`", number >> 20)),
        "" if number > 0 && number.is_multiple_of(1 << 10) => Some(format!("write `{}KiB`", number >> 10)),
        "" => Some(format!("write `{digits}B`, `{digits}KiB` or `{digits}MiB`")),
        "k" | "kb" | "ki" | "kib" => Some(format!("write `{digits}KiB`")),
        "m" | "mb" | "mi" | "mib" => Some(format!("write `{digits}MiB`")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_bytes_has_its_unit() {
        assert_eq!(parse("1MiB"), Some(1 << 20));
        assert_eq!(parse("64 KiB"), Some(1 << 16));
        assert_eq!(parse("10B"), Some(10));
        for text in [
            "",
            "1",
            "MiB",
            "1.5MiB",
            "-1B",
            "+1B",
            "99999999999999999999B",
            "18446744073709551615KiB",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_unit_that_is_nearly_one_is_told() {
        assert_eq!(hint("1MB").as_deref(), Some("write `1MiB`"));
        assert_eq!(hint("100").as_deref(), Some("write `100B`, `100KiB` or `100MiB`"));
        assert_eq!(hint("1048576").as_deref(), Some("write `1MiB`"));
        assert_eq!(hint("0").as_deref(), Some("write `0B`, `0KiB` or `0MiB`"));
        assert_eq!(hint("many"), None);
    }
}
