//! A verdict's table, in words, as the document describes it.

use utoipa::ToSchema;

/// What one metric says, in words for people: a row of the engine's table.
#[derive(Debug, ToSchema)]
pub struct RowView {
    /// The metric's template, and what of it is measured.
    #[schema(example = "success-rate: errors")]
    pub metric: String,
    /// What the canary has.
    #[schema(example = "1.90 %")]
    pub canary: String,
    /// What the baseline has.
    #[schema(example = "0.40 %")]
    pub baseline: String,
    /// What the canary counts as harmful beyond.
    #[schema(example = "1.10 %")]
    pub limit: String,
    /// Requests of the canary and of the baseline.
    #[schema(example = "1,320 / 11,870")]
    pub requests: String,
    /// Evidence of harm, and what proves it.
    #[schema(example = "212:1 of 100:1")]
    pub harm: String,
    /// Evidence of health at the gate, and what proves it.
    #[schema(example = "1:15 of 20:1")]
    pub health: String,
}
