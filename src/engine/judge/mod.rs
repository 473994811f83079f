//! Counts in, evidence and a verdict out.
//!
//! [`counting`] takes a look's raw counters to [`counts`]; these are paired (`pairing.rs`), each metric's tests
//! bet on them (`rate.rs`, `tail.rs`; a value's looks are merely counted, `value.rs`), and the [`Judge`] adds the evidence of all metrics up within one
//! [`budget`]. What it means for the rollout is the [`policy`]'s. The tests themselves stand one in a file, with their formulas.

pub mod abort_test;
mod block_noise;
pub mod budget;
pub mod combine;
pub mod counting;
pub mod counts;
pub mod decayed_rate;
pub mod dispersion;
pub mod eta;
pub mod gate;
pub mod health_test;
pub mod hedge;
pub mod history;
pub mod latency;
pub mod log_sum;
pub(in crate::engine) mod log_text;
pub mod mixture;
mod opinion;
mod pairing;
mod panel;
pub mod policy;
pub mod proportion;
mod quantile;
mod rate;
pub mod robust;
mod tail;
mod tempered;
pub mod threshold;
mod value;

pub use hedge::Unprovable;
pub use panel::{Bench, Judge};

/// The version of the judge's arithmetic. Evidence of one version is not continued by another.
pub const VERSION: u32 = 1;
