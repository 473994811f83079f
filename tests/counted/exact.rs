//! Through everything that happens to pods, counts are exact, or said not to be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serin::demo::service::Behaviour;
use serin::engine::judge::counts::Counts;
use serin::engine::{Arm, Look, MetricReading, PodReading};
use serin::spec::Timestamp;
use tokio::task::JoinHandle;

use super::world::{CANARY, Poller, STABLE, target};
use crate::world::load::send;
use crate::world::pod::{HEALTHY, Pod};
use crate::world::prometheus::Prometheus;

const TWO_IN_A_HUNDRED: Behaviour = Behaviour {
    error_rate: 0.02,
    ..HEALTHY
};

/// Requests without an end, until it is told.
struct Load {
    stop: Arc<AtomicBool>,
    sending: JoinHandle<()>,
}

impl Load {
    fn on(pod: &Pod) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let (address, stopping) = (pod.address(), Arc::clone(&stop));
        let sending = tokio::spawn(async move {
            while !stopping.load(Ordering::Relaxed) {
                send(address, 10).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        Self { stop, sending }
    }

    /// Returns when every request was answered.
    async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.sending.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_equal_what_the_services_served_and_a_gap_is_said_to_be_one() {
    let (canary, stable) = (
        Pod::start("canary-1").await,
        [Pod::start("stable-1").await, Pod::start("stable-2").await],
    );
    let added = Pod::start("stable-3").await;
    for pod in [&canary, &stable[0], &stable[1], &added] {
        pod.behave(TWO_IN_A_HUNDRED);
    }
    let both = || stable.iter().map(|pod| target(pod, STABLE));
    let set_up = Prometheus::set_up().scraping(both().chain([target(&canary, CANARY)]));
    let prometheus = set_up.start().await;
    let mut poller = Poller::new(&prometheus);
    poller
        .until("all pods seen", |look, _| {
            [
                (&canary, Arm::Canary),
                (&stable[0], Arm::Baseline),
                (&stable[1], Arm::Baseline),
            ]
            .iter()
            .all(|(pod, arm)| seen(look, *arm, pod).is_some())
        })
        .await;

    let loads = [Load::on(&canary), Load::on(&stable[0]), Load::on(&stable[1])];
    let [load_canary, load_first, load_second] = loads;
    poller.times(3).await;

    // One pod more, which serves before Prometheus knows of it; it is as young as its process.
    added.restart();
    let load_added = Load::on(&added);
    prometheus.scrape(both().chain([target(&canary, CANARY), target(&added, STABLE)]));
    poller
        .until("the added pod seen", |look, _| {
            seen(look, Arm::Baseline, &added).is_some()
        })
        .await;

    // One goes, as pods do: it drains, and is gone some time after its last scrape.
    load_second.stop().await;
    let whole = stable[1].served().requests;
    poller
        .until("everything of the second pod seen", |look, _| {
            seen(look, Arm::Baseline, &stable[1]).is_some_and(|pod| pod.requests.value as u64 == whole)
        })
        .await;
    prometheus.scrape([
        target(&stable[0], STABLE),
        target(&added, STABLE),
        target(&canary, CANARY),
    ]);
    poller
        .until("the second pod gone", |look, _| {
            seen(look, Arm::Baseline, &stable[1]).is_none()
        })
        .await;

    // One starts anew under its name.
    load_canary.stop().await;
    let whole = canary.served().requests;
    poller
        .until("everything of the canary seen", |look, _| {
            seen(look, Arm::Canary, &canary).is_some_and(|pod| pod.requests.value as u64 == whole)
        })
        .await;
    canary.restart();
    let load_canary = Load::on(&canary);
    poller.times(4).await;

    // A child series comes, counts, and vanishes: what the pod served around its end cannot be known.
    stable[0].extra_child_appears();
    poller.times(4).await;
    stable[0].extra_child_vanishes();
    let gaps = |counts: &Counts| counts.metrics[0].arms.baseline.dropped.gaps;
    poller
        .until("the gap seen", |_, counts| {
            !counts.metrics.is_empty() && gaps(counts) == 1
        })
        .await;

    // Half a minute without scrapes of one pod of each arm; the answers go on.
    for pod in [&canary, &stable[0]] {
        pod.hide_metrics(true);
    }
    poller.times(30).await;
    for pod in [&canary, &stable[0]] {
        pod.hide_metrics(false);
    }

    for load in [load_canary, load_first, load_added] {
        load.stop().await;
    }
    poller
        .until("everything seen", |look, _| {
            [
                (&stable[0], Arm::Baseline),
                (&added, Arm::Baseline),
                (&canary, Arm::Canary),
            ]
            .iter()
            .all(|(pod, arm)| {
                let shown = pod.scrapes().last().unwrap().shown.requests;
                let is_whole = pod.scrapes().last().unwrap().served == pod.served();
                is_whole && seen(look, *arm, pod).is_some_and(|pod| pod.requests.value as u64 == shown)
            })
        })
        .await;

    let counted = poller.counted();
    let served = |pods: &[&Pod]| {
        let (mut requests, mut errors) = (0, 0);
        for pod in pods {
            requests += pod.served().requests;
            errors += pod.served().errors;
        }
        (requests, errors)
    };
    let lost = lost_in_the_gap(&poller, &stable[0]);
    let (of_canary, of_stable) = (served(&[&canary]), served(&[&stable[0], &stable[1], &added]));
    let dropped = poller
        .polls
        .iter()
        .filter_map(|(_, counts)| Some(counts.metrics.first()?.arms.baseline.dropped));
    let gap_ms: u64 = dropped.map(|dropped| dropped.gap_ms).sum();
    let seconds = poller
        .polls
        .last()
        .unwrap()
        .0
        .taken_at
        .since(poller.polls[0].0.taken_at)
        .as_secs()
        + 5;
    let mut by_increase = Vec::new();
    for app in [CANARY, STABLE] {
        let query = format!("sum(increase(http_requests_total{{app=\"{app}\"}}[{seconds}s]))");
        by_increase.push(prometheus.api.value(&query).await.unwrap_or_default());
    }
    eprintln!(
        "requests (errors)    served      counted     by increase()\n\
         canary         {of_canary:>14?} {:>14?} {:>10.1}\n\
         stable         {of_stable:>14?} {:>14?} {:>10.1}\n\
         of stable, in a gap of {gap_ms} ms that was said to be one: {lost:?}",
        counted.canary, by_increase[0], counted.baseline, by_increase[1],
    );
    assert_eq!(counted.canary, of_canary);
    assert_eq!(
        (counted.baseline.0 + lost.0, counted.baseline.1 + lost.1),
        of_stable
    );
}

/// A pod as a look has it.
fn seen<'a>(look: &'a Look, arm: Arm, pod: &Pod) -> Option<&'a PodReading> {
    match look.readings.as_ref().ok()?.first()? {
        MetricReading::Counters(counters) => counters.arms.get(arm).pods.get(&pod.name),
        MetricReading::Value(_) => None,
    }
}

/// Requests and errors that a pod served between the samples on both sides of its one gap, by its own account of its scrapes.
fn lost_in_the_gap(poller: &Poller, pod: &Pod) -> (u64, u64) {
    let gap = poller.polls.iter().position(|(_, counts)| {
        counts
            .metrics
            .first()
            .is_some_and(|metric| metric.arms.baseline.dropped.gaps > 0)
    });
    let gap = gap.expect("a gap");
    let sample = |(look, _): &(Look, Counts)| seen(look, Arm::Baseline, pod).map(|pod| pod.sampled_at);
    let after = sample(&poller.polls[gap]).expect("it answered");
    let before = poller.polls[..gap]
        .iter()
        .rev()
        .find_map(sample)
        .expect("it answered before");
    let (before, after) = (served_at(pod, before), served_at(pod, after));
    (after.0 - before.0, after.1 - before.1)
}

/// What the pod had served at the scrape that Prometheus has under this time.
fn served_at(pod: &Pod, sampled_at: Timestamp) -> (u64, u64) {
    let distance = |at: Timestamp| at.since(sampled_at).max(sampled_at.since(at));
    let scrapes = pod.scrapes();
    let nearest = scrapes
        .iter()
        .min_by_key(|scrape| distance(scrape.at))
        .expect("it was scraped");
    (nearest.served.requests, nearest.served.errors)
}
