//! Reads fields from the layers, and notes what is wrong with them.

use std::path::{Path, PathBuf};

use super::field::{Entry, Field, Show, variable};
use super::files::{FileError, Files};
use super::layers::{Layers, Written};
use super::scalar::{Form, Scalar, Unfit};
use super::source::{Setting, Source};
use crate::document::{Problem, shown};

/// Reads fields from the layers.
///
/// The readers below give a value in any case, the default where the written one was refused: a configuration with a problem
/// is never used, and its other fields are still looked at. Each layer's value is checked, also one that a later layer hides.
pub(super) struct Values<'a> {
    layers: &'a Layers,
    files: &'a dyn Files,
    problems: Vec<Problem>,
    settings: Vec<Setting>,
}

impl<'a> Values<'a> {
    pub(super) fn new(layers: &'a Layers, files: &'a dyn Files) -> Self {
        Self {
            layers,
            files,
            problems: Vec::new(),
            settings: Vec::new(),
        }
    }

    /// The value of a field that has a default. `name` stands for the `*` of its path.
    pub(super) fn value<T>(&mut self, field: &Field<T>, name: &str) -> T {
        if let Some((value, source)) = self.latest(field, name) {
            self.set(field, name, Some(&value), &source);
            return value;
        }
        let text = field
            .entry
            .default()
            .expect("a field that is read with `value` has a default: a test reads each");
        let default = Scalar {
            text: text.to_owned(),
            form: Form::Default,
        };
        let value = (field.read)(&default).expect("a default can be read: a test reads each");
        self.set(field, name, Some(&value), &Source::Default);
        value
    }

    /// The value of a field that may be left out.
    pub(super) fn optional<T>(&mut self, field: &Field<T>, name: &str) -> Option<T> {
        match self.latest(field, name) {
            Some((value, source)) => {
                self.set(field, name, Some(&value), &source);
                Some(value)
            }
            None => {
                self.set(field, name, None, &Source::Default);
                None
            }
        }
    }

    /// As [`value`](Self::value), from where a path of its source starts.
    pub(super) fn path(&mut self, field: &Field<PathBuf>, name: &str) -> PathBuf {
        let path = self.value(field, name);
        self.resolve(&field.entry, name, &path)
    }

    /// `path` from where a path in the field's source starts.
    pub(super) fn resolve(&self, entry: &Entry, name: &str, path: &Path) -> PathBuf {
        self.source(entry, name)
            .map_or_else(|| path.to_owned(), |source| source.resolve(path))
    }

    /// Where the value that counts was written; `None` if nobody did.
    pub(super) fn source(&self, entry: &Entry, name: &str) -> Option<Source> {
        self.layers.source(&path_of(entry, name)).cloned()
    }

    /// The text of a file that holds one value; the line break at its end belongs to the file.
    pub(super) fn text(&self, path: &Path, max_bytes: usize) -> Result<Scalar, FileError> {
        let mut text = self.files.text(path, max_bytes)?;
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok(Scalar {
            text,
            form: Form::FileOfItsOwn,
        })
    }

    /// The value of the field, which was written at `source`, cannot stand beside the others.
    pub(super) fn refuse(
        &mut self,
        field: &str,
        source: &Source,
        expected: impl Into<String>,
        found: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        let (file, line) = source.place();
        self.problems.push(Problem {
            file,
            line,
            field: Some(field.to_owned()),
            expected: expected.into(),
            found: found.into(),
            hint: hint.into(),
        });
    }

    /// Notes what the value of a field is, and where it came from.
    pub(super) fn set<T>(&mut self, field: &Field<T>, name: &str, value: Option<&T>, source: &Source) {
        let path = path_of(&field.entry, name);
        let shown = value.and_then(|value| match &field.show {
            Show::AsWritten => Some(match source {
                Source::Default => field.entry.default().unwrap_or_default().to_owned(),
                _ => self.layers.written(&path).last()?.scalar.text.clone(),
            }),
            Show::As(show) => Some(show(value)),
            Show::Never => None,
        });
        let setting = Setting {
            field: path,
            hidden: value.is_some() && shown.is_none(),
            value: shown,
            source: source.clone(),
        };
        let earlier = |earlier: &&mut Setting| earlier.field == setting.field;
        match self.settings.iter_mut().find(earlier) {
            Some(earlier) => *earlier = setting,
            None => self.settings.push(setting),
        }
    }

    /// What is wrong, and what every field is.
    pub(super) fn finish(self) -> (Vec<Problem>, Vec<Setting>) {
        (self.problems, self.settings)
    }

    fn latest<T>(&mut self, field: &Field<T>, name: &str) -> Option<(T, Source)> {
        let path = path_of(&field.entry, name);
        let layers = self.layers;
        let mut latest = None;
        for written in layers.written(&path) {
            let read = (field.read)(&written.scalar);
            let value = match read {
                Ok(value) => Some((value, written.source.clone())),
                Err(unfit) => {
                    self.unfit(field, &path, written, unfit);
                    None
                }
            };
            if !written.replaced {
                latest = value;
            }
        }
        latest
    }

    fn unfit<T>(&mut self, field: &Field<T>, path: &str, written: &Written, unfit: Unfit) {
        if unfit.in_the_open {
            let hint = format!(
                "put it into a file and name that in `{path}File`, or set {}",
                variable(path)
            );
            let found = "one, which is not shown";
            self.refuse(
                path,
                &written.source,
                "no secret here, where others can read it",
                found,
                hint,
            );
            return;
        }
        let found = unfit.found.unwrap_or_else(|| match field.show {
            Show::AsWritten if written.scalar.text.is_empty() => "an empty text".to_owned(),
            Show::AsWritten => format!("`{}`", shown(&written.scalar.text)),
            Show::As(_) | Show::Never => "something else, which is not shown".to_owned(),
        });
        self.refuse(path, &written.source, field.entry.expected, found, unfit.hint);
    }
}

/// The path of a field, with the name that the user chose.
pub(super) fn path_of(entry: &Entry, name: &str) -> String {
    entry.path.replace('*', name)
}
