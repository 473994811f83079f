//! An entry of the journal: what happened, and what the engine wanted done about it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::driver::{Asked, Entry, Input};
use crate::engine::judge::counts::Counts;
use crate::engine::words::other_revision;
use crate::engine::{Command, Effect, Event, Fault, HookAnswer, HookCall, HookOutcome, PerArm};

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EventView {
    /// Counts up from 0 within the rollout.
    pub sequence: u64,
    /// When the engine was told.
    #[schema(format = DateTime)]
    pub at: String,
    /// What happened, in words.
    pub happened: String,
    /// What the engine wanted done, in words.
    pub wanted: Vec<String>,
    /// The entry as the journal has it, bit for bit: what a replay takes. Its shape is the engine's own, and may change with it.
    #[schema(value_type = Object)]
    pub entry: serde_json::Value,
}

impl TryFrom<&Entry> for EventView {
    type Error = serde_json::Error;

    fn try_from(entry: &Entry) -> Result<Self, Self::Error> {
        Ok(Self {
            sequence: entry.sequence,
            at: entry.at.to_string(),
            happened: happened(entry),
            wanted: entry.effects.iter().map(wanted).collect(),
            entry: serde_json::to_value(entry)?,
        })
    }
}

fn happened(entry: &Entry) -> String {
    match &entry.input {
        Input::Started {
            revision,
            from,
            asked: None,
            ..
        } => format!("started{}, to {revision}", from_words(from.as_ref())),
        Input::Started {
            revision,
            from,
            asked: Some(Asked {
                by, reason, trail, ..
            }),
            ..
        } => format!(
            "started by {by}{}{}, to {revision}: {reason}",
            trail.words(),
            from_words(from.as_ref())
        ),
        Input::Event(event) => match event {
            Event::Wake => "time passed".to_owned(),
            Event::Restarted => "Serin was started again".to_owned(),
            Event::Look(counts) => match &counts.source_down {
                None => {
                    let requests = counts.requests();
                    format!(
                        "a look: {} requests of the canary, {} of the baseline{}",
                        requests.canary,
                        requests.baseline,
                        values(counts)
                    )
                }
                Some(reason) => format!("a look that saw nothing: {reason}"),
            },
            Event::History(_) => "the stable version's history was read".to_owned(),
            Event::Traffic(state) | Event::Wrote(state) if entry.recovers_an_abort() => format!(
                "abort-recovered: the route was read, at {} % and with this rollout's abort mark, which was written and not journalled",
                state.canary_weight
            ),
            Event::Traffic(state) => format!("the route was read, at {} %", state.canary_weight),
            Event::TrafficUnread(Fault { reason, .. }) => format!("the route could not be read: {reason}"),
            Event::Wrote(state) => format!(
                "the route was written, and read back at {} %",
                state.canary_weight
            ),
            Event::NotWritten(Fault { reason, .. }) => format!("the route was not written: {reason}"),
            Event::Workload(state) => format!(
                "the workloads were seen: {} pods of the canary are ready, {} of the stable version should be",
                state.canary_ready, state.stable_replicas
            ),
            Event::WorkloadUnseen(reason) => format!("the workloads could not be seen: {reason}"),
            Event::WorkloadPromoted => "the stable workload runs the canary's version".to_owned(),
            Event::WorkloadNotPromoted(reason) => {
                format!("the stable workload could not be promoted: {reason}")
            }
            Event::WorkloadNotJudged { judged, found } => format!(
                "the stable workload could not be promoted: {}",
                other_revision(judged, found)
            ),
            Event::WorkloadHalfPromoted(reason) => {
                format!("the stable workload could not be promoted, and is not put back: {reason}")
            }
            Event::WorkloadRestored => "the stable workload is what it was before the rollout".to_owned(),
            Event::WorkloadNotRestored(undone) => {
                format!("the stable workload was not put back: {}", undone.reason)
            }
            Event::CanaryScaledDown => "the canary is scaled down".to_owned(),
            Event::CanaryNotScaledDown(undone) => {
                format!("the canary was not scaled down: {}", undone.reason)
            }
            Event::HookAnswered(HookAnswer {
                hook,
                outcome,
                detail,
                ..
            }) => match outcome {
                HookOutcome::Passed => format!("the hook {hook} passed: {detail}"),
                HookOutcome::Failed => format!("the hook {hook} did not pass: {detail}"),
                HookOutcome::NotCalled => format!("the hook {hook} was not called: {detail}"),
            },
            Event::Command(Command {
                action,
                by,
                reason,
                trail,
            }) => {
                format!("{by}{} said {}: {reason}", trail.words(), action.name())
            }
            Event::RolledBack(rollback) => rollback.to_string(),
            Event::Superseded(by) => format!("another rollout began: {by}"),
            Event::RevisionChanged(revision) => format!("the canary's revision changed to {revision}"),
            Event::SpecChanged => "the Canary was edited".to_owned(),
            Event::SpecRestored => "the edit of the Canary was taken back".to_owned(),
            Event::Deleted => "the Canary was deleted".to_owned(),
            Event::Noted(text) => text.clone(),
            Event::Concluded { detail, by, .. } if by.is_empty() => detail.clone(),
            Event::Concluded {
                detail, by, trail, ..
            } => format!("{by}{} said that {detail}", trail.words()),
        },
    }
}

fn from_words(from: Option<&String>) -> String {
    from.map_or_else(String::new, |from| format!(", from {from}"))
}

/// The numbers that values had, by their metrics' index. Their names and units are the Canary's.
fn values(counts: &Counts) -> String {
    let number = |number: &Result<f64, String>| match number {
        Ok(number) => number.to_string(),
        Err(reason) => format!("none ({reason})"),
    };
    let told = counts.metrics.iter().enumerate().filter_map(|(index, metric)| {
        let PerArm { canary, baseline } = metric.value.as_ref()?.as_ref().map(number);
        Some(format!(
            "; metric {index}: {canary} of the canary, {baseline} of the baseline"
        ))
    });
    told.collect()
}

/// What is wanted most of the time.
pub const POLL: &str = "poll";

fn wanted(effect: &Effect) -> String {
    match effect {
        Effect::Poll => POLL.to_owned(),
        Effect::ReadHistory => "read the stable version's history".to_owned(),
        Effect::Raise(raise) => format!("raise the canary from {} to {} %", raise.from, raise.to),
        Effect::Lower(lower) if lower.abort => "abort: all traffic to stable".to_owned(),
        Effect::Lower(lower) => format!("lower the canary to {} %", lower.to),
        Effect::PromoteWorkload => "let the stable workload take the canary's version".to_owned(),
        Effect::RestoreWorkload => "put the stable workload back".to_owned(),
        Effect::ScaleCanary { replicas } => format!("scale the canary to {replicas} pods"),
        Effect::ScaleDownCanary => "scale the canary down".to_owned(),
        Effect::CallHook(HookCall { hook, phase, .. }) => format!("call the hook {hook} ({})", phase.name()),
        Effect::Notify(notice) => format!("tell people: {}", notice.text),
        Effect::Refuse(refusal) => format!("refuse: {}", refusal.reason),
    }
}
