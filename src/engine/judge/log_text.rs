//! How logarithms are written down: JSON has no infinities, so minus infinity is the text `"-inf"`.
//!
//! Finite numbers stay numbers. A value that was written and read again has the same bits.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// For `#[serde(with = "log_text")]` on one logarithm.
pub(in crate::engine) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    LogText(*value).serialize(serializer)
}

/// For `#[serde(with = "log_text")]` on one logarithm.
pub(in crate::engine) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    LogText::deserialize(deserializer).map(|text| text.0)
}

/// The same for a list of logarithms: `#[serde(with = "log_text::list")]`.
pub(super) mod list {
    use serde::de::{Deserialize, Deserializer};
    use serde::ser::Serializer;

    use super::LogText;

    pub(in crate::engine::judge) fn serialize<S: Serializer>(
        values: &[f64],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().copied().map(LogText))
    }

    pub(in crate::engine::judge) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<f64>, D::Error> {
        let texts = Vec::<LogText>::deserialize(deserializer)?;
        Ok(texts.into_iter().map(|text| text.0).collect())
    }
}

const DEAD: &str = "-inf";

struct LogText(f64);

impl Serialize for LogText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == f64::NEG_INFINITY {
            serializer.serialize_str(DEAD)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for LogText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LogTextVisitor)
    }
}

struct LogTextVisitor;

impl Visitor<'_> for LogTextVisitor {
    type Value = LogText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number or the text \"{DEAD}\"")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<LogText, E> {
        Ok(LogText(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<LogText, E> {
        Ok(LogText(value as f64))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<LogText, E> {
        Ok(LogText(value as f64))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<LogText, E> {
        if value == DEAD {
            Ok(LogText(f64::NEG_INFINITY))
        } else {
            Err(E::invalid_value(de::Unexpected::Str(value), &self))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written_and_read(value: f64) -> f64 {
        let text = serde_json::to_string(&LogText(value)).unwrap();
        serde_json::from_str::<LogText>(&text).unwrap().0
    }

    #[test]
    fn every_logarithm_comes_back_with_the_same_bits() {
        for value in [
            f64::NEG_INFINITY,
            -0.0,
            3.0,
            -0.1 - 0.2,
            5e-324,
            f64::MIN,
            -1e300 / 3.0,
        ] {
            assert_eq!(written_and_read(value).to_bits(), value.to_bits(), "{value}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        assert!(serde_json::from_str::<LogText>("\"inf\"").is_err());
    }
}
