//! Reads YAML text into trees that remember their lines.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{MessageFormatter, Spanned, UserMessageFormatter};

use super::node::{Node, Value};

/// Nesting of a document. The schema is seven deep and a VirtualService beside it about ten; the parser recurses.
const MAX_DEPTH: usize = 64;
/// Parser events of a document: every value, start and end. A Canary has some hundreds; a long rules file some thousands.
const MAX_EVENTS: usize = 100_000;
/// Events that aliases may add to a document, so that a few lines cannot grow to gigabytes.
const MAX_REPLAYED_EVENTS: usize = 10_000;
/// A document that is not YAML.
#[derive(Debug)]
pub(crate) struct NotYaml {
    /// Line, from 1, where it is known.
    pub(crate) line: Option<u64>,
    /// Why.
    pub(crate) reason: String,
}

/// The documents of a text, each read or refused by itself. Empty documents are left out.
pub(crate) fn documents(text: &str) -> Vec<Result<Node, NotYaml>> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_events: MAX_EVENTS,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED_EVENTS },
        // Kept here and refused by `take_out_repeated_keys`, which can name the field and both lines.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        strict_booleans: true,
        // Nobody reads them here, and the parser would hold only so many of them one after the other.
        emit_comments: false,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    };
    serde_saphyr::read_with_options::<_, Spanned<Value>>(&mut text.as_bytes(), options)
        .map(|document| document.map(Node::from).map_err(NotYaml::from))
        .collect()
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Self {
        Self {
            line: spanned.referenced.line(),
            value: spanned.value,
        }
    }
}

impl From<serde_saphyr::Error> for NotYaml {
    fn from(error: serde_saphyr::Error) -> Self {
        Self {
            line: error
                .location()
                .map(|location| location.line())
                .filter(|line| *line > 0),
            reason: UserMessageFormatter.format_message(&error).into_owned(),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

/// Takes whatever comes.
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Whole(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::Big(value), Value::Whole))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element::<Spanned<Value>>()? {
            elements.push(Node::from(element));
        }
        Ok(Value::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = mapping.next_key::<Spanned<String>>()? {
            let value = mapping.next_value::<Value>()?;
            entries.push((
                key.value,
                Node {
                    line: key.referenced.line(),
                    value,
                },
            ));
        }
        Ok(Value::Mapping(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::path::FieldPath;

    fn only(text: &str) -> Node {
        documents(text).remove(0).unwrap()
    }

    #[test]
    fn remembers_the_line_of_every_value() {
        let node = only("# a comment\nspec:\n  steps:\n  - weight: 5\n  - {weight: 25,\n     hold: 5m}\n");
        let steps = FieldPath::of("spec.steps");
        assert_eq!(node.line_of(&steps), 3);
        assert_eq!(node.line_of(&steps.index(0).key("weight")), 4);
        assert_eq!(node.line_of(&steps.index(1).key("hold")), 6);
        assert_eq!(node.line_of(&steps.index(1).key("absent")), 5);
    }

    #[test]
    fn a_hundred_lines_and_more_may_be_commented_out() {
        let node = only(&format!("a:\n{}b: 1\n", "  # off: 1\n".repeat(1_000)));
        assert_eq!(node.line_of(&FieldPath::of("b")), 1_002);
    }

    #[test]
    fn counts_lines_as_an_editor_does() {
        let node = only("a: 1\r\nb: \"2\r\n  3\"\r\nc: é\nd: 4");
        for (key, line) in [("a", 1), ("b", 2), ("c", 4), ("d", 5)] {
            assert_eq!(node.line_of(&FieldPath::of(key)), line, "{key}");
        }
    }

    #[test]
    fn reads_each_document_by_itself() {
        let read = documents("a: 1\n---\n---\n# nothing\n---\nb: [\n");
        assert_eq!(read.len(), 2);
        assert!(read[0].is_ok());
        assert_eq!(read[1].as_ref().unwrap_err().line, Some(6));
    }

    #[test]
    fn aliases_and_merges_are_values_like_others() {
        let node = only("a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n  y: 2\n");
        assert_eq!(node.at(&FieldPath::of("b.x")).unwrap().value, Value::Whole(1));
        assert_eq!(node.at(&FieldPath::of("c.x")).unwrap().value, Value::Whole(1));
    }

    #[test]
    fn refuses_what_grows_without_bound() {
        let nested = "[".repeat(100);
        assert!(documents(&nested)[0].is_err());
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                    d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
        assert!(documents(bomb)[0].is_err());
    }
}
