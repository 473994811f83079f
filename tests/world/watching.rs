//! Canaries to look at.

use std::time::Duration;

use serin::spec::{
    AfterDeadline, Analysis, ArmQueries, Bound, CheckedCanary, DataSource, Endpoints, FileTraffic, Margin,
    Metric, Mode, NoDataPolicies, NoDataPolicy, OnFail, OnInconclusive, Origin, Promotion, PromotionWorkload,
    Question, RouteDestination, Scaling, Series, Step, Traffic, ValueLimit, WeightedRoute, Workload,
    Workloads,
};

/// A Canary that watches these endpoints with these metrics every ten seconds.
pub(crate) fn watching(canary: &[&str], stable: &[&str], metrics: Vec<Metric>) -> CheckedCanary {
    let policy = NoDataPolicy {
        after: Duration::from_secs(60),
        then: AfterDeadline::Hold,
    };
    CheckedCanary {
        namespace: "shop".into(),
        name: "checkout".into(),
        mode: Mode::Control,
        workloads: Workloads {
            stable: endpoints(stable),
            canary: endpoints(canary),
        },
        traffic: Traffic::File(FileTraffic {
            path: "checkout.yaml".into(),
            route: WeightedRoute {
                virtual_service: "checkout".into(),
                namespace: "shop".into(),
                route: None,
                stable: subset("stable"),
                canary: subset("canary"),
            },
        }),
        steps: vec![Step {
            weight: 100,
            hold: Duration::ZERO,
            min_requests: 0,
            approval: false,
        }],
        capacity: 0.5,
        scaling: Scaling::None,
        max_duration: Duration::from_secs(3600),
        on_inconclusive: OnInconclusive::Hold,
        analysis: Analysis {
            data_source: DataSource::Scrape,
            interval: Duration::from_secs(10),
            warmup: Duration::ZERO,
            false_abort_rate: 0.01,
            metrics: metrics.into(),
            no_data: NoDataPolicies {
                source_down: policy,
                stale: policy,
                no_traffic: policy,
                canary_silent: policy,
                baseline_silent: policy,
            },
        },
        promotion: Promotion {
            bake: Duration::ZERO,
            workload: PromotionWorkload::None,
        },
        hooks: Vec::new(),
        notify: Vec::new(),
        origin: Origin::Document,
    }
}

/// The success rate of `requests_total`, with `code="5.."` as errors.
pub(crate) fn success_rate() -> Metric {
    metric(
        Question::SuccessRate {
            requests: series("requests_total", &[]),
            errors: series("requests_total", &[("code", "5..")]),
        },
        Margin::ErrorRate {
            relative: 0.5,
            absolute: 0.005,
        },
    )
}

/// Has `canary` watched with these metrics as well.
pub(crate) fn ask_too(canary: &mut CheckedCanary, metrics: impl IntoIterator<Item = Metric>) {
    let asked = canary.analysis.metrics.iter().cloned();
    canary.analysis.metrics = asked.chain(metrics).collect();
}

/// The p95 of the histogram `latency_seconds`.
pub(crate) fn latency() -> Metric {
    metric(
        Question::Latency {
            histogram: series("latency_seconds", &[]),
            unit_ms: 1000.0,
            quantile: 0.95,
        },
        Margin::Latency {
            relative: 0.2,
            absolute_ms: 0.0,
        },
    )
}

/// A number that must not be above 150.
pub(crate) fn value() -> Metric {
    metric(
        Question::Value {
            query: ArmQueries {
                canary: "gauge{arm=\"canary\"}".into(),
                stable: "gauge{arm=\"stable\"}".into(),
            },
            unit: Some("bytes".into()),
            limit: ValueLimit {
                bound: Bound::Max,
                limit: 150.0,
                looks: 3,
                strict: false,
            },
        },
        Margin::NotCompared,
    )
}

/// A metric with one question of the test's own.
pub(crate) fn metric(question: Question, margin: Margin) -> Metric {
    Metric {
        template: "of-the-test".into(),
        question,
        arms: None,
        margin,
        threshold: None,
        on_fail: OnFail::Abort,
    }
}

/// A metric name and what its labels must match.
pub(crate) fn series(metric: &str, labels: &[(&str, &str)]) -> Series {
    let labels = labels
        .iter()
        .map(|(name, pattern)| ((*name).into(), (*pattern).into()));
    Series {
        metric: metric.into(),
        labels: labels.collect(),
    }
}

fn endpoints(addresses: &[&str]) -> Workload {
    Workload::Endpoints(Endpoints {
        name: None,
        addresses: addresses.iter().map(|address| (*address).to_owned()).collect(),
    })
}

fn subset(name: &str) -> RouteDestination {
    RouteDestination {
        host: None,
        subset: Some(name.into()),
    }
}
