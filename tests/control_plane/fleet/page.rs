//! One page with what Istio's proxies would count of every workload of a fleet, each called so many times a second from its start on.

use std::fmt::Write;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use serin::clock::Stopwatch;

use super::{NAMESPACE, Plan, workloads};
use crate::world::cluster::EDGES_MS;
use crate::world::endpoint::{Endpoint, serve};

/// One call in so many fails.
const ERROR_IN: u64 = 1000;

/// Answers take one millisecond to this many, evenly.
const SLOWEST_MS: f64 = 200.0;

/// Serves it.
pub(super) async fn start(plan: Plan) -> Endpoint {
    let clock = Stopwatch::start();
    serve(Router::new().route("/metrics", get(async move || text(&plan, clock.elapsed())))).await
}

fn text(plan: &Plan, elapsed: Duration) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of minutes"
    )]
    let calls = |share: f64| (elapsed.as_secs_f64() * plan.calls_per_second * share) as u64;
    let all = calls(1.0);
    let mut text = String::new();
    for workload in workloads(plan.size) {
        let of = format!(
            r#"reporter="destination",destination_workload="{workload}",destination_workload_namespace="{NAMESPACE}",pod="{workload}-0""#
        );
        let failed = all / ERROR_IN;
        for (code, count) in [(200, all - failed), (503, failed)] {
            writeln!(
                text,
                r#"istio_requests_total{{{of},response_code="{code}"}} {count}"#
            )
            .unwrap();
        }
        let name = "istio_request_duration_milliseconds";
        for edge in EDGES_MS {
            let within = calls((edge / SLOWEST_MS).min(1.0));
            writeln!(
                text,
                r#"{name}_bucket{{{of},response_code="200",le="{edge}"}} {within}"#
            )
            .unwrap();
        }
        writeln!(
            text,
            r#"{name}_bucket{{{of},response_code="200",le="+Inf"}} {all}"#
        )
        .unwrap();
        writeln!(
            text,
            r#"{name}_sum{{{of},response_code="200"}} {}"#,
            all as f64 * SLOWEST_MS / 2.0
        )
        .unwrap();
        writeln!(text, r#"{name}_count{{{of},response_code="200"}} {all}"#).unwrap();
    }
    text
}
