//! What is measured, from outside the daemon wherever that can be.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use serin::clock::Stopwatch;
use tokio::time::sleep;

use super::process;
use crate::control_plane::fleet::Fleet;
use crate::world::cluster::Audit;
use crate::world::daemon::Daemon;

/// Over the rows.
pub(super) const HEAD: &str = "| canaries | state | memory (most) | processor, a minute | API requests a minute | Prometheus requests a minute | between looks |\n|---|---|---|---|---|---|---|";

/// A status is written at most once in ten seconds, and Events wait for others of their kind.
const TOLD_WITHIN: Duration = Duration::from_secs(20);

/// No divisor of the looks' interval, so that it is read between them and while they are taken.
const MEMORY_EVERY: Duration = Duration::from_millis(700);

/// Where a measurement began.
pub(super) struct Meter<'a> {
    fleet: &'a Fleet,
    daemon: &'a Daemon,
    clock: Stopwatch,
    before: Counts,
}

/// What only grows.
struct Counts {
    processor_seconds: f64,
    api_requests: BTreeMap<String, u64>,
    prometheus_requests: u64,
    looks: u64,
    polls_failed: u64,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) took: Duration,
    /// Read every [`MEMORY_EVERY`], from the least to the most.
    memory_bytes: Vec<u64>,
    processor_seconds: f64,
    /// By verb and resource, as `get deployments`.
    pub(super) api_requests: BTreeMap<String, u64>,
    pub(super) prometheus_requests: u64,
    pub(super) looks: u64,
    /// Polls without an answer.
    pub(super) polls_failed: u64,
}

impl<'a> Meter<'a> {
    pub(super) async fn start(fleet: &'a Fleet, daemon: &'a Daemon) -> Self {
        sleep(TOLD_WITHIN).await;
        Self {
            fleet,
            daemon,
            before: counts(fleet, daemon).await,
            clock: Stopwatch::start(),
        }
    }

    pub(super) async fn after(self, measured: Duration) -> Figures {
        let mut memory_bytes = Vec::new();
        while let Some(left) = measured.checked_sub(self.clock.elapsed()) {
            sleep(MEMORY_EVERY.min(left)).await;
            memory_bytes.push(process::resident_bytes(self.daemon.pid()).unwrap());
        }
        memory_bytes.sort_unstable();
        let (took, now) = (self.clock.elapsed(), counts(self.fleet, self.daemon).await);
        let before = self.before;
        let mut api_requests = now.api_requests;
        for (what, count) in before.api_requests {
            *api_requests.entry(what).or_default() -= count;
        }
        api_requests.retain(|_, count| *count > 0);
        Figures {
            took,
            memory_bytes,
            processor_seconds: now.processor_seconds - before.processor_seconds,
            api_requests,
            prometheus_requests: now.prometheus_requests - before.prometheus_requests,
            looks: now.looks - before.looks,
            polls_failed: now.polls_failed - before.polls_failed,
        }
    }
}

impl Figures {
    /// As a row under [`HEAD`], with what was asked of the API server below it.
    pub(super) fn row(&self, canaries: usize, state: &str) -> String {
        let minutes = self.took.as_secs_f64() / 60.0;
        let between = match self.looks {
            0 => "–".to_owned(),
            looks => format!(
                "{:.1} s",
                self.took.as_secs_f64() * canaries as f64 / looks as f64
            ),
        };
        let mut row = format!(
            "| {canaries} | {state} | {:.0} MiB ({:.0}) | {:.2} s | {:.0} | {:.0} | {between} |",
            mebibytes(self.memory_bytes[self.memory_bytes.len() / 2]),
            mebibytes(*self.memory_bytes.last().unwrap()),
            self.processor_seconds / minutes,
            self.api_requests.values().sum::<u64>() as f64 / minutes,
            self.prometheus_requests as f64 / minutes,
        );
        for (what, count) in &self.api_requests {
            write!(row, "\n    {what}: {:.0} a minute", *count as f64 / minutes).unwrap();
        }
        row
    }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

async fn counts(fleet: &Fleet, daemon: &Daemon) -> Counts {
    let page = daemon.metrics().await;
    let polls = |wanted: &str| {
        let lines = page
            .lines()
            .filter(|line| line.starts_with("serin_poll_duration_seconds_count"));
        lines.filter(|line| line.contains(wanted)).map(value).sum::<u64>()
    };
    let looks = page
        .lines()
        .filter(|line| line.starts_with("serin_look_duration_seconds_count"));
    Counts {
        processor_seconds: process::processor_time(daemon.pid()).unwrap().as_secs_f64(),
        api_requests: Audit::of(&fleet.cluster, "serin").requests(),
        prometheus_requests: fleet.prometheus.api.queries().await,
        looks: looks.map(value).sum(),
        polls_failed: polls("") - polls("result=\"ok\""),
    }
}

fn value(line: &str) -> u64 {
    line.rsplit(' ').next().unwrap().parse().unwrap()
}
