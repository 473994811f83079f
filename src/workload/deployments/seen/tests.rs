use serde_json::{Value, json};

use super::super::trouble::Trouble;
use super::*;

fn deployment(spec: &Value, status: &Value) -> Deployment {
    json!({"metadata": {"generation": 1}, "spec": spec, "status": status}).into()
}

/// What is told of a canary that asks for three, with these pods.
fn told(canary: &Deployment, pods: Option<Pods>) -> WorkloadState {
    state(10, canary, pods)
}

fn three(status: &Value) -> Deployment {
    deployment(&json!({"replicas": 3}), status)
}

fn trouble(certain: bool) -> Option<Trouble> {
    Some(Trouble {
        words: "pod shop-1: why".to_owned(),
        certain,
    })
}

#[test]
fn a_status_that_leaves_no_question_is_enough() {
    let whole = json!({"observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "readyReplicas": 3});
    assert_eq!(all_ready(&three(&whole)).map(|pods| pods.ready), Some(3));
    for (field, value) in [
        ("observedGeneration", 0),
        ("updatedReplicas", 2),
        ("readyReplicas", 2),
        ("replicas", 4),
    ] {
        let mut status = whole.clone();
        status[field] = json!(value);
        assert_eq!(all_ready(&three(&status)), None, "{field}");
    }
}

#[test]
fn ready_pods_count_and_the_others_say_why() {
    let pods = Pods {
        there: 3,
        ready: 2,
        trouble: trouble(true),
    };
    let told = told(&three(&json!({})), Some(pods));
    assert_eq!((told.stable_replicas, told.canary_ready), (10, 2));
    assert_eq!(told.canary_reason.as_deref(), Some("pod shop-1: why"));
    assert_eq!(told.canary_failing, None, "two of three serve");
}

#[test]
fn a_canary_without_a_ready_pod_fails_only_where_a_pod_is_certain() {
    let pods = |certain| {
        Some(Pods {
            there: 3,
            ready: 0,
            trouble: trouble(certain),
        })
    };
    let failing = |certain| told(&three(&json!({})), pods(certain)).canary_failing;
    assert_eq!(failing(true).as_deref(), Some("pod shop-1: why"));
    assert_eq!(failing(false), None);
}

#[test]
fn a_canary_without_pods_says_why() {
    let condition = |kind: &str, status: &str, reason: &str| json!({"conditions": [{"type": kind, "status": status, "reason": reason, "message": "exceeded quota"}]});
    let none = Some(Pods::default());
    let paused = json!({"replicas": 3, "paused": true});
    for (canary, pods, words) in [
        (
            deployment(&json!({"replicas": 0}), &json!({})),
            none.clone(),
            "it asks for 0 replicas; hint: `kubectl scale`",
        ),
        (deployment(&paused, &json!({})), None, "its rollout is paused"),
        (
            three(&json!({})),
            None,
            "its newest template is not rolled out yet",
        ),
        (
            three(&condition("ReplicaFailure", "True", "FailedCreate")),
            none.clone(),
            "FailedCreate: exceeded quota",
        ),
        (
            three(&condition("Progressing", "False", "ProgressDeadlineExceeded")),
            none.clone(),
            "ProgressDeadlineExceeded: exceeded quota",
        ),
        (three(&json!({})), none, "0 of 3 pods are there"),
    ] {
        let told = told(&canary, pods);
        assert_eq!((told.canary_ready, told.canary_failing), (0, None), "{words}");
        let reason = told.canary_reason.unwrap_or_default();
        assert!(reason.starts_with(words), "{words}: {reason}");
    }
}

#[test]
fn a_canary_with_all_that_it_asks_for_has_nothing_to_say() {
    let pods = Pods {
        there: 3,
        ready: 3,
        trouble: None,
    };
    assert_eq!(told(&three(&json!({})), Some(pods)).canary_reason, None);
}
