//! A Canary in which everything is written, field by field.

use std::collections::BTreeMap;
use std::time::Duration;

use serin::spec::{
    AfterDeadline, AfterExpiry, Analysis, CheckedCanary, DataSource, Endpoints, Expiry, FileTraffic, Hook,
    HookType, Labels, Margin, Metric, Mode, NoDataPolicies, NoDataPolicy, OnFail, OnInconclusive, Origin,
    Promotion, PromotionWorkload, Question, RouteDestination, Scaling, Series, Step, Threshold, Traffic,
    WeightedRoute, Workload, Workloads, check,
};

pub(super) const EVERYTHING: &str = r#"
apiVersion: serin.dev/v1alpha1
kind: Canary
metadata:
  name: basket
  namespace: market
  labels: {team: orders}
  annotations: {owner: "the orders team"}
spec:
  mode: observe
  workloads:
    stable: {endpoints: [http://10.0.0.1:8081, "http://[fd00::1]:8081/"]}
    canary: {endpoints: [http://10.0.0.2:8081/shop]}
  traffic:
    file:
      path: routes/basket.yaml
      virtualService: basket
      route: weighted
      stable: {host: basket, subset: stable}
      canary: {host: basket, subset: canary}
  steps:
  - weight: 2
  - {weight: 20, hold: 5m, minRequests: 2000}
  - {weight: 60, approval: true}
  capacity: 80%
  scaling: none
  maxDuration: 2h
  onInconclusive: advance
  analysis:
    interval: 15s
    warmup: 45s
    falseAbortRate: 0.5%
    metrics:
    - template: answers
      parameters: {reporter: source}
      margin: {relative: 50%, absolute: 0.5%}
      threshold: {min: 99%, strict: true}
    - template: times
      quantile: 99%
      margin: {relative: 20%, absolute: 15ms}
      threshold: {max: 0.5s}
      onFail: hold
    noData:
      sourceDown:     {after: 1m, then: lower}
      stale:          {after: 2m, then: abort}
      noTraffic:      {after: 3m, then: hold}
      canarySilent:   {after: 4m, then: lower}
      baselineSilent: {after: 5m, then: abort}
  promotion: {bake: 20m, workload: none}
  hooks:
  - {name: gate, type: confirm-rollout, url: "https://Gate.example.com:443/a/../check", expires: {after: 2h, then: abort}}
  - {name: load test, type: rollout, url: http://loadtester.test/, timeout: 1m, retries: 2, metadata: {cmd: "hey -z 30s"}, failureLimit: 3}
  notify: [oncall, orders]
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: answers}
spec:
  parameters: {reporter: destination, app: "basket.v2"}
  successRate:
    requests: {metric: mesh_requests_total, match: {reporter: "${reporter}", app: "${app}-.*"}}
    errors: {match: {code: "5.."}}
  arm: {workload_name: "${workload}", workload_namespace: "${namespace}"}
  pod: pod_name
---
apiVersion: serin.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: times}
spec:
  latency: {histogram: mesh_duration_milliseconds, unit: ms, match: {reporter: destination}}
"#;

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn destination(subset: &str) -> RouteDestination {
    RouteDestination {
        host: Some("basket".to_owned()),
        subset: Some(subset.to_owned()),
    }
}

fn after_minutes(minutes: u64, then: AfterDeadline) -> NoDataPolicy {
    NoDataPolicy {
        after: Duration::from_secs(60 * minutes),
        then,
    }
}

fn step(weight: u8, hold_minutes: u64, min_requests: u64, approval: bool) -> Step {
    Step {
        weight,
        hold: Duration::from_secs(60 * hold_minutes),
        min_requests,
        approval,
    }
}

#[test]
fn everything_that_is_written_is_what_the_check_gives() {
    let checked = check([("basket.yaml", EVERYTHING)]).unwrap();
    let expected = CheckedCanary {
        namespace: "market".to_owned(),
        name: "basket".to_owned(),
        mode: Mode::Observe,
        workloads: Workloads {
            stable: endpoints(&["http://10.0.0.1:8081", "http://[fd00::1]:8081"]),
            canary: endpoints(&["http://10.0.0.2:8081/shop"]),
        },
        traffic: Traffic::File(FileTraffic {
            path: "routes/basket.yaml".to_owned(),
            route: WeightedRoute {
                virtual_service: "basket".to_owned(),
                namespace: "market".to_owned(),
                route: Some("weighted".to_owned()),
                stable: destination("stable"),
                canary: destination("canary"),
            },
        }),
        steps: vec![
            step(2, 0, 0, false),
            step(20, 5, 2000, false),
            step(60, 0, 0, true),
        ],
        capacity: 0.8,
        scaling: Scaling::None,
        max_duration: Duration::from_secs(7200),
        on_inconclusive: OnInconclusive::Advance,
        analysis: Analysis {
            data_source: DataSource::Scrape,
            interval: Duration::from_secs(15),
            warmup: Duration::from_secs(45),
            false_abort_rate: 0.005,
            metrics: [
                Metric {
                    template: "answers".to_owned(),
                    arms: None,
                    question: Question::SuccessRate {
                        requests: Series {
                            metric: "mesh_requests_total".to_owned(),
                            labels: labels(&[("reporter", "source"), ("app", r"basket\.v2-.*")]),
                        },
                        errors: Series {
                            metric: "mesh_requests_total".to_owned(),
                            labels: labels(&[
                                ("reporter", "source"),
                                ("app", r"basket\.v2-.*"),
                                ("code", "5.."),
                            ]),
                        },
                    },
                    margin: Margin::ErrorRate {
                        relative: 0.5,
                        absolute: 0.005,
                    },
                    threshold: Some(Threshold {
                        limit: 0.01,
                        strict: true,
                    }),
                    on_fail: OnFail::Abort,
                },
                Metric {
                    template: "times".to_owned(),
                    arms: None,
                    question: Question::Latency {
                        histogram: Series {
                            metric: "mesh_duration_milliseconds".to_owned(),
                            labels: labels(&[("reporter", "destination")]),
                        },
                        unit_ms: 1.0,
                        quantile: 0.99,
                    },
                    margin: Margin::Latency {
                        relative: 0.2,
                        absolute_ms: 15.0,
                    },
                    threshold: Some(Threshold {
                        limit: 500.0,
                        strict: false,
                    }),
                    on_fail: OnFail::Hold,
                },
            ]
            .into(),
            no_data: NoDataPolicies {
                source_down: after_minutes(1, AfterDeadline::Lower),
                stale: after_minutes(2, AfterDeadline::Abort),
                no_traffic: after_minutes(3, AfterDeadline::Hold),
                canary_silent: after_minutes(4, AfterDeadline::Lower),
                baseline_silent: after_minutes(5, AfterDeadline::Abort),
            },
        },
        promotion: Promotion {
            bake: Duration::from_secs(1200),
            workload: PromotionWorkload::None,
        },
        hooks: vec![
            Hook {
                name: "gate".to_owned(),
                r#type: HookType::ConfirmRollout,
                url: "https://gate.example.com/check".to_owned(),
                timeout: Duration::from_secs(10),
                retries: 0,
                metadata: BTreeMap::new(),
                failure_limit: None,
                expires: Expiry {
                    after: Duration::from_secs(7200),
                    then: AfterExpiry::Abort,
                },
            },
            Hook {
                name: "load test".to_owned(),
                r#type: HookType::Rollout,
                url: "http://loadtester.test/".to_owned(),
                timeout: Duration::from_secs(60),
                retries: 2,
                metadata: BTreeMap::from([("cmd".to_owned(), "hey -z 30s".to_owned())]),
                failure_limit: Some(3),
                expires: Expiry {
                    after: Duration::from_secs(24 * 60 * 60),
                    then: AfterExpiry::Hold,
                },
            },
        ],
        notify: vec!["oncall".to_owned(), "orders".to_owned()],
        origin: Origin::Document,
    };
    assert_eq!(checked, [expected]);
}

#[test]
fn a_checked_canary_survives_its_journal() {
    let checked = check([("basket.yaml", EVERYTHING)]).unwrap().remove(0);
    let written = serde_json::to_string(&checked).unwrap();
    assert_eq!(serde_json::from_str::<CheckedCanary>(&written).unwrap(), checked);
}

fn endpoints(addresses: &[&str]) -> Workload {
    Workload::Endpoints(Endpoints {
        name: None,
        addresses: addresses.iter().map(|address| (*address).to_owned()).collect(),
    })
}
