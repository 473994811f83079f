//! One file a promise, on paused time: an hour of a rollout passes in milliseconds.

mod aborts_on_errors;
mod promotes_a_healthy_canary;
