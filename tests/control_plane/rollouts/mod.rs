//! Whole rollouts with everything real.

mod faults;
mod kills;
mod outage;
mod readme;
mod told;
mod verdicts;
mod weights;
mod world;

use serde_json::Value;

use crate::world::cluster::{Mesh, Shared};

/// One mesh for all of them, each in a namespace of its own.
static SHARED: Shared = Shared::with_mesh(Mesh::SOON);

fn has_ended(rollout: &Value) -> bool {
    ["succeeded", "aborted", "inconclusive"].contains(&rollout["phase"].as_str().unwrap_or_default())
}
