//! Whose word stops and ends rollouts.

use super::finding::{Audit, Check, Severity};
use super::is_this_machine;
use crate::config::Hooks;

pub(super) fn look(hooks: &Hooks, audit: &mut Audit) {
    for allowed in &hooks.allow {
        if allowed.scheme() == "http" && !is_this_machine(allowed.host()) {
            audit.find(
                Severity::Low,
                Check::HookInTheOpen,
                "hooks.allow",
                format!("plain HTTP to {allowed}: whoever is on the way can open its gates"),
                "use https",
            );
        }
    }
}
