//! The daemon: everything built from a checked configuration, in one straight function, and ended in reverse.
//!
//! Promises: the probes answer first, and say what the start waits for; nothing is begun before the journal was read; what was
//! started last ends first, each step within its bound. It leaves every decision to the driver.

mod apart;
mod api_settings;
mod audit;
mod canaries;
mod catalog;
mod channels;
mod checks;
mod data_sources;
mod doctor;
mod election;
mod follow;
mod following;
mod history;
mod hooks;
mod late;
mod listening;
mod opening;
mod past;
mod retention;
mod reviews;
mod rollback;
mod started;
mod store_lease;
mod trial;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use self::apart::Apart;
pub use self::audit::audit;
use self::catalog::Catalog;
pub use self::channels::wrong_templates;
use self::checks::checks;
pub use self::data_sources::data_sources;
pub use self::doctor::examine;
use self::election::Loss;
pub use self::follow::follow;
use self::following::Following;
use self::history::HistoryHere;
use self::late::Late;
use self::listening::listen;
pub use self::opening::location;
pub use self::past::{PastSource, past};
pub use self::reviews::reviewer;
pub use self::rollback::{TEMPLATES_KEPT, roll_back};
pub use self::started::Started;
pub use self::trial::{Trial, try_channel};
use crate::api::health::Health;
use crate::api::{Api, Daemon, refuse_open};
use crate::canaries::Followed;
use crate::clock::SystemClock;
use crate::config::{self, Config};
use crate::controller::{self, Parts};
use crate::driver::ports::{Clock, Ports};
use crate::driver::{Driver, Leadership, Outbox};
use crate::kubernetes::{Access, Cluster};
use crate::metric_source::{MetricSources, PrometheusSource, ScrapeSource};
use crate::notify::Pipeline;
use crate::shutdown::{Drain, Drained, Signals};
use crate::spec::{AllowList, Known};
use crate::store::Store;
use crate::telemetry::{Metrics, measured};
use crate::traffic::file::ManifestFiles;
use crate::traffic::istio::VirtualServices;
use crate::traffic::places::Places;
use crate::workload::EndpointWorkloads;
use crate::workload::deployments::Deployments;
use crate::workload::sorts::Sorts;

/// Requests under way are answered within the API's own bound, and streams end at once.
const LISTENER_STOP_MAX: Duration = Duration::from_secs(11);

/// The driver bounds itself; this is beyond that.
const DRIVER_STOP_MAX: Duration = Duration::from_secs(21);

/// A send under way ends within its channel's time-out.
const PIPELINE_STOP_MAX: Duration = Duration::from_secs(11);

/// Giving the Lease up takes milliseconds; three attempts that get no answer take so long.
const LEADERSHIP_STOP_MAX: Duration = Duration::from_secs(11);

/// Folding a write-ahead log into its file takes milliseconds.
const STORE_STOP_MAX: Duration = Duration::from_secs(5);

/// Runs a daemon until a signal, and tells `started` once it is ready; one of several replicas also once it follows.
///
/// # Errors
/// Where it cannot start, or another daemon has taken its store over, which leaves it nothing to do; nothing is left
/// running then. Where it led by a Lease and lost that, whatever runs is to end with the process, at once, as in a crash: nothing
/// that it writes is safe to wait for.
pub async fn run(config: Config, mut started: impl FnMut(&Started)) -> anyhow::Result<Drained> {
    let loss = Loss::default();
    tokio::select! {
        biased;
        lost = loss.happened() => {
            tracing::error!("stopping at once: {lost}");
            Err(lost.into())
        }
        drained = run_until_drained(&config, &mut started, &loss) => drained,
    }
}

async fn run_until_drained(
    config: &Config,
    started: &mut impl FnMut(&Started),
    loss: &Loss,
) -> anyhow::Result<Drained> {
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let mut drain = Drain::default();
    let starting = tokio::select! {
        starting = start(config, &mut drain, started, loss) => Some(starting),
        signal = signals.next() => {
            tracing::info!(signal, "asked to stop before it was ready");
            None
        }
    };
    let failed = match starting {
        Some(Ok(ready)) => {
            started(&ready.started);
            let failed = tokio::select! {
                signal = signals.next() => {
                    tracing::info!(signal, "stopping; a second signal stops at once");
                    None
                }
                taken = ready.store.superseded() => {
                    tracing::error!("stopping: {taken}; rollouts go on there");
                    Some(taken.into())
                }
            };
            ready.health.stopping();
            failed
        }
        Some(Err(error)) => Some(error),
        None => None,
    };
    let drained = drain.run(&mut signals, config.shutdown.timeout).await;
    match failed {
        Some(error) => Err(error),
        None => Ok(drained),
    }
}

