//! Writes each Canary's status: what `kubectl get canaries` shows, and what the conditions say.
//!
//! [`projection`] makes it, [`conditions`] its conditions; [`difference`] is what is sent; [`slot`] says when, and [`teller`] does it.

mod conditions;
mod difference;
mod figures;
mod projection;
mod slot;
mod teller;
mod write;

pub(super) use conditions::{Ground, pascal, words};
pub(super) use difference::difference;
pub(super) use teller::run;
