//! An element of a result: the labels of a series, and its points.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::labels::Labels;
use super::point::{Point, PointReader};
use super::refusal::Refusal;

/// An element of a result, whatever it may have.
pub(super) struct Element<'a> {
    pub(super) labels: Labels<'a>,
    /// What an element of a vector has.
    pub(super) value: Option<Point>,
    /// What an element of a matrix has.
    pub(super) values: Option<Vec<Point>>,
    /// Whether there is a native histogram, or more than one.
    pub(super) has_histogram: bool,
}

/// Reads an element.
#[derive(Clone, Copy)]
pub(super) struct ElementReader<'s>(pub(super) &'s Refusal);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Metric,
    Value,
    Values,
    Histogram,
    Histograms,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for ElementReader<'_> {
    type Value = Element<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Element<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ElementReader<'_> {
    type Value = Element<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a series with its labels and points")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element<'de>, A::Error> {
        let (mut labels, mut value, mut values, mut has_histogram) = (None, None, None, false);
        while let Some(key) = map.next_key()? {
            let is_repeated = match key {
                Key::Metric => labels.replace(map.next_value()?).is_some(),
                Key::Value => value.replace(map.next_value_seed(PointReader(self.0))?).is_some(),
                Key::Values => values
                    .replace(map.next_value_seed(PointsReader(self.0))?)
                    .is_some(),
                Key::Histogram | Key::Histograms => {
                    has_histogram = true;
                    map.next_value::<IgnoredAny>()?;
                    false
                }
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                    false
                }
            };
            if is_repeated {
                return Err(A::Error::custom("a series has the same key twice"));
            }
        }
        Ok(Element {
            labels: labels.ok_or_else(|| A::Error::missing_field("metric"))?,
            value,
            values,
            has_histogram,
        })
    }
}

/// Reads the points of a series.
struct PointsReader<'s>(&'s Refusal);

impl<'de> DeserializeSeed<'de> for PointsReader<'_> {
    type Value = Vec<Point>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Point>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for PointsReader<'_> {
    type Value = Vec<Point>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the points of a series")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<Point>, A::Error> {
        let mut points: Vec<Point> = Vec::new();
        while let Some(point) = sequence.next_element_seed(PointReader(self.0))? {
            if points.last().is_some_and(|last| last.time >= point.time) {
                return Err(A::Error::custom(
                    "the points of a series are not in the order of their times",
                ));
            }
            points.push(point);
        }
        Ok(points)
    }
}
