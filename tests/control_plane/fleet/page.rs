//! One page with what Istio's proxies would count of every workload of a fleet. Each application is called so many times a second
//! from the start on; what was called since the page was read last went by the weights that its route has now.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use serin::clock::Stopwatch;
use tokio::sync::Mutex;

use super::objects::ROUTES;
use super::{NAMESPACE, Plan};
use crate::world::cluster::{Api, EDGES_MS};
use crate::world::endpoint::{Endpoint, serve};

/// One call in so many fails.
const ERROR_IN: u64 = 1000;

/// Answers take up to so many milliseconds, evenly.
const SLOWEST_MS: f64 = 200.0;

struct Page {
    plan: Plan,
    api: Api,
    clock: Stopwatch,
    counted: Mutex<Counted>,
}

/// What there was by the page read last.
#[derive(Default)]
struct Counted {
    until_seconds: f64,
    /// Calls of each application, of stable and of the canary.
    calls: Vec<[f64; 2]>,
}

/// Serves it.
pub(super) async fn start(plan: Plan, api: Api) -> Endpoint {
    let page = Arc::new(Page {
        plan,
        api,
        clock: Stopwatch::start(),
        counted: Mutex::new(Counted {
            calls: vec![[0.0; 2]; plan.size],
            ..Counted::default()
        }),
    });
    serve(Router::new().route("/metrics", get(async move || page.text().await))).await
}

impl Page {
    async fn text(&self) -> String {
        let routes = self.api.get(ROUTES).await;
        let mut counted = self.counted.lock().await;
        let now = self.clock.elapsed().as_secs_f64();
        let calls = self.plan.calls_per_second * (now - counted.until_seconds);
        counted.until_seconds = now;
        let mut text = String::new();
        // The server lists them by name. An application whose route is not there yet is not called.
        for (route, sum) in routes["items"].as_array().unwrap().iter().zip(&mut counted.calls) {
            let name = route["metadata"]["name"].as_str().unwrap();
            for (arm, (to, sum)) in ["stable", "canary"].into_iter().zip(sum).enumerate() {
                let weight = route["spec"]["http"][0]["route"][arm]["weight"]
                    .as_u64()
                    .unwrap_or(0);
                *sum += calls * weight as f64 / 100.0;
                write_workload(&mut text, &format!("{name}-{to}"), *sum);
            }
        }
        text
    }
}

fn write_workload(text: &mut String, workload: &str, calls: f64) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of minutes"
    )]
    let of_them = |share: f64| (calls * share) as u64;
    let all = of_them(1.0);
    let labels = format!(
        r#"reporter="destination",destination_workload="{workload}",destination_workload_namespace="{NAMESPACE}",pod="{workload}-0""#
    );
    let failed = all / ERROR_IN;
    for (code, count) in [(200, all - failed), (503, failed)] {
        writeln!(
            text,
            r#"istio_requests_total{{{labels},response_code="{code}"}} {count}"#
        )
        .unwrap();
    }
    let mut line = |suffix: &str, more: &str, value: f64| {
        let name = "istio_request_duration_milliseconds";
        writeln!(
            text,
            r#"{name}_{suffix}{{{labels},response_code="200"{more}}} {value}"#
        )
        .unwrap();
    };
    for edge in EDGES_MS {
        let within = of_them((edge / SLOWEST_MS).min(1.0));
        line("bucket", &format!(r#",le="{edge}""#), within as f64);
    }
    line("bucket", r#",le="+Inf""#, all as f64);
    line("sum", "", all as f64 * SLOWEST_MS / 2.0);
    line("count", "", all as f64);
}
