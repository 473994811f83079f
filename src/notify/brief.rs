//! A notice's briefing as channels show it.

use serde_json::{Map, Value, json};

use super::wording::{Link, Wording};
use crate::driver::Delivery;
use crate::engine::{Briefing, Exposure};

/// The rollout in a few words: `checkout-1700000000000 of v1 → v2 · step 2 of 4 · prod-eu`.
pub(super) fn place(delivery: &Delivery, wording: &Wording) -> String {
    let mut parts = vec![delivery.rollout.clone()];
    if let Some(briefing) = &delivery.notice.briefing {
        parts[0].push_str(&format!(" of {}", briefing.change()));
        parts.extend(step(briefing));
    }
    parts.extend(wording.cluster().map(str::to_owned));
    parts.join(" · ")
}

/// `step 2 of 4`; none before the first raise.
pub(super) fn step(briefing: &Briefing) -> Option<String> {
    let step = briefing.step?;
    Some(format!("step {step} of {}", briefing.steps))
}

/// All of it as data, in the names that the API has.
pub(super) fn data(briefing: &Briefing) -> Value {
    let Briefing {
        revision,
        from,
        observing,
        step,
        steps,
        weight,
        verdict,
        table,
        traffic,
        exposure,
        query,
        commands,
    } = briefing;
    let Exposure {
        peak_weight,
        last_weight,
        seconds,
        requests,
        extra_errors,
    } = exposure;
    json!({
        "revision": revision,
        "from": from,
        "observing": observing,
        "step": step,
        "steps": steps,
        "weight": weight,
        "verdict": verdict,
        "metrics": table,
        "traffic": traffic,
        "exposure": {
            "peakWeight": peak_weight,
            "lastWeight": last_weight,
            "seconds": seconds,
            "requests": requests,
            "extraErrors": extra_errors,
        },
        "query": query,
        "commands": commands,
    })
}

/// The addresses by what they lead to.
pub(super) fn addresses(links: &[Link]) -> Map<String, Value> {
    let addresses = links
        .iter()
        .map(|link| (link.place.name().to_owned(), json!(link.url)));
    addresses.collect()
}
