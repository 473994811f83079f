//! Lists: selectors, pages, versions.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::ask;
use super::{DEPLOYMENTS, SERVICES, deployment, service};
use crate::world::api_server::ApiServer;

async fn names(server: &ApiServer, query: &str) -> Vec<String> {
    let (code, list) = ask(server, Method::GET, &format!("{SERVICES}?{query}")).await;
    assert_eq!(code, 200, "{list}");
    names_of(&list)
}

fn names_of(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| item["metadata"]["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn selectors_choose() {
    let server = ApiServer::start().await;
    for name in ["a", "b", "c"] {
        server.put(service(name));
    }
    server.edit("virtualservices", "shop", "c", |object| {
        object["metadata"]["labels"] = json!({"tier": "x"})
    });
    for (query, expected) in [
        ("labelSelector=app%3Da", vec!["a"]),
        ("labelSelector=app%3D%3Da", vec!["a"]),
        ("labelSelector=app%20in%20(a,b)", vec!["a", "b"]),
        ("labelSelector=app%20in%20(a,b),app!%3Da", vec!["b"]),
        ("labelSelector=app%20notin%20(a,b)", vec!["c"]),
        ("labelSelector=app", vec!["a", "b"]),
        ("labelSelector=!app", vec!["c"]),
        ("fieldSelector=metadata.name%3Db", vec!["b"]),
        ("", vec!["a", "b", "c"]),
    ] {
        assert_eq!(names(&server, query).await, expected, "{query}");
    }
    let (code, _) = ask(
        &server,
        Method::GET,
        &format!("{SERVICES}?labelSelector=app%20among%20(a)"),
    )
    .await;
    assert_eq!(code, 400);
}

#[tokio::test]
async fn pages_are_of_one_moment() {
    let server = ApiServer::start().await;
    for name in ["a", "b", "c"] {
        server.put(service(name));
    }
    let (_, first) = ask(&server, Method::GET, &format!("{SERVICES}?limit=2")).await;
    assert_eq!(names_of(&first), ["a", "b"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 1);
    server.delete("virtualservices", "shop", "c");
    server.put(service("d"));
    let token = first["metadata"]["continue"].as_str().unwrap();
    let next = format!("{SERVICES}?limit=2&continue={token}");
    let (_, second) = ask(&server, Method::GET, &next).await;
    assert_eq!(names_of(&second), ["c"]);
    assert_eq!(
        second["metadata"]["resourceVersion"],
        first["metadata"]["resourceVersion"]
    );
    assert_eq!(second["metadata"]["continue"], "");

    server.compact();
    let (code, gone) = ask(&server, Method::GET, &next).await;
    assert_eq!((code, &gone["reason"]), (410, &json!("Expired")));
}

#[tokio::test]
async fn a_list_of_all_namespaces_goes_through_them_in_order() {
    let server = ApiServer::start().await;
    for (namespace, name) in [("attic", "z"), ("shop", "a"), ("shop-b", "a")] {
        let mut object = service(name);
        object["metadata"]["namespace"] = json!(namespace);
        server.put(object);
    }
    let all = "/apis/networking.istio.io/v1/virtualservices?limit=1";
    let (mut path, mut found) = (all.to_owned(), Vec::new());
    loop {
        let (_, page) = ask(&server, Method::GET, &path).await;
        found.push(
            page["items"][0]["metadata"]["namespace"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
        match page["metadata"]["continue"].as_str() {
            Some(token) if !token.is_empty() => path = format!("{all}&continue={token}"),
            _ => break,
        }
    }
    assert_eq!(found, ["attic", "shop", "shop-b"]);
    assert_eq!(server.objects("virtualservices").len(), 3);
}

#[tokio::test]
async fn items_of_kubernetes_own_kinds_do_not_say_which_kind_they_are() {
    let server = ApiServer::start().await;
    server.put(deployment("basket"));
    server.put(service("basket"));
    let (_, deployments) = ask(&server, Method::GET, DEPLOYMENTS).await;
    assert_eq!(deployments["kind"], "DeploymentList");
    assert_eq!(deployments["items"][0]["kind"], json!(null));
    let (_, services) = ask(&server, Method::GET, SERVICES).await;
    assert_eq!(services["items"][0]["kind"], "VirtualService");
}
