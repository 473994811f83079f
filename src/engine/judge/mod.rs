//! Counts in, evidence and a verdict out.

pub mod abort_test;
mod block_noise;
pub mod budget;
pub mod combine;
pub mod decayed_rate;
pub mod dispersion;
pub mod eta;
pub mod gate;
pub mod health_test;
pub mod hedge;
pub mod history;
pub mod latency;
pub mod log_sum;
mod log_text;
pub mod mixture;
pub mod policy;
pub mod proportion;
pub mod robust;
mod tempered;
pub mod threshold;
