//! Why a rollout ended as it did, found out afterwards with the program alone.

use std::fs;

use serde_json::{Value, json};

use super::daemon::{Daemon, run};
use super::place::Place;
use super::rollout::{explained, has_ended};

#[tokio::test(flavor = "multi_thread")]
async fn the_counts_of_an_abort_are_exported_and_judged_to_the_same_end() {
    let mut place = Place::new("--fault errors=10%", 1).await;
    let daemon = Daemon::start(&place).await;
    daemon.post("start", &json!({"reason": "a test"})).await;
    place.world.begin().unwrap();
    let ended = daemon.until("ended", has_ended).await;
    assert_eq!(ended["ending"]["cause"], "harmful", "{ended:#}");
    explained(&daemon, &place).await;
    // The store itself is read, with a daemon or without.
    daemon.kill().await;
    place.world.end().await;
    let id = ended["id"].as_str().unwrap();

    let (code, counts, stderr) = run(&place, &["history", id, "--counts"]).await;
    assert_eq!(code, 0, "{stderr}");
    let file = place.canaries().join("counts.jsonl");
    fs::write(&file, &counts).unwrap();
    let arguments = ["judge", file.to_str().unwrap(), "--output", "json"];
    let (code, judged, stderr) = run(&place, &arguments).await;

    assert_eq!(code, 3, "{stderr}");
    let first: Value = serde_json::from_str(counts.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["type"], &first["format"], &first["version"]),
        (&json!("canary"), &json!("serin-counts"), &json!(1))
    );
    let last: Value = serde_json::from_str(judged.lines().last().unwrap()).unwrap();
    assert!(last.to_string().contains("\"fail\""), "{last:#}");
    // The text of the ending has the numbers that the last verdict has.
    let (_, words, _) = run(&place, &["history", id]).await;
    let detail = ended["ending"]["detail"].as_str().unwrap();
    assert!(words.contains(detail), "{detail} in\n{words}");
}
