//! What a Flagger works in: the route that it moves, and the gate that it asks.

use std::time::Duration;

use serin::spec::Timestamp;

use crate::routes::in_process::InProcess;

/// A mesh with Serin in it.
pub(super) trait Mesh {
    /// Posts to Serin, and gives the answer's status.
    async fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> u16;

    /// Gives the canary this weight.
    fn set_weight(&self, weight: u8);

    fn now(&self) -> Timestamp;

    /// Lets time pass.
    async fn pass(&self, time: Duration);
}

impl Mesh for InProcess {
    async fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> u16 {
        self.post(path, headers, body).await.status.as_u16()
    }

    fn set_weight(&self, weight: u8) {
        self.world
            .route
            .somebody_edits(|route| route.canary_weight = weight);
    }

    fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    async fn pass(&self, time: Duration) {
        self.world.pass(time.as_secs()).await;
    }
}
