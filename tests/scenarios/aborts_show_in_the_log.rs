//! What needs a person shows in a log that has warnings only.

use std::io;
use std::sync::{Arc, Mutex};

use serin::engine::{Action, Outcome};
use tracing::subscriber::DefaultGuard;

use crate::world::World;
use crate::world::route::RouteFault;

/// A log that keeps what it is given.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// A log of this thread, on which the whole test runs, with warnings only.
    fn of_warnings() -> (Self, DefaultGuard) {
        Self::of(tracing::Level::WARN)
    }

    /// The same, with whatever is at least so grave.
    fn of(level: tracing::Level) -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// The lines with this in them.
    fn lines(&self, with: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = log.lines().filter(|line| line.contains(with));
        lines.map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_shows_with_its_reason() {
    let (log, _guard) = Log::of_warnings();
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
    let (log, _guard) = Log::of_warnings();
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
    let (log, _guard) = Log::of(tracing::Level::INFO);
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
