//! A Canary whose traffic is in a file; the rest of it is of no account here.

use std::collections::BTreeMap;
use std::time::Duration;

use serin::spec::{
    AfterDeadline, Analysis, CheckedCanary, FileTraffic, Margin, Metric, Mode, NoDataPolicies, NoDataPolicy,
    OnFail, OnInconclusive, Promotion, PromotionWorkload, Question, Series, Step, Traffic, Workload,
    Workloads,
};

use super::subset;

/// A Canary whose traffic is VirtualService `name` of `namespace` in the file at `path`.
pub(super) fn canary(path: &str, namespace: &str, name: &str) -> CheckedCanary {
    let endpoint = |port| Workload::Endpoints(vec![format!("http://127.0.0.1:{port}")]);
    let series = || Series {
        metric: "requests_total".to_owned(),
        labels: BTreeMap::new(),
    };
    let no_data = NoDataPolicy {
        after: Duration::from_secs(900),
        then: AfterDeadline::Hold,
    };
    CheckedCanary {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        mode: Mode::Control,
        workloads: Workloads {
            stable: endpoint(8081),
            canary: endpoint(8082),
        },
        traffic: Traffic::File(FileTraffic {
            path: path.to_owned(),
            virtual_service: name.to_owned(),
            namespace: namespace.to_owned(),
            route: None,
            stable: subset("stable"),
            canary: subset("canary"),
        }),
        steps: vec![Step {
            weight: 100,
            hold: Duration::ZERO,
            min_requests: 0,
            approval: false,
        }],
        capacity: 0.5,
        max_duration: Duration::from_secs(3600),
        on_inconclusive: OnInconclusive::Hold,
        analysis: Analysis {
            interval: Duration::from_secs(10),
            warmup: Duration::ZERO,
            false_abort_rate: 0.01,
            metrics: vec![Metric {
                template: "errors".to_owned(),
                question: Question::SuccessRate {
                    requests: series(),
                    errors: series(),
                },
                margin: Margin::ErrorRate {
                    relative: 0.5,
                    absolute: 0.005,
                },
                threshold: None,
                on_fail: OnFail::Abort,
            }],
            no_data: NoDataPolicies {
                source_down: no_data,
                stale: no_data,
                no_traffic: no_data,
                canary_silent: no_data,
                baseline_silent: no_data,
            },
        },
        promotion: Promotion {
            bake: Duration::ZERO,
            workload: PromotionWorkload::None,
        },
        notify: Vec::new(),
    }
}
