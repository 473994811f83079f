//! The page of metrics: what is counted as it happens, and what is gathered when somebody asks.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::canaries;
use super::definition::{
    BUILD, DECISIONS, HOOK_DURATION, IS_LEADER, LOOK_DURATION, LOOKS, NO_DATA_LOOKS, NOTICES, POLL_DURATION,
    READ_DURATION, ROLLOUTS_ENDED, Sample, TURNED_AWAY, UPTIME, WRITE_DURATION,
};
use super::sources::{self, Bounds, Checkup, Gathered};
use crate::clock::Stopwatch;
use crate::driver::ports::Clock;
use crate::driver::{Driver, Leadership, Outbox, Progress};
use crate::engine::{Effect, NoticeKind};
use crate::metric_source::prometheus::DataSourceStats;
use crate::metric_source::scrape::ScrapeStats;
use crate::notify;

/// Canaries that have labels of their own: each has a dozen series, and a Prometheus server notices ten thousand of one target.
pub const CANARIES_MAX: usize = 1000;

/// Upper bounds of the durations, in seconds: a commit takes milliseconds, and the longest time-out is 30 s.
const DURATION_BUCKETS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 30.0,
];

/// A label and its value.
type Label = (&'static str, &'static str);

/// Durations by `N` labels.
type Durations<const N: usize> = Family<[Label; N], Histogram, fn() -> Histogram>;

/// Everything that Serin tells of itself.
pub struct Metrics {
    registry: Registry,
    gathered: Arc<Mutex<Gathered>>,
    sources: Mutex<Sources>,
    running: Stopwatch,
    looks: Family<[Label; 1], Counter>,
    no_data_looks: Family<[Label; 1], Counter>,
    decisions: Family<[Label; 1], Counter>,
    notices: Family<[Label; 2], Counter>,
    rollouts_ended: Family<[Label; 1], Counter>,
    progress_missed: Counter,
    pub(super) polls: Durations<1>,
    pub(super) looks_journalled: Histogram,
    pub(super) reads: Durations<1>,
    pub(super) writes: Durations<2>,
    pub(super) hooks: Durations<2>,
}

