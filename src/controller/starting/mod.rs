//! Starts rollouts, and ends those whose canary is another one by now.
//!
//! What was dealt with last is kept in two places. The journal has it with the rollout, and knows first; the Canary's status has
//! it for those that never had a rollout, or whose rollouts are forgotten. One Canary's changes are dealt with one after the other, so
//! that the newest rollout that a change started says all that the status may not say yet.

mod attempt;
mod decide;
mod starter;
mod step;

pub(super) use starter::run;
