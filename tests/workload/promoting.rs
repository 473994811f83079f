use serde_json::{Value, json};
use serin::driver::ports::NotPromoted;

use super::pair::{CANARY, Pair, ROLLOUT, STABLE};
use crate::world::api_server::Asked;
use crate::world::controllers::Fate;
use crate::world::patience::until;

#[tokio::test]
async fn stable_takes_the_canarys_template_and_is_ready_with_it() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    let stable = pair.deployment(STABLE);
    assert_eq!(pair.image(STABLE), "v2");
    assert_eq!(
        stable["spec"]["template"]["metadata"]["labels"],
        json!({"app": STABLE})
    );
    assert_eq!(stable["status"]["readyReplicas"], 3);
    assert_eq!(stable["status"]["replicas"], 3);
}

#[tokio::test]
async fn nothing_but_the_template_and_serins_annotations_changes() {
    let pair = Pair::ready().await;
    pair.edit(STABLE, |stable| {
        stable["metadata"]["annotations"] = json!({"team": "shop"});
        stable["spec"]["strategy"] = json!({"type": "RollingUpdate", "aFieldOfTomorrow": [1]});
    });
    let before = bare(pair.deployment(STABLE));
    pair.promote().await.unwrap();
    let after = pair.deployment(STABLE);
    assert_eq!(after["metadata"]["annotations"]["team"], "shop");
    assert_eq!(bare(after), before);
}

/// A Deployment without what a promotion may change, and what the server counts.
fn bare(mut deployment: Value) -> Value {
    deployment["status"] = Value::Null;
    deployment["spec"]["template"] = Value::Null;
    for field in ["resourceVersion", "generation"] {
        deployment["metadata"][field] = Value::Null;
    }
    let annotations = deployment["metadata"]["annotations"].as_object_mut().unwrap();
    annotations.retain(|key, _| !key.starts_with("serin.dev/"));
    deployment
}

#[tokio::test]
async fn promoting_again_writes_nothing() {
    let pair = Pair::ready().await;
    pair.promote().await.unwrap();
    pair.server.forget_requests();
    pair.promote().await.unwrap();
    let requests = pair.server.requests();
    assert!(requests.iter().all(|asked| asked.method == "GET"), "{requests:?}");
}

#[tokio::test]
async fn three_templates_before_it_are_remembered_newest_first() {
    let pair = Pair::ready().await;
    for (index, image) in ["v2", "v3", "v4", "v5"].iter().enumerate() {
        pair.set_image(CANARY, image);
        pair.until(CANARY, |status| status["readyReplicas"] == 3).await;
        let rollout = format!("{ROLLOUT}{index}");
        pair.promote_for(&rollout).await.unwrap();
    }
    let stable = pair.deployment(STABLE);
    let previous = stable["metadata"]["annotations"]["serin.dev/previous-templates"]
        .as_str()
        .unwrap();
    let previous: Value = serde_json::from_str(previous).unwrap();
    let images: Vec<&Value> = previous
        .as_array()
        .unwrap()
        .iter()
        .map(|kept| &kept["template"]["spec"]["containers"][0]["image"])
        .collect();
    assert_eq!(images, ["v4", "v3", "v2"]);
}

#[tokio::test]
async fn a_stable_that_cannot_pull_the_image_is_put_back_and_says_so() {
    let pair = Pair::ready().await;
    pair.controllers.let_pods(STABLE, "v2", Fate::ImagePullBackOff);
    let error = pair.promote().await.unwrap_err().to_string();
    assert!(error.contains("image v2: ImagePullBackOff"), "{error}");
    assert!(error.contains("was put back and is ready"), "{error}");
    assert_eq!(pair.images_of_stable(), ["v1", "v2", "v1"]);
    assert_eq!(pair.deployment(STABLE)["status"]["replicas"], 3);
}

