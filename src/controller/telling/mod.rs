//! Writes each Canary's status: what `kubectl get canaries` shows, and what the conditions say.
//!
//! [`projection`] makes it, [`conditions`] its conditions; [`difference`] is what is sent; [`slot`] says when (sooner where the
//! [`outline`] changed), [`agenda`] who is next, and [`teller`] does it.

mod agenda;
mod conditions;
mod difference;
mod figures;
mod outline;
mod projection;
mod slot;
mod teller;
mod write;

pub(super) use conditions::{Ground, words};
pub(super) use difference::difference;
pub(super) use teller::run;