/// Who is asked when somebody asks.
#[derive(Clone, Default)]
struct Sources {
    driver: Option<Arc<Driver>>,
    outbox: Option<(Arc<dyn Outbox>, Arc<dyn Clock>)>,
    scrapes: Option<Arc<ScrapeStats>>,
    queries: BTreeMap<String, Arc<DataSourceStats>>,
    deliveries: Option<Arc<notify::Counters>>,
    bounds: Vec<(&'static str, Arc<dyn Bounds>)>,
    checkup: Option<Arc<dyn Checkup>>,
    leadership: Option<Arc<dyn Leadership>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let gathered = Arc::new(Mutex::new(Gathered::new()));
        let histogram: fn() -> Histogram = || Histogram::new(DURATION_BUCKETS);
        let metrics = Self {
            gathered: Arc::clone(&gathered),
            sources: Mutex::default(),
            running: Stopwatch::start(),
            looks: Family::default(),
            no_data_looks: Family::default(),
            decisions: Family::default(),
            notices: Family::default(),
            rollouts_ended: Family::default(),
            progress_missed: Counter::default(),
            polls: Family::new_with_constructor(histogram),
            looks_journalled: histogram(),
            reads: Family::new_with_constructor(histogram),
            writes: Family::new_with_constructor(histogram),
            hooks: Family::new_with_constructor(histogram),
            registry: Registry::default(),
        };
        LOOKS.register(&mut registry, &metrics.looks);
        NO_DATA_LOOKS.register(&mut registry, &metrics.no_data_looks);
        DECISIONS.register(&mut registry, &metrics.decisions);
        NOTICES.register(&mut registry, &metrics.notices);
        ROLLOUTS_ENDED.register(&mut registry, &metrics.rollouts_ended);
        POLL_DURATION.register(&mut registry, &metrics.polls);
        LOOK_DURATION.register(&mut registry, &metrics.looks_journalled);
        READ_DURATION.register(&mut registry, &metrics.reads);
        WRITE_DURATION.register(&mut registry, &metrics.writes);
        HOOK_DURATION.register(&mut registry, &metrics.hooks);
        registry.register_collector(Box::new(Page(gathered)));
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// Counts what `driver` does from now on, until `stop`; and asks it where rollouts stand.
    pub async fn follow(&self, driver: Arc<Driver>, stop: CancellationToken) {
        let mut progress = driver.subscribe();
        self.watch_bounds("driver", Arc::clone(driver.counters()) as Arc<dyn Bounds>);
        self.sources().driver = Some(driver);
        while let Some(received) = stop.run_until_cancelled(progress.recv()).await {
            match received {
                Ok(progress) => self.count(&progress),
                Err(RecvError::Lagged(missed)) => {
                    self.progress_missed.inc_by(missed);
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// Asks `outbox` how deep it is.
    pub fn watch_outbox(&self, outbox: Arc<dyn Outbox>, clock: Arc<dyn Clock>) {
        self.sources().outbox = Some((outbox, clock));
    }

    /// Asks the scrape source what became of its scrapes.
    pub fn watch_scrapes(&self, stats: Arc<ScrapeStats>) {
        self.sources().scrapes = Some(stats);
    }

    /// Asks the data sources, by name, what became of their queries.
    pub fn watch_queries(&self, stats: BTreeMap<String, Arc<DataSourceStats>>) {
        self.sources().queries = stats;
    }

    /// Asks the pipeline what its channels took.
    pub fn watch_deliveries(&self, counters: Arc<notify::Counters>) {
        let mut sources = self.sources();
        sources
            .bounds
            .push(("notify", Arc::clone(&counters) as Arc<dyn Bounds>));
        sources.deliveries = Some(counters);
    }

    /// Asks how the daemon's checks are.
    pub fn watch_checks(&self, checkup: Arc<dyn Checkup>) {
        self.sources().checkup = Some(checkup);
    }

    /// Asks who of several replicas leads.
    pub fn watch_leadership(&self, leadership: Arc<dyn Leadership>) {
        self.sources().leadership = Some(leadership);
    }

    /// Asks `component` what its bounds turned away.
    pub fn watch_bounds(&self, component: &'static str, bounds: Arc<dyn Bounds>) {
        self.sources().bounds.push((component, bounds));
    }

    /// The page, in the OpenMetrics text format 1.0.
    pub async fn page(&self) -> String {
        let gathered = self.gather().await;
        *self.gathered.lock().unwrap_or_else(PoisonError::into_inner) = gathered;
        let mut page = String::new();
        // Writing to a text cannot fail.
        let _ = text::encode(&mut page, &self.registry);
        page
    }

    fn count(&self, progress: &Progress) {
        let status = &progress.status;
        if progress.looked {
            let verdict = status.verdict.as_ref();
            let kind = verdict.map_or("none", |verdict| verdict.kind.name());
            self.looks.get_or_create(&[("verdict", kind)]).inc();
            if let Some(no_data) = verdict.and_then(|verdict| verdict.no_data.as_ref()) {
                self.no_data_looks
                    .get_or_create(&[("state", no_data.state.name())])
                    .inc();
            }
        }
        for effect in &progress.effects {
            if let Some(decision) = decision(effect) {
                self.decisions.get_or_create(&[("decision", decision)]).inc();
            }
        }
        for notice in &progress.notices {
            let words = [("kind", notice.kind.name()), ("urgency", notice.urgency.name())];
            self.notices.get_or_create(&words).inc();
            if let NoticeKind::Ended(outcome) = notice.kind {
                self.rollouts_ended
                    .get_or_create(&[("outcome", outcome.name())])
                    .inc();
            }
        }
    }

    async fn gather(&self) -> Gathered {
        let Sources {
            driver,
            outbox,
            scrapes,
            queries,
            deliveries,
            bounds,
            checkup,
            leadership,
        } = self.sources().clone();
        let mut gathered = Gathered::new();
        gathered.extend(
            driver
                .map(|driver| canaries::gather(driver.statuses()))
                .into_iter()
                .flatten(),
        );
        gathered.extend(
            scrapes
                .map(|stats| sources::scrapes(&stats))
                .into_iter()
                .flatten(),
        );
        gathered.extend(sources::queries(&queries));
        gathered.extend(
            deliveries
                .map(|counters| sources::deliveries(&counters))
                .into_iter()
                .flatten(),
        );
        let outbox = async {
            match outbox {
                Some((outbox, clock)) => sources::outbox(&*outbox, &*clock).await,
                None => Gathered::new(),
            }
        };
        let checks = async {
            match checkup {
                Some(checkup) => sources::checks(&*checkup).await,
                None => Gathered::new(),
            }
        };
        let (outbox, checks) = tokio::join!(outbox, checks);
        gathered.extend(outbox);
        gathered.extend(checks);
        let mut turned_away = vec![Sample::new(
            &["driver", "progress"],
            self.progress_missed.get() as f64,
        )];
        for (component, bounds) in bounds {
            let counts = bounds.turned_away();
            turned_away.extend(
                counts
                    .iter()
                    .map(|(bound, count)| Sample::new(&[component, bound], *count as f64)),
            );
        }
        gathered.push((&TURNED_AWAY, turned_away));
        if let Some(leadership) = leadership {
            let leads = f64::from(u8::from(leadership.leader().is_here));
            gathered.push((&IS_LEADER, vec![Sample::new(&[], leads)]));
        }
        gathered.push((&BUILD, vec![Sample::new(&[env!("CARGO_PKG_VERSION")], 1.0)]));
        gathered.push((
            &UPTIME,
            vec![Sample::new(&[], self.running.elapsed().as_secs_f64())],
        ));
        gathered
    }

    fn sources(&self) -> std::sync::MutexGuard<'_, Sources> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seconds, for a histogram.
pub(super) fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

/// The word for what the engine decided; reads and news are no decisions.
const fn decision(effect: &Effect) -> Option<&'static str> {
    match effect {
        Effect::Raise(_) => Some("raise"),
        Effect::Lower(lower) if lower.abort => Some("abort"),
        Effect::Lower(_) => Some("lower"),
        Effect::PromoteWorkload => Some("promote"),
        Effect::RestoreWorkload => Some("restore"),
        Effect::ScaleCanary { .. } => Some("scale"),
        Effect::ScaleDownCanary => Some("scale-down"),
        Effect::Refuse(_) => Some("refuse"),
        Effect::Poll | Effect::ReadHistory | Effect::CallHook(_) | Effect::Notify(_) => None,
    }
}

/// What was gathered last.
struct Page(Arc<Mutex<Gathered>>);

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Page")
    }
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let gathered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (definition, samples) in gathered.iter() {
            definition.encode(&mut encoder, samples)?;
        }
        Ok(())
    }
}
