//! How many replicas the canary needs, and asking for them where that is Serin's to do.
//!
//! Pods take their time to become ready, so the next step's replicas are asked for as soon as the step before it has begun. Nothing is
//! taken away before the rollout has ended.

use super::effect::Effect;
use super::phase::Phase;
use super::rollout::Rollout;

impl Rollout {
    /// The ready canary replicas that `weight` percent needs: `ceil(w/100 × stable replicas × capacity)`.
    pub(super) fn replicas_for(&self, weight: u8, stable_replicas: u32) -> u32 {
        let share = f64::from(weight) / 100.0 * self.canary.capacity;
        // The margin keeps 0.29999999999999998 × 10 from asking for a fourth replica.
        libm::ceil(share * f64::from(stable_replicas) - 1e-9) as u32
    }

    /// Asks for replicas, from what was just seen of the workloads; and once where there are enough, so that the scale-down of a rollout
    /// before this one takes none away.
    pub(super) fn scale_canary(&self, effects: &mut Vec<Effect>) {
        let scales = self.controls() && self.phase != Phase::Aborting;
        let Some(workload) = self.workload.as_ref().filter(|_| scales) else {
            return;
        };
        let Some(scaling) = workload
            .scaling
            .as_ref()
            .filter(|scaling| scaling.owner.is_none())
        else {
            return;
        };
        let weight = self.next_raise().unwrap_or_default().max(self.route.weight());
        let needed = self.replicas_for(weight, workload.stable_replicas).max(1);
        if scaling.replicas < needed || scaling.rollout.as_ref() != Some(&self.id) {
            effects.push(Effect::ScaleCanary {
                replicas: needed.max(scaling.replicas),
            });
        }
    }
}
