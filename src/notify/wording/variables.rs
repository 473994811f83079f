//! What a template knows.

use minijinja::context;
use minijinja::value::Value;

use super::news;
use crate::driver::Delivery;
use crate::engine::{NoticeKind, Urgency};

/// The names of all that a template knows. Each is always there, and `none` where the news does not have it.
pub(super) const NAMES: [&str; 28] = [
    "namespace",
    "name",
    "rollout",
    "kind",
    "urgency",
    "page",
    "title",
    "text",
    "time",
    "channel",
    "instead_of",
    "weight",
    "reason",
    "outcome",
    "cluster",
    "revision",
    "from",
    "step",
    "steps",
    "verdict",
    "table",
    "traffic",
    "exposure",
    "commands",
    "query",
    "from_ms",
    "to_ms",
    "range_seconds",
];

/// How much of the time before and after what happened a dashboard is to show.
const AROUND_MS: u64 = 10 * 60 * 1000;

/// What is known of `delivery`, by [`NAMES`].
pub(super) fn variables(delivery: &Delivery, cluster: Option<&str>) -> Value {
    let notice = &delivery.notice;
    let briefing = notice.briefing.as_deref();
    let (mut weight, mut reason, mut outcome) = (None, None, None);
    match &notice.kind {
        NoticeKind::Stepped { weight: reached } => weight = Some(*reached),
        NoticeKind::Holding(hold) => reason = Some(hold.reason.name()),
        NoticeKind::HoldOver(over) => reason = Some(over.name()),
        NoticeKind::Ended(ended) => outcome = Some(ended.name()),
        _ => {}
    }
    let served_ms = briefing.map_or(0, |briefing| briefing.exposure.seconds * 1000);
    let at = delivery.created_at.0;
    let (from_ms, to_ms) = (
        at.saturating_sub(served_ms + AROUND_MS),
        at.saturating_add(AROUND_MS),
    );
    context! {
        namespace => delivery.namespace.as_str(),
        name => delivery.name.as_str(),
        rollout => delivery.rollout.as_str(),
        kind => news::name(&notice.kind),
        urgency => notice.urgency.name(),
        page => notice.urgency == Urgency::Page,
        title => news::title(delivery),
        text => notice.text.as_str(),
        time => delivery.created_at.to_string(),
        channel => delivery.channel.as_str(),
        instead_of => delivery.instead_of.as_deref(),
        weight => weight.or_else(|| briefing.map(|briefing| briefing.weight)),
        reason => reason,
        outcome => outcome,
        cluster => cluster,
        revision => briefing.map(|briefing| briefing.revision.as_str()),
        from => briefing.and_then(|briefing| briefing.from.as_deref()),
        step => briefing.and_then(|briefing| briefing.step),
        steps => briefing.map(|briefing| briefing.steps),
        verdict => briefing.and_then(|briefing| briefing.verdict).map(|verdict| verdict.name()),
        table => briefing.map(|briefing| briefing.table.to_string()),
        traffic => briefing.map(|briefing| briefing.traffic.as_str()),
        exposure => briefing.map(|briefing| briefing.exposure.to_string()),
        commands => briefing.map(|briefing| briefing.commands.clone()),
        query => briefing.and_then(|briefing| briefing.query.as_deref()),
        from_ms => from_ms,
        to_ms => to_ms,
        range_seconds => (to_ms - from_ms) / 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::sample;

    #[test]
    fn every_name_is_there_for_every_kind_of_news() {
        for delivery in sample::of_every_kind() {
            let known = variables(&delivery, None);
            let missing = NAMES
                .iter()
                .find(|name| known.get_attr(name).is_ok_and(|it| it.is_undefined()));
            assert_eq!(missing, None, "{:?}", delivery.notice.kind);
        }
    }
}
