//! Why series that were found cannot be counted.

/// Series of one endpoint that cannot be counted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum SeriesError {
    /// A value that no counter has.
    #[error("line {line}: `{series}` is {value}, but a counter is a finite number and not negative")]
    Value {
        /// Counted from 1.
        line: usize,
        /// Name and labels, shortened.
        series: String,
        /// What was found.
        value: f64,
    },
    /// A sum that overflows.
    #[error("the sum of `{metric}` is too large for a number")]
    Overflow {
        /// What was summed.
        metric: String,
    },
    /// A bucket without an edge that is a number.
    #[error("line {line}: `{series}` has no label `le` with a number in it")]
    Edge {
        /// Counted from 1.
        line: usize,
        /// Name and labels, shortened.
        series: String,
    },
    /// Two buckets with one edge, such as `1` and `1.0`.
    #[error("lines {first} and {second}: `{series}` has two buckets with the same edge")]
    SameEdge {
        /// Counted from 1.
        first: usize,
        /// Counted from 1.
        second: usize,
        /// Name and labels, shortened.
        series: String,
    },
    /// A bucket that holds less than the one below it.
    #[error(
        "lines {lower} and {upper}: the buckets of `{series}` are not cumulative: \
         {upper_value} after {lower_value}"
    )]
    NotCumulative {
        /// Line of the lower edge, counted from 1.
        lower: usize,
        /// Line of the upper edge, counted from 1.
        upper: usize,
        /// Name and labels, shortened.
        series: String,
        /// What the lower bucket holds.
        lower_value: f64,
        /// What the upper bucket holds.
        upper_value: f64,
    },
    /// No bucket for everything.
    #[error("`{series}` has no bucket with le=\"+Inf\"")]
    NoInfinity {
        /// Name and labels, shortened.
        series: String,
    },
    /// Nothing to compare: only the bucket for everything.
    #[error("`{series}` has no bucket with a finite edge")]
    NoFiniteEdge {
        /// Name and labels, shortened.
        series: String,
    },
    /// Buckets without their count.
    #[error("`{series}` is missing beside its buckets")]
    NoCount {
        /// Name and labels, shortened.
        series: String,
    },
    /// A count without its buckets.
    #[error("line {line}: `{series}` has no buckets; a classic histogram is needed")]
    NoBuckets {
        /// Counted from 1.
        line: usize,
        /// Name and labels, shortened.
        series: String,
    },
    /// The count is not what the buckets add up to.
    #[error("line {line}: `{series}` is {count}, but its bucket with le=\"+Inf\" holds {infinity}")]
    CountDiffers {
        /// Counted from 1.
        line: usize,
        /// Name and labels, shortened.
        series: String,
        /// What `_count` says.
        count: f64,
        /// What the bucket says.
        infinity: f64,
    },
    /// Two histograms of one endpoint that cannot be summed.
    #[error("`{series}` and `{other}` have different bucket edges, so they cannot be summed")]
    Layout {
        /// Name and labels, shortened.
        series: String,
        /// Name and labels, shortened.
        other: String,
    },
}
