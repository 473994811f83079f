//! Whole demos, by seed: real time, real requests, the daemon's own driver.
//!
//! Three seeds of each fault run by default; `SERIN_DEMO_SEEDS=20` runs twenty, and prints how each ended.

use std::io::Write;
use std::sync::LazyLock;

use clap::Parser;
use serin::demo::options::DemoOptions;
use serin::demo::play::{Stage, play};
use serin::demo::summary::Summary;
use serin::demo::world::World;
use serin::driver::Progress;
use serin::engine::Outcome;
use serin::spec::CheckedCanary;
use tokio::sync::Semaphore;

/// Demos at once: each takes a few hundredths of a core, and one that waits for the processor would see
/// latencies of its own making.
static TOGETHER: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(15));

const SEEDS: u64 = 3;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    options: DemoOptions,
}

/// What is left of a demo when it is over.
struct Played {
    summary: Summary,
    virtual_service: String,
    canary_requests_after_abort: u64,
    weights: Vec<u8>,
}

#[derive(Default)]
struct Audience {
    epoch: u64,
    weights: Vec<u8>,
    end: Option<(String, u64)>,
}

impl Stage for Audience {
    fn opens(&mut self, _: &World, _: &CheckedCanary, _: u64) -> anyhow::Result<()> {
        Ok(())
    }

    fn shows(&mut self, progress: &Progress) -> anyhow::Result<()> {
        if self.weights.last() != Some(&progress.status.weight) {
            self.weights.push(progress.status.weight);
        }
        Ok(())
    }

    fn closes(&mut self, world: &World, _: &Summary) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&world.manifests().virtual_service)?;
        self.epoch = epoch(&text);
        self.end = Some((text, world.canary_requests_after(self.epoch - 1)));
        Ok(())
    }
}

/// The epoch that a VirtualService's text carries.
fn epoch(text: &str) -> u64 {
    let line = text
        .lines()
        .find(|line| line.contains("serin.dev/epoch"))
        .expect("an epoch");
    line.chars()
        .filter(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .expect("a number")
}

async fn demo(arguments: &str, seed: u64) -> Played {
    let _place = TOGETHER.acquire().await.expect("never closed");
    let words = format!("demo {arguments} --seed {seed}");
    let options = Arguments::parse_from(words.split_whitespace()).options;
    let mut audience = Audience::default();
    let summary = play(options, &mut audience)
        .await
        .unwrap_or_else(|error| panic!("{words}: {error:#}"));
    let (virtual_service, canary_requests_after_abort) = audience.end.expect("a demo that closed");
    let line = format!(
        "{words}: {:?} after {:.1} s, counted {:?}, served {:?}: {}\n",
        summary.outcome, summary.seconds, summary.requests, summary.served, summary.reason
    );
    if std::env::var_os("SERIN_DEMO_SEEDS").is_some() {
        // Not by a macro: the test harness would keep it to itself.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    Played {
        summary,
        virtual_service,
        canary_requests_after_abort,
        weights: audience.weights,
    }
}

async fn demos(arguments: &str, check: impl Fn(&Played)) {
    let seeds =
        std::env::var("SERIN_DEMO_SEEDS").map_or(SEEDS, |seeds| seeds.parse().expect("a number of seeds"));
    let played = futures::future::join_all((1..=seeds).map(|seed| demo(arguments, seed))).await;
    for played in &played {
        check(played);
    }
}

fn assert_counted_exactly(played: &Played) {
    assert_eq!(
        played.summary.requests, played.summary.served,
        "counted, and served"
    );
}

fn assert_rolled_back(played: &Played) {
    assert_eq!(played.summary.weight, 0);
    assert!(
        played.virtual_service.contains("serin.dev/aborted"),
        "{}",
        played.virtual_service
    );
    assert_eq!(weights(&played.virtual_service), [100, 0]);
    assert_eq!(
        played.canary_requests_after_abort, 0,
        "under the abort's epoch or a later one"
    );
}

/// The weights of a VirtualService's text, in order.
fn weights(text: &str) -> Vec<u8> {
    let numbers = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("weight: "));
    numbers.map(|number| number.parse().expect("a weight")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_canary_is_promoted() {
    demos("--fault none", |played| {
        assert_eq!(
            played.summary.outcome,
            Outcome::Promoted,
            "{}",
            played.summary.reason
        );
        assert_eq!(weights(&played.virtual_service), [0, 100]);
        assert_eq!(played.weights, [0, 5, 25, 50, 100]);
        assert_counted_exactly(played);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_with_errors_is_aborted() {
    demos("--fault errors=5%", |played| {
        assert_eq!(
            played.summary.outcome,
            Outcome::Aborted,
            "{}",
            played.summary.reason
        );
        assert!(
            played.summary.reason.contains("http-success-rate: errors"),
            "{}",
            played.summary.reason
        );
        assert!(played.summary.harmed_requests > 0);
        assert_rolled_back(played);
        assert_counted_exactly(played);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_free_baseline_does_not_blind_the_judge() {
    demos("--fault errors=5% --stable-errors 0", |played| {
        assert_eq!(
            played.summary.outcome,
            Outcome::Aborted,
            "{}",
            played.summary.reason
        );
        assert_rolled_back(played);
        assert_counted_exactly(played);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_canary_is_aborted() {
    demos("--fault latency=+50%", |played| {
        assert_eq!(
            played.summary.outcome,
            Outcome::Aborted,
            "{}",
            played.summary.reason
        );
        assert!(
            played.summary.reason.contains("http-latency: p95"),
            "{}",
            played.summary.reason
        );
        assert_rolled_back(played);
        assert_counted_exactly(played);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_stops_answering_is_aborted_for_its_silence() {
    demos("--fault crash", |played| {
        assert_eq!(
            played.summary.outcome,
            Outcome::Aborted,
            "{}",
            played.summary.reason
        );
        assert!(
            played.summary.reason.starts_with("canarySilent"),
            "{}",
            played.summary.reason
        );
        assert_rolled_back(played);
        let lost = played.summary.lost();
        assert_eq!(lost.baseline, 0, "the baseline went on answering");
        assert!(lost.canary < 100, "one look's worth at most: {}", lost.canary);
    })
    .await;
}
