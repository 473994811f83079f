use serde_json::json;

use super::*;

/// A pod with one container in this state.
fn pod(container: &Value) -> Value {
    let mut status =
        json!({"name": "app", "image": "shop:2", "ready": false, "started": false, "restartCount": 0});
    for (key, value) in container.as_object().expect("fields") {
        status[key] = value.clone();
    }
    json!({
        "metadata": {"name": "shop-1"},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
            "containerStatuses": [status],
        },
    })
}

/// What is said of it, and whether it is certain.
fn says(pod: &Value) -> (String, bool) {
    let Trouble { words, certain } = trouble(pod);
    (words, certain)
}

#[test]
fn an_image_that_cannot_be_pulled_is_named() {
    let message = "Back-off pulling image \"shop:2\"";
    for reason in ["ImagePullBackOff", "ErrImagePull", "InvalidImageName"] {
        let pod = pod(&json!({"state": {"waiting": {"reason": reason, "message": message}}}));
        let words = format!("pod shop-1: container app: image shop:2: {reason}: {message}");
        assert_eq!(says(&pod), (words, true));
    }
}

#[test]
fn a_crash_loop_says_how_often_and_with_what_code() {
    let last = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled"}});
    let waiting = pod(&json!({
        "restartCount": 5, "lastState": last, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
    }));
    let words =
        "pod shop-1: container app: CrashLoopBackOff after 5 restarts, last exit code 137 (OOMKilled)";
    assert_eq!(says(&waiting), (words.to_owned(), true));
}

#[test]
fn a_crash_loop_is_one_in_each_part_of_it() {
    let last = json!({"terminated": {"exitCode": 1, "reason": "Error"}});
    let running = json!({"running": {"startedAt": "2026-01-01T00:00:09Z"}});
    let ended = json!({"terminated": {"exitCode": 1, "reason": "Error"}});
    for state in [running, ended] {
        let at = |restarts: u64| {
            says(&pod(
                &json!({"restartCount": restarts, "lastState": last, "state": state}),
            ))
        };
        assert!(at(3).1, "{:?}", at(3));
        assert!(at(3).0.contains("after 3 restarts"), "{:?}", at(3));
        assert!(!at(1).1, "once may be early: {:?}", at(1));
    }
}

#[test]
fn a_pod_that_nobody_has_room_for_says_the_schedulers_words() {
    let pod = json!({
        "metadata": {"name": "shop-1"},
        "status": {"phase": "Pending", "conditions": [{
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/3 nodes are available: 3 Insufficient cpu.",
        }]},
    });
    let words = "pod shop-1: Unschedulable: 0/3 nodes are available: 3 Insufficient cpu.";
    assert_eq!(says(&pod), (words.to_owned(), false));
}

#[test]
fn a_container_that_is_not_ready_yet_may_become_so() {
    let running = json!({"started": true, "state": {"running": {"startedAt": "2026-01-01T00:00:05Z"}}});
    let words = "pod shop-1: container app: runs and is not ready yet";
    assert_eq!(says(&pod(&running)), (words.to_owned(), false));
    let creating = json!({"state": {"waiting": {"reason": "ContainerCreating"}}});
    let words = "pod shop-1: container app: waiting: ContainerCreating";
    assert_eq!(says(&pod(&creating)), (words.to_owned(), false));
}

#[test]
fn a_container_that_was_ready_and_is_not_any_more_is_certain() {
    let mut pod = pod(&json!({"started": true, "state": {"running": {"startedAt": "2026-01-01T00:00:05Z"}}}));
    pod["status"]["conditions"][0]["lastTransitionTime"] = json!("2026-01-01T00:07:00Z");
    let words = "pod shop-1: container app: was ready and is not any more";
    assert_eq!(says(&pod), (words.to_owned(), true));
}

#[test]
fn the_container_in_trouble_speaks_not_the_one_beside_it() {
    let mut pod = pod(&json!({"state": {"running": {"startedAt": "2026-01-01T00:00:05Z"}}}));
    let proxy = json!({
        "name": "istio-proxy", "image": "proxy:1", "ready": false, "restartCount": 0,
        "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}},
    });
    pod["status"]["containerStatuses"]
        .as_array_mut()
        .expect("a list")
        .push(proxy);
    let (words, certain) = says(&pod);
    assert!(certain);
    assert!(words.contains("container istio-proxy: image proxy:1"), "{words}");
}

#[test]
fn an_init_container_that_is_done_says_nothing() {
    let mut pod = pod(&json!({"state": {"waiting": {"reason": "PodInitializing"}}}));
    pod["status"]["initContainerStatuses"] = json!([
        {"name": "migrate", "ready": true, "restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}},
    ]);
    assert_eq!(
        says(&pod).0,
        "pod shop-1: container app: waiting: PodInitializing"
    );
}

#[test]
fn a_pod_that_was_evicted_says_so() {
    let pod = json!({
        "metadata": {"name": "shop-1"},
        "status": {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."},
    });
    let words = "pod shop-1: Failed: Evicted: The node was low on resource: memory.";
    assert_eq!(says(&pod), (words.to_owned(), false));
}

#[test]
fn a_long_message_is_cut_and_stays_on_one_line() {
    let message = format!("first\nsecond {}", "x".repeat(2000));
    let pod = pod(&json!({"state": {"waiting": {"reason": "CreateContainerError", "message": message}}}));
    let (words, _) = says(&pod);
    assert!(words.contains("first second"), "{words}");
    assert!(words.chars().count() <= 401, "{}", words.chars().count());
}
