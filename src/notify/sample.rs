//! News that nobody decided: to try wordings and channels with.

use crate::driver::{Delivery, DeliveryState};
use crate::engine::{
    Briefing, Exposure, Hold, HoldReason, Notice, NoticeKind, Outcome, Row, Table, Urgency, VerdictKind,
};
use crate::spec::Timestamp;

/// News of this kind, about nothing.
#[must_use]
pub fn of(kind: NoticeKind, urgency: Urgency) -> Delivery {
    let briefing = (kind != NoticeKind::Test).then(|| Box::new(briefing()));
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
            briefing,
        },
        created_at: Timestamp(1_700_000_000_000),
        attempts: 0,
        state: DeliveryState::Pending,
        last_error: None,
        receipt: None,
        instead_of: None,
    }
}

/// Where a rollout stands that nobody runs.
fn briefing() -> Briefing {
    let row = Row {
        metric: "success-rate: errors".to_owned(),
        canary: "1.90 %".to_owned(),
        baseline: "0.40 %".to_owned(),
        limit: "1.10 %".to_owned(),
        requests: "1,320 / 11,870".to_owned(),
        harm: "212:1 of 100:1".to_owned(),
        health: "1:15 of 20:1".to_owned(),
    };
    Briefing {
        revision: "v2".to_owned(),
        from: Some("v1".to_owned()),
        observing: false,
        step: Some(2),
        steps: 4,
        weight: 0,
        verdict: Some(VerdictKind::Fail),
        table: Table { rows: vec![row] },
        traffic: "rolled back: the canary has 0 %, written and read back".to_owned(),
        exposure: Exposure {
            peak_weight: 10,
            last_weight: 10,
            seconds: 750,
            requests: 1_320,
            extra_errors: Some(20),
        },
        query: Some("sum by (app) (rate(http_requests_total[2m]))".to_owned()),
        commands: vec!["serin get shop/checkout".to_owned()],
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
        (NoticeKind::RollbackConfirmed, Urgency::Info),
        (NoticeKind::StableNotRestored, Urgency::Page),
        (NoticeKind::StableRestored, Urgency::Info),
        (NoticeKind::RolledBack, Urgency::Warning),
        (NoticeKind::Test, Urgency::Warning),
    ]
    .map(|(kind, urgency)| of(kind, urgency))
    .into()
}
