//! What is counted through a real Prometheus, beside what the services themselves know.

mod exact;
mod shared;
mod world;
