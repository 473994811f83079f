//! `/metrics`.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use async_trait::async_trait;
use prometheus_parse::Scrape;
use serin::driver::{Driver, MemoryJournal};
use serin::engine::Action;
use serin::metric_source::scrape::ScrapeStats;
use serin::notify;
use serin::telemetry::{Checkup, Metrics, definition, measured};
use tokio_util::sync::CancellationToken;

use crate::world::World;
use crate::world::gates::Gate;
use crate::world::route::RouteFault;
use crate::world::services::Source;

/// A whole rollout in a world that is measured, and the page after it.
async fn page_after(rollout: impl AsyncFnOnce(&World)) -> (World, String) {
    page_of(World::new(), rollout).await
}

/// The same in a world of the test's own.
async fn page_of(mut world: World, rollout: impl AsyncFnOnce(&World)) -> (World, String) {
    let metrics = Arc::new(Metrics::default());
    world.driver = Arc::new(Driver::new(measured(world.life.ports(), &metrics)));
    let stop = CancellationToken::new();
    let following = {
        let (metrics, driver, stop) = (metrics.clone(), world.driver.clone(), stop.clone());
        tokio::spawn(async move { metrics.follow(driver, stop).await })
    };
    metrics.watch_outbox(Arc::new(MemoryJournal::default()), world.clock.clone());
    metrics.watch_scrapes(Arc::new(ScrapeStats::default()));
    let mut counters = notify::Counters::default();
    counters.channels.insert("oncall".into(), Arc::default());
    metrics.watch_deliveries(Arc::new(counters));
    metrics.watch_checks(Arc::new(HalfWell));
    tokio::task::yield_now().await;

    let world = world.start();
    rollout(&world).await;
    let page = metrics.page().await;
    stop.cancel();
    following.await.unwrap();
    (world, page)
}

/// A daemon whose store is down.
struct HalfWell;

#[async_trait]
impl Checkup for HalfWell {
    async fn checkup(&self) -> Vec<(&'static str, bool)> {
        vec![("database", false), ("outbox", true)]
    }
}

/// The value of the only sample of this name with these labels.
fn sample(page: &str, series: &str) -> Option<f64> {
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    line.parse().ok()
}

