//! The commands that ask a daemon, and those that read its store.

use super::daemon::{Daemon, run};
use super::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn a_rollout_is_started_watched_aborted_and_explained_from_the_command_line() {
    let mut place = Place::new("", 1).await;
    let daemon = Daemon::start(&place).await;
    let server = daemon.api.clone();
    let asks = async |words: &str| {
        let mut arguments: Vec<&str> = words.split_whitespace().collect();
        arguments.extend(["--server", &server]);
        run(&place, &arguments).await
    };

    let (code, stdout, stderr) = asks("list").await;
    assert_eq!(
        (code, stdout.as_str()),
        (0, "demo/checkout  no rollout under way\n"),
        "{stderr}"
    );
    let (code, _, stderr) = asks("wait demo/checkout").await;
    assert_eq!(code, 1);
    assert!(stderr.contains("serin start demo/checkout"), "{stderr}");
    let (code, stdout, stderr) = asks("start demo/checkout --revision v2 --reason testing").await;
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.starts_with("demo/checkout  checkout-"), "{stdout}");
    let (code, _, stderr) = asks("start demo/checkout --reason testing").await;
    assert_eq!(code, 1);
    assert!(stderr.contains("has a rollout under way"), "{stderr}");
    let (code, ..) = asks("pause demo/checkout --reason lunch").await;
    assert_eq!(code, 0);
    let (_, stdout, _) = asks("get demo/checkout").await;
    assert!(stdout.contains("holds     paused"), "{stdout}");
    let (code, ..) = asks("wait demo/checkout --timeout 100ms").await;
    assert_eq!(code, 4);
    daemon
        .until("looked at", |rollout| rollout["lookedAt"].is_string())
        .await;

    let (watched, aborted) = tokio::join!(asks("watch demo/checkout"), async {
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        asks("abort --all --reason enough --by ada").await
    });

    assert_eq!(aborted.0, 0, "{}", aborted.2);
    assert_eq!(watched.0, 3, "{}", watched.2);
    assert!(watched.1.contains("aborted"), "{}", watched.1);
    let (code, stdout, _) = asks("wait demo/checkout").await;
    assert_eq!(code, 3, "{stdout}");
    let id = daemon.rollout().await["id"].as_str().unwrap().to_owned();

    // From the daemon, and beside it from its store.
    for archive in [vec!["--server", &server], vec![]] {
        let look_back = async |words: &[&str]| run(&place, &[words, &archive].concat()).await;
        let (code, stdout, stderr) = look_back(&["history"]).await;
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.contains(&id) && stdout.contains("aborted"), "{stdout}");
        let (_, stdout, _) = look_back(&["history", &id]).await;
        assert!(
            stdout.contains("api.token (as ada, from 127.0.0.1) said abort: enough"),
            "{stdout}"
        );
        let (code, stdout, _) = look_back(&["history", &id, "--deliveries"]).await;
        assert!(
            code == 0 && stdout.contains("oncall  delivered after 1 attempt"),
            "{stdout}"
        );
        let (code, stdout, stderr) = look_back(&["replay", &id]).await;
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.ends_with("decisions, all equal\n"), "{stdout}");
    }
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_revision_sees_no_other_and_no_restart() {
    let mut place = Place::new("", 1).await;
    let daemon = Daemon::start(&place).await;
    let asks = async |server: &str, words: &str| {
        let mut arguments: Vec<&str> = words.split_whitespace().collect();
        arguments.extend(["--server", server]);
        run(&place, &arguments).await
    };
    let server = daemon.api.clone();
    let (code, _, stderr) = asks(&server, "wait demo/checkout --revision v1 --timeout 100ms").await;
    assert_eq!(code, 4, "{stderr}");
    assert!(
        stderr.contains("demo/checkout of v1 has not ended in that time"),
        "{stderr}"
    );
    asks(&server, "start demo/checkout --revision v1 --reason testing").await;
    daemon
        .until("looked at", |rollout| rollout["lookedAt"].is_string())
        .await;
    asks(&server, "abort demo/checkout --reason enough").await;
    let (code, stdout, _) = asks(&server, "wait demo/checkout --revision v1").await;
    assert_eq!(code, 3, "{stdout}");
    let (code, ..) = asks(&server, "wait demo/checkout --revision v2 --timeout 100ms").await;
    assert_eq!(code, 4);

    daemon.kill().await;
    let daemon = Daemon::start(&place).await;
    let server = daemon.api.clone();
    for words in ["wait demo/checkout", "wait demo/checkout --revision v1"] {
        let (code, stdout, stderr) = asks(&server, words).await;
        assert_eq!(code, 3, "{stdout}{stderr}");
    }
    let (_, stdout, _) = asks(&server, "get demo/checkout").await;
    assert!(stdout.contains("aborted"), "{stdout}");
    place.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_with_what_to_do() {
    let place = Place::new("", 1).await;

    let (code, stdout, stderr) = run(&place, &["list", "--server", "http://127.0.0.1:1"]).await;
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(
        stderr.contains("no daemon answers at http://127.0.0.1:1"),
        "{stderr}"
    );
    assert!(stderr.contains("hint: start one with `serin serve`"), "{stderr}");

    let (code, _, stderr) = run(&place, &["replay", "nothing-1"]).await;
    assert_eq!(code, 1);
    assert!(stderr.contains("there is no store at"), "{stderr}");

    let _daemon = Daemon::start(&place).await;
    let (code, _, stderr) = run(&place, &["replay", "nothing-1"]).await;
    assert_eq!(code, 1);
    assert!(stderr.contains("there is no rollout nothing-1"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_what_each_check_says() {
    let place = Place::new("", 1).await;
    let daemon = Daemon::start(&place).await;

    let (code, stdout, stderr) = run(&place, &["health", "--server", &daemon.health]).await;

    assert_eq!(code, 0, "{stderr}");
    for check in ["ok, version", "database", "migrations", "outbox"] {
        assert!(stdout.contains(check), "{stdout}");
    }
}
