//! An entry of the journal as a line for people.

use crate::driver::{Delivery, DeliveryState, Entry, Input};
use crate::engine::{Effect, Event, PerArm};

/// Its number, its time, what happened, and what was wanted then.
pub(super) fn entry(entry: &Entry) -> String {
    let wanted: Vec<String> = entry.effects.iter().filter_map(effect).collect();
    let arrow = if wanted.is_empty() { "" } else { "  → " };
    format!(
        "{:>5}  {}  {}{arrow}{}",
        entry.sequence,
        entry.at,
        happened(entry),
        wanted.join(", ")
    )
}

/// Its key, how it stands, and what is told.
pub(super) fn delivery(delivery: &Delivery) -> String {
    let Delivery {
        key,
        notice,
        state,
        attempts,
        last_error,
        ..
    } = delivery;
    let stands = match state {
        DeliveryState::Pending => "waits",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Dead => "given up",
    };
    let error = last_error
        .as_ref()
        .filter(|_| *state != DeliveryState::Delivered)
        .map(|error| format!("  ({error})"))
        .unwrap_or_default();
    format!("{key}  {stands}, tries: {attempts}  {}{error}", notice.text)
}

fn happened(entry: &Entry) -> String {
    let event = match &entry.input {
        Input::Started { revision, .. } => return format!("started with {revision}"),
        Input::Event(event) => event,
    };
    match event {
        Event::Wake => "woken".to_owned(),
        Event::Restarted => "gone on with by another process".to_owned(),
        Event::Look(counts) => match &counts.source_down {
            Some(reason) => format!("a look without data: {reason}"),
            None => {
                let PerArm { canary, baseline } = counts.requests();
                format!("a look: {canary} canary and {baseline} baseline requests")
            }
        },
        Event::History(_) => "the stable version's past was read".to_owned(),
        Event::Traffic(state) if entry.recovers_an_abort() => format!(
            "abort-recovered: the route has weight {}, epoch {} and this rollout's abort mark, which was written and not journalled",
            state.canary_weight, state.epoch
        ),
        Event::Traffic(state) => format!(
            "the route has weight {}, epoch {}",
            state.canary_weight, state.epoch
        ),
        Event::Wrote(state) => format!("wrote weight {}, epoch {}", state.canary_weight, state.epoch),
        Event::TrafficUnread(fault) => format!("the route could not be read: {}", fault.reason),
        Event::NotWritten(fault) => format!("the route was not written: {}", fault.reason),
        Event::Workload(state) => format!(
            "{} canary pods ready beside {} of stable",
            state.canary_ready, state.stable_replicas
        ),
        Event::WorkloadUnseen(reason) => format!("the workloads could not be seen: {reason}"),
        Event::WorkloadPromoted => "the stable workload has the canary's version".to_owned(),
        Event::WorkloadNotPromoted(reason) => format!("the stable workload was put back: {reason}"),
        Event::Command(command) => {
            format!(
                "{} asked for {:?}: {}",
                command.by, command.action, command.reason
            )
        }
        Event::RevisionChanged(revision) => format!("the revision is {revision} now"),
        Event::SpecChanged => "the Canary was edited".to_owned(),
        Event::Deleted => "the Canary was deleted".to_owned(),
    }
}

/// What is worth a word: that a look was asked for is not.
fn effect(effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::Poll | Effect::ReadHistory => return None,
        Effect::Raise(raise) => format!("raise from {} to {}", raise.from, raise.to),
        Effect::Lower(lower) if lower.abort => format!("abort: lower to {}", lower.to),
        Effect::Lower(lower) => format!("lower to {}", lower.to),
        Effect::PromoteWorkload => "promote the workload".to_owned(),
        Effect::RestoreWorkload => "restore the workload".to_owned(),
        Effect::ScaleDownCanary => "scale the canary down".to_owned(),
        Effect::Notify(notice) => format!("tell: {}", notice.text),
        Effect::Refuse(refusal) => refusal.to_string(),
    })
}
