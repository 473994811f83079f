//! The routes follow the file, and nothing but a good file.

use std::collections::BTreeMap;
use std::fs;

use serin::demo::router::{Reloads, Router, RouterError};
use tempfile::TempDir;

use super::super::eventually;
use super::{World, to, weights, write};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn follows_a_rename_and_sends_nothing_by_the_old_weights_afterwards() {
    let world = World::start(&weights(1, 100)).await;
    world.get_many(20).await;

    world.replace(&weights(2, 0));
    eventually("epoch 2 in force", || world.router.routes().epoch() == 2).await;
    world.get_many(20).await;

    let by =
        |epoch, subset| world.count(|routed| routed.epoch == epoch && routed.destination == Some(to(subset)));
    assert_eq!((by(1, "canary"), by(1, "stable")), (20, 0));
    assert_eq!((by(2, "canary"), by(2, "stable")), (0, 20));
    assert_eq!(
        world.router.reloads(),
        Reloads {
            accepted: 1,
            rejected: 0
        }
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn follows_every_one_of_many_renames() {
    let world = World::start(&weights(0, 0)).await;
    for epoch in 1..=50 {
        world.replace(&weights(epoch, 50));
        eventually("the new epoch in force", || {
            world.router.routes().epoch() == epoch
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_old_routes_while_the_file_is_broken_or_gone() {
    let world = World::start(&weights(1, 100)).await;

    let broken = [
        "kind: VirtualService\nspec: {http: [".to_owned(),
        weights(2, 0).replace("weight: 0", "weight: many"),
        weights(2, 0).replace("weight: 100", "weight: 0"),
        weights(2, 0).replace("\"2\"", "two"),
        weights(2, 0).replace("headers:", "queryParams:"),
        weights(2, 0).replace("exact:", "glob:"),
        weights(2, 0).replace("exact: \"true\"", "regex: \"(\""),
        weights(2, 0).replace("VirtualService", "Gateway"),
        format!("{}---\n{}", weights(2, 0), weights(3, 0)),
        "x".repeat(1024 * 1024 + 1),
    ];
    for text in &broken {
        let before = world.router.reloads().rejected;
        world.replace(text);
        eventually("the file turned away", || {
            world.router.reloads().rejected > before
        })
        .await;
    }
    let before = world.router.reloads().rejected;
    fs::remove_file(&world.file).unwrap();
    eventually("the missing file counted", || {
        world.router.reloads().rejected > before
    })
    .await;
    world.get_many(10).await;
    assert_eq!(
        world.count(|routed| routed.epoch == 1 && routed.destination == Some(to("canary"))),
        10
    );
    assert_eq!(world.router.reloads().accepted, 0);

    world.replace(&weights(4, 0));
    eventually("the repaired file in force", || {
        world.router.routes().epoch() == 4
    })
    .await;
}

#[tokio::test]
async fn does_not_start_on_a_broken_file_and_says_where_it_is_broken() {
    let broken = [
        (
            "weight: 0",
            "weight: many",
            "spec.http[1].route[1].weight: invalid type: string \"many\"",
        ),
        (
            "weight: 100",
            "weight: 0",
            "spec.http[1].route: expected at least one destination",
        ),
        (
            "\"7\"",
            "seven",
            "serin.dev/epoch: expected a whole number, found \"seven\"",
        ),
        (
            "headers:",
            "queryParams:",
            "spec.http[0].match[0].queryParams: unknown field `queryParams`",
        ),
        (
            "exact:",
            "glob:",
            "spec.http[0].match[0].headers.x-tester.glob: unknown field `glob`",
        ),
        (
            "exact: \"true\"",
            "regex: \"(\"",
            "spec.http[0].match[0].headers.x-tester: regex parse error",
        ),
        (
            "exact: \"true\"",
            "{exact: a, regex: b}",
            "expected one of exact, prefix and regex",
        ),
        (
            "x-tester",
            "x tester",
            "spec.http[0].match[0].headers.x tester: invalid HTTP header name",
        ),
        (
            "5s",
            "soon",
            "spec.http[1].timeout: expected a duration such as 5s, found \"soon\"",
        ),
        ("route:", "redirect:", "spec.http[0]: missing field `route`"),
        (
            "VirtualService",
            "Gateway",
            "expected one document of kind VirtualService, found 0",
        ),
        (
            "kind: DestinationRule",
            "kind: VirtualService",
            "expected one document of kind VirtualService, found 2",
        ),
        ("spec:", "spec: [", "is not YAML"),
    ];
    for (good, bad, expected) in broken {
        let folder = TempDir::new().unwrap();
        let file = write(folder.path(), &weights(7, 0).replace(good, bad));
        let error = Router::start(&file, BTreeMap::new(), 1).await.unwrap_err();
        assert!(matches!(error, RouterError::Routes(_)));
        assert!(error.to_string().contains(expected), "{bad}: {error}");
    }
}
