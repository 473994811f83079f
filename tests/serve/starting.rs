//! From the command to ready. How fast that is, is measured elsewhere (`cargo bench --bench daemon -- start`).

use std::time::Duration;

use super::daemon::{Daemon, run};
use super::place::Place;

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
async fn a_broken_configuration_is_refused_with_its_field() {
    let place = Place::new("", 1).await;
    place.configure("shutdown: {timeout: soon}\n");

    let (code, stdout, stderr) = run(&place, &["serve"]).await;

    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("shutdown.timeout"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_that_nobody_applied_are_waited_for() {
    let place = Place::new("", 1).await;
    place.configure("store: {migrate: manual}\n");
    // An open file without a schema.
    let (code, ..) = run(&place, &["history"]).await;
    assert_eq!(code, 1, "there is no store yet");

    let applying = async {
        let waiting = async {
            while !place.log_text().contains("not ready until then") {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(super::daemon::PATIENCE, waiting)
            .await
            .unwrap();
        run(&place, &["migrate"]).await
    };
    let (daemon, (code, stdout, stderr)) = tokio::join!(Daemon::start(&place), applying);

    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("applied now"), "{stdout}");
    assert_eq!(daemon.probe("/readyz").await, 200);
    let (_, stdout, _) = run(&place, &["migrate", "--list"]).await;
    assert!(!stdout.contains("pending"), "{stdout}");
}