/// What `config` has that Canaries name.
#[must_use]
pub fn known(config: &Config) -> Known {
    Known {
        channels: config.notify.channels.keys().cloned().collect(),
        data_sources: config.data_sources.keys().cloned().collect(),
        hooks: AllowList::new(config.hooks.allow.iter().cloned()),
    }
}

/// A daemon that works.
struct Ready {
    started: Started,
    health: Health,
    store: Arc<Store>,
}

/// Builds everything, in the order in which one thing needs another; each thing says at once how it ends.
async fn start(
    config: &Config,
    drain: &mut Drain,
    started: &mut impl FnMut(&Started),
    loss: &Loss,
) -> anyhow::Result<Ready> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let metrics = Arc::new(Metrics::default());

    let cluster = Cluster::new(access(&config.kubernetes));
    let elector = election::elector(config, &cluster, &clock)?;
    let leadership = elector.as_ref().map(|elector| Arc::new(elector.standing()));
    let leadership = leadership.map(|standing| standing as Arc<dyn Leadership>);
    if let Some(leadership) = &leadership {
        metrics.watch_leadership(Arc::clone(leadership));
    }

    // The probes first: they say what the rest waits for.
    let late = Arc::new(Late::default());
    let api_settings = api_settings::of(config)?;
    let checks = checks(&late, &clock, api_settings.tls.clone());
    let health = Health::of_replica(checks, leadership.clone());
    metrics.watch_checks(Arc::new(health.clone()));
    let health_listener = listen(config.health.address, "health.address")?;
    let health_address = health_listener.local_addr()?;
    let serving = |stop| health.clone().serve(health_listener, Arc::clone(&metrics), stop);
    add_task(drain, "health listener", LISTENER_STOP_MAX, serving);
    refuse_open(config.api.address, &api_settings)?;
    api_settings::warn_of_expired(&api_settings, clock.now());
    let api_listener = listen(config.api.address, "api.address")?;
    let api_address = api_listener.local_addr()?;

    if let Some(tls) = api_settings.tls.clone() {
        add_task(drain, "certificate", LISTENER_STOP_MAX, |stop| tls.follow(stop));
    }

    let (canaries, resources) = canaries::follow(config, &cluster).await?;
    let canaries = Arc::new(Catalog::new(canaries, known(config)));
    let database = opening::open(&config.store, &late).await?;
    late.database.get_or_init(|| database.clone());
    let history = Arc::new(HistoryHere::new(Arc::new(database.clone())));
    let apart = Arc::new(Apart::start("api").context("cannot start the API's threads")?);
    let mut told = Started {
        api: api_address,
        is_secure: api_settings.tls.is_some(),
        health: health_address,
        store: database.place().to_owned(),
        canaries: canaries.followed().now().canaries().len(),
        problems: problems(canaries.followed()),
        recovered: 0,
        leads: leadership.is_none(),
        leader: None,
    };
    let stop_following = CancellationToken::new();
    if let (Some(mut elector), Some(leadership)) = (elector, leadership) {
        let following = Following {
            leadership: &leadership,
            canaries: &canaries,
            history: &history,
            clock: &clock,
            late: &late,
            health: &health,
            apart: &apart,
            listener: &api_listener,
            settings: &api_settings,
            stop: &stop_following,
        };
        election::lead(&mut elector, || {
            following.start(drain)?;
            started(&Started {
                leader: leadership.leader().name,
                ..told.clone()
            });
            Ok(())
        })
        .await?;
        late.lead();
        (told.leads, told.leader) = (true, leadership.leader().name);
        let keeping = |stop| election::keep(elector, loss.clone(), stop);
        add_task(drain, "leadership", LEADERSHIP_STOP_MAX, keeping);
    }
    let store: Arc<Store> = Arc::new(opening::lead(&database, &config.store, &late).await?);
    late.store.get_or_init(|| Arc::clone(&store));
    drain.add("store", STORE_STOP_MAX, {
        let database = database.clone();
        async move { database.close().await }
    });
    let keeping = |stop| store_lease::keep(Arc::clone(&store), stop);
    add_task(drain, "lease", STORE_STOP_MAX, keeping);
    let outbox: Arc<dyn Outbox> = Arc::clone(&store) as Arc<dyn Outbox>;
    metrics.watch_outbox(Arc::clone(&outbox), Arc::clone(&clock));
    let forgetting = |stop| {
        retention::forget(
            Arc::clone(&store),
            config.store.retention.clone(),
            Arc::clone(&clock),
            stop,
        )
    };
    add_task(drain, "retention", STORE_STOP_MAX, forgetting);

    let stop_pipeline = CancellationToken::new();
    let outlets = channels::outlets(&config.notify, &outbox, &clock)?;
    let pipeline = Arc::new(Pipeline::start(
        outbox,
        Arc::clone(&clock),
        outlets,
        &stop_pipeline,
    ));
    metrics.watch_deliveries(Arc::clone(pipeline.counters()));
    drain.add("notifications", PIPELINE_STOP_MAX, {
        let pipeline = Arc::clone(&pipeline);
        async move {
            stop_pipeline.cancel();
            pipeline.stopped().await;
        }
    });

    let scrape = ScrapeSource::default();
    metrics.watch_scrapes(scrape.stats());
    let clients = data_sources(&config.data_sources)?;
    let counted = clients
        .iter()
        .map(|(name, client)| (name.clone(), Arc::clone(client.stats())));
    metrics.watch_queries(counted.collect());
    let prometheus = PrometheusSource::new(clients.into_values().map(Arc::new));
    let hooks = hooks::caller(config)?;
    metrics.watch_bounds("hook", Arc::clone(hooks.counters()) as Arc<_>);
    let ports = Ports {
        metric_source: Arc::new(MetricSources { scrape, prometheus }),
        traffic: Arc::new(Places {
            // The folder makes every path absolute.
            files: ManifestFiles::new("/"),
            cluster: VirtualServices::new(&cluster),
        }),
        workloads: Arc::new(Sorts {
            endpoints: EndpointWorkloads,
            deployments: Deployments::new(&cluster),
        }),
        hooks: Arc::new(hooks),
        journal: Arc::clone(&store) as Arc<_>,
        notifier: pipeline,
        clock: Arc::clone(&clock),
    };
    let driver = Arc::new(Driver::new(measured(ports, &metrics)));
    let counting = |stop| {
        let (metrics, driver) = (Arc::clone(&metrics), Arc::clone(&driver));
        async move { metrics.follow(driver, stop).await }
    };
    add_task(drain, "metrics", LISTENER_STOP_MAX, counting);
    let recovered = driver.recover().await.context("cannot read the journal")?;
    drain.add("rollouts", DRIVER_STOP_MAX, {
        let driver = Arc::clone(&driver);
        async move { driver.shutdown().await }
    });
    let snapshots = canaries.followed().subscribe();
    let following = |stop| follow(snapshots, Arc::clone(&driver), stop);
    add_task(drain, "Canaries", LISTENER_STOP_MAX, following);

    if let Some(resources) = resources {
        let parts = Parts {
            cluster,
            namespace: config.kubernetes.namespace.clone(),
            resources,
            driver: Arc::clone(&driver),
            history: Arc::new(database.clone()),
            clock: Arc::clone(&clock),
            replica: opening::replica(&config.store),
        };
        let controlling = |stop| controller::run(parts, stop);
        add_task(drain, "controller", LISTENER_STOP_MAX, controlling);
    }

    let daemon = Daemon {
        driver,
        canaries: Arc::clone(&canaries) as Arc<_>,
        history,
        clock,
    };
    let stop_api = CancellationToken::new();
    let api = Api::new(daemon, api_settings, stop_api.clone());
    metrics.watch_bounds("api", api.counters());
    stop_following.cancel();
    let answering = apart
        .serve(api_listener, |listener| api.serve(listener))
        .context("cannot hand the API's listener over")?;
    drain.add("API", LISTENER_STOP_MAX, async move {
        stop_api.cancel();
        drop(answering.await);
        drop(apart);
    });

    health.started();
    Ok(Ready {
        started: Started {
            canaries: canaries.followed().now().canaries().len(),
            problems: problems(canaries.followed()),
            recovered,
            ..told
        },
        health,
        store,
    })
}

/// Number of problems in what is written.
fn problems(canaries: &Followed) -> usize {
    let loaded = canaries.now();
    loaded.problems().listed.len() + loaded.problems().left_out
}

/// Begins `task`, which ends by its token, and says so to `drain`.
fn add_task<F>(
    drain: &mut Drain,
    name: &'static str,
    bound: Duration,
    task: impl FnOnce(CancellationToken) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let stop = CancellationToken::new();
    let running = tokio::spawn(task(stop.clone()));
    drain.add(name, bound, async move {
        stop.cancel();
        drop(running.await);
    });
}

fn access(kubernetes: &config::Kubernetes) -> Access {
    Access {
        kubeconfig: kubernetes.kubeconfig.clone(),
        context: kubernetes.context.clone(),
    }
}
