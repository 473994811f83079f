//! The driver's ports, each call under a stopwatch.

use std::sync::Arc;

use async_trait::async_trait;

use super::metrics::{Metrics, seconds};
use crate::clock::Stopwatch;
use crate::driver::ports::{
    Clock, HookReply, HookRequest, Hooks, Journal, JournalError, MetricSource, Ports, Traffic, TrafficError,
};
use crate::driver::{Entry, Input, Stored};
use crate::engine::{Event, HookOutcome, Look, MetricPast, TrafficState, TrafficWrite};
use crate::spec::{CheckedCanary, Timestamp};

/// What a call has that was dropped before it answered: its caller's time limit was over, or something newer was wanted.
const CUT_OFF: &str = "cut-off";

/// `ports` whose polls, calls of hooks, appends, and reads and writes of the route are measured.
#[must_use]
pub fn measured(ports: Ports, metrics: &Arc<Metrics>) -> Ports {
    Ports {
        metric_source: Arc::new(Measured::new(ports.metric_source, metrics)),
        traffic: Arc::new(Measured::new(ports.traffic, metrics)),
        hooks: Arc::new(Measured::new(ports.hooks, metrics)),
        journal: Arc::new(MeasuredJournal {
            journal: Measured::new(ports.journal, metrics),
            clock: Arc::clone(&ports.clock),
        }),
        ..ports
    }
}

struct Measured<P: ?Sized> {
    port: Arc<P>,
    metrics: Arc<Metrics>,
}

impl<P: ?Sized> Measured<P> {
    fn new(port: Arc<P>, metrics: &Arc<Metrics>) -> Self {
        let metrics = Arc::clone(metrics);
        Self { port, metrics }
    }

    fn poll(&self) -> Measurement<impl Fn(&'static str, f64) + '_> {
        Measurement::begin(|result, duration| {
            self.metrics
                .polls
                .get_or_create(&[("result", result)])
                .observe(duration);
        })
    }

    fn read(&self) -> Measurement<impl Fn(&'static str, f64) + '_> {
        Measurement::begin(|result, duration| {
            self.metrics
                .reads
                .get_or_create(&[("result", result)])
                .observe(duration);
        })
    }

    fn write(&self, target: &'static str) -> Measurement<impl Fn(&'static str, f64) + '_> {
        Measurement::begin(move |result, duration| {
            let words = [("target", target), ("result", result)];
            self.metrics.writes.get_or_create(&words).observe(duration);
        })
    }
}

#[async_trait]
impl MetricSource for Measured<dyn MetricSource> {
    async fn look(&self, canary: &CheckedCanary, now: Timestamp) -> Look {
        let mut poll = self.poll();
        let look = self.port.look(canary, now).await;
        poll.result = if look.readings.is_ok() { "ok" } else { "down" };
        look
    }

    async fn history(&self, canary: &CheckedCanary, now: Timestamp) -> Vec<MetricPast> {
        self.port.history(canary, now).await
    }
}

#[async_trait]
impl Hooks for Measured<dyn Hooks> {
    async fn call(&self, request: &HookRequest<'_>) -> HookReply {
        let kind = request.hook.r#type.name();
        let mut measurement = Measurement::begin(|result, duration| {
            let words = [("type", kind), ("result", result)];
            self.metrics.hooks.get_or_create(&words).observe(duration);
        });
        let reply = self.port.call(request).await;
        measurement.result = match reply.outcome {
            HookOutcome::Passed => "passed",
            HookOutcome::Failed => "failed",
            HookOutcome::NotCalled => "not-called",
        };
        reply
    }
}

#[async_trait]
impl Traffic for Measured<dyn Traffic> {
    async fn read(&self, canary: &CheckedCanary) -> Result<TrafficState, TrafficError> {
        let mut measurement = self.read();
        let read = self.port.read(canary).await;
        measurement.result = result(&read);
        read
    }

    async fn observe(&self, canary: &CheckedCanary) -> Result<TrafficState, TrafficError> {
        let mut measurement = self.read();
        let read = self.port.observe(canary).await;
        measurement.result = result(&read);
        read
    }

    async fn write(
        &self,
        canary: &CheckedCanary,
        seen: &TrafficState,
        write: &TrafficWrite,
    ) -> Result<TrafficState, TrafficError> {
        let mut measurement = self.write("traffic");
        let written = self.port.write(canary, seen, write).await;
        measurement.result = result(&written);
        written
    }
}

/// The word for what came of a call of the route.
const fn result(answer: &Result<TrafficState, TrafficError>) -> &'static str {
    match answer {
        Ok(_) => "ok",
        Err(TrafficError::Conflict { .. }) => "conflict",
        Err(TrafficError::Refused { .. }) => "refused",
        Err(TrafficError::Unreachable { .. }) => "unreachable",
        Err(TrafficError::Unknown { .. }) => "unknown",
    }
}

/// A journal that also measures how long a look was on its way there, attempts that failed included.
struct MeasuredJournal {
    journal: Measured<dyn Journal>,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Journal for MeasuredJournal {
    async fn append(&self, entries: &[Entry], state: &Arc<Stored>) -> Result<(), JournalError> {
        let Measured { port, metrics } = &self.journal;
        let mut measurement = self.journal.write("journal");
        let appended = port.append(entries, state).await;
        measurement.result = if appended.is_ok() { "ok" } else { "failed" };
        if appended.is_ok() {
            let now = self.clock.now();
            let is_look = |entry: &&Entry| matches!(entry.input, Input::Event(Event::Look(_)));
            for look in entries.iter().filter(is_look) {
                // The engine is told of a reading the moment it is there.
                metrics.looks_journalled.observe(seconds(now.since(look.at)));
            }
        }
        appended
    }

    async fn unfinished(&self) -> Result<Vec<Stored>, JournalError> {
        self.journal.port.unfinished().await
    }
}

/// A call under way; observed when it is dropped, with the result that was known by then.
struct Measurement<O: Fn(&'static str, f64)> {
    observe: O,
    result: &'static str,
    stopwatch: Stopwatch,
}

impl<O: Fn(&'static str, f64)> Measurement<O> {
    fn begin(observe: O) -> Self {
        Self {
            observe,
            result: CUT_OFF,
            stopwatch: Stopwatch::start(),
        }
    }
}

impl<O: Fn(&'static str, f64)> Drop for Measurement<O> {
    fn drop(&mut self) {
        (self.observe)(self.result, seconds(self.stopwatch.elapsed()));
    }
}
