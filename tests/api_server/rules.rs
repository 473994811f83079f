//! Objects: versions, generations, statuses, names, finalizers.

use reqwest::Method;
use serde_json::json;

use super::client::{ask, json_patch, merge_patch, send, send_object};
use super::{DEPLOYMENTS, SERVICES, deployment, service};
use crate::world::api_server::{ALICE, ApiServer};

#[tokio::test]
async fn one_version_rises_over_all_objects() {
    let server = ApiServer::start().await;
    let mut versions = Vec::new();
    for (path, object) in [
        (SERVICES, service("a")),
        (DEPLOYMENTS, deployment("b")),
        (SERVICES, service("c")),
    ] {
        let (code, created) = send_object(&server, Method::POST, path, &object).await;
        assert_eq!(code, 201);
        versions.push(
            created["metadata"]["resourceVersion"]
                .as_str()
                .unwrap()
                .parse::<u64>()
                .unwrap(),
        );
    }
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
}

#[tokio::test]
async fn the_generation_rises_with_the_spec_and_for_deployments_with_annotations() {
    let server = ApiServer::start().await;
    server.put(service("basket"));
    server.put(deployment("basket"));
    let annotate = json!({"metadata": {"annotations": {"team": "a"}, "labels": {"team": "a"}}});
    let generation = async |path: &str, patch| {
        let (code, patched) = merge_patch(&server, &format!("{path}/basket"), &patch).await;
        assert_eq!(code, 200, "{patched}");
        patched["metadata"]["generation"].as_u64().unwrap()
    };
    assert_eq!(generation(SERVICES, annotate.clone()).await, 1);
    assert_eq!(generation(SERVICES, json!({"spec": {"hosts": ["x"]}})).await, 2);
    assert_eq!(generation(DEPLOYMENTS, annotate).await, 2);
    assert_eq!(generation(DEPLOYMENTS, json!({"spec": {"replicas": 4}})).await, 3);
    let label = json!({"metadata": {"labels": {"team": "b"}}});
    assert_eq!(generation(DEPLOYMENTS, label).await, 3);
}

#[tokio::test]
async fn the_status_is_written_at_its_own_path_only() {
    let server = ApiServer::start().await;
    let mut object = deployment("basket");
    object["status"] = json!({"replicas": 7});
    let (_, created) = send_object(&server, Method::POST, DEPLOYMENTS, &object).await;
    assert_eq!(created["status"], json!(null));

    let path = format!("{DEPLOYMENTS}/basket");
    let both = json!({"spec": {"replicas": 9}, "status": {"readyReplicas": 3}});
    let (_, of_status) = merge_patch(&server, &format!("{path}/status"), &both).await;
    assert_eq!(
        (
            &of_status["spec"]["replicas"],
            &of_status["status"]["readyReplicas"]
        ),
        (&json!(3), &json!(3))
    );
    assert_eq!(of_status["metadata"]["generation"], 1);
    let (_, of_object) = merge_patch(&server, &path, &json!({"status": {"readyReplicas": 0}})).await;
    assert_eq!(of_object, of_status);
}

#[tokio::test]
async fn a_change_of_nothing_keeps_the_version() {
    let server = ApiServer::start().await;
    let before = server.put(service("basket"));
    let (code, after) = merge_patch(
        &server,
        &format!("{SERVICES}/basket"),
        &json!({"spec": {"hosts": ["basket"]}}),
    )
    .await;
    assert_eq!((code, after), (200, before));
    assert_eq!(server.history("virtualservices", "shop", "basket").len(), 1);
}

#[tokio::test]
async fn a_name_is_made_from_its_beginning() {
    let server = ApiServer::start().await;
    let event = json!({"metadata": {"generateName": "basket-"}, "reason": "Aborted"});
    let path = "/apis/events.k8s.io/v1/namespaces/shop/events";
    let mut names = Vec::new();
    for _ in 0..3 {
        let (code, created) = send_object(&server, Method::POST, path, &event).await;
        assert_eq!(code, 201, "{created}");
        names.push(created["metadata"]["name"].as_str().unwrap().to_owned());
    }
    names.dedup();
    assert_eq!(names.len(), 3);
    assert!(
        names
            .iter()
            .all(|name| name.starts_with("basket-") && name.len() == "basket-".len() + 5)
    );

    // As strict as for a whole name, but for a dash at the end.
    let with_dot = json!({"metadata": {"generateName": "basket."}});
    assert_eq!(send_object(&server, Method::POST, path, &with_dot).await.0, 422);
    let (code, refused) = send_object(&server, Method::POST, path, &json!({"metadata": {}})).await;
    assert_eq!(code, 422);
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("name or generateName is required")
    );
}