#[tokio::test]
async fn a_stable_that_crashes_or_is_late_is_put_back_and_says_so() {
    for (fate, words) in [
        (Fate::CrashLoopBackOff(3), "CrashLoopBackOff after 3 restarts"),
        (Fate::Late, "ProgressDeadlineExceeded"),
    ] {
        let pair = Pair::ready().await;
        pair.controllers.let_pods(STABLE, "v2", fate);
        let error = pair.promote().await.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert_eq!(pair.image(STABLE), "v1");
    }
}

#[tokio::test]
async fn a_stable_that_never_becomes_ready_is_put_back_in_time() {
    let mut pair = Pair::ready().await;
    pair.hurry();
    pair.controllers.let_pods(STABLE, "v2", Fate::Starting);
    let error = pair.promote().await.unwrap_err().to_string();
    assert!(error.contains("not ready within 0.5 s"), "{error}");
    assert!(error.contains("not ready yet"), "{error}");
    assert_eq!(pair.image(STABLE), "v1");
}

#[tokio::test]
async fn a_stable_that_could_not_take_the_traffic_back_is_not_touched() {
    for (field, value, words) in [
        ("replicas", json!(0), "0 replicas"),
        ("paused", json!(true), "kubectl rollout resume"),
    ] {
        let pair = Pair::ready().await;
        pair.edit(STABLE, |stable| stable["spec"][field] = value);
        let error = pair.promote().await.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert_eq!(pair.images_of_stable(), ["v1"]);
    }
}

#[tokio::test]
async fn a_template_that_somebody_set_after_the_last_look_is_refused_with_both_revisions() {
    let pair = Pair::ready().await;
    let judged = pair.observe().await.canary_revision.unwrap();
    pair.set_image(CANARY, "v3");
    let found = pair.observe().await.canary_revision.unwrap();
    pair.server.forget_requests();

    let refused = pair.promote_judged(ROLLOUT, Some(&judged)).await.unwrap_err();

    let words = refused.to_string();
    assert!(words.contains(&judged) && words.contains(&found), "{words}");
    assert_eq!(refused, NotPromoted::OtherRevision { judged, found });
    let requests = pair.server.requests();
    assert!(requests.iter().all(|asked| asked.method == "GET"), "{requests:?}");
}

#[tokio::test]
async fn a_template_that_is_set_while_the_copy_waits_for_the_server_is_refused() {
    let pair = Pair::ready().await;
    let judged = pair.observe().await.canary_revision.unwrap();
    pair.server.fail_writes_with(503);
    let promoting = pair.promote_judged(ROLLOUT, Some(&judged));
    let set = async {
        until("a write that failed", async || {
            let requests = pair.server.requests();
            requests.iter().any(|asked| asked.method == "PATCH").then_some(())
        })
        .await;
        pair.set_image(CANARY, "v3");
        // Until it is read, what was read before may still be written.
        let reads = || {
            let requests = pair.server.requests();
            let of_canary = |asked: &&Asked| asked.method == "GET" && asked.path.ends_with(CANARY);
            requests.iter().filter(of_canary).count()
        };
        let before = reads();
        until("the canary was read again", async || {
            (reads() > before).then_some(())
        })
        .await;
        pair.server.recover();
    };

    let (refused, ()) = tokio::join!(promoting, set);

    let refused = refused.unwrap_err();
    assert!(matches!(refused, NotPromoted::OtherRevision { .. }), "{refused}");
    assert_eq!(pair.images_of_stable(), ["v1"]);
}

#[tokio::test]
async fn a_template_of_which_nobody_knows_whether_it_was_judged_is_not_copied() {
    let pair = Pair::ready().await;
    let refused = pair.promote_judged(ROLLOUT, None).await.unwrap_err().to_string();
    assert!(
        refused.contains("which pod template of the canary was judged"),
        "{refused}"
    );
    assert_eq!(pair.images_of_stable(), ["v1"]);
}

