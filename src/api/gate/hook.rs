//! Flagger's types of webhook, as far as what is answered depends on them.

/// When Flagger calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hook {
    /// Before the canary is scaled up, until it passes.
    ConfirmRollout,
    /// Before the first weight; what does not pass is a failed check.
    PreRollout,
    /// At every tick; what does not pass is a failed check.
    Rollout,
    /// Before every weight, until it passes.
    ConfirmTrafficIncrease,
    /// Before the promotion, until it passes.
    ConfirmPromotion,
    /// After the end.
    PostRollout,
    /// At every tick; what passes rolls back.
    Rollback,
    /// With every event.
    Event,
}

impl Hook {
    /// Every type.
    pub(super) const ALL: [Self; 8] = [
        Self::ConfirmRollout,
        Self::PreRollout,
        Self::Rollout,
        Self::ConfirmTrafficIncrease,
        Self::ConfirmPromotion,
        Self::PostRollout,
        Self::Rollback,
        Self::Event,
    ];

    /// The type of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hook| hook.name() == name)
    }

    /// Flagger's name of it, which is the end of its address.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ConfirmRollout => "confirm-rollout",
            Self::PreRollout => "pre-rollout",
            Self::Rollout => "rollout",
            Self::ConfirmTrafficIncrease => "confirm-traffic-increase",
            Self::ConfirmPromotion => "confirm-promotion",
            Self::PostRollout => "post-rollout",
            Self::Rollback => "rollback",
            Self::Event => "event",
        }
    }

    /// Whether it asks for the judgement; the others tell.
    pub(super) const fn asks(self) -> bool {
        !matches!(self, Self::PostRollout | Self::Event)
    }

    /// Whether it passes as long as nothing is known: only where that gives the canary no more traffic, and rolls nothing back.
    pub(super) const fn passes_undecided(self) -> bool {
        matches!(self, Self::PreRollout | Self::Rollout)
    }
}
