//! Whose word stops and ends rollouts.

use super::finding::{Audit, Check, Severity};
use super::in_the_open;
use crate::config::Hooks;

pub(super) fn look(hooks: &Hooks, audit: &mut Audit) {
    for allowed in &hooks.allow {
        if in_the_open(allowed) {
            audit.find(
                Severity::Low,
                Check::HookInTheOpen,
                "hooks.allow",
                format!("plain HTTP to {allowed}: whoever is on the way can open its gates"),
                "use https, with `caFile` where the authority is your own",
            );
        }
    }
}
