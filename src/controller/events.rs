//! Tells people in Events of what happens to a Canary.

use super::Parts;
use super::notes::Notes;

/// Works for as long as it is polled.
pub(super) async fn run(_parts: &Parts, _notes: &Notes) {
    std::future::pending::<()>().await;
}
