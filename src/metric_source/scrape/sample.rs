//! One sample line: `name{label="value"} 12 1700000000000 # {exemplar} 3`.
//!
//! Finds the pieces of a line, and refuses every line that is not wholly a sample. What the pieces say is
//! read in `parser.rs`.

use std::collections::BTreeMap;

use super::exposition::Dialect;
use crate::spec::Timestamp;

/// Label names and values. A label with an empty value is the same as none, and is left out.
pub type Labels = BTreeMap<String, String>;

/// What the formats allow between two words of a line.
pub(super) const BLANK: [char; 2] = [' ', '\t'];

/// The pieces of a sample line, as they stand in the text.
#[derive(Debug)]
pub(super) struct RawSample<'a> {
    pub(super) name: &'a str,
    /// Values without their quotes, still escaped.
    pub(super) labels: Vec<(&'a str, &'a str)>,
    pub(super) value: &'a str,
    time: Option<&'a str>,
}

/// Why a line is not a sample.
pub(super) type Problem = &'static str;

impl<'a> RawSample<'a> {
    /// Takes apart a line without its line break and outer blanks.
    pub(super) fn scan(line: &'a str) -> Result<Self, Problem> {
        let (name, rest) = take_name(line, |c| c == ':').ok_or("a sample starts with a metric name")?;
        let (labels, rest) = match rest.trim_start_matches(BLANK).strip_prefix('{') {
            Some(labels) => take_labels(labels)?,
            None if rest.starts_with(BLANK) => (Vec::new(), rest),
            None => return Err("expected `{` or a blank after the metric name"),
        };
        let (value, time, rest) = take_numbers(rest)?;
        if !rest.is_empty() {
            check_exemplar(rest)?;
        }
        Ok(Self {
            name,
            labels,
            value,
            time,
        })
    }

    /// The sample's own time, where it has one.
    pub(super) fn time(&self, dialect: Dialect) -> Result<Option<Timestamp>, Problem> {
        let Some(time) = self.time else { return Ok(None) };
        match dialect {
            Dialect::Prometheus => {
                let ms: i64 = time
                    .parse()
                    .map_err(|_| "the time stamp is not a whole number of milliseconds")?;
                Ok(Some(Timestamp(u64::try_from(ms).unwrap_or(0))))
            }
            Dialect::OpenMetrics => match time.parse::<f64>() {
                Ok(seconds) if seconds.is_finite() => Ok(Some(Timestamp((seconds * 1000.0).round() as u64))),
                _ => Err("the time stamp is not a number of seconds"),
            },
        }
    }
}

/// A metric or label name at the start of `text`, and the rest.
fn take_name(text: &str, also: impl Fn(char) -> bool) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || also(c)))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some((name, rest))
}

type RawLabels<'a> = Vec<(&'a str, &'a str)>;

/// The labels after an opening brace, and what stands after the closing one.
fn take_labels(mut rest: &str) -> Result<(RawLabels<'_>, &str), Problem> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches(BLANK);
        if let Some(rest) = rest.strip_prefix('}') {
            return Ok((labels, rest));
        }
        let (name, after) = take_name(rest, |_| false).ok_or("expected a label name or `}`")?;
        let quoted = after
            .trim_start_matches(BLANK)
            .strip_prefix('=')
            .and_then(|after| after.trim_start_matches(BLANK).strip_prefix('"'))
            .ok_or("expected `=\"` after a label name")?;
        let end = closing_quote(quoted).ok_or("a label value has no closing quote")?;
        labels.push((name, &quoted[..end]));
        rest = quoted[end + 1..].trim_start_matches(BLANK);
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None if rest.starts_with('}') => {}
            None => return Err("expected `,` or `}` after a label value"),
        }
    }
}

fn closing_quote(quoted: &str) -> Option<usize> {
    let mut escaped = false;
    quoted.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

/// A value, perhaps a time, and what stands after them.
fn take_numbers(rest: &str) -> Result<(&str, Option<&str>, &str), Problem> {
    let (value, rest) = take_word(rest);
    if !is_number(value) {
        return Err("the value is not a number");
    }
    if rest.is_empty() || rest.starts_with('#') {
        return Ok((value, None, rest));
    }
    let (time, rest) = take_word(rest);
    if !is_number(time) {
        return Err("the time stamp is not a number");
    }
    Ok((value, Some(time), rest))
}

/// The next word, and the rest from the word after it.
fn take_word(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches(BLANK);
    let (word, rest) = text.split_at(text.find(BLANK).unwrap_or(text.len()));
    (word, rest.trim_start_matches(BLANK))
}

fn is_number(word: &str) -> bool {
    word.parse::<f64>().is_ok()
}

/// Exemplars are not used, but a line that only looks like one may be two lines run together.
fn check_exemplar(text: &str) -> Result<(), Problem> {
    const PROBLEM: Problem = "expected nothing, or an exemplar, after the value and its time";
    let labels = text
        .strip_prefix('#')
        .and_then(|text| text.trim_start_matches(BLANK).strip_prefix('{'))
        .ok_or(PROBLEM)?;
    let (_, rest) = take_labels(labels)?;
    match take_numbers(rest)? {
        (_, _, "") => Ok(()),
        _ => Err(PROBLEM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stamps_are_milliseconds_or_openmetrics_seconds() {
        let classic = RawSample::scan("up 1 1700000000123").unwrap();
        assert_eq!(
            classic.time(Dialect::Prometheus),
            Ok(Some(Timestamp(1_700_000_000_123)))
        );
        let open = RawSample::scan(r#"up 1 1700000000.123 # {trace="a b"} 0.7 1.5"#).unwrap();
        assert_eq!(
            open.time(Dialect::OpenMetrics),
            Ok(Some(Timestamp(1_700_000_000_123)))
        );
        assert!(open.time(Dialect::Prometheus).is_err());
    }
}
