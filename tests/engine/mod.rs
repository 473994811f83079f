//! The engine from outside: events in, effects out.
//!
//! One fact a test, told by a [`scenario`] in a world that does what it is asked; and the promises under
//! [`random`] sequences of everything that can happen.

mod aborting;
mod baking;
mod confirming;
mod deadline;
mod drift;
mod explaining;
mod holds;
mod hooks;
mod no_data;
mod object;
mod observing;
mod operators;
mod owing;
mod promoting;
mod random;
mod restart;
mod scaling;
pub(crate) mod scenario;
pub(crate) mod served;
mod state;
mod steps;
mod thresholds;
mod values;
mod writes;
