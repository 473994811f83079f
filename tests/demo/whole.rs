//! Load, router and services together.

use std::fs;
use std::num::NonZeroU32;
use std::time::Duration;

use serin::demo::load::{Load, LoadPlan, PATIENCE};
use serin::demo::manifests::{self, ManifestSettings, destination};
use serin::demo::router::{RoutedTo, Router};
use serin::demo::service::{Behaviour, Served, Service};
use serin::engine::{Arm, PerArm};
use serin::spec::Timestamp;
use tempfile::TempDir;

use super::{eventually, sample, scrape};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_load_has_stopped_callers_router_services_and_scrapes_agree_to_the_request() {
    let (stable, canary) = (service("stable", 0.1).await, service("canary", 0.5).await);
    let folder = TempDir::new().unwrap();
    let file = manifests::write(folder.path(), &settings(&stable, &canary))
        .unwrap()
        .virtual_service;
    let backends = [
        (destination(Arm::Baseline), stable.address()),
        (destination(Arm::Canary), canary.address()),
    ];
    let router = Router::start(&file, backends.into(), 1).await.unwrap();
    let load = Load::start(&LoadPlan {
        target: router.address(),
        rps: NonZeroU32::new(500).unwrap(),
        patience: PATIENCE,
        seed: 2,
    })
    .unwrap();
    eventually("traffic on stable", || load.totals().answered > 100).await;
    let all_on_stable = fs::read_to_string(&file).unwrap();
    let half = all_on_stable
        .replace("weight: 100", "weight: 50")
        .replace("weight: 0", "weight: 50");
    fs::write(folder.path().join("new"), half).unwrap();
    fs::rename(folder.path().join("new"), &file).unwrap();
    eventually("traffic on the canary", || canary.totals().requests > 100).await;

    let sent = load.stop().await;

    assert_eq!((sent.failed, sent.answered), (0, sent.sent));
    let services = [(Arm::Baseline, &stable), (Arm::Canary, &canary)];
    let mut served = 0;
    for (arm, service) in services {
        let counts = router.counts();
        let routed = |code| {
            let is_meant =
                |routed: &RoutedTo| routed.destination == Some(destination(arm)) && routed.code == code;
            let counts = counts.iter().filter(|(routed, _)| is_meant(routed));
            counts.map(|(_, count)| count).sum::<u64>()
        };
        let scraped = scrape(service.address()).await;
        let scraped = |code| sample(&scraped, &format!("http_requests_total{{code=\"{code}\"}}")).unwrap();
        let Served { requests, errors } = service.totals();
        assert_eq!((routed(200), routed(500)), (requests - errors, errors));
        assert_eq!(
            (scraped(200), scraped(500)),
            ((requests - errors) as f64, errors as f64)
        );
        served += requests;
    }
    assert_eq!(served, sent.sent);
}

async fn service(name: &'static str, error_rate: f64) -> Service {
    let behaviour = Behaviour {
        error_rate,
        latency_factor: 1.0,
    };
    Service::start(name, behaviour, 3, Timestamp::default())
        .await
        .unwrap()
}

fn settings(stable: &Service, canary: &Service) -> ManifestSettings {
    ManifestSettings {
        endpoints: PerArm {
            canary: vec![canary.address()],
            baseline: vec![stable.address()],
        },
        steps: "50,100".parse().unwrap(),
        interval: Duration::from_secs(1),
        margin_errors: "50% + 0.5%".parse().unwrap(),
        margin_latency: "20%".parse().unwrap(),
    }
}
