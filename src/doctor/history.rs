//! What is known of the stable version before a rollout that would begin now.

use std::time::Duration;

use super::finding::{About, Finding};
use super::shown::{count, seconds};
use crate::driver::ports::Clock;
use crate::engine::{Arm, MetricHistory};
use crate::metric_source::MetricSources;
use crate::metric_source::prometheus::QueryError;
use crate::spec::{CheckedCanary, Metric};

/// Whether a rollout that begins now knows the stable version's own noise. Without it, it judges more carefully until it has seen some.
pub(super) async fn finding(
    sources: &MetricSources,
    metric: &Metric,
    canary: &CheckedCanary,
    clock: &dyn Clock,
) -> Option<Finding> {
    let question = sources.prometheus.question(metric, canary, &[Arm::Baseline])?;
    let past = sources.prometheus.past(metric, canary, clock.now()).await?;
    Some(told(past, canary.analysis.interval).asked(question))
}

fn told(past: Result<MetricHistory, QueryError>, interval: Duration) -> Finding {
    let polls = match past {
        Ok(history) => history.polls.len(),
        Err(error) => return Finding::warning(About::History, format!("it cannot be read: {error}")),
    };
    let covered = interval.saturating_mul(u32::try_from(polls).unwrap_or(u32::MAX));
    if polls == 0 {
        Finding::warning(
            About::History,
            "none: a rollout learns the stable version's noise while it runs",
        )
        .hint("it is there once this server has had the stable version's series for some time")
    } else {
        let said = format!(
            "{} of the stable version, {} in all",
            count(polls, "look"),
            seconds(covered)
        );
        Finding::ok(About::History, said)
    }
}
