//! Requests and errors of every endpoint.

use super::absence::{Absence, explain};
use super::scrapes::Scrapes;
use super::series::Selector;
use super::start_time::started_at;
use crate::engine::{CounterReading, PodReading};
use crate::spec::Timestamp;

/// Reads a success rate.
///
/// An endpoint without the series reads as an empty sum, 0 of 0 series: a counter with labels comes into
/// being with its first use, and the zero is the base from which that use is then counted. Where no endpoint
/// of either arm has any series of `requests`, and none describes it, the zeros stay but every
/// endpoint is also listed as missing with the reason: the name or the labels may be wrong.
pub(super) fn read(
    requests: &Selector,
    errors: &Selector,
    scrapes: &Scrapes,
    now: Timestamp,
) -> CounterReading {
    let answers = scrapes.each(|exposition| {
        let requests = requests.sum(exposition)?;
        Ok(PodReading {
            started_at: started_at(exposition),
            sampled_at: requests.oldest.unwrap_or(now),
            requests: requests.counter,
            parts: vec![errors.sum(exposition)?.counter],
        })
    });
    let mut arms = answers.map(|answers| answers.into_reading(|pod| pod));
    let mut pods = arms.canary.pods.values().chain(arms.baseline.pods.values());
    if pods.all(|pod| pod.requests.series == 0) {
        let absence = explain(requests, "", scrapes);
        if matches!(absence, Absence::Unmatched { .. } | Absence::Unknown { .. }) {
            arms = arms.map(|mut arm| {
                let endpoints = arm.pods.keys().cloned();
                arm.missing
                    .extend(endpoints.map(|endpoint| (endpoint, absence.to_string())));
                arm
            });
        }
    }
    CounterReading {
        edges_ms: Vec::new(),
        arms,
        read_at: now,
    }
}
