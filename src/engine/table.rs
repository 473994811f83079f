//! A verdict as a small table: one row a metric, each cell as an engineer on call reads it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::verdict::{Evidence, MetricVerdict, Verdict};
use super::words::{count, odds, side_of_limit};

/// What stands above the cells of a row, in their order.
const HEADINGS: [&str; 7] = [
    "metric", "canary", "baseline", "limit", "requests", "harm", "health",
];

/// A cell where there is nothing to say.
const NOTHING: &str = "–";

/// One row a metric, in the order of the Canary's metrics.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Table {
    /// The rows.
    pub rows: Vec<Row>,
}

/// What one metric says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The metric's template, and what of it is measured: `success-rate: errors`.
    pub metric: String,
    /// What the canary has: a share, a quantile, a number with its unit.
    pub canary: String,
    /// What the baseline has.
    pub baseline: String,
    /// What the canary counts as harmful beyond.
    pub limit: String,
    /// Requests of the canary and of the baseline, since the rollout began.
    pub requests: String,
    /// Evidence of harm as a share of the rollout's, and what proves that; of a value, the looks in a row that break its limit.
    pub harm: String,
    /// Evidence of health at the gate, and what proves it; of a value, the looks in a row that keep its limit.
    pub health: String,
}

impl Table {
    /// The table of `verdict`.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        let row = |metric| Row::of(metric, verdict);
        Self {
            rows: verdict.metrics.iter().map(row).collect(),
        }
    }
}

impl Row {
    fn of(metric: &MetricVerdict, verdict: &Verdict) -> Self {
        let value = |value| metric.measure.value(value);
        let (limit, requests, harm, health) = match &metric.value {
            Some(judged) => {
                let run = judged.runs.canary;
                let looks = |breaks| match run.breaks == breaks {
                    true => format!("{} of {} looks", run.looks.min(judged.looks), judged.looks),
                    false => NOTHING.to_owned(),
                };
                let limit = format!("{} {}", side_of_limit(judged.bound), value(Some(judged.limit)));
                (limit, NOTHING.to_owned(), looks(true), looks(false))
            }
            None => {
                let (limit, harm) = metric.gravest_harm();
                let baseline = if verdict.no_concurrent_baseline {
                    "as before".to_owned()
                } else {
                    count(metric.requests.baseline)
                };
                let requests = format!("{} / {baseline}", count(metric.requests.canary));
                // In the units of the sentence that stands above the table: its evidence is the sum of these.
                let harm = of_limit(harm.in_units_of(verdict.harm.limit));
                (value(limit), requests, harm, of_limit(metric.health))
            }
        };
        Self {
            metric: format!("{}: {}", metric.metric, metric.measure.name()),
            canary: value(metric.estimate.canary),
            baseline: value(metric.estimate.baseline),
            limit,
            requests,
            harm,
            health,
        }
    }

    /// The cells in the order of the table's headings.
    #[must_use]
    pub fn cells(&self) -> [&str; 7] {
        let Self {
            metric,
            canary,
            baseline,
            limit,
            requests,
            harm,
            health,
        } = self;
        [metric, canary, baseline, limit, requests, harm, health].map(String::as_str)
    }
}

/// Evidence beside what proves it: `212:1 of 250:1`.
fn of_limit(evidence: Evidence) -> String {
    format!("{} of {}", odds(evidence.log), odds(evidence.limit))
}

/// Columns in line for a font in which every character is as wide as the next; no line break at the end.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells: Vec<_> = std::iter::once(HEADINGS)
            .chain(self.rows.iter().map(Row::cells))
            .collect();
        let mut widths = [0; HEADINGS.len()];
        for (column, width) in widths.iter_mut().enumerate() {
            *width = cells
                .iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0);
        }
        for (line, row) in cells.iter().enumerate() {
            if line > 0 {
                f.write_str("\n")?;
            }
            let mut text = String::new();
            for (cell, width) in row.iter().zip(widths) {
                text.push_str(&format!("{cell:<width$}  "));
            }
            f.write_str(text.trim_end())?;
        }
        Ok(())
    }
}
