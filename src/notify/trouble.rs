//! News of what lasts: a hold that needs somebody, a rollback that is not confirmed, stable that is not put back. Each has later news
//! that says it is over.
//!
//! A channel that shows how things stand keeps one delivery for all of it, from the beginning to the end: it is given it again now and
//! then, and looks here whether it is over.

use std::time::Duration;

use super::channel::SendError;
use crate::driver::{Delivery, DeliveryState, Outbox};
use crate::engine::NoticeKind;
use crate::spec::Timestamp;

/// What nobody said is over is taken to be after a week: by then somebody has seen to it, or nobody ever will.
const LASTS_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Whether this begins something that lasts; a test does so until it has been told.
pub(super) const fn lasts(kind: &NoticeKind) -> bool {
    begins(kind) || matches!(kind, NoticeKind::Test)
}

const fn begins(kind: &NoticeKind) -> bool {
    matches!(
        kind,
        NoticeKind::Holding(_) | NoticeKind::RollbackUnconfirmed | NoticeKind::StableNotRestored
    )
}

/// What lasts, in a word that is the same whenever it is told of again.
pub(super) fn name(kind: &NoticeKind) -> String {
    match kind {
        NoticeKind::Holding(hold) => format!("holding-{}", hold.reason.name()),
        other => super::news::name(other).to_owned(),
    }
}

/// Whether `later` says that what `kind` began is over.
fn ends(later: &NoticeKind, kind: &NoticeKind) -> bool {
    match (kind, later) {
        (NoticeKind::Holding(hold), NoticeKind::HoldOver(reason)) => hold.reason == *reason,
        (NoticeKind::Holding(_) | NoticeKind::RollbackUnconfirmed, NoticeKind::Ended(_)) => true,
        (NoticeKind::RollbackUnconfirmed, NoticeKind::RollbackConfirmed) => true,
        (NoticeKind::StableNotRestored, NoticeKind::StableRestored | NoticeKind::RolledBack) => true,
        _ => false,
    }
}

/// Since when that which `delivery` tells of is over at `now`; `None` while it [`lasts`], and a test is over as
/// soon as it has been told.
///
/// # Errors
/// Where the outbox cannot be read.
pub(super) async fn over(
    outbox: &dyn Outbox,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Option<Timestamp>, SendError> {
    let kind = &delivery.notice.kind;
    if *kind == NoticeKind::Test {
        return Ok((delivery.state == DeliveryState::Lasting).then_some(now));
    }
    if now >= delivery.created_at + LASTS_MAX {
        return Ok(Some(now));
    }
    let news = outbox
        .of_rollout(&delivery.rollout)
        .await
        .map_err(|error| SendError::later(format!("whether it is over is not known: {error}")))?;
    let end = news
        .iter()
        .filter(|later| later.position() > delivery.position() && ends(&later.notice.kind, kind))
        .min_by_key(|later| later.position());
    Ok(end.map(|end| end.created_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Hold, HoldReason, Outcome};

    #[test]
    fn each_trouble_is_ended_by_its_own_news() {
        let hold = |reason| {
            NoticeKind::Holding(Hold {
                reason,
                detail: String::new(),
            })
        };
        let drift = hold(HoldReason::Drift);
        assert!(begins(&drift));
        assert!(ends(&NoticeKind::HoldOver(HoldReason::Drift), &drift));
        assert!(!ends(&NoticeKind::HoldOver(HoldReason::NoData), &drift));
        assert!(ends(&NoticeKind::Ended(Outcome::Aborted), &drift));
        assert!(ends(
            &NoticeKind::Ended(Outcome::Aborted),
            &NoticeKind::RollbackUnconfirmed
        ));
        assert!(ends(
            &NoticeKind::RollbackConfirmed,
            &NoticeKind::RollbackUnconfirmed
        ));
        assert!(!ends(
            &NoticeKind::Ended(Outcome::Aborted),
            &NoticeKind::StableNotRestored
        ));
        assert!(ends(&NoticeKind::StableRestored, &NoticeKind::StableNotRestored));
        assert!(!begins(&NoticeKind::Ended(Outcome::Aborted)));
    }
}
