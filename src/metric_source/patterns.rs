//! Label patterns, compiled once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use regex::{Regex, RegexBuilder};

/// Compiled patterns that are remembered. A Canary has a few; when a daemon meets more than this, all are
/// forgotten and compiled again as they are needed.
const PATTERNS_MAX: usize = 1024;

/// Memory that one compiled pattern may take: far more than a label match needs, and 1,024 of them are a
/// bound one can live with.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// A pattern that cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a regular expression that can be used: {reason}")]
pub struct PatternError {
    /// As the template has it.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The compiled patterns of a source.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    compiled: Mutex<HashMap<String, Regex>>,
}

impl Patterns {
    /// `pattern`, anchored at both ends. As with Prometheus, `.` matches a line break too.
    pub(super) fn get(&self, pattern: &str) -> Result<Regex, PatternError> {
        // A panic in here leaves a map that is still whole.
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = compiled.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = compile(pattern)?;
        if compiled.len() >= PATTERNS_MAX {
            compiled.clear();
        }
        compiled.insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }
}

fn compile(pattern: &str) -> Result<Regex, PatternError> {
    let build = |text: &str| {
        RegexBuilder::new(text)
            .size_limit(PATTERN_BYTES_MAX)
            .dfa_size_limit(PATTERN_BYTES_MAX)
            .build()
            .map_err(|error| PatternError {
                pattern: pattern.to_owned(),
                reason: last_line(&error.to_string()),
            })
    };
    // By itself first: `a)|(b` is only an expression once it stands in our brackets.
    build(pattern)?;
    build(&format!("^(?s:{pattern})$"))
}

/// The message proper; the lines above it draw the pattern.
fn last_line(message: &str) -> String {
    let last = message.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_the_whole_value() {
        let patterns = Patterns::default();
        assert!(patterns.get("5..").unwrap().is_match("503"));
        assert!(!patterns.get("5..").unwrap().is_match("5031"));
        assert!(patterns.get("a|ab").unwrap().is_match("ab"));
        assert!(!patterns.get("a|ab").unwrap().is_match("abc"));
        assert!(patterns.get(".*").unwrap().is_match("two\nlines"));
    }

    #[test]
    fn a_pattern_that_leaves_its_brackets_is_refused() {
        let error = Patterns::default().get("a)|(b").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`a)|(b` is not a regular expression that can be used: unopened group"
        );
    }

    #[test]
    fn a_pattern_that_grows_beyond_its_bound_is_refused() {
        let error = Patterns::default().get(r"(\w{1,50}){1,50}").unwrap_err();
        assert!(error.reason.contains("size limit"), "{error}");
    }

    #[test]
    fn the_cache_is_bounded() {
        let patterns = Patterns::default();
        for index in 0..=PATTERNS_MAX {
            patterns.get(&format!("p{index}")).unwrap();
        }
        assert_eq!(patterns.compiled.lock().unwrap().len(), 1);
    }
}
