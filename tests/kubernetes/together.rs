use futures::future::join_all;
use serde_json::{Value, json};
use serin::kubernetes::{Cluster, Failure, Kind, Together};

use crate::world::api_server::{ApiServer, BOB, SERIN};

/// So many Deployments in the namespace `shop`.
async fn shop_of(number: usize) -> ApiServer {
    let server = ApiServer::start().await;
    for index in 0..number {
        server.put(json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"namespace": "shop", "name": name(index)},
        }));
    }
    server.forget_requests();
    server
}

fn name(index: usize) -> String {
    format!("app-{index}")
}

fn deployments(server: &ApiServer, token: &str) -> Together {
    Together::new(Cluster::new(server.access_of(token)).objects(Kind::DEPLOYMENT))
}

/// The names of the first `number` as they were read in one moment.
async fn looks(at: &Together, number: usize) -> Vec<Result<String, Failure>> {
    let reads = (0..number).map(async |index| {
        let object = at.get("shop", &name(index), |object| object).await?;
        let Value::String(name) = &object["metadata"]["name"] else {
            panic!("{object}");
        };
        Ok(name.clone())
    });
    join_all(reads).await
}

fn names(number: usize) -> Vec<Result<String, Failure>> {
    (0..number).map(|index| Ok(name(index))).collect()
}

/// `list` or `get`, for each request.
fn asked(server: &ApiServer) -> Vec<&'static str> {
    let requests = server.requests().into_iter();
    requests
        .map(|asked| {
            if asked.path.contains("/app-") {
                "get"
            } else {
                "list"
            }
        })
        .collect()
}

#[tokio::test]
async fn many_who_look_at_the_same_moment_are_one_list() {
    let server = shop_of(40).await;
    let together = deployments(&server, SERIN);
    assert_eq!(looks(&together, 20).await, names(20));
    assert_eq!(looks(&together, 20).await, names(20));
    assert_eq!(asked(&server), ["list", "list"]);
}

#[tokio::test]
async fn a_few_are_read_one_by_one() {
    let server = shop_of(40).await;
    assert_eq!(looks(&deployments(&server, SERIN), 3).await, names(3));
    assert_eq!(asked(&server), ["get", "get", "get"]);
}

#[tokio::test]
async fn a_namespace_of_many_others_is_listed_once_and_then_read_one_by_one() {
    let server = shop_of(100).await;
    let together = deployments(&server, SERIN);
    assert_eq!(looks(&together, 4).await, names(4));
    assert_eq!(looks(&together, 4).await, names(4));
    assert_eq!(asked(&server), ["list", "get", "get", "get", "get"]);

    server.forget_requests();
    assert_eq!(looks(&together, 10).await, names(10));
    assert_eq!(asked(&server), ["list"], "so many are worth it");
}

#[tokio::test]
async fn whoever_may_not_list_reads_one_by_one() {
    let server = shop_of(20).await;
    let together = deployments(&server, BOB);
    assert_eq!(looks(&together, 5).await, names(5));
    assert_eq!(looks(&together, 5).await, names(5));
    assert_eq!(asked(&server)[..2], ["list", "get"]);
    assert_eq!(asked(&server).iter().filter(|asked| **asked == "list").count(), 1);
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_spoils_nothing_for_the_others() {
    let server = shop_of(5).await;
    let read = looks(&deployments(&server, SERIN), 6).await;
    assert_eq!(read[..5], names(5));
    assert!(matches!(&read[5], Err(Failure::NotFound(_))), "{read:?}");
}

#[tokio::test]
async fn a_server_that_is_away_is_asked_once_for_all() {
    let server = shop_of(8).await;
    server.fail_with(500);
    let read = looks(&deployments(&server, SERIN), 8).await;
    let is_away = |read: &Result<String, Failure>| matches!(read, Err(Failure::Unreachable(_)));
    assert!(read.iter().all(is_away), "{read:?}");
    assert_eq!(asked(&server), ["list"]);
}

#[tokio::test]
async fn whoever_gives_up_takes_nothing_from_the_others() {
    let server = shop_of(4).await;
    let together = deployments(&server, SERIN);
    let mut first = Box::pin(together.get("shop", "app-0", drop));
    assert!(futures::poll!(&mut first).is_pending());
    let mut rest = Box::pin(looks(&together, 4));
    assert!(futures::poll!(&mut rest).is_pending());
    drop(first);
    assert_eq!(rest.await, names(4));
}
