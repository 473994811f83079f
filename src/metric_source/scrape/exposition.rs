//! The text that an endpoint answers with: Prometheus' text format 0.0.4, or OpenMetrics 1.0.
//!
//! Promises to account for every line: a line is a sample, a comment or empty, or the whole text is refused
//! with its number. Only the families that somebody wants are kept. What a series means, and whether its
//! value can be one, is left to the readers of families.
//!
//! A text that was cut off exactly between two lines cannot be told from a shorter one; OpenMetrics has its
//! `# EOF` against that, and HTTP its content length.

use std::collections::{BTreeMap, BTreeSet};

use super::sample::{BLANK, RawSample};
use crate::metric_source::shorten::shorten;
use crate::spec::Timestamp;

pub use super::exposition_error::ExpositionError;
pub use super::sample::Labels;

/// Series of wanted families that one text may have: a histogram of 20 buckets under 900 label sets. Each
/// takes about a KiB while a look lasts.
pub const SERIES_MAX: usize = 20_000;

/// Metric names that are remembered of a text; they only serve to find what a misspelt name may have meant.
const NAMES_MAX: usize = 2_000;

/// What an endpoint exposes of the families that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposition {
    families: BTreeMap<String, BTreeMap<Labels, Point>>,
    series: usize,
    names: BTreeSet<String>,
    described: BTreeSet<String>,
}

/// The value of one series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// As it stands in the text: perhaps not a number, infinite or negative.
    pub value: f64,
    /// The sample's own time, or that of the look.
    pub at: Timestamp,
    /// Its line, counted from 1.
    pub line: usize,
}

/// The two formats differ in their time stamps and in how they end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Prometheus' text format: time stamps in milliseconds. Also OpenMetrics under a wrong content type, where
    /// the text ends in `# EOF`.
    Prometheus,
    /// OpenMetrics: time stamps in seconds, and `# EOF` at the end.
    OpenMetrics,
}

impl Exposition {
    /// Reads `body`, keeping the series whose metric name is in `wanted`. `now` is the time of samples
    /// that have none of their own.
    pub fn parse(
        body: &[u8],
        dialect: Dialect,
        wanted: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Self, ExpositionError> {
        let text = std::str::from_utf8(body).map_err(|error| ExpositionError::NotUtf8 {
            line: line_at(&body[..error.valid_up_to()]),
        })?;
        let dialect = check_ending(text, dialect)?;
        let mut exposition = Self {
            families: BTreeMap::new(),
            series: 0,
            names: BTreeSet::new(),
            described: BTreeSet::new(),
        };
        let mut ended = false;
        for (index, raw) in text.split('\n').enumerate() {
            let line = index + 1;
            let content = raw.trim_matches(BLANK);
            if content.is_empty() {
                continue;
            }
            if ended {
                let text = shorten(raw);
                return Err(ExpositionError::AfterEof { line, text });
            }
            match content.strip_prefix('#') {
                Some(" EOF") => ended = true,
                Some(comment) => exposition.describe(comment, wanted),
                None => exposition.take(content, line, dialect, wanted, now)?,
            }
        }
        Ok(exposition)
    }

    /// The series of the family `name`, in the order of their labels.
    pub fn family(&self, name: &str) -> impl Iterator<Item = (&Labels, &Point)> {
        self.families.get(name).into_iter().flatten()
    }

    /// The value of the series `name` with exactly these labels.
    #[must_use]
    pub fn series(&self, name: &str, labels: &Labels) -> Option<&Point> {
        self.families.get(name)?.get(labels)
    }

    /// Whether a `# TYPE` or `# HELP` line speaks of the wanted family `name`: a vector without children yet.
    /// OpenMetrics describes a counter without its `_total`.
    #[must_use]
    pub fn describes(&self, name: &str) -> bool {
        self.described.contains(name)
            || name
                .strip_suffix("_total")
                .is_some_and(|base| self.described.contains(base))
    }

    /// Metric names in the text, wanted or not; of a text with very many, the first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    fn describe(&mut self, comment: &str, wanted: &BTreeSet<String>) {
        let mut words = comment.split(BLANK).filter(|word| !word.is_empty());
        if let (Some("TYPE" | "HELP"), Some(name)) = (words.next(), words.next()) {
            // The described name may lack a suffix that the series have.
            if wanted.iter().any(|wanted| wanted.starts_with(name)) {
                self.described.insert(name.to_owned());
            }
        }
    }

    fn take(
        &mut self,
        content: &str,
        line: usize,
        dialect: Dialect,
        wanted: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<(), ExpositionError> {
        let refused = |problem| ExpositionError::Line {
            line,
            problem,
            text: shorten(content),
        };
        let sample = RawSample::scan(content).map_err(refused)?;
        if self.names.len() < NAMES_MAX && !self.names.contains(sample.name) {
            self.names.insert(sample.name.to_owned());
        }
        if !wanted.contains(sample.name) {
            return Ok(());
        }
        let (labels, value) = sample.parse().map_err(refused)?;
        let at = sample.time(dialect).map_err(refused)?.unwrap_or(now);
        self.series += 1;
        if self.series > SERIES_MAX {
            return Err(ExpositionError::TooMany { line });
        }
        let family = self.families.entry(sample.name.to_owned()).or_default();
        match family.insert(labels, Point { value, at, line }) {
            None => Ok(()),
            Some(first) => Err(ExpositionError::Duplicate {
                line,
                first: first.line,
                text: shorten(content),
            }),
        }
    }
}

/// Whether the text is whole, and which dialect its ending tells.
fn check_ending(text: &str, dialect: Dialect) -> Result<Dialect, ExpositionError> {
    let content = text.trim_end_matches('\n');
    if content.trim_matches(BLANK).is_empty() {
        return Err(ExpositionError::Empty);
    }
    let last = content.rsplit('\n').next().unwrap_or_default();
    if last == "# EOF" {
        return Ok(Dialect::OpenMetrics);
    }
    let line = line_at(content.as_bytes());
    let text_shown = shorten(last);
    match dialect {
        Dialect::OpenMetrics => Err(ExpositionError::NoEof {
            line,
            text: text_shown,
        }),
        Dialect::Prometheus if text.ends_with('\n') => Ok(dialect),
        Dialect::Prometheus => Err(ExpositionError::CutOff {
            line,
            text: text_shown,
        }),
    }
}

/// The number of the line that starts or goes on after `before`.
fn line_at(before: &[u8]) -> usize {
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}
