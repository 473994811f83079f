//! `serin doctor` as a program, before a real Prometheus.

mod arms;
mod metrics;
mod patient;
mod servers;
mod text;
mod times;
