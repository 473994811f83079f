//! The one integration binary; modules hang off it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its world has failed, in helpers as in the test itself"
)]

mod architecture;
mod config;
mod demo;
mod engine;
mod judge;
mod metric_source;
mod notify;
mod scenarios;
mod spec;
mod store;
mod traffic;
mod vectors;
mod world;
