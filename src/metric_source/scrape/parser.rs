//! The labels and the value of a sample, by way of the crate prometheus-parse.
//!
//! That crate is written for well-behaved input: it drops lines that it does not understand (a `:` in a
//! name, `{}`, a `}` inside quotes), mangles others (a `,` or `=` inside quotes, blanks between labels, a
//! label given twice), ignores what stands after a time stamp, and takes the present for a time stamp
//! that it cannot read. So it is given one sample at a time, already taken apart and put together again in the
//! plainest form there is, and what comes back is compared with what went in.

use std::iter::once;

use prometheus_parse::{Scrape, Value};

use super::sample::{Labels, Problem, RawSample};

/// Stands for `:` in a metric name on its way through prometheus-parse, which knows word characters only. A
/// letter to the crate, and no letter of any metric name: those are ASCII.
const COLON_STAND_IN: &str = "\u{2d0}";

impl RawSample<'_> {
    /// The labels and the value, by way of prometheus-parse.
    pub(super) fn parse(&self) -> Result<(Labels, f64), Problem> {
        let name = self.name.replace(':', COLON_STAND_IN);
        let line = match self.labels.as_slice() {
            [] => format!("{name} {}", self.value),
            labels => {
                let labels: Vec<String> = labels
                    .iter()
                    .map(|(name, value)| format!("{name}=\"{}\"", shield(value)))
                    .collect();
                format!("{name}{{{}}} {}", labels.join(","), self.value)
            }
        };
        // One line at a time and without its TYPE: then every line must give exactly one plain sample, and
        // one that was dropped is known by its number.
        let scrape = Scrape::parse(once(Ok(line))).map_err(|_| "cannot be read")?;
        let [sample] = scrape.samples.as_slice() else {
            return Err("was dropped by the parser");
        };
        if sample.labels.len() != self.labels.len() {
            return Err("a label is given twice");
        }
        match sample.value {
            Value::Untyped(value) if sample.metric == name => {
                let labels = sample
                    .labels
                    .iter()
                    .filter(|(_, value)| !value.is_empty())
                    .map(|(name, value)| (name.clone(), unshield(value)));
                Ok((labels.collect(), value))
            }
            _ => Err("was read as something else by the parser"),
        }
    }
}

/// Resolves the escapes of a label value, and writes all that could mean something to prometheus-parse as
/// `%` and two hexadecimal digits.
fn shield(escaped: &str) -> String {
    let mut shielded = String::with_capacity(escaped.len());
    let mut chars = escaped.chars().peekable();
    while let Some(c) = chars.next() {
        let c = match (c, chars.peek()) {
            ('\\', Some('n')) => chars.next().map(|_| '\n'),
            ('\\', Some('\\' | '"')) => chars.next(),
            // Prometheus keeps a backslash that escapes nothing.
            _ => Some(c),
        };
        match c {
            Some(c) if c.is_ascii() && !c.is_ascii_alphanumeric() => {
                shielded.push_str(&format!("%{:02x}", c as u32));
            }
            c => shielded.extend(c),
        }
    }
    shielded
}

/// Undoes [`shield`]'s second half.
fn unshield(shielded: &str) -> String {
    let mut parts = shielded.split('%');
    let mut value = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        value.extend(byte.map(char::from));
        value.push_str(part.get(2..).unwrap_or_default());
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels_of(line: &str) -> Labels {
        RawSample::scan(line).unwrap().parse().unwrap().0
    }

    #[test]
    fn what_means_something_to_the_parser_survives_inside_quotes() {
        let labels = labels_of(r#"http:requests{a="{,}=%\"\\\n", b = "x%2cy" ,c="\d é",} 3"#);
        assert_eq!(labels["a"], "{,}=%\"\\\n");
        assert_eq!(labels["b"], "x%2cy");
        assert_eq!(labels["c"], "\\d é");
    }

    #[test]
    fn a_label_without_a_value_is_no_label() {
        assert_eq!(labels_of(r#"up{a=""} 1"#), Labels::new());
        assert_eq!(labels_of("up{} 1"), Labels::new());
    }
}
