//! The closed loop: real services behind a real Envoy whose weights follow a VirtualService file, scraped by a real
//! Prometheus, with the daemon on top.

mod following;
mod outage;
mod rollouts;
pub(crate) mod world;
