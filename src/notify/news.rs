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

/// The news in a few words, such as `shop/checkout: aborted`; where Serin only observes `shop/checkout: would have been aborted`.
#[must_use]
pub fn title(delivery: &Delivery) -> String {
    let briefing = delivery.notice.briefing.as_deref();
    let observing = briefing.is_some_and(|briefing| briefing.observing);
    let what = match &delivery.notice.kind {
        NoticeKind::Stepped { weight } if observing => format!("canary would be at {weight} %"),
        NoticeKind::Ended(outcome) if observing => format!("would have been {}", outcome.name()),
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

    #[test]
    fn the_title_of_what_is_only_observed_says_what_would_have_been() {
        let titled = |kind: NoticeKind| {
            let mut delivery = sample::of(kind, Urgency::Info);
            delivery.notice.briefing.as_mut().unwrap().observing = true;
            title(&delivery)
        };
        for (outcome, expected) in [
            (Outcome::Promoted, "shop/checkout: would have been promoted"),
            (Outcome::Aborted, "shop/checkout: would have been aborted"),
            (
                Outcome::Inconclusive,
                "shop/checkout: would have been inconclusive",
            ),
        ] {
            assert_eq!(titled(NoticeKind::Ended(outcome)), expected);
        }
        let stepped = titled(NoticeKind::Stepped { weight: 5 });
        assert_eq!(stepped, "shop/checkout: canary would be at 5 %");
    }
}
