//! A value as it was written, and how the common kinds of values are read from it.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::document::units::Quantity;
use crate::document::{is_dns_label, nearest};

/// Letters that are enough to be short for a word.
const MIN_ABBREVIATION: usize = 3;

/// A value as it was written.
pub(super) struct Scalar {
    /// Its text.
    pub(super) text: String,
    /// Where it was written, as far as that matters for reading it.
    pub(super) form: Form,
}

/// Where a value was written, as far as that matters for reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// In YAML, as text.
    YamlText,
    /// In YAML, as a number, `true` or `false`.
    YamlOther,
    /// In a variable.
    Variable,
    /// On the command line.
    Flag,
    /// In a file that holds nothing else.
    FileOfItsOwn,
    /// In the table of fields.
    Default,
}

/// Why a value was not taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unfit {
    /// What was found, where that is not the value; never a secret.
    pub(super) found: Option<String>,
    /// What to write instead, where that can be said; never a secret.
    pub(super) hint: Option<String>,
    /// It is a secret, and it stands where others can read it.
    pub(super) in_the_open: bool,
}

impl Unfit {
    /// Not taken, and this may help.
    pub(super) fn hint(hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..Self::default()
        }
    }

    /// Not taken; `found` says what it is, where the value itself must not be shown.
    pub(super) fn found(found: impl Into<String>) -> Self {
        Self {
            found: Some(found.into()),
            ..Self::default()
        }
    }

    /// A secret where others can read it.
    pub(super) fn in_the_open() -> Self {
        Self {
            in_the_open: true,
            ..Self::default()
        }
    }
}

impl Scalar {
    /// Whether a secret may stand where this one stands.
    pub(super) fn is_private(&self) -> bool {
        matches!(self.form, Form::Variable | Form::FileOfItsOwn)
    }

    /// A whole number in `range`.
    pub(super) fn count(&self, range: RangeInclusive<u64>) -> Result<u64, Unfit> {
        let digits = self.text.bytes().all(|byte| byte.is_ascii_digit());
        if self.form == Form::YamlText && digits {
            return Err(Unfit::hint("write it without quotes"));
        }
        let count = self.text.parse().ok().filter(|count| range.contains(count));
        count.filter(|_| digits).ok_or_else(Unfit::default)
    }

    /// A duration in `range`.
    pub(super) fn duration(&self, range: RangeInclusive<Duration>) -> Result<Duration, Unfit> {
        let duration = Quantity::new(&self.text).duration().map_err(|error| Unfit {
            hint: error.hint,
            ..Unfit::default()
        })?;
        range
            .contains(&duration)
            .then_some(duration)
            .ok_or_else(Unfit::default)
    }

    /// One of `words`, each with its meaning.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Unfit> {
        words
            .iter()
            .find(|(word, _)| *word == self.text)
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| Unfit {
                hint: meant(&self.text, words.iter().map(|(word, _)| *word)),
                ..Unfit::default()
            })
    }

    /// A name, as hosts and channels have them.
    pub(super) fn name(&self) -> Result<String, Unfit> {
        is_dns_label(&self.text)
            .then(|| self.text.clone())
            .ok_or_else(Unfit::default)
    }

    /// A path, as it was written.
    pub(super) fn path(&self) -> Result<PathBuf, Unfit> {
        if self.form == Form::YamlOther {
            return Err(Unfit::hint("put it in quotes"));
        }
        if self.text.is_empty() || self.text.contains('\0') {
            return Err(Unfit::default());
        }
        Ok(PathBuf::from(&self.text))
    }
}

/// Which of `words` somebody meant: a word that is short for it or longer (`prod`, `warning`), or a slip (`debgu`).
pub(super) fn meant<'w>(written: &str, words: impl Iterator<Item = &'w str> + Clone) -> Option<String> {
    let written = written.to_lowercase();
    let alike = |word: &&str| {
        written.len() >= MIN_ABBREVIATION && (word.starts_with(&written) || written.starts_with(*word))
    };
    words
        .clone()
        .find(alike)
        .or_else(|| nearest(&written, words))
        .map(|word| format!("did you mean `{word}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_was_meant() {
        let environments = ["development", "staging", "production"];
        for (written, expected) in [
            ("prod", Some("did you mean `production`?")),
            ("Staging", Some("did you mean `staging`?")),
            ("productoin", Some("did you mean `production`?")),
            ("st", None),
            ("test", None),
        ] {
            assert_eq!(
                meant(written, environments.into_iter()).as_deref(),
                expected,
                "{written}"
            );
        }
        assert_eq!(
            meant("warning", ["error", "warn"].into_iter()).as_deref(),
            Some("did you mean `warn`?")
        );
    }
}
