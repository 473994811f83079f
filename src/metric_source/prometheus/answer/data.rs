//! The data of an answer: `{"resultType": …, "result": […]}`.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::answer_error::AnswerError;
use super::element::{Element, ElementReader};
use super::labels::Labels;
use super::refusal::Refusal;
use super::result_type::ResultType;
use super::text::Text;
use crate::metric_source::prometheus::words::shown;

/// Something that an answer has a list of, one for each series.
pub(super) trait Row<'a>: Sized {
    /// The type of a result that has such rows.
    const RESULT_TYPE: ResultType;

    /// The row that an element is.
    fn of(element: Element<'a>) -> Result<Self, AnswerError>;

    /// What tells it from the other rows.
    fn labels(&self) -> &Labels<'a>;
}

/// Reads the data, of at most `max_series` rows, no two of them with the same labels. `null` is no data.
pub(super) struct DataReader<'s, R> {
    pub(super) max_series: usize,
    pub(super) refusal: &'s Refusal,
    pub(super) row: PhantomData<R>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    ResultType,
    Result,
    #[serde(other)]
    Other,
}

impl<'de, R: Row<'de>> DeserializeSeed<'de> for &DataReader<'_, R> {
    type Value = Option<Vec<R>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, R: Row<'de>> Visitor<'de> for &DataReader<'_, R> {
    type Value = Option<Vec<R>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("data with its `resultType` and `result`")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut is_typed, mut rows) = (false, None);
        while let Some(key) = map.next_key()? {
            match key {
                Key::ResultType => {
                    let Text(name) = map.next_value()?;
                    self.check_type(&name)?;
                    is_typed = true;
                }
                Key::Result if rows.is_some() => return Err(A::Error::duplicate_field("result")),
                Key::Result => rows = Some(map.next_value_seed(ResultReader(self))?),
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if !is_typed {
            return Err(A::Error::missing_field("resultType"));
        }
        let rows = rows.ok_or_else(|| A::Error::missing_field("result"))?;
        self.check_distinct(&rows)?;
        Ok(Some(rows))
    }
}

impl<'a, R: Row<'a>> DataReader<'_, R> {
    fn check_type<E: Error>(&self, name: &str) -> Result<(), E> {
        match ResultType::of(name) {
            None => Err(E::custom(format_args!(
                "the type `{}` of the result is unknown",
                shown(name)
            ))),
            Some(found) if found != R::RESULT_TYPE => Err(self.refusal.because(AnswerError::WrongType {
                expected: R::RESULT_TYPE,
                found,
            })),
            Some(_) => Ok(()),
        }
    }

    fn check_distinct<E: Error>(&self, rows: &[R]) -> Result<(), E> {
        let mut seen = HashSet::with_capacity(rows.len());
        match rows.iter().find(|row| !seen.insert(row.labels())) {
            None => Ok(()),
            Some(row) => Err(self.refusal.because(AnswerError::DuplicateSeries {
                series: row.labels().to_string(),
            })),
        }
    }
}

/// Reads the result.
struct ResultReader<'s, R>(&'s DataReader<'s, R>);

impl<'de, R: Row<'de>> DeserializeSeed<'de> for ResultReader<'_, R> {
    type Value = Vec<R>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<R>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, R: Row<'de>> Visitor<'de> for ResultReader<'_, R> {
    type Value = Vec<R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of series")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<R>, A::Error> {
        let DataReader {
            refusal, max_series, ..
        } = self.0;
        let mut rows = Vec::new();
        while let Some(element) = sequence.next_element_seed(ElementReader(refusal))? {
            if rows.len() == *max_series {
                let limit = *max_series;
                return Err(refusal.because(AnswerError::TooManySeries { limit }));
            }
            rows.push(R::of(element).map_err(|error| refusal.because(error))?);
        }
        Ok(rows)
    }
}
