//! Who may do what: every route of the document, asked by nobody, by each role and by a token that has expired, held against the one
//! table that the router enforces.

use axum::http::Method;
use serde_json::Value;
use serin::api::access::{PERMISSIONS, Role, Token, table};
use serin::spec::Timestamp;
use sha2::{Digest, Sha256};

use super::Answer;
use super::document::DOCUMENT;
use super::in_process::InProcess;
use crate::world::World;

const NOBODYS: &str = "serin_nobodys-0123456789abcdef0123456789";
const EXPIRED: &str = "serin_expired-0123456789abcdef0123456789";

/// A role's token.
pub(crate) fn token(role: Role) -> String {
    format!("serin_{role}-0123456789abcdef0123456789abcdef")
}

fn known(name: &str, token: &str, role: Role, expires: Timestamp) -> Token {
    Token {
        name: name.to_owned(),
        role,
        sha256: Sha256::digest(token).into(),
        expires,
    }
}

/// A role's token, as an API knows it.
pub(crate) fn known_token(role: Role) -> Token {
    known(role.name(), &token(role), role, Timestamp(u64::MAX))
}

/// An API with a token for each role, and one that expires at this very moment.
fn guarded() -> InProcess {
    let world = World::new();
    let now = world.clock.now();
    InProcess::with(world, |settings| {
        settings.tokens = Role::ALL.map(known_token).to_vec();
        settings.tokens.push(known("old", EXPIRED, Role::Admin, now));
    })
}

async fn asked(api: &InProcess, (method, path): (&Method, &str), token: Option<&str>) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer
        .iter()
        .map(|bearer| ("authorization", bearer.as_str()))
        .collect();
    api.ask(method.clone(), path, &headers, String::new()).await
}

/// Every route of the document: method, path, and the path with its names filled in.
fn routes() -> Vec<(Method, String, String)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let routes = paths.iter().flat_map(|(path, item)| {
        let filled = path
            .replace("{namespace}", "shop")
            .replace("{name}", "nothing")
            .replace("{id}", "nothing-1")
            .replace("{hook}", "rollout");
        let methods = item.as_object().unwrap().keys();
        methods.map(move |method| {
            (
                method.to_uppercase().parse().unwrap(),
                path.clone(),
                filled.clone(),
            )
        })
    });
    routes.collect()
}

#[tokio::test(start_paused = true)]
async fn every_route_is_open_to_whom_the_table_says_and_to_nobody_else() {
    let api = guarded();
    for (method, path, filled) in routes() {
        let rows = PERMISSIONS
            .iter()
            .filter(|row| row.method == method.as_str() && row.path == path);
        let rows: Vec<_> = rows.collect();
        let [row] = rows[..] else {
            panic!(
                "{method} {path} has {} rows in the table of permissions",
                rows.len()
            );
        };
        let route = (&method, filled.as_str());
        for (token, kind) in [
            (None, "unauthorised"),
            (Some(NOBODYS), "unauthorised"),
            (Some(EXPIRED), "expired"),
        ] {
            asked(&api, route, token).await.problem(401, kind);
        }
        for role in Role::ALL {
            if path.ends_with("/stream") {
                // Its answer has no end.
                let bearer = format!("Bearer {}", token(role));
                assert_eq!(api.status(&filled, &[("authorization", &bearer)]).await, 200);
                continue;
            }
            let answer = asked(&api, route, Some(&token(role))).await;
            if role >= row.right.least() {
                let refused = [401, 403].map(|status| answer.status == status);
                assert_eq!(refused, [false; 2], "{role}: {method} {path}: {answer:#?}");
            } else {
                let problem = answer.problem(403, "role");
                let needed = format!("takes the role `{}`", row.right.least());
                assert!(
                    problem["detail"].as_str().unwrap().ends_with(&needed),
                    "{problem:#}"
                );
            }
        }
    }
}

#[test]
fn the_table_has_no_row_for_what_is_not_there() {
    let routes = routes();
    for row in PERMISSIONS {
        let is_there =
            |(method, path, _): &(Method, String, String)| method.as_str() == row.method && path == row.path;
        assert!(routes.iter().any(is_there), "{row:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_told_to_whoever_is_known() {
    let api = guarded();
    let viewer = token(Role::Viewer);
    for (path, status, kind) in [("/nothing", 404, "no-route"), ("/api/v1/canaries", 405, "method")] {
        asked(&api, (&Method::PUT, path), None)
            .await
            .problem(401, "unauthorised");
        asked(&api, (&Method::PUT, path), Some(&viewer))
            .await
            .problem(status, kind);
    }
}

#[tokio::test(start_paused = true)]
async fn a_problem_says_of_an_expired_token_when_that_was_and_of_an_unknown_one_nothing() {
    let api = guarded();
    let route = (&Method::GET, "/api/v1/canaries");
    let expired = asked(&api, route, Some(EXPIRED)).await;
    assert!(
        expired
            .header("www-authenticate")
            .contains("error=\"invalid_token\"")
    );
    let problem = expired.problem(401, "expired");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .starts_with("the token `old` expired at ")
    );
    let unknown = asked(&api, route, Some(NOBODYS))
        .await
        .problem(401, "unauthorised");
    let none = asked(&api, route, None).await.problem(401, "unauthorised");
    assert_eq!(unknown, none);
}

#[tokio::test(start_paused = true)]
async fn the_journal_names_whose_the_token_is_whatever_the_request_says() {
    let mut api = guarded();
    let canary = api.world.canary.clone();
    api.world.id = api.world.driver.start(canary, "v2".into()).unwrap();
    let bearer = format!("Bearer {}", token(Role::Operator));
    let headers = [("authorization", bearer.as_str())];
    let lunch = r#"{"reason":"lunch","by":"ada"}"#;
    let pausing = api.post("/api/v1/canaries/shop/checkout/pause", &headers, lunch);
    pausing.await.ok();
    let path = format!("/api/v1/rollouts/{}/events", api.world.id);
    let events = api.ask(Method::GET, &path, &headers, String::new()).await.ok();
    let happened = |event: &Value| event["happened"].as_str().unwrap().to_owned();
    let happened: Vec<String> = events["items"].as_array().unwrap().iter().map(happened).collect();
    assert!(
        happened.contains(&"operator (as ada) said pause: lunch".to_owned()),
        "{happened:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_of_one_identity_says_nothing_to_another() {
    let api = guarded();
    let post = async |role| {
        let bearer = format!("Bearer {}", token(role));
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
        let path = "/api/v1/canaries/shop/nothing/abort";
        api.post(path, &headers, String::new()).await
    };
    post(Role::Operator).await.problem(404, "not-found");
    let of_admin = post(Role::Admin).await;
    assert!(!of_admin.headers.contains_key("idempotency-replayed"));
    let again = post(Role::Operator).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[test]
fn the_readme_has_the_table() {
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&table()), "the README is to have:\n{}", table());
}
