//! Counts in, evidence and a verdict out.
