//! The one integration binary; modules hang off it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its world has failed, in helpers as in the test itself"
)]

mod api_server;
mod architecture;
mod canaries;
mod closed_loop;
mod config;
mod control_plane;
mod counted;
mod demo;
mod doctor;
mod engine;
mod gate;
mod hook;
mod judge;
mod kubernetes;
mod lease;
mod metric_source;
mod notify;
mod replay;
mod routes;
mod scenarios;
mod secrets;
mod serve;
mod servers;
mod spec;
mod store;
mod traffic;
mod vectors;
mod workload;
mod world;
