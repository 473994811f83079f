//! A YAML document as a tree that remembers its lines.
//!
//! What a user wrote is kept as it stands, so that a problem found later, by a rule that YAML knows nothing of,
//! can still say on which line the value is and what it was.

use std::collections::BTreeMap;
use std::fmt;

use super::path::{FieldPath, Segment};

/// Text of a value in a message; the rest can be seen in the file.
const MAX_SHOWN_CHARACTERS: usize = 60;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// Line in the file, from 1; of its key where it stands in a mapping.
    pub(crate) line: u64,
    /// What it is.
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
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

impl Node {
    /// The value at `path`, if there is one.
    pub(crate) fn at(&self, path: &FieldPath) -> Option<&Self> {
        path.segments().iter().try_fold(self, Self::child)
    }

    /// The line of the value at `path`, or of the nearest one around it.
    pub(crate) fn line_of(&self, path: &FieldPath) -> u64 {
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
    pub(crate) fn text_at(&self, path: &FieldPath) -> Option<&str> {
        match &self.at(path)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// As [`at`](Self::at), to change.
    pub(crate) fn at_mut(&mut self, path: &FieldPath) -> Option<&mut Self> {
        path.segments().iter().try_fold(self, Self::child_mut)
    }

    /// Puts `value` at `key` into this mapping, or makes a mapping of this stand-in. False where it is neither.
    pub(crate) fn put(&mut self, key: &str, value: Value) -> bool {
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
    pub(crate) fn take_out(&mut self, path: &FieldPath) -> bool {
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
    pub(crate) fn take_out_repeated_keys(&mut self) -> Vec<(FieldPath, u64, u64)> {
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
pub(crate) fn shown(text: &str) -> String {
    cut(text, MAX_SHOWN_CHARACTERS)
}

/// The first `characters` of a text.
pub(super) fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Node {
        crate::document::yaml::documents(text).remove(0).unwrap()
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
}
