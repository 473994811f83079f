//! The API server of a cluster: asked, told, and whatever goes wrong with that in four words.
//!
//! Promises: every call is bounded in time and in bytes; a read is a fresh one, never from a cache; a write is sent once, and one
//! without an answer is told apart from one that did not happen ([`Failure`]). Objects stay the JSON that the server sent, so that
//! no field is lost for being unknown here.
//!
//! It leaves to others what the objects mean.
//!
//! - [`Access`] — how the server is found and who asks; [`Cluster`] — the connection, made at the first call.
//! - [`Kind`] — the kinds that Serin works with; [`Objects`] — the objects of one kind.
//! - [`lease`] — which of several replicas acts.

mod access;
mod answer;
mod cluster;
mod failure;
mod kind;
pub mod lease;
mod objects;

pub use access::Access;
pub use cluster::Cluster;
pub use failure::Failure;
pub use kind::Kind;
pub use objects::{LIST_MAX, Objects};
