use serde_json::Value;

use crate::world::cluster::{Cluster, Shared};

static SHARED: Shared = Shared::new();

#[tokio::test]
async fn a_deployment_rolls_out() {
    let cluster = SHARED.join().await;
    cluster.kubectl(&[
        "create",
        "deployment",
        "web",
        "--image=example.test/web:1",
        "--replicas=3",
    ]);
    cluster.until_rolled_out("default", "web").await;
    let pods: Value = serde_json::from_str(&cluster.kubectl(&["get", "pods", "-o", "json"])).unwrap();
    assert_eq!(pods["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_api_server_restarts_on_its_data() {
    let cluster = Cluster::start().await;
    cluster.kubectl(&["create", "namespace", "kept"]);
    cluster.api_server().kill();
    assert!(
        cluster
            .try_kubectl(&["get", "namespace", "kept"])
            .unwrap_err()
            .contains("refused")
    );
    cluster.api_server().restart().await;
    cluster.kubectl(&["get", "namespace", "kept"]);
}
