//! The Canaries that people wrote, followed wherever they are.
//!
//! Promises: what is given is always whole and checked. An edit that is broken is refused by itself: the problem is told, and what
//! was written before goes on to hold, as does everything else. A Canary is gone only when nobody could misunderstand.
//!
//! It leaves to others what a change means for a rollout under way.
//!
//! - [`folder`] — files in a folder; [`cluster`] — resources in a cluster.
//! - [`Followed`] — either of them, for those who only want to know what is written now; [`Snapshot`] — that.

pub mod cluster;
pub mod folder;
mod followed;
mod snapshot;

pub use followed::Followed;
pub use snapshot::Snapshot;
