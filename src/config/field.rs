//! What is known of a field before anybody writes it.
//!
//! Each section has a table of its fields; reading, messages, variables, flags and the example are all made from it.

use super::scalar::{Scalar, Unfit};

/// A field whose value is a `T`.
pub(super) struct Field<T: 'static> {
    /// What does not depend on its type.
    pub(super) entry: Entry,
    /// Makes the value of what was written.
    pub(super) read: fn(&Scalar) -> Result<T, Unfit>,
    /// How the value is shown to people.
    pub(super) show: Show<T>,
}

/// How a value is shown to people.
pub(super) enum Show<T: 'static> {
    /// As it was written.
    AsWritten,
    /// Without the parts that may be secret. What was refused is not shown at all.
    As(fn(&T) -> String),
    /// Never: it is a secret.
    Never,
}

/// What is known of a field, whatever its type.
pub(super) struct Entry {
    /// Its path; `*` stands for a name that the user chooses.
    pub(super) path: &'static str,
    /// What it is for, in sentences.
    pub(super) about: &'static str,
    /// What may stand in it.
    pub(super) expected: &'static str,
    /// What holds where nobody writes it.
    pub(super) unwritten: Unwritten,
    /// Its flag, where that is not made of the path.
    pub(super) short_flag: Option<&'static str>,
}

/// What holds where nobody writes a field.
pub(super) enum Unwritten {
    /// This value.
    Is(&'static str),
    /// There is none. An example of one.
    Nothing(&'static str),
    /// The field that it could stand in place of holds. An example of a value.
    Other(&'static str),
    /// There is none; and it may be written nowhere but in a variable.
    OnlyAVariable,
}

impl Entry {
    /// Its default, if it has one.
    pub(super) fn default(&self) -> Option<&'static str> {
        match self.unwritten {
            Unwritten::Is(default) => Some(default),
            _ => None,
        }
    }

    /// Whether it may be written in a file.
    pub(super) fn is_for_files(&self) -> bool {
        !matches!(self.unwritten, Unwritten::OnlyAVariable)
    }

    /// Its flag, such as `--api-address`; `None` where its path has a name that the user chooses.
    pub(super) fn flag(&self) -> Option<String> {
        if self.path.contains('*') {
            return None;
        }
        let words = || words(self.path).join("-").to_lowercase();
        Some(format!("--{}", self.short_flag.map_or_else(words, str::to_owned)))
    }
}

/// A part of the configuration: the fields below one name at the top.
pub(super) struct Section {
    /// That name.
    pub(super) name: &'static str,
    /// What it is for, in sentences.
    pub(super) about: &'static str,
    /// What stands in the example for the name that a user chooses, where there is one to choose.
    pub(super) example_name: Option<&'static str>,
    /// Its fields, in the order in which the example has them.
    pub(super) entries: &'static [&'static Entry],
}

/// The variable of the field at `path`, such as `SERIN_API_ADDRESS`.
pub(super) fn variable(path: &str) -> String {
    format!("SERIN_{}", words(path).join("_").to_uppercase())
}

/// The words of a path: `api.tokenFile` has three.
fn words(path: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for character in path.chars() {
        if character.is_uppercase() || matches!(character, '.' | '-') {
            words.push(String::new());
        }
        if let (Some(word), false) = (words.last_mut(), matches!(character, '.' | '-')) {
            word.push(character);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_follows_from_the_path() {
        assert_eq!(variable("api.address"), "SERIN_API_ADDRESS");
        assert_eq!(
            variable("store.retention.maxAge"),
            "SERIN_STORE_RETENTION_MAX_AGE"
        );
        assert_eq!(
            variable("notify.channels.on-call.secretFile"),
            "SERIN_NOTIFY_CHANNELS_ON_CALL_SECRET_FILE"
        );
    }
}
