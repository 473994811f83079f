//! Serin as somebody else's gate: a Flagger moves the traffic by what Serin's webhooks answer.

mod answers;
mod bodies;
mod cluster;
mod credentials;
mod flagger;
mod mesh;
mod runs;
mod trail;

use serde_json::{Value, json};
use serin::engine::Status;

use crate::routes::in_process::InProcess;
use crate::world::World;

/// An API that knows no Canary: each is made of what a webhook says.
fn gate() -> InProcess {
    gate_of(World::new())
}

fn gate_of(world: World) -> InProcess {
    let api = InProcess::of(world);
    api.canaries.delete();
    api
}

/// The newest rollout of `shop/checkout`.
fn judged(api: &InProcess) -> Option<Status> {
    api.world.driver.status_of("shop", "checkout")
}

/// A webhook's body.
fn body(checksum: &str) -> Value {
    json!({"name": "checkout", "namespace": "shop", "phase": "Progressing", "checksum": checksum})
}

/// What a webhook is answered: the status, and the sentence.
async fn ask(api: &InProcess, hook: &str, body: &Value) -> (u16, String) {
    let answer = api
        .post(&format!("/webhooks/flagger/{hook}"), &[], body.to_string())
        .await;
    let text = answer
        .body
        .as_str()
        .map_or_else(|| answer.body.to_string(), str::to_owned);
    (answer.status.as_u16(), text)
}
