//! One rollout's part of the world.

use super::ports::Ports;
use crate::spec::CheckedCanary;

/// What everything that is done for a rollout needs: its Canary, its id, and the ports.
pub(super) struct Scene {
    pub(super) ports: Ports,
    pub(super) canary: CheckedCanary,
    pub(super) rollout: String,
}
