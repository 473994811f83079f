//! From the command to ready. How fast that is, is measured elsewhere (`cargo bench --bench daemon -- start`).

use sha2::{Digest, Sha256};
use sqlx::Connection;

use super::daemon::{Daemon, Starting, probe, run, until};
use super::place::Place;
use crate::world::postgres;
use crate::world::proxy::{Proxy, Way};

#[tokio::test(flavor = "multi_thread")]
async fn is_ready_and_says_where_it_listens_and_what_it_loaded() {
    let place = Place::new("", 1).await;
    // The first start makes the store.
    Daemon::start(&place).await.kill().await;

    let daemon = Daemon::start(&place).await;

    assert_eq!(daemon.probe("/readyz").await, 200);
    assert_eq!(daemon.probe("/livez").await, 200);
    assert_eq!(daemon.probe("/health/detailed").await, 200);
    assert_eq!(daemon.started["canaries"], 1, "{}", place.log_text());
    assert_eq!(daemon.started["problems"], 0);
    assert_eq!(daemon.started["recovered"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_on_the_same_file_is_refused() {
    let place = Place::new("", 1).await;
    let _first = Daemon::start(&place).await;

    let Err(log) = Daemon::try_start(&place).await else {
        panic!("two daemons on one file")
    };

    assert!(log.contains("another serin has this file open"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_token_is_not_the_one_that_may_do_everything() {
    let place = Place::new("", 1).await;
    let token = place.token().unwrap();
    let digest = Sha256::digest(&token);
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    place.configure(&format!(
        "api: {{tokens: {{ci: {{role: viewer, sha256: {hash}, expires: \"2100-01-01T00:00:00Z\"}}}}}}\n"
    ));

    let (code, _, stderr) = run(&place, &["serve"]).await;

    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("found that of `ci` in `api.tokens`"), "{stderr}");
    let (code, _, stderr) = run(&place, &["notify", "test", "oncall"]).await;
    assert_eq!(code, 0, "it is a client's for all the rest: {stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_configuration_is_refused_with_its_field() {
    let place = Place::new("", 1).await;
    place.configure("shutdown: {timeout: soon}\n");

    let (code, stdout, stderr) = run(&place, &["serve"]).await;

    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("shutdown.timeout"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_yet_is_waited_for() {
    let database = postgres::database().await;
    let proxy = Proxy::to(database.port).await;
    proxy.cut_after(Way::There, 0);
    let mut place = Place::at(database.url_through(proxy.port), "", 1).await;
    let probes = place.know_the_probes();
    let starting = Starting::at(&place);
    until("said in the log", async || {
        let log = place.log_text();
        log.contains("waiting for the database: cannot reach postgres://")
            .then_some(())
    })
    .await;
    let (status, ready) = probe(&format!("{probes}/readyz")).await;
    assert_eq!(status, 503);
    assert!(
        ready.contains("starting; database: cannot reach postgres://"),
        "{ready}"
    );
    assert_eq!(probe(&format!("{probes}/startupz")).await.0, 503);
    assert_eq!(probe(&format!("{probes}/livez")).await.0, 200);

    proxy.heal();

    let daemon = starting.ready(&place).await.unwrap();
    assert_eq!(daemon.probe("/readyz").await, 200);
}

/// What a process that was killed in the middle of a write leaves behind on a server that has not noticed.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_somebody_left_is_waited_for() {
    let database = postgres::database().await;
    let place = Place::at(database.url(), "", 1).await;
    Daemon::start(&place).await.kill().await;
    let mut left = database.connect().await;
    sqlx::raw_sql("BEGIN; SELECT epoch FROM leases FOR SHARE")
        .execute(&mut left)
        .await
        .unwrap();
    let starting = Starting::at(&place);
    until("said in the log", async || {
        let log = place.log_text();
        log.contains("waiting for the database: the database is locked by another process")
            .then_some(())
    })
    .await;

    left.close().await.unwrap();

    let daemon = starting.ready(&place).await.unwrap();
    assert_eq!(daemon.probe("/readyz").await, 200);
}
