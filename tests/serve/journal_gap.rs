//! `kill -9` between the abort's write into the file and its entry in the journal.

use reqwest::Method;

use super::breakable::{Breakable, Fault};
use super::daemon::{Daemon, run, until};
use super::rollout::{at_five, effects, explained};
use super::route_watch::{self, RouteWatch};

/// The journal hangs, the abort is in the file, the daemon is killed: the next one finds the mark.
async fn ends_aborted(fault: Fault) {
    let (mut place, mut store) = Breakable::place(fault, None, "--steps 5,50").await;
    let (daemon, rollout) = at_five(&mut place).await;
    let id = rollout["id"].as_str().unwrap();
    let watch = RouteWatch::over(&place);
    store.break_down().await;
    // Its answer waits for the journal, and nobody waits for the answer.
    let abort = daemon.request(Method::POST, "/api/v1/canaries/demo/checkout/abort");
    let asking = tokio::spawn(abort.send());
    until("aborted in the file", async || {
        let seen = route_watch::read(&place.virtual_service());
        (seen.is_aborted && seen.canary == 0).then_some(())
    })
    .await;
    daemon.kill().await;
    asking.abort();
    store.mend().await;

    let daemon = Daemon::start(&place).await;

    assert_eq!(daemon.started["recovered"], 1, "the journal knows of no end");
    let entries = explained(&daemon, &place).await;
    let ended = daemon.rollout().await;
    assert_eq!(ended["id"], id);
    assert_eq!(ended["ending"]["outcome"], "aborted", "{ended:#}");
    assert_eq!(ended["ending"]["cause"], "mark-found", "{ended:#}");
    let commands = entries.iter().filter(|entry| {
        let input = &entry["input"]["event"];
        input.get("command").is_some()
    });
    assert_eq!(commands.count(), 0, "the command died with the process");
    let aborts = entries.iter().flat_map(effects);
    assert_eq!(
        aborts.filter(|effect| effect["lower"]["abort"] == true).count(),
        1
    );
    let (_, words, _) = run(&place, &["history", id]).await;
    assert!(
        words.contains("  abort-recovered: the route was read, at 0 %"),
        "{words}"
    );
    let page = daemon
        .get(&format!("/api/v1/rollouts/{id}/events?limit=500"))
        .await;
    assert!(page.to_string().contains("abort-recovered: "), "{page:#}");
    let versions = watch.versions();
    assert_eq!(versions.last().unwrap().canary, 0, "{versions:?}");
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_found_by_its_mark_on_sqlite() {
    ends_aborted(Fault::Locked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_found_by_its_mark_on_postgres() {
    ends_aborted(Fault::Silent).await;
}
