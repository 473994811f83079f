//! A point: `[1435781451.781, "1"]`, seconds and the text of a number.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

use super::answer_error::AnswerError;
use super::refusal::Refusal;
use super::text::Text;
use crate::metric_source::prometheus::words::shown;
use crate::spec::Timestamp;

/// Milliseconds that a time stamp may have: up to here a float holds each of them.
const TIME_MS_MAX: f64 = 9_007_199_254_740_992.0;

/// A number at a time. Prometheus' special numbers are numbers here: who reads them judges them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When it was evaluated; that is not when it was measured.
    pub time: Timestamp,
    /// The number, perhaps NaN or infinite.
    pub value: f64,
}

/// Reads a point.
#[derive(Clone, Copy)]
pub(super) struct PointReader<'s>(pub(super) &'s Refusal);

impl<'de> DeserializeSeed<'de> for PointReader<'_> {
    type Value = Point;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Point, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for PointReader<'_> {
    type Value = Point;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time in seconds and a value, as text")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Point, A::Error> {
        let seconds: f64 = sequence
            .next_element()?
            .ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let Text(value) = sequence
            .next_element()?
            .ok_or_else(|| A::Error::invalid_length(1, &self))?;
        if sequence.next_element::<IgnoredAny>()?.is_some() {
            return Err(A::Error::custom("more than a time and a value in a point"));
        }
        let time_ms = (seconds * 1_000.0).round();
        if !(0.0..=TIME_MS_MAX).contains(&time_ms) {
            return Err(A::Error::custom(format_args!("{seconds} is no time")));
        }
        let value = value
            .parse()
            .map_err(|_| self.0.because(AnswerError::NotANumber { found: shown(&value) }))?;
        Ok(Point {
            time: Timestamp(time_ms as u64),
            value,
        })
    }
}