#[tokio::test(start_paused = true)]
async fn a_healthy_rollout_is_counted() {
    let (_world, page) = page_after(async |world| {
        world.end().await;
    })
    .await;
    let canary = r#"namespace="shop",name="checkout""#;
    assert_eq!(
        sample(&page, r#"serin_rollouts_ended_total{outcome="promoted"}"#),
        Some(1.0)
    );
    assert_eq!(
        sample(&page, r#"serin_decisions_total{decision="raise"}"#),
        Some(4.0)
    );
    assert_eq!(
        sample(&page, &format!("serin_canary_weight_ratio{{{canary}}}")),
        Some(1.0)
    );
    assert_eq!(
        sample(
            &page,
            &format!(r#"serin_canary_phase{{{canary},phase="succeeded"}}"#)
        ),
        Some(1.0)
    );
    assert_eq!(sample(&page, r#"serin_rollouts{phase="succeeded"}"#), Some(1.0));
    assert_eq!(sample(&page, r#"serin_rollouts{phase="aborted"}"#), Some(0.0));
    assert!(sample(&page, r#"serin_looks_total{verdict="pass"}"#).unwrap() >= 4.0);
    assert!(sample(&page, r#"serin_poll_duration_seconds_count{result="ok"}"#).unwrap() >= 4.0);
    let looks: f64 = page
        .lines()
        .filter_map(|line| {
            line.strip_prefix("serin_looks_total{")?
                .split(' ')
                .next_back()?
                .parse::<f64>()
                .ok()
        })
        .sum();
    assert_eq!(sample(&page, "serin_look_duration_seconds_count"), Some(looks));
    assert!(
        sample(
            &page,
            r#"serin_write_duration_seconds_count{target="traffic",result="ok"}"#
        )
        .unwrap()
            >= 5.0
    );
    assert!(
        sample(
            &page,
            r#"serin_write_duration_seconds_count{target="journal",result="ok"}"#
        )
        .unwrap()
            >= 5.0
    );
    assert!(sample(&page, r#"serin_read_duration_seconds_count{result="ok"}"#).unwrap() >= 5.0);
    assert_eq!(sample(&page, "serin_outbox_pending"), Some(0.0));
    assert_eq!(sample(&page, r#"serin_check_ok{check="database"}"#), Some(0.0));
    assert_eq!(sample(&page, r#"serin_check_ok{check="outbox"}"#), Some(1.0));
    assert_eq!(
        sample(
            &page,
            r#"serin_turned_away_total{component="driver",bound="progress"}"#
        ),
        Some(0.0)
    );
}

#[tokio::test(start_paused = true)]
async fn an_abort_a_hold_and_a_gap_are_counted() {
    let (_world, page) = page_after(async |world| {
        world.weight(5).await;
        world.command(Action::Pause).await.unwrap();
        world.services.source(Source::Down);
        world.pass(30).await;
    })
    .await;
    let canary = r#"namespace="shop",name="checkout""#;
    assert_eq!(
        sample(
            &page,
            &format!(r#"serin_canary_hold{{{canary},reason="paused"}}"#)
        ),
        Some(1.0)
    );
    assert_eq!(
        sample(
            &page,
            &format!(r#"serin_canary_hold{{{canary},reason="no-data"}}"#)
        ),
        Some(1.0)
    );
    assert!(sample(&page, r#"serin_no_data_looks_total{state="sourceDown"}"#).unwrap() >= 2.0);
    assert!(sample(&page, r#"serin_poll_duration_seconds_count{result="down"}"#).unwrap() >= 2.0);
}

#[tokio::test(start_paused = true)]
async fn an_abort_that_does_not_get_through_shows_in_reads_and_holds() {
    let (_world, page) = page_after(async |world| {
        world.weight(5).await;
        world.route.every_read(Some(RouteFault::Unreachable));
        world.command(Action::Abort).await.unwrap();
        world.pass(10).await;
    })
    .await;
    let hold = r#"serin_canary_hold{namespace="shop",name="checkout",reason="unconfirmed-weight"}"#;
    assert_eq!(sample(&page, hold), Some(1.0));
    let reads = r#"serin_read_duration_seconds_count{result="unreachable"}"#;
    assert!(sample(&page, reads).unwrap() >= 5.0);
}

#[tokio::test(start_paused = true)]
async fn calls_of_hooks_are_counted_by_type_and_result() {
    let world = World::new().with(|canary| {
        canary.hooks = crate::world::canary::canary(
            "hooks: [{name: gate, type: confirm-traffic-increase, url: 'http://a/'}, {name: load, type: rollout, url: 'http://a/'}]",
        )
        .hooks;
    });
    let (world, page) = page_of(world, async |world| {
        world.weight(5).await;
        world.gates.set("gate", Gate::Closed);
        world.pass(30).await;
        world.gates.set("load", Gate::Hangs);
        world.pass(120).await;
    })
    .await;
    let count = |kind: &str, result: &str| {
        let series = format!(r#"serin_hook_call_duration_seconds_count{{type="{kind}",result="{result}"}}"#);
        sample(&page, &series).unwrap_or_default() as usize
    };
    let gate = "confirm-traffic-increase";
    let (passed, failed) = (count(gate, "passed"), count(gate, "failed"));
    assert!(passed > 0 && failed > 0, "{passed} passed, {failed} failed");
    assert_eq!(passed + failed, world.gates.calls_of("gate"));
    assert!(count("rollout", "cut-off") > 0, "{page}");
}

#[tokio::test(start_paused = true)]
async fn the_page_has_what_the_table_says_and_nothing_else() {
    let (_world, page) = page_after(async |world| {
        world.weight(5).await;
        world.services.source(Source::Down);
        world.pass(30).await;
        world.command(Action::Abort).await.unwrap();
        world.end().await;
    })
    .await;
    assert!(page.ends_with("# EOF\n"));
    let scrape = Scrape::parse(page.lines().map(|line| Ok(line.to_owned()))).unwrap();
    assert!(!scrape.samples.is_empty());
    let exposed: BTreeSet<String> = definition::ALL
        .iter()
        .map(|definition| definition.exposed())
        .collect();
    let mut seen = BTreeSet::new();
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix));
        let name = base.filter(|base| exposed.contains(*base)).unwrap_or(name);
        assert!(exposed.contains(name), "{name} is not in the table");
        seen.insert(name.to_owned());
    }
    let missing: Vec<&String> = exposed.difference(&seen).collect();
    // A healthy hold-free moment has no hold, and this daemon asks no data source and no hook and is one of one; everything else is there.
    let absent = [
        "serin_canary_hold",
        "serin_queries_total",
        "serin_is_leader",
        "serin_hook_call_duration_seconds",
    ];
    assert!(
        missing.iter().all(|name| absent.contains(&name.as_str())),
        "{missing:?}"
    );
}

#[test]
fn names_are_as_prometheus_wants_them() {
    for definition in definition::ALL {
        let name = definition.exposed();
        assert!(name.starts_with("serin_"), "{name}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        assert!(
            !name.contains("_ms") && !name.contains("percent"),
            "{name}: base units"
        );
    }
}

#[test]
fn the_table_in_the_readme_is_the_one_that_is_generated() {
    let readme = fs::read_to_string("README.md").unwrap();
    let (_, rest) = readme.split_once("<!-- metrics -->\n").unwrap();
    let (table, _) = rest.split_once("<!-- /metrics -->").unwrap();
    assert_eq!(table, definition::table());
}
