//! The whole thing on one machine: a small world of real HTTP for the daemon to watch and to move.
//!
//! ```text
//!  load ──▶ router ──▶ stable service      the router follows virtual-service.yaml,
//!              └─────▶ canary service      as Envoy follows Istio
//! ```
//!
//! Everything listens on loopback, on ports that the kernel chose. The world's own numbers
//! ([`service::Service::totals`], [`router::Router::counts`], [`load::Load::totals`]) owe nothing to the
//! metrics that Serin reads, so that the one can be checked against the other.
//!
//! The world decides nothing and writes no weights, and its router shares no code with
//! [`traffic`](crate::traffic): it is an independent reader of what is written there. [`play`](mod@play) sets the daemon's
//! own driver beside it, and shows on a stage ([`text`] or [`json`]) what happens.

mod exposition;
pub mod fault;
pub mod json;
pub mod load;
pub mod manifests;
pub mod options;
pub mod play;
pub mod router;
pub mod server;
pub mod service;
pub mod summary;
pub mod text;
pub mod world;
