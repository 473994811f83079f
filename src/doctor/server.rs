//! A server itself: whether it answers, what it is, and its clock.

use super::ask::Ask;
use super::clock::clock_finding;
use super::finding::{About, Finding};
use super::shown::seconds;
use crate::driver::ports::Clock;

/// Gives the server's time in any server that speaks PromQL, whatever series it has.
pub(super) const TIME: &str = "vector(time())";

/// What is found of the server; a problem where it cannot be asked.
pub(super) async fn findings(ask: &Ask<'_>, clock: &dyn Clock) -> Vec<Finding> {
    // The first question opens the connection, so its round trip is no measure.
    if let Err(error) = ask.rows(TIME).await {
        return vec![
            Finding::problem(About::Reachable, error)
                .hint("the address and the credentials stand under `dataSources` in the configuration")
                .asked(TIME),
        ];
    }
    let before = clock.now();
    let told = ask.number(TIME).await;
    let after = clock.now();
    let is = ask.version().await;
    let answered = format!(
        "{}, answers in {}",
        is.as_deref().unwrap_or("does not say what it is"),
        seconds(after.since(before))
    );
    let reachable = Finding::ok(About::Reachable, answered)
        .asked("api/v1/status/buildinfo")
        .got(is.unwrap_or_else(|| "nothing that says so".to_owned()));
    vec![reachable, clock_finding(told, before, after)]
}
