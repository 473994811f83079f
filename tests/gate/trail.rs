//! Where a webhook came from, as the journal has it.

use serin::api::access::Role;
use serin::driver::Input;
use serin::engine::{Event, Trail};

use super::body;
use crate::routes::permissions::{known_token, token};
use crate::routes::{TestApi, eventually};

/// Begins a judgement and ends it, as whoever has this token; with none as anybody of this machine.
async fn judged(role: Option<Role>) -> (TestApi, Vec<String>) {
    let api = TestApi::with(|settings| settings.tokens = role.map(known_token).into_iter().collect()).await;
    api.canaries.delete();
    let mut ids = Vec::new();
    for (hook, phase) in [("rollout", "Progressing"), ("post-rollout", "Failed")] {
        let mut body = body("5d4f8c7b6");
        body["phase"] = phase.into();
        let path = format!("/webhooks/flagger/{hook}");
        let answer = api.ask(reqwest::Method::POST, &path, |request| {
            let request = match role {
                Some(role) => request.bearer_auth(token(role)),
                None => request,
            };
            request
                .header("content-type", "application/json")
                .body(body.to_string())
        });
        let answer = answer.await;
        ids.push(answer.header("x-request-id").to_owned());
        assert_eq!(answer.status, 200, "{answer:#?}");
    }
    let is_over = async || {
        let status = api.world.driver.status_of("shop", "checkout");
        status.is_some_and(|status| status.is_over())
    };
    eventually("the judgement ended", is_over).await;
    (api, ids)
}

/// Who began the judgement and from where, and who ended it.
fn signed(api: &TestApi) -> [(String, Trail); 2] {
    let id = &api.world.journal.rollouts()[0];
    let entries = api.world.journal.entries(id);
    let started = entries.iter().find_map(|entry| match &entry.input {
        Input::Started { asked, .. } => asked.clone(),
        _ => None,
    });
    let started = started.unwrap();
    let concluded = entries.iter().find_map(|entry| match &entry.input {
        Input::Event(Event::Concluded { by, trail, .. }) => Some((by.clone(), trail.clone())),
        _ => None,
    });
    [(started.by, started.trail), concluded.unwrap()]
}

#[tokio::test]
async fn the_journal_says_from_where_a_judgement_was_begun_and_ended() {
    let (api, ids) = judged(None).await;
    let from_here = |request: &String| Trail {
        address: Some("127.0.0.1".into()),
        request: Some(request.clone()),
        claim: None,
    };
    let expected = [0, 1].map(|hook| ("flagger".to_owned(), from_here(&ids[hook])));
    assert_eq!(signed(&api), expected);
}

#[tokio::test]
async fn whose_the_token_is_stands_there_as_with_other_commands() {
    let (api, _) = judged(Some(Role::Operator)).await;
    for (by, trail) in signed(&api) {
        assert_eq!(
            (by.as_str(), trail.claim.as_deref()),
            ("operator", Some("flagger"))
        );
    }
}
