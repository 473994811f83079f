//! Values as the words and texts that rows hold.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;

/// A value as JSON text. Numbers come back with the same bits.
pub(super) fn json(what: &str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Refused(format!("{what} cannot be written: {error}")))
}

/// What [`json`] wrote.
pub(super) fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable {
        what: what.to_owned(),
        reason: error.to_string(),
    })
}

/// A value that serialises as one word, as that word.
pub(super) fn word(value: &impl Serialize) -> Result<String, StoreError> {
    json("a word", value).map(|text| text.trim_matches('"').to_owned())
}

/// What [`word`] wrote.
pub(super) fn from_word<T: DeserializeOwned>(what: &str, word: &str) -> Result<T, StoreError> {
    from_json(what, &format!("\"{word}\""))
}

/// Placeholders for `rows` rows of `columns` values each: `($1, $2), ($3, $4)`.
pub(super) fn placeholders(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places = (1..=columns).map(|column| format!("${}", row * columns + column));
        format!("({})", places.collect::<Vec<_>>().join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}
