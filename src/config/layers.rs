//! What every layer wrote, one above the other.

mod chosen_files;
mod environment;
mod flags;
mod service_links;
mod suggestion;
mod yaml;

use std::collections::BTreeMap;

pub(super) use chosen_files::ENVIRONMENTS;
pub use environment::Environment;
pub use flags::{Flags, StoreFlags};

use super::files::Files;
use super::scalar::Scalar;
use super::source::Source;
use crate::document::Problem;

/// What every layer wrote.
#[derive(Default)]
pub(super) struct Layers {
    written: BTreeMap<String, Vec<Written>>,
    names: BTreeMap<String, Source>,
    files: Vec<String>,
    problems: Vec<Problem>,
}

/// A value in one layer.
pub(super) struct Written {
    /// What was written.
    pub(super) scalar: Scalar,
    /// Where.
    pub(super) source: Source,
    /// Whether a later layer made something else of what this belonged to, so that it does not count.
    pub(super) replaced: bool,
}

impl Layers {
    /// Reads every layer, and notes what is wrong with it.
    pub(super) fn read(environment: &Environment, flags: &Flags, files: &dyn Files) -> Self {
        let mut layers = Self::default();
        chosen_files::add(environment, flags, files, &mut layers);
        environment.add_to(&mut layers);
        flags.add_to(&mut layers);
        layers
    }

    /// What was written at `path`, the winner last.
    pub(super) fn written(&self, path: &str) -> &[Written] {
        self.written.get(path).map_or(&[], Vec::as_slice)
    }

    /// Where the value that counts at `path` was written.
    pub(super) fn source(&self, path: &str) -> Option<&Source> {
        let counting = |written: &&Written| !written.replaced;
        self.written(path)
            .iter()
            .rfind(counting)
            .map(|written| &written.source)
    }

    /// The names that users chose below `path`, each with where it was first written.
    pub(super) fn names_below(&self, path: &str) -> BTreeMap<String, Source> {
        let prefix = format!("{path}.");
        self.names
            .iter()
            .filter_map(|(named, source)| Some((named.strip_prefix(&prefix)?.to_owned(), source.clone())))
            .collect()
    }

    /// What layers before `layer` wrote below `path` counts no longer.
    pub(super) fn replace_below(&mut self, path: &str, layer: u8) {
        let prefix = format!("{path}.");
        for (_, written) in self
            .written
            .iter_mut()
            .filter(|(field, _)| field.starts_with(&prefix))
        {
            for written in written
                .iter_mut()
                .filter(|written| written.source.layer() < layer)
            {
                written.replaced = true;
            }
        }
    }

    /// The problems so far, to add to, and the names of the files in their order.
    pub(super) fn into_problems(self) -> (Vec<Problem>, Vec<String>) {
        (self.problems, self.files)
    }

    fn write(&mut self, path: &str, scalar: Scalar, source: Source) {
        self.written.entry(path.to_owned()).or_default().push(Written {
            scalar,
            source,
            replaced: false,
        });
    }

    fn name(&mut self, path: &str, source: &Source) {
        self.names
            .entry(path.to_owned())
            .or_insert_with(|| source.clone());
    }

    fn refuse(
        &mut self,
        source: &Source,
        field: Option<&str>,
        expected: impl Into<String>,
        found: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) {
        let (file, line) = source.place();
        self.problems.push(Problem {
            file,
            line,
            field: field.map(str::to_owned),
            expected: expected.into(),
            found: found.into(),
            hint: hint.into(),
        });
    }
}
