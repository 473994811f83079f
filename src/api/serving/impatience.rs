//! A client that is turned away is asked to come back a second later. One that asks again at once would only keep the listener
//! busy with turning it away: its next request waits for that second to pass.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::Uri;
use axum::response::Response;
use tokio::time::sleep;

use crate::api::lanes::TurnedAway;
use crate::clock::Stopwatch;

/// What `Retry-After` asks for.
const PAUSE: Duration = Duration::from_secs(1);

/// One connection's.
#[derive(Default)]
pub(super) struct Impatience {
    turned_away: Mutex<Option<Stopwatch>>,
}

impl Impatience {
    /// Takes note of an answer.
    pub(super) fn heard(&self, answer: &Response) {
        let turned_away = answer.extensions().get::<TurnedAway>();
        *self.lock() = turned_away.map(|_| Stopwatch::start());
    }

    /// Returns when a request may be heard. An abort may at once.
    pub(super) async fn wait(&self, uri: &Uri) {
        if uri.path().ends_with("/abort") {
            return;
        }
        let turned_away = *self.lock();
        if let Some(turned_away) = turned_away {
            sleep(PAUSE.saturating_sub(turned_away.elapsed())).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Stopwatch>> {
        self.turned_away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn waits(impatience: &Impatience, path: &'static str) -> Duration {
        let stopwatch = Stopwatch::start();
        impatience.wait(&Uri::from_static(path)).await;
        stopwatch.elapsed()
    }

    fn turned_away() -> Impatience {
        let impatience = Impatience::default();
        let mut answer = Response::new(Body::empty());
        answer.extensions_mut().insert(TurnedAway);
        impatience.heard(&answer);
        impatience
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_turned_away_waits_for_what_is_left_of_the_pause() {
        let impatience = turned_away();
        sleep(PAUSE / 4).await;
        assert_eq!(waits(&impatience, "/api/v1/canaries").await, PAUSE / 4 * 3);
        assert_eq!(waits(&impatience, "/api/v1/canaries").await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn an_abort_waits_for_nothing() {
        let impatience = turned_away();
        assert_eq!(
            waits(&impatience, "/api/v1/canaries/shop/checkout/abort").await,
            Duration::ZERO
        );
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_answered_waits_for_nothing() {
        let impatience = turned_away();
        impatience.heard(&Response::new(Body::empty()));
        assert_eq!(waits(&impatience, "/api/v1/canaries").await, Duration::ZERO);
    }
}
