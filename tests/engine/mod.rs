//! The engine from outside: events in, effects out.
//!
//! One fact a test, told by a [`scenario`] in a world that does what it is asked.

mod aborting;
mod baking;
mod deadline;
mod drift;
mod holds;
mod no_data;
mod object;
mod observing;
mod operators;
mod promoting;
mod restart;
mod scenario;
mod served;
mod state;
mod steps;
mod thresholds;
mod writes;
