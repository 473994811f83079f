//! A YAML document as a tree that remembers its lines.
//!
//! What a user wrote is kept as it stands, so that a problem found later, by a rule that YAML knows nothing of,
//! can still say on which line the value is and what it was.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{MessageFormatter, Spanned, UserMessageFormatter};

use super::path::{FieldPath, Segment};

/// Nesting of a document. The schema is seven deep and a VirtualService beside it about ten; the parser recurses.
const MAX_DEPTH: usize = 64;
/// Parser events of a document: every value, start and end. A Canary has some hundreds; a long rules file some thousands.
const MAX_EVENTS: usize = 100_000;
/// Events that aliases may add to a document, so that a few lines cannot grow to gigabytes.
const MAX_REPLAYED_EVENTS: usize = 10_000;
/// Text of a value in a message; the rest can be seen in the file.
const MAX_SHOWN_CHARACTERS: usize = 60;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// Line in the file, from 1; of its key where it stands in a mapping.
    pub(super) line: u64,
    /// What it is.
    pub(super) value: Value,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A whole number beyond the signed ones.
    Big(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order written; a key may stand twice.
    Mapping(Vec<(String, Node)>),
    /// Nothing that was written: it keeps the place of a value that did not fit.
    StandIn,
}

/// A document that is not YAML.
#[derive(Debug)]
pub(super) struct NotYaml {
    /// Line, from 1, where it is known.
    pub(super) line: Option<u64>,
    /// Why.
    pub(super) reason: String,
}

/// The documents of a text, each read or refused by itself. Empty documents are left out.
pub(super) fn documents(text: &str) -> Vec<Result<Node, NotYaml>> {
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
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    };
    serde_saphyr::read_with_options::<_, Spanned<Value>>(&mut text.as_bytes(), options)
        .map(|document| document.map(Node::from).map_err(NotYaml::from))
        .collect()
}

impl Node {
    /// The value at `path`, if there is one.
    pub(super) fn at(&self, path: &FieldPath) -> Option<&Self> {
        path.segments().iter().try_fold(self, Self::child)
    }

    /// The line of the value at `path`, or of the nearest one around it.
    pub(super) fn line_of(&self, path: &FieldPath) -> u64 {
        let mut node = self;
        for segment in path.segments() {
            match node.child(segment) {
                Some(child) => node = child,
                None => break,
            }
        }
        node.line
    }

