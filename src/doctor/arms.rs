//! Each arm's pods, and when they were last heard of.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ask::Ask;
use super::finding::{About, Finding};
use super::selector::Wanted;
use super::shown::{count, list};
use crate::engine::{Arm, PerArm};
use crate::spec::Timestamp;

/// What a server has of one arm.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Age of the newest sample, by pod.
    pub(super) pods: BTreeMap<String, Duration>,
    /// Whether there are series without the label that tells pods apart.
    pub(super) has_unnamed: bool,
}

impl Seen {
    /// Whether there is nothing.
    pub(super) fn is_absent(&self) -> bool {
        self.pods.is_empty() && !self.has_unnamed
    }
}

/// Asks for both arms.
pub(super) async fn seen(ask: &Ask<'_>, wanted: &Wanted<'_>) -> Result<PerArm<Seen>, Finding> {
    let questions = questions(wanted);
    Ok(PerArm {
        canary: one(ask, wanted, &questions.canary).await?,
        baseline: one(ask, wanted, &questions.baseline).await?,
    })
}

/// The newest sample of each pod of each arm.
pub(super) fn questions(wanted: &Wanted<'_>) -> PerArm<String> {
    let pod = &wanted.arms.pod;
    wanted
        .selectors()
        .map(|selector| format!("max by ({pod}) (timestamp({selector}))"))
}

async fn one(ask: &Ask<'_>, wanted: &Wanted<'_>, question: &str) -> Result<Seen, Finding> {
    let rows = ask.rows(question).await;
    let rows = rows.map_err(|error| Finding::problem(About::Present, error).asked(question))?;
    let mut seen = Seen::default();
    for row in rows {
        let sampled_at = Timestamp((row.value.max(0.0) * 1_000.0) as u64);
        let age = row.at.before(wanted.offset).since(sampled_at);
        match row.labels.get(&wanted.arms.pod) {
            Some(pod) => drop(seen.pods.insert(pod.clone(), age)),
            None => seen.has_unnamed = true,
        }
    }
    Ok(seen)
}

/// Which pods there are.
pub(super) fn pods_finding(wanted: &Wanted<'_>, seen: &PerArm<Seen>) -> Finding {
    let told = |arm: Arm| match &seen.get(arm).pods {
        pods if pods.is_empty() => "none".to_owned(),
        pods => format!(
            "{} ({})",
            count(pods.len(), "pod"),
            list(pods.keys().map(String::as_str))
        ),
    };
    let said = format!("stable: {}; canary: {}", told(Arm::Baseline), told(Arm::Canary));
    let questions = questions(wanted);
    let finding = if seen.canary.pods.is_empty() || seen.baseline.pods.is_empty() {
        Finding::warning(About::Pods, said)
    } else {
        Finding::ok(About::Pods, said)
    };
    finding.asked(questions.baseline).asked(questions.canary)
}
