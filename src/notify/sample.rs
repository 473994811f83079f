//! News that nobody decided: to try wordings and channels with.

use crate::driver::{Delivery, DeliveryState};
use crate::engine::{Hold, HoldReason, Notice, NoticeKind, Outcome, Urgency};
use crate::spec::Timestamp;

/// News of this kind, about nothing.
#[must_use]
pub fn of(kind: NoticeKind, urgency: Urgency) -> Delivery {
    Delivery {
        key: "checkout-1700000000000/7/0/sample".to_owned(),
        channel: "sample".to_owned(),
        rollout: "checkout-1700000000000".to_owned(),
        namespace: "shop".to_owned(),
        name: "checkout".to_owned(),
        notice: Notice {
            kind,
            urgency,
            text: "shop/checkout: a sample, nothing happened".to_owned(),
        },
        created_at: Timestamp(1_700_000_000_000),
        attempts: 0,
        state: DeliveryState::Pending,
        last_error: None,
        receipt: None,
        instead_of: None,
    }
}

/// One of each kind.
pub(super) fn of_every_kind() -> Vec<Delivery> {
    let hold = Hold {
        reason: HoldReason::NoData,
        detail: "a sample".to_owned(),
    };
    [
        (NoticeKind::Started, Urgency::Info),
        (NoticeKind::Stepped { weight: 25 }, Urgency::Info),
        (NoticeKind::Holding(hold), Urgency::Page),
        (NoticeKind::HoldOver(HoldReason::NoData), Urgency::Info),
        (NoticeKind::Baking, Urgency::Info),
        (NoticeKind::Ended(Outcome::Promoted), Urgency::Info),
        (NoticeKind::Ended(Outcome::Aborted), Urgency::Warning),
        (NoticeKind::Ended(Outcome::Inconclusive), Urgency::Warning),
        (NoticeKind::RollbackUnconfirmed, Urgency::Page),
        (NoticeKind::StableNotRestored, Urgency::Page),
        (NoticeKind::StableRestored, Urgency::Info),
        (NoticeKind::RolledBack, Urgency::Warning),
        (NoticeKind::Test, Urgency::Warning),
    ]
    .map(|(kind, urgency)| of(kind, urgency))
    .into()
}
