//! The manifests in `deploy/`: taken as they are, by a namespace that enforces the strictest rules for pods, with rights that
//! are enough and no more.

mod audited;
mod may;
mod overlays;
mod rights;
