//! Tokens of a real cluster at the API: the component of `deploy/` gives Serin the right to ask, and its roles say what comes of it.

use serde_json::Value;
use serin::app::reviewer;
use serin::kubernetes::{self, Access};

use super::installed::{apply, installed, rendered_own};
use crate::routes::in_process::InProcess;
use crate::world::World;
use crate::world::cluster::Cluster;
use crate::world::patience::until;

const OWN: &str = "resources: [\"{deploy}/overlays/standalone\"]\ncomponents: [\"{deploy}/components/cluster-identities\"]\n";

#[tokio::test]
async fn the_roles_of_the_component_are_what_the_api_allows() {
    let cluster = installed().await;
    apply(&cluster, &of_component(&rendered_own(OWN)));
    cluster.kubectl(&["create", "namespace", "identities"]);
    let deployer = ["--namespace=identities", "create", "serviceaccount", "deployer"];
    cluster.kubectl(&deployer);
    let bind = [
        "--namespace=identities",
        "create",
        "rolebinding",
        "operates",
        "--clusterrole=serin-operator",
    ];
    cluster.kubectl(&[&bind[..], &["--serviceaccount=identities:deployer"]].concat());

    let access = Access {
        kubeconfig: Some(cluster.kubeconfig_of("serin", "serin")),
        context: None,
    };
    let reviewer = reviewer(kubernetes::Cluster::new(access), "serin");
    let api = InProcess::with(World::new(), |settings| settings.reviewer = Some(reviewer));
    let bearer = |audience: &str| token(&cluster, audience);
    let (ours, servers) = (bearer("serin"), bearer("https://kubernetes.default.svc"));
    let post = async |bearer: &str, namespace: &str, command: &str| {
        let path = format!("/api/v1/canaries/{namespace}/nothing/{command}");
        let headers = [("authorization", bearer)];
        api.post(&path, &headers, r#"{"reason": "a test"}"#).await
    };
    // The server reads its rules a moment after they are there, and an answer is remembered for ten seconds: so each is asked of a
    // Canary of its own until it is known.
    until("known and allowed", async || {
        let may = [
            "auth",
            "can-i",
            "abort",
            "canaries.serin.dev/nothing",
            "--namespace=identities",
        ];
        let who = "--as=system:serviceaccount:identities:deployer";
        let reviews = [
            "auth",
            "can-i",
            "create",
            "subjectaccessreviews.authorization.k8s.io",
        ];
        let serin = "--as=system:serviceaccount:serin:serin";
        let may = cluster.try_kubectl(&[&may[..], &[who]].concat());
        (may.is_ok() && cluster.try_kubectl(&[&reviews[..], &[serin]].concat()).is_ok()).then_some(())
    })
    .await;
    post(&ours, "identities", "abort").await.problem(404, "not-found");
    let problem = post(&ours, "identities", "promote").await.problem(403, "rules");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("system:serviceaccount:identities:deployer"),
        "{problem:#}"
    );
    post(&ours, "default", "abort").await.problem(403, "rules");
    // Meant for the API server, it is good there and not here.
    post(&servers, "identities", "abort")
        .await
        .problem(401, "unauthorised");
}

fn token(cluster: &Cluster, audience: &str) -> String {
    let audience = format!("--audience={audience}");
    let token = cluster.kubectl(&["--namespace=identities", "create", "token", "deployer", &audience]);
    format!("Bearer {}", token.trim())
}

/// What the component adds for the whole cluster.
fn of_component(manifests: &str) -> String {
    let documents: Vec<Value> = serde_saphyr::from_multiple(manifests).unwrap();
    let names = ["serin-reviews", "serin-viewer", "serin-operator", "serin-admin"];
    let added = documents.iter().filter(|document| {
        let name = document["metadata"]["name"].as_str().unwrap_or_default();
        names.contains(&name)
    });
    let added: Vec<String> = added.map(Value::to_string).collect();
    // Three roles, and a role with its binding.
    assert_eq!(added.len(), 5, "{manifests}");
    added.join("\n---\n")
}
