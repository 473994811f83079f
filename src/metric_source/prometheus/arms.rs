//! An answer for many, taken apart by arm.

use std::collections::HashMap;

use regex::Regex;

use crate::metric_source::patterns::{PatternError, Patterns};
use crate::spec::Labels;
use crate::spec::matcher::literal;

/// Finds the arms that a row belongs to. Arms with plain values only, which are most, are looked up; the others are tried in turn,
/// once for each combination of values.
pub(super) struct ArmIndex {
    plain: HashMap<Vec<String>, Vec<usize>>,
    tried: Vec<(usize, Vec<Test>)>,
    known: HashMap<Vec<String>, Vec<usize>>,
}

/// One label's value against one pattern.
enum Test {
    Is(String),
    Matches { prefix: String, pattern: Regex },
}

impl ArmIndex {
    /// An index of `arms`, each by its position. All name the same labels.
    ///
    /// # Errors
    /// [`PatternError`] for the first pattern that cannot be compiled.
    pub(super) fn new(arms: &[&Labels], patterns: &Patterns) -> Result<Self, PatternError> {
        let mut index = Self {
            plain: HashMap::new(),
            tried: Vec::new(),
            known: HashMap::new(),
        };
        for (position, arm) in arms.iter().enumerate() {
            match arm
                .values()
                .map(|pattern| literal(pattern))
                .collect::<Option<Vec<_>>>()
            {
                Some(values) => index.plain.entry(values).or_default().push(position),
                None => {
                    let tests = arm.values().map(|pattern| Test::new(pattern, patterns));
                    index.tried.push((position, tests.collect::<Result<_, _>>()?));
                }
            }
        }
        Ok(index)
    }

    /// The positions of the arms with these values of the arm labels, in the labels' order.
    pub(super) fn find(&mut self, values: &[&str]) -> &[usize] {
        // Two look-ups, because a borrow that is returned cannot be given up again.
        let key: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        let (plain, tried) = (&self.plain, &self.tried);
        self.known.entry(key).or_insert_with_key(|key| {
            let mut found = plain.get(key).cloned().unwrap_or_default();
            let matching = tried
                .iter()
                .filter(|(_, tests)| tests.iter().zip(key).all(|(test, value)| test.holds(value)));
            found.extend(matching.map(|(position, _)| *position));
            found
        })
    }
}

impl Test {
    fn new(pattern: &str, patterns: &Patterns) -> Result<Self, PatternError> {
        if let Some(value) = literal(pattern) {
            return Ok(Self::Is(value));
        }
        Ok(Self::Matches {
            prefix: plain_prefix(pattern),
            pattern: patterns.get(pattern)?,
        })
    }

    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Is(expected) => value == expected,
            // The prefix spares most of the expressions: there are as many as arms, for each pod.
            Self::Matches { prefix, pattern } => {
                value.starts_with(prefix.as_str()) && pattern.is_match(value)
            }
        }
    }
}

/// What every match of `pattern` begins with; possibly nothing.
fn plain_prefix(pattern: &str) -> String {
    if pattern.contains('|') {
        return String::new();
    }
    // What comes before `*`, `?` or `{` may be missing, so it does not count.
    let end = pattern
        .find(['.', '+', '*', '?', '(', '[', '{', '^', '$'])
        .unwrap_or(pattern.len());
    let mut prefix = &pattern[..end];
    if pattern[end..].starts_with(['*', '?', '{']) {
        let before = prefix
            .char_indices()
            .next_back()
            .map_or(0, |(position, _)| position);
        prefix = prefix[..before].trim_end_matches('\\');
    }
    literal(prefix).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs
            .iter()
            .map(|(label, pattern)| ((*label).into(), (*pattern).into()))
            .collect()
    }

    #[test]
    fn rows_find_their_arms_by_value_and_by_pattern() {
        let arms = [
            labels(&[("app", "checkout"), ("ns", "shop")]),
            labels(&[("app", r"checkout\-.*"), ("ns", "shop")]),
            labels(&[("app", "checkout"), ("ns", "test")]),
        ];
        let arms: Vec<&Labels> = arms.iter().collect();
        let mut index = ArmIndex::new(&arms, &Patterns::default()).unwrap();
        assert_eq!(index.find(&["checkout", "shop"]), [0]);
        assert_eq!(index.find(&["checkout-x", "shop"]), [1]);
        assert_eq!(index.find(&["checkout-x", "test"]), [0_usize; 0]);
        assert_eq!(index.find(&["checkout", "test"]), [2]);
    }

    #[test]
    fn a_prefix_is_only_what_every_match_begins_with() {
        for (pattern, prefix) in [
            (r"check\-out\-.*", "check-out-"),
            ("ab*c", "a"),
            ("ab?", "a"),
            ("ab{0,2}", "a"),
            ("ab+", "ab"),
            ("a|b", ""),
            (r"a\.*", ""),
            (r"a\d+", ""),
            ("(?i)a", ""),
        ] {
            assert_eq!(plain_prefix(pattern), prefix, "{pattern}");
        }
    }
}
