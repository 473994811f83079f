//! Flagger's types of webhook, as far as what is answered depends on them.

use crate::spec::HookType;

/// Whether it asks for the judgement; the others tell.
pub(super) const fn asks(hook: HookType) -> bool {
    !matches!(hook, HookType::PostRollout | HookType::Event)
}

/// Whether it passes as long as nothing is known: only where that gives the canary no more traffic, and rolls nothing back.
pub(super) const fn passes_undecided(hook: HookType) -> bool {
    matches!(hook, HookType::PreRollout | HookType::Rollout)
}
