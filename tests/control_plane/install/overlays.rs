//! The two overlays, running.

use serde_json::Value;

use crate::control_plane::installed::{apply, got, installed, rendered_own, shipped};

#[tokio::test]
async fn the_standalone_overlay_runs_one_replica_on_a_volume() {
    let cluster = installed().await;
    cluster.until_rolled_out("serin", "serin").await;
    let claim = got(&cluster, &["--namespace=serin", "persistentvolumeclaim", "serin"]);
    assert_eq!(claim["status"]["phase"], "Bound");
    let deployment = got(&cluster, &["--namespace=serin", "deployment", "serin"]);
    assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate");
    assert_eq!(deployment["status"]["readyReplicas"], 1);
}

#[tokio::test]
async fn the_replicated_overlay_runs_two_of_which_one_may_be_away() {
    let cluster = installed().await;
    let elsewhere = "namespace: serin-replicated\nresources: [\"{deploy}/overlays/replicated\"]\n";
    cluster.kubectl(&["create", "namespace", "serin-replicated"]);
    apply(&cluster, &without_the_clusters_own(&rendered_own(elsewhere)));
    cluster.until_rolled_out("serin-replicated", "serin").await;
    let deployment = got(&cluster, &["--namespace=serin-replicated", "deployment", "serin"]);
    assert_eq!(deployment["status"]["readyReplicas"], 2);
    let budget = got(
        &cluster,
        &["--namespace=serin-replicated", "poddisruptionbudget", "serin"],
    );
    assert_eq!(budget["spec"]["maxUnavailable"], 1);
    assert!(!shipped("replicated").contains("PersistentVolumeClaim"));
}

/// What is in a namespace, of a whole overlay: a cluster has the rest once.
pub(super) fn without_the_clusters_own(manifests: &str) -> String {
    let documents: Vec<Value> = serde_saphyr::from_multiple(manifests).unwrap();
    let own = documents
        .iter()
        .filter(|document| document["metadata"]["namespace"].is_string());
    let lines: Vec<String> = own.map(Value::to_string).collect();
    assert!(lines.len() > 5, "{manifests}");
    lines.join("\n---\n")
}
