//! Reads a document into the structs of [`canary`](super::canary) and [`template`](super::template), and says everything that does not fit.
//!
//! serde stops at the first thing that it cannot take. Here that thing is noted and taken out of the tree, and the rest
//! is read again, until it fits or nothing is left: so that one run tells every mistake.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::nearest::did_you_mean;
use super::node::{Node, Value};
use super::path::{FieldPath, Segment};
use super::problem::MAX_PROBLEMS;

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    /// Where.
    pub(super) field: FieldPath,
    /// What should be there.
    pub(super) expected: String,
    /// What to write instead, where that can be said.
    pub(super) hint: Option<String>,
}

/// Reads `node` as a `T`. What did not fit is told; the value is there if the rest made one.
pub(super) fn read<T: DeserializeOwned>(mut node: Node) -> (Option<T>, Vec<Refusal>) {
    let mut refusals: Vec<Refusal> = Vec::new();
    // Each round takes something out, so that this ends; the bound keeps it short.
    for _ in 0..=MAX_PROBLEMS {
        let misfit = match T::deserialize(Reader(&node)) {
            Ok(value) => return (Some(value), refusals),
            Err(misfit) => misfit,
        };
        let around = misfit.field.clone();
        let refusal = misfit.refusal(&node);
        // A required field is missing because it was taken out: that has been told.
        let told = refusals
            .iter()
            .any(|earlier| earlier.field.overlaps(&refusal.field));
        if !told {
            refusals.push(refusal);
        }
        if !node.take_out(&around) {
            break;
        }
    }
    (None, refusals)
}

/// Why serde did not take a value.
#[derive(Debug)]
struct Misfit {
    field: FieldPath,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Expected(String),
    UnknownField {
        name: String,
        known: &'static [&'static str],
    },
    MissingField(&'static str),
    UnknownVariant {
        name: String,
        known: &'static [&'static str],
    },
}

impl Misfit {
    fn at_top(reason: Reason) -> Self {
        Self {
            field: FieldPath::default(),
            reason,
        }
    }

    fn below(mut self, segment: Segment) -> Self {
        self.field = self.field.below(segment);
        self
    }

    fn refusal(self, node: &Node) -> Refusal {
        let (field, expected, hint) = match self.reason {
            Reason::Expected(expected) => {
                let hint = quoting_hint(&expected, node.at(&self.field).map(|found| &found.value));
                (self.field, expected, hint)
            }
            Reason::UnknownField { name, known } => (
                self.field,
                "no such field".to_owned(),
                did_you_mean(&name, known.iter().copied()),
            ),
            Reason::MissingField(name) => (
                self.field.key(name),
                "this field, which has no default".to_owned(),
                None,
            ),
            Reason::UnknownVariant { name, known } => {
                (self.field, one_of(known), did_you_mean_variant(&name, known))
            }
        };
        Refusal {
            field,
            expected,
            hint,
        }
    }
}

/// YAML makes numbers and booleans of some words that were meant as text.
fn quoting_hint(expected: &str, found: Option<&Value>) -> Option<String> {
    let meant_as_text = matches!(
        found,
        Some(Value::Bool(_) | Value::Whole(_) | Value::Big(_) | Value::Float(_))
    );
    (expected == TEXT && meant_as_text).then(|| "put it in quotes".to_owned())
}

fn one_of(known: &[&str]) -> String {
    match known {
        [only] => format!("`{only}`"),
        _ => format!("one of `{}`", known.join("`, `")),
    }
}

/// The expectation lists them all; the hint is for a slip of the pen.
fn did_you_mean_variant(name: &str, known: &[&str]) -> Option<String> {
    super::nearest::nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"))
}

const TEXT: &str = "text";

/// serde's word for what it wanted, in ours.
fn in_our_words(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    match expected.as_str() {
        "a string" => TEXT.to_owned(),
        "u8" | "u16" | "u32" | "u64" => "a whole number, 0 or more".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a mapping".to_owned(),
        _ if expected.starts_with("struct ") => "a mapping".to_owned(),
        _ => expected,
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.field, self.reason)
    }
}

impl std::error::Error for Misfit {}

impl serde::de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::at_top(Reason::Expected(message.to_string()))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::at_top(Reason::Expected(in_our_words(expected)))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::at_top(Reason::Expected(in_our_words(expected)))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::at_top(Reason::UnknownField {
            name: name.to_owned(),
            known,
        })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::at_top(Reason::MissingField(name))
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        Self::at_top(Reason::UnknownVariant {
            name: name.to_owned(),
            known,
        })
    }
}

