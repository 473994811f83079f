//! What needs a person shows in a log that has warnings only.

use serin::engine::{Action, Outcome};
use tracing::Level;

use crate::world::World;
use crate::world::log::Log;
use crate::world::route::RouteFault;

#[tokio::test(start_paused = true)]
async fn an_abort_shows_with_its_reason() {
    let (log, _guard) = Log::of(Level::WARN);
    let world = World::new().errors(0.2).start();

    assert_eq!(world.end().await, Outcome::Aborted);

    let lines = log.lines("aborted at 5 %, all traffic is back on stable: of-the-test: errors");
    assert_eq!(lines.len(), 1, "{:?}", log.lines(""));
    assert!(lines[0].contains(r#"urgency="warning""#), "{lines:?}");
    assert_eq!(
        log.lines("started"),
        Vec::<String>::new(),
        "news that need nobody"
    );
}

#[tokio::test(start_paused = true)]
async fn an_abort_that_does_not_get_through_shows_at_once_and_every_minute() {
    let (log, _guard) = Log::of(Level::WARN);
    let world = World::new().start();
    world.weight(25).await;
    world.route.every_read(Some(RouteFault::Unreachable));
    let cause = "unconfirmed-weight: not lowered yet, and tried again since";
    let lines = || log.lines(cause).len();

    world.send(Action::Abort);
    world.pass(1).await;
    assert_eq!(lines(), 1);
    world.pass(55).await;
    assert_eq!(lines(), 1, "{:?}", log.lines(cause));
    world.pass(180).await;
    assert_eq!(lines(), 4, "{:?}", log.lines(cause));
    let reason = "cannot reach VirtualService shop/checkout: connection refused";
    assert!(log.lines(cause).iter().all(|line| line.contains(reason)));

    world.route.every_read(None);
    assert_eq!(world.end().await, Outcome::Aborted);
    world.pass(120).await;
    assert_eq!(lines(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_route_that_was_away_is_one_line_when_it_goes_and_one_when_it_is_back() {
    let (log, _guard) = Log::of(Level::INFO);
    let world = World::new().start();
    world.weight(25).await;
    let lines = |with: &str| log.lines(with).len();
    let again = "the route does as it is told again";
    let before = lines(again);

    world.route.every_read(Some(RouteFault::Unreachable));
    world.pass(30).await;
    assert_eq!(
        lines("unconfirmed-weight: not read since"),
        1,
        "{:?}",
        log.lines("")
    );
    assert_eq!(lines(again), before);
    world.route.every_read(None);
    world.pass(30).await;
    assert_eq!(lines(again), before + 1, "{:?}", log.lines(""));
}
