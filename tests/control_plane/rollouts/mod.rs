//! Whole rollouts with everything real.

mod faults;
mod flagger;
mod kills;
mod outage;
mod readme;
mod told;
mod verdicts;
mod weights;
mod world;

use serde_json::Value;

pub(super) use self::weights::{Weights, assert_sane};

use crate::world::cluster::{Mesh, Shared};

/// One mesh for all of them, each in a namespace of its own.
static SHARED: Shared = Shared::with_mesh(Mesh::SOON);

pub(super) fn has_ended(rollout: &Value) -> bool {
    ["succeeded", "aborted", "inconclusive"].contains(&rollout["phase"].as_str().unwrap_or_default())
}
