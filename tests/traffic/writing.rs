//! What one write changes, and which writes nobody may make.

use serde_json::{Value, json};
use serin::engine::TrafficWrite;
use serin::traffic::virtual_service::{Edit, WriteRefusal, apply};

use super::{abort, find_subsets, service, split, write};

fn edits(object: &Value, write: &TrafficWrite) -> Result<Vec<Edit>, WriteRefusal> {
    find_subsets(object, None).unwrap().edits(write)
}

fn written(object: &Value, write: &TrafficWrite) -> Value {
    let mut written = object.clone();
    apply(&mut written, &edits(object, write).unwrap()).unwrap();
    written
}

fn annotated(annotations: Value) -> Value {
    let mut object = service(json!([split(95, 5)]));
    object["metadata"]["annotations"] = annotations;
    object
}

#[test]
fn a_first_write_brings_the_annotations_as_one_mapping() {
    let edits = edits(&service(json!([split(95, 5)])), &write(20, 1, "r1")).unwrap();
    assert_eq!(
        edits,
        [
            Edit::Set {
                pointer: "/spec/http/0/route/0/weight".to_owned(),
                value: json!(80),
            },
            Edit::Set {
                pointer: "/spec/http/0/route/1/weight".to_owned(),
                value: json!(20),
            },
            Edit::Set {
                pointer: "/metadata/annotations".to_owned(),
                value: json!({"serin.dev/epoch": "1", "serin.dev/rollout": "r1"}),
            },
        ]
    );
}

#[test]
fn a_later_write_touches_only_what_is_new() {
    let object = annotated(json!({"serin.dev/epoch": "1", "serin.dev/rollout": "r1", "team": "a"}));
    let edits = edits(&object, &write(5, 2, "r1")).unwrap();
    assert_eq!(
        edits,
        [Edit::Set {
            pointer: "/metadata/annotations/serin.dev~1epoch".to_owned(),
            value: json!("2"),
        }]
    );
}

#[test]
fn an_abort_is_weights_epoch_and_mark_together() {
    let object = annotated(json!({"serin.dev/epoch": "1", "serin.dev/rollout": "r1"}));
    let object = written(&object, &abort(2, "r1"));
    let state = find_subsets(&object, None).unwrap().state("v".to_owned());
    assert_eq!((state.canary_weight, state.epoch), (0, 2));
    assert!(state.is_aborted("r1"));
}

#[test]
fn a_new_rollout_removes_the_mark_of_the_last_one() {
    let object = annotated(json!({
        "serin.dev/epoch": "8", "serin.dev/rollout": "r1", "serin.dev/aborted": "r1", "team": "a",
    }));
    let object = written(&object, &write(5, 9, "r2"));
    assert_eq!(
        object["metadata"]["annotations"],
        json!({"serin.dev/epoch": "9", "serin.dev/rollout": "r2", "team": "a"})
    );
}

#[test]
fn nothing_un_aborts_a_rollout() {
    for annotations in [
        json!({"serin.dev/epoch": "8", "serin.dev/rollout": "r1", "serin.dev/aborted": "r1"}),
        json!({"serin.dev/epoch": "8", "serin.dev/aborted": "r1"}),
    ] {
        let object = annotated(annotations);
        assert_eq!(
            edits(&object, &write(0, 9, "r1")).unwrap_err().to_string(),
            "serin.dev/rollout: rollout `r1` was aborted, and expected is a write that keeps its mark; \
             hint: nothing un-aborts a rollout, start a new one"
        );
        assert!(edits(&object, &abort(9, "r1")).is_ok());
    }
}

#[test]
fn an_abort_with_traffic_and_a_weight_above_100_are_refused() {
    let object = service(json!([split(95, 5)]));
    let with_traffic = TrafficWrite {
        canary_weight: 5,
        ..abort(1, "r1")
    };
    assert_eq!(
        edits(&object, &with_traffic).unwrap_err().to_string(),
        "canary weight: expected 0 with the abort mark, found 5; hint: an abort sends everything to stable"
    );
    assert_eq!(
        edits(&object, &write(101, 1, "r1")).unwrap_err().to_string(),
        "canary weight: expected 0 to 100, found 101; hint: weights are percentages"
    );
}

#[test]
fn an_epoch_that_is_not_above_the_object_s_is_stale() {
    let object = annotated(json!({"serin.dev/epoch": "8"}));
    for epoch in [0, 7, 8] {
        let stale = WriteRefusal::StaleEpoch {
            written: epoch,
            found: 8,
        };
        assert_eq!(edits(&object, &abort(epoch, "r1")), Err(stale));
    }
    assert!(edits(&object, &abort(9, "r1")).is_ok());
    // Without the annotation the epoch is 0, and so the first write's is at least 1.
    assert!(edits(&service(json!([split(95, 5)])), &write(5, 0, "r1")).is_err());
}

#[test]
fn a_foreign_route_that_sums_to_120_does_not_stand_in_the_way_of_an_abort() {
    let foreign = json!({"match": [{"uri": {"prefix": "/v2"}}], "route": [
        {"destination": {"host": "a"}, "weight": 60},
        {"destination": {"host": "b"}, "weight": 60},
    ]});
    let object = service(json!([foreign, split(70, 30)]));
    let aborted = written(&object, &abort(1, "r1"));
    assert_eq!(aborted["spec"]["http"][0], foreign);
    assert_eq!(aborted["spec"]["http"][1], split(100, 0));
}
