//! Changes of an object as values.
//!
//! Pointers are JSON pointers (RFC 6901), so that an edit can be made on a parsed value, in a text, or as an operation of
//! a JSON patch (RFC 6902: `add` and `remove`).

use serde_json::Value;

/// One change of a mapping's entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// The entry gets this value, whether or not it was there. The mapping around it is there.
    Set {
        /// Where.
        pointer: String,
        /// The value: a string, a number, or a flat mapping of strings.
        value: Value,
    },
    /// The entry goes. It is there.
    Remove {
        /// Where.
        pointer: String,
    },
}

impl Edit {
    /// Where the change is made.
    #[must_use]
    pub fn pointer(&self) -> &str {
        match self {
            Self::Set { pointer, .. } | Self::Remove { pointer } => pointer,
        }
    }

    /// The pointer of the mapping around the entry, and the entry's key.
    pub(in crate::traffic) fn parent_and_key(&self) -> (&str, String) {
        let (parent, key) = self.pointer().rsplit_once('/').unwrap_or(("", ""));
        (parent, unescape(key))
    }
}

/// An edit names a place that the object does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}: there is no such place in the object")]
pub struct NoSuchPlace(pub String);

/// Makes `edits` on a parsed object, in order. Keys keep their order; new ones come last.
///
/// # Errors
///
/// An edit whose mapping, or whose entry to remove, is not there. Edits before it have been made.
pub fn apply(object: &mut Value, edits: &[Edit]) -> Result<(), NoSuchPlace> {
    for edit in edits {
        let nowhere = || NoSuchPlace(edit.pointer().to_owned());
        let (parent, key) = edit.parent_and_key();
        let mapping = object
            .pointer_mut(parent)
            .and_then(Value::as_object_mut)
            .ok_or_else(nowhere)?;
        match edit {
            Edit::Set { value, .. } => {
                mapping.insert(key, value.clone());
            }
            Edit::Remove { .. } => {
                mapping.shift_remove(&key).ok_or_else(nowhere)?;
            }
        }
    }
    Ok(())
}

/// A key as one part of a JSON pointer.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The key that one part of a JSON pointer names.
pub(in crate::traffic) fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_with_slashes_and_tildes_survive_the_pointer() {
        let key = "serin.dev/a~b~1";
        assert_eq!(unescape(&escape(key)), key);
    }

    #[test]
    fn a_place_that_is_not_there_is_an_error() {
        let mut object = json!({"metadata": {"name": "a"}});
        let set = Edit::Set {
            pointer: "/metadata/annotations/x".to_owned(),
            value: json!("1"),
        };
        let remove = Edit::Remove {
            pointer: "/metadata/x".to_owned(),
        };
        assert_eq!(
            apply(&mut object, &[set]),
            Err(NoSuchPlace("/metadata/annotations/x".to_owned()))
        );
        assert_eq!(
            apply(&mut object, &[remove]),
            Err(NoSuchPlace("/metadata/x".to_owned()))
        );
    }
}
