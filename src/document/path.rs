//! Where in a document a value stands: `spec.analysis.metrics[0].margin.absolute`.

use std::fmt;

/// The way from the top of a document to one of its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldPath(Vec<Segment>);

/// One step of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Into a mapping.
    Key(String),
    /// Into a list, from 0.
    Index(usize),
}

impl FieldPath {
    /// The path that is written `dotted`; keys only.
    pub(crate) fn of(dotted: &str) -> Self {
        Self(
            dotted
                .split('.')
                .map(|key| Segment::Key(key.to_owned()))
                .collect(),
        )
    }

    /// The value at `key` in the mapping here.
    pub(crate) fn key(&self, key: &str) -> Self {
        self.and(Segment::Key(key.to_owned()))
    }

    /// The element at `index` in the list here.
    pub(crate) fn index(&self, index: usize) -> Self {
        self.and(Segment::Index(index))
    }

    /// Its steps from the top.
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether one of the two holds the other, or they are the same.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }

    /// Puts the whole below `segment`.
    pub(crate) fn below(mut self, segment: Segment) -> Self {
        self.0.insert(0, segment);
        self
    }

    fn and(&self, segment: Segment) -> Self {
        let mut longer = self.clone();
        longer.0.push(segment);
        longer
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if position == 0 => write!(f, "{key}")?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_people_write_it() {
        let path = FieldPath::of("spec.analysis.metrics").index(0).key("margin");
        assert_eq!(path.to_string(), "spec.analysis.metrics[0].margin");
    }

    #[test]
    fn a_path_overlaps_what_it_holds() {
        let steps = FieldPath::of("spec.steps");
        assert!(steps.overlaps(&steps.index(1)));
        assert!(steps.index(1).overlaps(&steps));
        assert!(!steps.index(0).overlaps(&steps.index(1)));
    }
}
