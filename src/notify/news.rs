//! What news is called: one name for each sort of it, by which channels choose, and a title for people.

use crate::driver::Delivery;
use crate::engine::{NoticeKind, Outcome, Urgency};

/// The name of each sort of news that a channel may choose. As [`NoticeKind::name`], but each outcome is one of its own.
pub const NAMES: [&str; 13] = [
    "started",
    "stepped",
    "holding",
    "hold-over",
    "baking",
    "promoted",
    "aborted",
    "inconclusive",
    "rollback-unconfirmed",
    "rollback-confirmed",
    "stable-not-restored",
    "stable-restored",
    "rolled-back",
];

/// What this news is called.
#[must_use]
pub const fn name(kind: &NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Ended(outcome) => outcome.name(),
        other => other.name(),
    }
}

/// How urgent news is in the words that Alertmanagers and PagerDuty share.
pub(super) const fn severity(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Page => "critical",
        Urgency::Warning => "warning",
        Urgency::Info => "info",
    }
}

/// The news in a few words, such as `shop/checkout: aborted`.
#[must_use]
pub fn title(delivery: &Delivery) -> String {
    let what = match &delivery.notice.kind {
        NoticeKind::Started => "rollout started".to_owned(),
        NoticeKind::Stepped { weight } => format!("canary at {weight} %"),
        NoticeKind::Holding(hold) => format!("holds ({})", hold.reason.name()),
        NoticeKind::HoldOver(reason) => format!("no longer holds ({})", reason.name()),
        NoticeKind::Baking => "every gate passed, baking".to_owned(),
        NoticeKind::Ended(Outcome::Promoted) => "promoted".to_owned(),
        NoticeKind::Ended(Outcome::Aborted) => "aborted".to_owned(),
        NoticeKind::Ended(Outcome::Inconclusive) => "inconclusive, rolled back".to_owned(),
        NoticeKind::RollbackUnconfirmed => "ROLLBACK NOT CONFIRMED".to_owned(),
        NoticeKind::RollbackConfirmed => "rollback confirmed by traffic".to_owned(),
        NoticeKind::StableNotRestored => "stable is not put back".to_owned(),
        NoticeKind::StableRestored => "stable is put back".to_owned(),
        NoticeKind::RolledBack => "rolled back by hand".to_owned(),
        NoticeKind::Test => "test, nothing happened".to_owned(),
    };
    format!("{}/{}: {what}", delivery.namespace, delivery.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::notify::sample;

    #[test]
    fn every_sort_of_news_has_a_name_and_a_title_of_its_own() {
        let samples = sample::of_every_kind();
        let names: BTreeSet<&str> = samples.iter().map(|sample| name(&sample.notice.kind)).collect();
        let chosen: BTreeSet<&str> = NAMES.into_iter().chain(["test"]).collect();
        assert_eq!(names, chosen);
        let titles: BTreeSet<String> = samples.iter().map(title).collect();
        assert_eq!(titles.len(), samples.len());
    }
}
