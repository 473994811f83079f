//! Counts in, evidence and a verdict out.
pub mod counts;
