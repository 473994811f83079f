//! Tells people in Events what happens to a Canary: `kubectl describe canary` shows them, and so does whoever watches a namespace.
//!
//! [`News`] has a [`reason`](reasons) that stays the same for ever; [`Series`](series) makes one Event of what is said again
//! and again; [`teller`] sends them, as well as that goes: an Event that the server does not take is left out, and nothing waits for
//! it.

mod event;
mod reasons;
mod series;
mod teller;

pub(super) use reasons::{first_seen, start_refused};
pub(super) use teller::run;

/// Something that happened to a Canary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct News {
    /// `namespace/name`.
    pub(super) canary: String,
    /// What kind of thing: one word, for ever the same.
    pub(super) reason: String,
    /// What tells it from other news of that kind, such as the weight of a step.
    pub(super) part: Option<String>,
    /// Whether somebody should look.
    pub(super) is_warning: bool,
    /// For people.
    pub(super) text: String,
}
