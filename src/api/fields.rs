//! The named values of a query or a body, taken one by one; what is left over at the end is refused.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;

use super::error::ApiError;
use crate::document::did_you_mean;

/// Longest value that an error repeats, in characters.
const SHOWN_CHARS_MAX: usize = 60;

/// Something that is read from named values.
pub(super) trait FromFields: Sized {
    /// Takes what it knows.
    ///
    /// # Errors
    /// [`ApiError::Field`] for the first value that is wrong.
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiError>;
}

/// Named values.
#[derive(Debug)]
pub(super) struct Fields {
    given: Vec<(String, Value)>,
    known: Vec<&'static str>,
}

impl Fields {
    /// Those of a query.
    pub(super) fn of_query(query: &str) -> Self {
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        let given = pairs.map(|(name, value)| (name, Value::String(value))).collect();
        Self {
            given,
            known: Vec::new(),
        }
    }

    /// Those of a body.
    pub(super) fn of_json(body: &[u8]) -> Result<Self, ApiError> {
        let Object(given) = serde_json::from_slice(body).map_err(|error| ApiError::Field {
            field: "body".to_owned(),
            expected: "a JSON object".to_owned(),
            found: error.to_string(),
            hint: None,
        })?;
        Ok(Self {
            given,
            known: Vec::new(),
        })
    }

    /// Reads a whole value, and refuses names that it does not know.
    pub(super) fn read<T: FromFields>(mut self) -> Result<T, ApiError> {
        let read = T::from_fields(&mut self)?;
        match self.given.first() {
            None => Ok(read),
            Some((name, _)) => Err(ApiError::Field {
                field: shown(name),
                expected: "no such field".to_owned(),
                found: "one".to_owned(),
                hint: did_you_mean(name, self.known.iter().copied()),
            }),
        }
    }

    /// A text of so many characters, none of which moves a cursor.
    pub(super) fn text(
        &mut self,
        name: &'static str,
        chars: RangeInclusive<usize>,
    ) -> Result<Option<String>, ApiError> {
        let expected = || {
            format!(
                "a text of {} to {} characters, no control characters",
                chars.start(),
                chars.end()
            )
        };
        self.take(name, expected, |text| {
            let fits = chars.contains(&text.chars().count()) && !text.chars().any(char::is_control);
            fits.then(|| text.to_owned())
        })
    }

    /// A text that must be there.
    pub(super) fn required_text(
        &mut self,
        name: &'static str,
        chars: RangeInclusive<usize>,
    ) -> Result<String, ApiError> {
        let expected = format!("a text of {} to {} characters", chars.start(), chars.end());
        self.text(name, chars)?.ok_or_else(|| ApiError::Field {
            field: name.to_owned(),
            expected,
            found: "nothing".to_owned(),
            hint: None,
        })
    }

    /// Texts by name; none where nothing is there.
    pub(super) fn texts(&mut self, name: &'static str) -> Result<BTreeMap<String, String>, ApiError> {
        let Some(value) = self.one(name, || "an object with texts".to_owned())? else {
            return Ok(BTreeMap::new());
        };
        let refused = |field: String, expected: &str, found: &Value| ApiError::Field {
            field,
            expected: expected.to_owned(),
            found: shown(&found.to_string()),
            hint: None,
        };
        let Value::Object(pairs) = value else {
            return Err(refused(name.to_owned(), "an object with texts", &value));
        };
        let texts = pairs.into_iter().map(|(key, value)| match value {
            Value::String(text) => Ok((key, text)),
            other => Err(refused(format!("{name}.{}", shown(&key)), "a text", &other)),
        });
        texts.collect()
    }

    /// Lets names pass that are not known.
    pub(super) fn pass_over_the_rest(&mut self) {
        self.given.clear();
    }

    /// A value that `parse` understands.
    pub(super) fn take<T>(
        &mut self,
        name: &'static str,
        expected: impl Fn() -> String,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        let Some(value) = self.one(name, &expected)? else {
            return Ok(None);
        };
        let refused = |found: String| ApiError::Field {
            field: name.to_owned(),
            expected: expected(),
            found,
            hint: None,
        };
        match &value {
            Value::String(text) => match parse(text) {
                Some(read) => Ok(Some(read)),
                None => Err(refused(format!("`{}`", shown(text)))),
            },
            other => Err(refused(shown(&other.to_string()))),
        }
    }

    /// The one value of this name; none where there is none, or null.
    fn one(&mut self, name: &'static str, expected: impl Fn() -> String) -> Result<Option<Value>, ApiError> {
        self.known.push(name);
        let Some(place) = self.given.iter().position(|(given, _)| given == name) else {
            return Ok(None);
        };
        let (_, value) = self.given.remove(place);
        if self.given.iter().any(|(given, _)| given == name) {
            return Err(ApiError::Field {
                field: name.to_owned(),
                expected: expected(),
                found: "it more than once".to_owned(),
                hint: None,
            });
        }
        Ok(Some(value).filter(|value| !value.is_null()))
    }
}

/// As much of a text as an error repeats, without what would move a cursor.
fn shown(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(SHOWN_CHARS_MAX).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown.replace(char::is_control, "�")
}

/// A JSON object, with names that are there twice.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Object(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Reason(Option<String>);

    impl FromFields for Reason {
        fn from_fields(fields: &mut Fields) -> Result<Self, ApiError> {
            Ok(Self(fields.text("reason", 1..=5)?))
        }
    }

    fn body(json: &str) -> Result<Reason, ApiError> {
        Fields::of_json(json.as_bytes())?.read()
    }

    fn refusal(json: &str) -> (String, String) {
        match body(json) {
            Err(ApiError::Field { field, found, .. }) => (field, found),
            other => panic!("{json}: {other:?}"),
        }
    }

    #[test]
    fn a_text_is_taken_as_it_is() {
        assert_eq!(
            body(r#"{"reason":"ab cd"}"#),
            Ok(Reason(Some("ab cd".to_owned())))
        );
        assert_eq!(body(r#"{"reason":null}"#), Ok(Reason(None)));
        assert_eq!(body("{}"), Ok(Reason(None)));
        assert_eq!(
            Fields::of_query("reason=a%20b").read(),
            Ok(Reason(Some("a b".to_owned())))
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        assert_eq!(
            refusal(r#"{"reason":""}"#),
            ("reason".to_owned(), "``".to_owned())
        );
        assert_eq!(refusal(r#"{"reason":"abcdef"}"#).1, "`abcdef`");
        assert_eq!(refusal(r#"{"reason":3}"#).1, "3");
        assert_eq!(refusal(r#"{"reason":"a\u0000"}"#).1, "`a�`");
        assert_eq!(refusal(r#"{"reason":"a","reason":"b"}"#).1, "it more than once");
        assert_eq!(refusal("[]").0, "body");
        assert_eq!(refusal("").0, "body");
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_nearest_known_one() {
        let Err(ApiError::Field { field, hint, .. }) = body(r#"{"reasn":"a"}"#) else {
            panic!("refused");
        };
        assert_eq!(field, "reasn");
        assert_eq!(hint.as_deref(), Some("did you mean `reason`?"));
    }
}
