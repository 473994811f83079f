//! The reasons of Events: one for each kind of news.

use super::News;
use crate::canaries::cluster::START_ANNOTATION;
use crate::driver::Seen;
use crate::engine::words::pascal;
use crate::engine::{HoldReason, Notice, NoticeKind, Outcome, Status, Urgency};

/// A rollout's news.
pub(super) fn of_notice(status: &Status, notice: &Notice) -> News {
    let reason = match &notice.kind {
        NoticeKind::Started => "Started".to_owned(),
        NoticeKind::Stepped { .. } => "StepAdvanced".to_owned(),
        NoticeKind::Holding(hold) => of_hold(hold.reason),
        NoticeKind::HoldOver(reason) => format!("{}Over", of_hold(*reason)),
        NoticeKind::Baking => "Baking".to_owned(),
        NoticeKind::Ended(Outcome::Promoted) => "Promoted".to_owned(),
        NoticeKind::Ended(Outcome::Aborted) => "Aborted".to_owned(),
        NoticeKind::Ended(Outcome::Inconclusive) => "Inconclusive".to_owned(),
        NoticeKind::RolledBack => "RolledBack".to_owned(),
        NoticeKind::StableNotRestored => "StableNotRestored".to_owned(),
        NoticeKind::StableRestored => "StableRestored".to_owned(),
        NoticeKind::Test => "Test".to_owned(),
        NoticeKind::RollbackUnconfirmed => "RollbackUnconfirmed".to_owned(),
        NoticeKind::RollbackConfirmed => "RollbackConfirmed".to_owned(),
    };
    // The steps of one rollout are no repetition of each other, and neither are two rollouts.
    let part = match &notice.kind {
        NoticeKind::Stepped { weight } => format!("{} {weight}", status.id),
        NoticeKind::RolledBack => {
            let rollback = status.rolled_back.as_ref();
            let part = rollback.map(|rollback| format!("{} {}", rollback.id, rollback.is_put_back));
            part.unwrap_or_else(|| status.id.clone())
        }
        _ => status.id.clone(),
    };
    News {
        canary: format!("{}/{}", status.namespace, status.name),
        reason,
        part: Some(part),
        is_warning: notice.urgency != Urgency::Info,
        text: notice.text.clone(),
    }
}

fn of_hold(reason: HoldReason) -> String {
    match reason {
        HoldReason::Drift => "TrafficDrift".to_owned(),
        HoldReason::NoData => "NoData".to_owned(),
        other => format!("Holding{}", pascal(other.name())),
    }
}

/// What is written does not hold.
pub(super) fn invalid_spec(canary: &str, text: String) -> News {
    News {
        canary: canary.to_owned(),
        reason: "InvalidSpec".to_owned(),
        part: None,
        is_warning: true,
        text,
    }
}

/// Nothing was started.
pub(in crate::controller) fn start_refused(canary: &str, text: String) -> News {
    News {
        canary: canary.to_owned(),
        reason: "StartRefused".to_owned(),
        part: None,
        is_warning: true,
        text,
    }
}

/// A workload is seen for the first time, which starts nothing.
pub(in crate::controller) fn first_seen(canary: &str, seen: &Seen) -> News {
    let Seen {
        workload,
        revision,
        start,
    } = seen;
    let annotation = match start {
        None => String::new(),
        Some(_) => format!(" (the annotation {START_ANNOTATION} was there before; another value starts one)"),
    };
    News {
        canary: canary.to_owned(),
        reason: "FirstSeen".to_owned(),
        part: None,
        is_warning: false,
        text: format!(
            "Deployment {workload} is seen for the first time, with revision {revision}, which starts no rollout; \
             its next pod template does{annotation}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hold_has_a_reason_of_its_own() {
        let reasons: std::collections::BTreeSet<String> = HoldReason::ALL.into_iter().map(of_hold).collect();
        assert_eq!(reasons.len(), HoldReason::ALL.len());
        assert_eq!(of_hold(HoldReason::NotReady), "HoldingNotReady");
        assert_eq!(of_hold(HoldReason::Drift), "TrafficDrift");
    }
}
