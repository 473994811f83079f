//! How tests wait: for a fact, never for a time.

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// Longer than anything here takes; only a failure waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Asks until there is something.
pub(crate) async fn until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    until_within(PATIENCE, what, ask).await
}

/// The same, where it may take longer than usual.
pub(crate) async fn until_within<T>(patience: Duration, what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(patience, waiting)
        .await
        .unwrap_or_else(|_| panic!("never {what}"))
}
