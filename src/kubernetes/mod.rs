//! The API server of a cluster: asked, told, and whatever goes wrong with that in six words.
//!
//! Promises: every call is bounded in time and in bytes; a read is a fresh one, never from a cache; a write is sent once, and one
//! without an answer is told apart from one that did not happen ([`Failure`]). Objects stay the JSON that the server sent, so that
//! no field is lost for being unknown here, but for who wrote which.
//!
//! It leaves to others what the objects mean.
//!
//! - [`Access`] — how the server is found and who asks; [`Cluster`] — the connection, made at the first call.
//! - [`Kind`] — the kinds that Serin works with; [`Objects`] — the objects of one kind; [`Together`] — those, for many who
//!   look at the same moment; [`Watch`] — those, followed as they change.
//! - [`Reviews`] — who somebody is, and what they may.
//! - [`Backoff`] — the pauses of whoever asks again.
//! - [`revision`] — what tells one pod template from another; [`rolled_back`] — the note of a rollback by hand.
//! - [`crd`] — the definitions of Serin's own kinds, made from the types that documents are read into; [`status`] — what an object of
//!   them says of itself.
//! - [`lease`] — which of several replicas acts.

mod access;
mod answer;
mod backoff;
mod client;
mod cluster;
pub mod crd;
mod failure;
mod followed;
mod guard;
mod kind;
mod lean;
pub mod lease;
mod objects;
mod page;
mod reviews;
mod revision;
mod rolled_back;
pub mod status;
mod together;
mod watch;

pub use access::Access;
pub use backoff::Backoff;
pub use cluster::Cluster;
pub use failure::Failure;
pub use guard::guard;
pub use kind::Kind;
pub use objects::{LIST_MAX, Objects};
pub use reviews::{Deed, Reviews, User, may_i};
pub use revision::revision;
pub use rolled_back::{ROLLED_BACK, rolled_back};
pub use together::Together;
pub use watch::{Watch, Watched};
