//! The real servers that other tests stand on: they start, take what is given to them, and end.

mod envoy;
mod pods;
mod prometheus;
mod victoria;