#[tokio::test]
async fn an_object_with_finalizers_goes_when_the_last_of_them_does() {
    let server = ApiServer::start().await;
    let mut object = service("basket");
    object["metadata"]["finalizers"] = json!(["example.com/tidy"]);
    server.put(object);
    let path = format!("{SERVICES}/basket");
    let (code, marked) = ask(&server, Method::DELETE, &path).await;
    assert_eq!(code, 200);
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(marked["metadata"]["generation"], 2);
    let (_, again) = ask(&server, Method::DELETE, &path).await;
    assert_eq!(again, marked);

    let (code, _) = json_patch(
        &server,
        &path,
        &json!([{"op": "remove", "path": "/metadata/finalizers"}]),
    )
    .await;
    assert_eq!(code, 200);
    assert_eq!(server.find("virtualservices", "shop", "basket"), None);
}

#[tokio::test]
async fn a_delete_holds_to_what_it_was_meant_for() {
    let server = ApiServer::start().await;
    server.put(service("basket"));
    let options = json!({"preconditions": {"uid": "another"}});
    let (code, refused) = send_object(&server, Method::DELETE, &format!("{SERVICES}/basket"), &options).await;
    assert_eq!((code, &refused["reason"]), (409, &json!("Conflict")));
}

#[tokio::test]
async fn what_the_url_says_and_the_object_says_must_agree() {
    let server = ApiServer::start().await;
    server.put(service("basket"));
    let mut other_place = service("basket");
    other_place["metadata"]["namespace"] = json!("attic");
    let mut other_version = service("new");
    other_version["apiVersion"] = json!("networking.istio.io/v1beta1");
    for (method, path, object) in [
        (Method::POST, SERVICES.to_owned(), other_place),
        (Method::POST, SERVICES.to_owned(), other_version),
        (Method::PUT, format!("{SERVICES}/basket"), service("another")),
    ] {
        let (code, refused) = send_object(&server, method, &path, &object).await;
        assert_eq!(code, 400, "{refused}");
    }
}

#[tokio::test]
async fn a_deployment_is_put_without_a_version_and_a_lease_is_not() {
    let server = ApiServer::start().await;
    server.put(deployment("basket"));
    let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "serin", "namespace": "shop"}, "spec": {}});
    server.put(lease.clone());
    let (code, _) = send_object(
        &server,
        Method::PUT,
        &format!("{DEPLOYMENTS}/basket"),
        &deployment("basket"),
    )
    .await;
    assert_eq!(code, 200);
    let path = "/apis/coordination.k8s.io/v1/namespaces/shop/leases/serin";
    let (code, _) = send_object(&server, Method::PUT, path, &lease).await;
    assert_eq!(code, 422);
}

#[tokio::test]
async fn who_has_no_right_is_told_which_one() {
    let server = ApiServer::start().await;
    let path = format!("{SERVICES}/basket");
    let (code, refused) = send(
        &server,
        ALICE,
        Method::PATCH,
        &path,
        "application/json-patch+json",
        "[]".to_owned(),
    )
    .await;
    assert_eq!(code, 403);
    assert_eq!(
        refused["message"],
        "virtualservices.networking.istio.io \"basket\" is forbidden: User \"alice\" cannot patch resource \
         \"virtualservices\" in API group \"networking.istio.io\" in the namespace \"shop\""
    );
    let (code, _) = send(&server, "nobody-s", Method::GET, &path, "", String::new()).await;
    assert_eq!(code, 401);
}

#[tokio::test]
async fn what_is_not_served_is_no_status() {
    let server = ApiServer::start().await;
    server.without_kind("virtualservices");
    for path in [SERVICES, "/apis/example.com/v1/namespaces/shop/cats", "/nowhere"] {
        assert_eq!(
            ask(&server, Method::GET, path).await,
            (404, json!("404 page not found\n"))
        );
    }
    let (code, refused) = ask(&server, Method::DELETE, DEPLOYMENTS).await;
    assert_eq!((code, &refused["reason"]), (405, &json!("MethodNotAllowed")));
}
