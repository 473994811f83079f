//! One file a promise, on paused time: an hour of a rollout passes in milliseconds.

mod abort_comes_first;
mod aborts_on_errors;
mod aborts_show_in_the_log;
mod clears_up;
mod commands;
mod confirms_rollbacks;
mod holds_without_data;
mod hooks;
mod journal_down;
mod loops_break;
mod one_effective_writer;
mod one_runtime;
mod promotes_a_healthy_canary;
mod replay;
mod shuts_down;
mod survives_restart;
