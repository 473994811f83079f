//! Signals.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::daemon::Daemon;
use super::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_daemon_ends_well_and_its_rollout_goes_on_after_the_restart() {
    let mut place = Place::new("--steps 50", 1).await;
    let daemon = Daemon::start(&place).await;
    daemon
        .post("start", &json!({"reason": "a test", "revision": "v2"}))
        .await;
    let first = daemon
        .until("looked at", |rollout| rollout["lookedAt"].is_string())
        .await;
    place.world.begin().unwrap();

    daemon.signal("TERM");
    assert_eq!(daemon.ended().await, Some(0), "{}", place.log_text());
    for step in ["API", "rollouts", "notifications", "store"] {
        let line = format!("shutdown: {step} ended");
        assert!(
            place.log_text().contains(&line),
            "{line} in\n{}",
            place.log_text()
        );
    }

    let daemon = Daemon::start(&place).await;
    assert_eq!(daemon.started["recovered"], 1);
    let ended = daemon
        .until("ended", |rollout| rollout["phase"] == "succeeded")
        .await;
    assert_eq!(ended["id"], first["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_stops_at_once() {
    let place = Place::new("", 1).await;
    let daemon = Daemon::start(&place).await;
    // A request whose body does not come keeps the drain waiting; that its head was read is what the daemon says to it.
    let address = daemon.api.trim_start_matches("http://").to_owned();
    let mut half = TcpStream::connect(address).await.unwrap();
    let head = "POST /api/v1/canaries/demo/checkout/start HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n\
                content-type: application/json\r\ncontent-length: 100\r\n\r\n";
    half.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    half.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");

    daemon.signal("INT");
    let told = async {
        while !place.log_text().contains("a second signal stops at once") {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(super::daemon::PATIENCE, told).await.unwrap();
    daemon.signal("TERM");

    assert_eq!(daemon.ended().await, Some(1));
    assert!(
        place.log_text().contains("stopped at once"),
        "{}",
        place.log_text()
    );
}
