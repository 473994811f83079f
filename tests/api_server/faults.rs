//! Faults: what becomes of a request, and of what it would have changed.

use reqwest::{Client, Method};
use serde_json::json;

use super::client::{ask, merge_patch};
use super::{SERVICES, service};
use crate::world::api_server::{ApiServer, SERIN};
use crate::world::patience::until;

/// Changes the hosts of `basket`; gives the error's own words where no answer came.
async fn try_to_write(server: &ApiServer) -> Result<u16, String> {
    let request = Client::new()
        .patch(format!("{}{SERVICES}/basket", server.url()))
        .bearer_auth(SERIN)
        .header("content-type", "application/merge-patch+json")
        .body(json!({"spec": {"hosts": ["changed"]}}).to_string());
    let sent = request.send().await;
    sent.map(|answer| answer.status().as_u16())
        .map_err(|error| format!("{error:?}"))
}

async fn world() -> ApiServer {
    let server = ApiServer::start().await;
    server.put(service("basket"));
    server
}

fn hosts(server: &ApiServer) -> String {
    server.object("virtualservices", "shop", "basket")["spec"]["hosts"].to_string()
}

#[tokio::test]
async fn a_lost_answer_is_of_a_write_that_happened_and_a_lost_request_is_not() {
    let server = world().await;
    server.request_lost_before_commit();
    assert!(try_to_write(&server).await.is_err());
    assert_eq!(hosts(&server), r#"["basket"]"#);
    server.answer_lost_after_commit();
    assert!(try_to_write(&server).await.is_err());
    assert_eq!(hosts(&server), r#"["changed"]"#);
    assert_eq!(try_to_write(&server).await, Ok(200));
}

#[tokio::test]
async fn a_server_that_is_away_refuses_and_comes_back_at_its_address() {
    let server = world().await;
    server.refuse().await;
    assert!(
        try_to_write(&server)
            .await
            .unwrap_err()
            .contains("onnection refused")
    );
    server.recover();
    assert_eq!(try_to_write(&server).await, Ok(200));
}

#[tokio::test]
async fn what_a_hanging_server_took_happens_when_it_goes_on_though_nobody_waits() {
    let server = world().await;
    server.hang();
    let giving_up = async { drop(try_to_write(&server).await) };
    let asked = until("asked", async || (server.requests().len() == 1).then_some(()));
    tokio::select! {
        () = giving_up => panic!("answered"),
        () = asked => {}
    }
    assert_eq!(hosts(&server), r#"["basket"]"#);
    server.recover();
    until("written", async || {
        (hosts(&server) == r#"["changed"]"#).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_a_hanging_server_took_is_lost_when_it_dies() {
    let server = world().await;
    server.hang();
    let asked = until("asked", async || (server.requests().len() == 1).then_some(()));
    let (broken, ()) = tokio::join!(try_to_write(&server), async {
        asked.await;
        server.refuse().await;
        server.recover();
    });
    assert!(broken.is_err());
    let (code, _) = ask(&server, Method::GET, &format!("{SERVICES}/basket")).await;
    assert_eq!((code, hosts(&server).as_str()), (200, r#"["basket"]"#));
}

#[tokio::test]
async fn it_fails_with_a_code_all_requests_or_those_that_write() {
    let server = world().await;
    let path = format!("{SERVICES}/basket");
    for code in [401, 403, 422, 429, 500, 503, 504] {
        server.fail_with(code);
        assert_eq!(ask(&server, Method::GET, &path).await.0, code);
        assert_eq!(try_to_write(&server).await, Ok(code));
        server.fail_writes_with(code);
        assert_eq!(ask(&server, Method::GET, &path).await.0, 200);
        assert_eq!(try_to_write(&server).await, Ok(code));
    }
    server.recover();
    assert_eq!(hosts(&server), r#"["basket"]"#);
}

#[tokio::test]
async fn a_racer_writes_just_before_the_next_write() {
    let server = world().await;
    server.on_next_write(|store| {
        store.edit("virtualservices", "shop", "basket", |object| {
            object["spec"]["hosts"] = json!(["racer"])
        });
    });
    server.on_next_write(|store| store.remove("virtualservices", "shop", "basket"));
    let path = format!("{SERVICES}/basket");
    let stale = json!({"metadata": {"resourceVersion": "101"}, "spec": {"hosts": ["late"]}});
    assert_eq!(merge_patch(&server, &path, &stale).await.0, 409);
    assert_eq!(hosts(&server), r#"["racer"]"#);
    assert_eq!(merge_patch(&server, &path, &stale).await.0, 404);
    let history = server.history("virtualservices", "shop", "basket");
    assert!(history.last().unwrap().deleted);
    assert_eq!(history[1].object["spec"]["hosts"], json!(["racer"]));
    assert!(history.is_sorted_by_key(|commit| commit.version));
}

#[tokio::test]
async fn requests_are_noted_as_they_came() {
    let server = world().await;
    ask(
        &server,
        Method::GET,
        &format!("{SERVICES}/basket?resourceVersion=0"),
    )
    .await;
    server.forget_requests();
    merge_patch(
        &server,
        &format!("{SERVICES}/basket"),
        &json!({"spec": {"hosts": ["x"]}}),
    )
    .await;
    let noted = server.requests();
    assert_eq!(noted.len(), 1);
    assert_eq!(
        (noted[0].method.as_str(), noted[0].path.as_str()),
        ("PATCH", format!("{SERVICES}/basket").as_str())
    );
    assert_eq!(noted[0].body, r#"{"spec":{"hosts":["x"]}}"#);
}