    /// The text at `path`, if there is text.
    pub(super) fn text_at(&self, path: &FieldPath) -> Option<&str> {
        match &self.at(path)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As [`at`](Self::at), to change.
    pub(super) fn at_mut(&mut self, path: &FieldPath) -> Option<&mut Self> {
        path.segments().iter().try_fold(self, Self::child_mut)
    }

    /// Puts `value` at `key` into this mapping, or makes a mapping of this stand-in. False where it is neither.
    pub(super) fn put(&mut self, key: &str, value: Value) -> bool {
        if matches!(self.value, Value::StandIn) {
            self.value = Value::Mapping(Vec::new());
        }
        let Value::Mapping(entries) = &mut self.value else {
            return false;
        };
        entries.push((
            key.to_owned(),
            Self {
                line: self.line,
                value,
            },
        ));
        true
    }

    /// Takes the mapping entry at `path` out of the tree. False where there is none.
    pub(super) fn take_out(&mut self, path: &FieldPath) -> bool {
        let Some((Segment::Key(key), around)) = path.segments().split_last() else {
            return false;
        };
        let Some(Self {
            value: Value::Mapping(entries),
            ..
        }) = around.iter().try_fold(self, Self::child_mut)
        else {
            return false;
        };
        let before = entries.len();
        entries.retain(|(name, _)| name != key);
        entries.len() < before
    }

    /// Takes out every key that stands a second time in its mapping, and tells where it was, its line, and the line of the first.
    pub(super) fn take_out_repeated_keys(&mut self) -> Vec<(FieldPath, u64, u64)> {
        let mut repeated = Vec::new();
        self.collect_repeated_keys(&FieldPath::default(), &mut repeated);
        repeated
    }

    fn collect_repeated_keys(&mut self, here: &FieldPath, repeated: &mut Vec<(FieldPath, u64, u64)>) {
        match &mut self.value {
            Value::Mapping(entries) => {
                let mut first_lines = BTreeMap::new();
                entries.retain(|(key, node)| match first_lines.get(key) {
                    Some(first) => {
                        repeated.push((here.key(key), node.line, *first));
                        false
                    }
                    None => {
                        first_lines.insert(key.clone(), node.line);
                        true
                    }
                });
                for (key, node) in entries {
                    node.collect_repeated_keys(&here.key(key), repeated);
                }
            }
            Value::List(elements) => {
                for (index, node) in elements.iter_mut().enumerate() {
                    node.collect_repeated_keys(&here.index(index), repeated);
                }
            }
            _ => {}
        }
    }

    fn child(&self, segment: &Segment) -> Option<&Self> {
        match (&self.value, segment) {
            (Value::Mapping(entries), Segment::Key(key)) => {
                entries.iter().find(|(name, _)| name == key).map(|(_, node)| node)
            }
            (Value::List(elements), Segment::Index(index)) => elements.get(*index),
            _ => None,
        }
    }

    fn child_mut(&mut self, segment: &Segment) -> Option<&mut Self> {
        match (&mut self.value, segment) {
            (Value::Mapping(entries), Segment::Key(key)) => entries
                .iter_mut()
                .find(|(name, _)| name == key)
                .map(|(_, node)| node),
            (Value::List(elements), Segment::Index(index)) => elements.get_mut(*index),
            _ => None,
        }
    }
}

/// A value as a message shows it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null | Self::StandIn => f.write_str("nothing"),
            Self::Bool(value) => write!(f, "`{value}`"),
            Self::Whole(value) => write!(f, "`{value}`"),
            Self::Big(value) => write!(f, "`{value}`"),
            Self::Float(value) => write!(f, "`{value}`"),
            Self::Text(text) if text.is_empty() => f.write_str("an empty text"),
            Self::Text(text) => write!(f, "`{}`", shown(text)),
            Self::List(_) => f.write_str("a list"),
            Self::Mapping(_) => f.write_str("a mapping"),
        }
    }
}

/// Text as a message shows it: cut where it is long.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_SHOWN_CHARACTERS).collect();
    if text.chars().nth(MAX_SHOWN_CHARACTERS).is_some() {
        shown.push('…');
    }
    shown
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
    fn tells_a_key_that_stands_twice() {
        let mut node = only("spec:\n  steps: []\n  mode: observe\n  steps: [1]\n");
        assert_eq!(
            node.take_out_repeated_keys(),
            [(FieldPath::of("spec.steps"), 4, 2)]
        );
        assert_eq!(node.take_out_repeated_keys(), []);
    }

    #[test]
    fn aliases_and_merges_are_values_like_others() {
        let node = only("a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n  y: 2\n");
        assert_eq!(node.at(&FieldPath::of("b.x")).unwrap().value, Value::Whole(1));
        assert_eq!(node.at(&FieldPath::of("c.x")).unwrap().value, Value::Whole(1));
    }

    #[test]
    fn changes_what_is_at_a_path() {
        let mut node = only("spec: {steps: [1, {weight: 2}], mode: observe}");
        let second = FieldPath::of("spec.steps").index(1);
        assert!(node.take_out(&second.key("weight")));
        assert!(!node.take_out(&second.key("weight")));
        assert!(node.at_mut(&second).unwrap().put("hold", Value::StandIn));
        assert_eq!(node.at(&second.key("hold")).unwrap().value, Value::StandIn);
        assert!(
            !node
                .at_mut(&second.key("absent"))
                .is_some_and(|node| node.put("x", Value::Null))
        );
        assert!(!node.take_out(&FieldPath::default()));
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