/// Hands a tree to serde.
struct Reader<'a>(&'a Node);

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Whole(value) => visitor.visit_i64(*value),
            Value::Big(value) => visitor.visit_u64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_str(text),
            Value::List(elements) => visitor.visit_seq(ListReader { elements, next: 0 }),
            Value::Mapping(entries) => visitor.visit_map(MappingReader { entries, next: 0 }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    /// Only a mapping: serde would also take the fields from a list, in order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0.value {
            Value::Mapping(_) => self.deserialize_any(visitor),
            _ => Err(Misfit::at_top(Reason::Expected("a mapping".to_owned()))),
        }
    }

    /// Only plain words: no field of ours is a word here and a mapping there.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match &self.0.value {
            Value::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(Misfit::at_top(Reason::Expected(one_of(variants)))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// Hands a list to serde, and says in which element something did not fit.
struct ListReader<'a> {
    elements: &'a [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for ListReader<'_> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let Some(element) = self.elements.get(self.next) else {
            return Ok(None);
        };
        let segment = Segment::Index(self.next);
        self.next += 1;
        seed.deserialize(Reader(element))
            .map(Some)
            .map_err(|misfit| misfit.below(segment))
    }
}

/// Hands a mapping to serde, and says at which key something did not fit.
struct MappingReader<'a> {
    entries: &'a [(String, Node)],
    next: usize,
}

impl MappingReader<'_> {
    fn segment(&self) -> Segment {
        Segment::Key(self.entries[self.next].0.clone())
    }
}

impl<'de> MapAccess<'de> for MappingReader<'_> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((key, _)) = self.entries.get(self.next) else {
            return Ok(None);
        };
        let key: StrDeserializer<'_, Misfit> = key.as_str().into_deserializer();
        seed.deserialize(key)
            .map(Some)
            .map_err(|misfit| misfit.below(self.segment()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let Some((key, value)) = self.entries.get(self.next) else {
            return Err(Misfit::custom("a value after its key"));
        };
        self.next += 1;
        seed.deserialize(Reader(value))
            .map_err(|misfit| misfit.below(Segment::Key(key.clone())))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Plan {
        #[serde(default)]
        steps: Vec<PlanStep>,
        #[expect(dead_code, reason = "only its shape matters here")]
        note_text: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct PlanStep {
        weight: u64,
    }

    fn refusals(text: &str) -> Vec<(String, String, Option<String>)> {
        let node = super::super::node::documents(text).remove(0).unwrap();
        read::<Plan>(node)
            .1
            .into_iter()
            .map(|refusal| (refusal.field.to_string(), refusal.expected, refusal.hint))
            .collect()
    }

    #[test]
    fn tells_every_misfit_in_one_run() {
        let told = refusals("{noteTxt: x, noteText: 5, steps: [{weight: 5, hold: 5m}, {weight: -1}]}");
        assert_eq!(
            told,
            [
                (
                    "noteTxt".to_owned(),
                    "no such field".to_owned(),
                    Some("did you mean `noteText`?".to_owned())
                ),
                (
                    "noteText".to_owned(),
                    "text".to_owned(),
                    Some("put it in quotes".to_owned())
                ),
                (
                    "steps[0].hold".to_owned(),
                    "no such field".to_owned(),
                    Some("known here: `weight`".to_owned())
                ),
                (
                    "steps[1].weight".to_owned(),
                    "a whole number, 0 or more".to_owned(),
                    None
                ),
            ]
        );
    }

    #[test]
    fn reads_the_rest_of_a_document() {
        let node = super::super::node::documents("{steps: [{weight: 5}], extra: 1}")
            .remove(0)
            .unwrap();
        let (plan, refusals) = read::<Plan>(node);
        assert_eq!(refusals.len(), 1);
        assert_eq!(plan.unwrap().steps[0].weight, 5);
    }

    #[test]
    fn takes_no_list_for_a_mapping() {
        assert_eq!(
            refusals("[[], x]"),
            [(String::new(), "a mapping".to_owned(), None)]
        );
        assert_eq!(
            refusals("steps: [[5]]"),
            [("steps[0]".to_owned(), "a mapping".to_owned(), None)]
        );
    }
}
