//! A store that breaks in the middle of a rollout: raises stop, lowering goes on, the probes and the metrics tell, and it goes
//! on by itself once the store is back.

use serde_json::{Value, json};

use super::breakable::{Breakable, Fault};
use super::daemon::{Daemon, until};
use super::place::Place;
use super::rollout::{at_five, effects, explained, has_ended};
use super::route_watch::{self, RouteWatch};
use crate::world::small_disk::{SmallDisk, on_disk_of};

/// Megabytes of a disk that holds a rollout: SQLite's log alone may take four.
const DISK: u32 = 32;

/// The probes and the metrics say that the store is down, in these words.
async fn is_told(daemon: &Daemon, words: &str) {
    until("told", async || {
        let (status, ready) = daemon.says("/readyz").await;
        let detail = ready["detail"].as_str().unwrap_or_default();
        (status == 503 && detail.contains("database: ") && detail.contains(words)).then_some(())
    })
    .await;
    let (status, health) = daemon.says("/health/detailed").await;
    assert_eq!(
        (status, &health["status"]),
        (503, &json!("degraded")),
        "{health:#}"
    );
    let database = &health["checks"]["database"];
    assert_eq!(database["status"], "error", "{health:#}");
    assert!(database["detail"].as_str().unwrap().contains(words), "{health:#}");
    assert_eq!(health["checks"]["metric_source"]["status"], "ok", "{health:#}");
    until("counted", async || {
        let page = daemon.metrics().await;
        let failed = r#"serin_write_duration_seconds_count{target="journal",result="failed"}"#;
        let well = r#"serin_check_ok{check="database"} 0.0"#;
        (page.contains(failed) && page.contains(well)).then_some(())
    })
    .await;
    assert_eq!(daemon.probe("/livez").await, 200);
}

/// And that it is well again.
async fn is_well(daemon: &Daemon) {
    until("ready again", async || {
        let ready = daemon.probe("/readyz").await == 200;
        (ready && daemon.probe("/health/detailed").await == 200).then_some(())
    })
    .await;
    let page = daemon.metrics().await;
    assert!(page.contains(r#"serin_check_ok{check="database"} 1.0"#), "{page}");
    assert!(page.contains("serin_outbox_pending"), "{page}");
}

/// Waits until the route has the mark, which nothing but the file tells.
async fn is_aborted_in_the_file(place: &Place) {
    until("aborted in the file", async || {
        let seen = route_watch::read(&place.virtual_service());
        (seen.is_aborted && seen.canary == 0).then_some(())
    })
    .await;
}

/// Nothing is raised while it is down, though the evidence would allow it; then the rollout goes on to its promotion.
async fn a_raise_waits(fault: Fault, words: &str, disk: Option<SmallDisk>) {
    let (mut place, mut store) = Breakable::place(fault, disk, "--steps 5,50").await;
    let (daemon, _) = at_five(&mut place).await;
    let watch = RouteWatch::over(&place);
    store.break_down().await;
    let before = place.log_text().len();

    until("a raise that is not journalled", async || {
        let log = place.log_text();
        log[before..].contains("raising the canary").then_some(())
    })
    .await;
    is_told(&daemon, words).await;
    let seen = watch.versions();
    assert!(
        seen.iter().all(|version| version.canary <= 5),
        "{fault:?}: {seen:?}"
    );

    store.mend().await;
    is_well(&daemon).await;
    let ended = daemon.until("ended", has_ended).await;
    assert_eq!(ended["ending"]["outcome"], "promoted", "{ended:#}");
    explained(&daemon, &place).await;
    place.world.end().await;
}

/// A bad canary loses its traffic while it is down, and people hear of it afterwards.
async fn evidence_aborts(fault: Fault, words: &str, disk: Option<SmallDisk>) {
    let (mut place, mut store) = Breakable::place(fault, disk, "--fault errors=10%").await;
    let (daemon, _) = at_five(&mut place).await;
    store.break_down().await;
    assert!(
        !place.virtual_service().contains("serin.dev/aborted"),
        "too quick for this test"
    );

    is_aborted_in_the_file(&place).await;
    is_told(&daemon, words).await;
    let rollout = daemon.rollout().await;
    assert_eq!(rollout["ending"]["cause"], "harmful", "{rollout:#}");

    store.mend().await;
    is_well(&daemon).await;
    let entries = explained(&daemon, &place).await;
    assert_aborted(&entries);
    place.world.end().await;
}

/// An abort that somebody asks for is carried out while it is down, and the answer says that it is not journalled.
async fn a_command_aborts(fault: Fault, words: &str, disk: Option<SmallDisk>) {
    let (mut place, mut store) = Breakable::place(fault, disk, "--steps 5,50").await;
    let (daemon, _) = at_five(&mut place).await;
    store.break_down().await;

    let asked = json!({"reason": "enough", "by": "ada"});
    let ((status, answer), ()) = tokio::join!(daemon.ask("abort", &asked), is_aborted_in_the_file(&place));
    assert_eq!(
        (status, &answer["journalled"]),
        (202, &json!(false)),
        "{answer:#}"
    );
    assert!(answer["detail"].is_string(), "{answer:#}");
    is_told(&daemon, words).await;

    store.mend().await;
    is_well(&daemon).await;
    let entries = explained(&daemon, &place).await;
    assert_aborted(&entries);
    assert!(
        entries
            .iter()
            .any(|entry| entry["input"]["event"]["command"]["by"] == "api.token"),
        "{entries:#?}"
    );
    place.world.end().await;
}

fn assert_aborted(entries: &[Value]) {
    let mut effects = entries.iter().flat_map(effects);
    assert!(
        effects.any(|effect| effect["lower"]["abort"] == true),
        "{entries:#?}"
    );
}

const LOST: &str = "cannot reach postgres://";
const SILENT: &str = "no answer within";
const READ_ONLY: &str = "the database is read-only";
/// The file's own patience is longer than a probe's.
const LOCKED: &str = "no answer within";
const FULL: &str = "the disk is full";

#[tokio::test(flavor = "multi_thread")]
async fn a_raise_waits_for_a_connection_that_was_lost() {
    a_raise_waits(Fault::Lost, LOST, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raise_waits_for_a_silent_server() {
    a_raise_waits(Fault::Silent, SILENT, None).await;
}

#[test]
fn a_raise_waits_for_room_on_the_disk() {
    on_disk_of(
        DISK,
        "serve::store_down::a_raise_waits_for_room_on_the_disk",
        async |disk| a_raise_waits(Fault::Full, FULL, Some(disk)).await,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_aborts_though_the_connection_was_lost() {
    evidence_aborts(Fault::Lost, LOST, None).await;
}

#[test]
fn evidence_aborts_though_the_disk_is_full() {
    on_disk_of(
        DISK,
        "serve::store_down::evidence_aborts_though_the_disk_is_full",
        async |disk| evidence_aborts(Fault::Full, FULL, Some(disk)).await,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_aborts_though_the_server_is_silent() {
    a_command_aborts(Fault::Silent, SILENT, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_aborts_though_the_server_takes_no_writes() {
    a_command_aborts(Fault::ReadOnly, READ_ONLY, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_aborts_though_the_file_is_locked() {
    a_command_aborts(Fault::Locked, LOCKED, None).await;
}

#[test]
fn a_command_aborts_though_the_disk_is_full() {
    on_disk_of(
        DISK,
        "serve::store_down::a_command_aborts_though_the_disk_is_full",
        async |disk| a_command_aborts(Fault::Full, FULL, Some(disk)).await,
    );
}
