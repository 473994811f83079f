//! The answer as a whole: `{"status": "success", "data": {"resultType": …, "result": […]}, "warnings": […]}`.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;

use super::answer_error::AnswerError;
use super::data::{DataReader, Row};
use super::failure::Failure;
use super::refusal::Refusal;
use super::text::Text;
use super::warnings::Warnings;
use crate::metric_source::prometheus::words::shown;

/// Bytes of an answer that are shown where it is not JSON.
const BEGINNING: usize = 60;

/// The rows of an answer.
pub(super) fn rows<'a, R: Row<'a>>(body: &'a [u8], max_series: usize) -> Result<Vec<R>, AnswerError> {
    let refusal = Refusal::default();
    let data = DataReader {
        max_series,
        refusal: &refusal,
        row: PhantomData,
    };
    let mut json = serde_json::Deserializer::from_slice(body);
    let envelope = EnvelopeReader(data).deserialize(&mut json).and_then(|envelope| {
        json.end()?;
        Ok(envelope)
    });
    match envelope {
        Ok(envelope) => envelope.into_rows(),
        Err(error) => Err(refusal.take().unwrap_or_else(|| explained(body, &error))),
    }
}

fn explained(body: &[u8], error: &serde_json::Error) -> AnswerError {
    match error.classify() {
        Category::Eof => AnswerError::Truncated { bytes: body.len() },
        Category::Syntax | Category::Io => AnswerError::NotJson {
            reason: shown(&error.to_string()),
            begins: shown(&String::from_utf8_lossy(&body[..body.len().min(BEGINNING)])),
        },
        Category::Data => malformed(shown(&error.to_string())),
    }
}

fn malformed(reason: String) -> AnswerError {
    AnswerError::Malformed { reason }
}

/// What stands at the top of an answer.
struct Envelope<'a, R> {
    status: Text<'a>,
    data: Option<Vec<R>>,
    error_type: Option<Text<'a>>,
    error: Option<Text<'a>>,
    warnings: Warnings,
    is_partial: bool,
}

impl<R> Envelope<'_, R> {
    fn into_rows(self) -> Result<Vec<R>, AnswerError> {
        match &*self.status.0 {
            "success" => {}
            "error" => return Err(Failure::new(self.error_type.as_ref(), self.error.as_ref()).into()),
            other => return Err(malformed(format!("the status is `{}`", shown(other)))),
        }
        let partial = |reason| Err(AnswerError::Partial { reason });
        if self.warnings.count > 0 {
            return partial(format!(
                "{} warnings, the first `{}`",
                self.warnings.count, self.warnings.first
            ));
        }
        if self.is_partial {
            return partial("`isPartial` is true".to_owned());
        }
        self.data
            .ok_or_else(|| malformed("there is no `data`".to_owned()))
    }
}

/// Reads the top of an answer.
struct EnvelopeReader<'s, R>(DataReader<'s, R>);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Status,
    Data,
    ErrorType,
    Error,
    Warnings,
    IsPartial,
    #[serde(other)]
    Other,
}

impl<'de, R: Row<'de>> DeserializeSeed<'de> for EnvelopeReader<'_, R> {
    type Value = Envelope<'de, R>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: Row<'de>> Visitor<'de> for EnvelopeReader<'_, R> {
    type Value = Envelope<'de, R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer with its `status` and `data`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut status, mut data, mut error_type, mut error) = (None, None, None, None);
        let (mut warnings, mut is_partial) = (None, None);
        while let Some(key) = map.next_key()? {
            let is_repeated = match key {
                Key::Status => status.replace(map.next_value()?).is_some(),
                Key::Data => data.replace(map.next_value_seed(&self.0)?).is_some(),
                Key::ErrorType => error_type.replace(map.next_value()?).is_some(),
                Key::Error => error.replace(map.next_value()?).is_some(),
                Key::Warnings => warnings.replace(map.next_value()?).is_some(),
                Key::IsPartial => is_partial.replace(map.next_value()?).is_some(),
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                    false
                }
            };
            if is_repeated {
                return Err(A::Error::custom("the answer has the same key twice"));
            }
        }
        Ok(Envelope {
            status: status.ok_or_else(|| A::Error::missing_field("status"))?,
            data: data.flatten(),
            error_type,
            error,
            warnings: warnings.unwrap_or_default(),
            is_partial: is_partial.unwrap_or(false),
        })
    }
}
