//! One rollout's part of the world.

use std::sync::Arc;

use super::ports::Ports;
use crate::spec::CheckedCanary;

/// What everything that is done for a rollout needs: its Canary, its id, and the ports.
pub(super) struct Scene {
    pub(super) ports: Ports,
    pub(super) canary: Arc<CheckedCanary>,
    pub(super) rollout: String,
}