#[tokio::test]
async fn a_template_that_does_not_serve_yet_is_not_copied() {
    let mut pair = Pair::ready().await;
    pair.hurry();
    pair.controllers.let_pods(CANARY, "v3", Fate::Starting);
    pair.set_image(CANARY, "v3");
    let error = pair.promote().await.unwrap_err().to_string();
    assert!(error.contains("rolls out another pod template"), "{error}");
    assert_eq!(pair.images_of_stable(), ["v1"]);
}

#[tokio::test]
async fn a_write_that_lost_a_race_is_made_again() {
    let pair = Pair::ready().await;
    pair.server.on_next_write(|store| {
        store.edit("deployments", "default", STABLE, |stable| {
            stable["spec"]["replicas"] = json!(4);
        });
    });
    pair.promote().await.unwrap();
    let stable = pair.deployment(STABLE);
    assert_eq!(
        (pair.image(STABLE).as_str(), &stable["spec"]["replicas"]),
        ("v2", &json!(4))
    );
}

#[tokio::test]
async fn a_copy_that_admission_changed_is_known_again_though_its_controller_writes_meanwhile() {
    let pair = Pair::ready().await;
    pair.server.admit_next_write(|stable| {
        stable["spec"]["template"]["metadata"]["annotations"] = json!({"admitted": "yes"});
    });
    pair.server.after_next_write(|store| {
        store.edit("deployments", "default", STABLE, |stable| {
            stable["metadata"]["labels"]["seen"] = json!("yes");
        });
    });
    pair.promote().await.unwrap();
    pair.promote().await.unwrap();
    assert_eq!(pair.image(STABLE), "v2");
}

#[tokio::test]
async fn a_write_without_an_answer_is_made_once() {
    let lose: [fn(&Pair); 2] = [
        |pair| pair.server.answer_lost_after_commit(),
        |pair| pair.server.request_lost_before_commit(),
    ];
    for lose in lose {
        let pair = Pair::ready().await;
        lose(&pair);
        pair.promote().await.unwrap();
        assert_eq!(pair.images_of_stable(), ["v1", "v2"]);
        let epoch = &pair.deployment(STABLE)["metadata"]["annotations"]["serin.dev/epoch"];
        assert_eq!(epoch, "1");
    }
}

#[tokio::test]
async fn a_server_that_is_away_for_a_while_delays_it() {
    let pair = Pair::ready().await;
    pair.server.fail_writes_with(503);
    let promoting = pair.promote();
    let back = async {
        until("two writes that failed", async || {
            let requests = pair.server.requests();
            let writes = requests.iter().filter(|asked| asked.method == "PATCH");
            (writes.count() >= 2).then_some(())
        })
        .await;
        pair.server.recover();
    };
    let (promoted, ()) = tokio::join!(promoting, back);
    promoted.unwrap();
    assert_eq!(pair.image(STABLE), "v2");
}

#[tokio::test]
async fn a_server_that_denies_everything_until_it_knows_its_roles_delays_it() {
    for code in [401, 403] {
        let mut pair = Pair::ready().await;
        pair.wait_for_roles();
        let judged = pair.observe().await.canary_revision;
        pair.server.forget_requests();
        pair.server.fail_with(code);
        let known = async {
            until("denied twice", async || {
                (pair.server.requests().len() >= 2).then_some(())
            })
            .await;
            pair.server.recover();
        };
        let (promoted, ()) = tokio::join!(pair.promote_judged(ROLLOUT, judged.as_deref()), known);
        promoted.unwrap();
        assert_eq!(pair.images_of_stable(), ["v1", "v2"]);
    }
}

#[tokio::test]
async fn a_server_that_goes_on_to_deny_it_is_believed() {
    let pair = Pair::ready().await;
    pair.server.fail_writes_with(403);
    let error = pair.promote().await.unwrap_err().to_string();
    assert!(error.contains("answered 403"), "{error}");
    assert_eq!(pair.images_of_stable(), ["v1"]);
}
