//! Where a rollout stands in its steps, and what the next one asks for.

use serde::{Deserialize, Serialize};

use crate::spec::Step;

/// Where a rollout stands in its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Position {
    /// How many steps have begun; 0 before the first raise.
    begun: usize,
}

impl Position {
    /// The step that is under way, with its index; none before the first raise.
    pub(super) fn current(self, steps: &[Step]) -> Option<(usize, &Step)> {
        let index = self.begun.checked_sub(1)?;
        steps.get(index).map(|step| (index, step))
    }

    /// The step that comes next, with its index; none after the last.
    pub(super) fn next(self, steps: &[Step]) -> Option<(usize, &Step)> {
        steps.get(self.begun).map(|step| (self.begun, step))
    }

    /// The gate that has to be passed next: the weight to reach, where 100 also stands for the promotion.
    pub(super) fn gate_weight(self, steps: &[Step]) -> u8 {
        // The first raise has no gate of its own; what it will be asked for is the one after.
        let gate = self.begun.max(1);
        steps.get(gate).map_or(100, |step| step.weight)
    }

    /// The next step begins.
    pub(super) const fn advance(&mut self) {
        self.begun += 1;
    }

    /// Somebody else set the weight: the last step that it reaches is the one under way.
    pub(super) fn set_to_weight(&mut self, steps: &[Step], weight: u8) {
        self.begun = steps.iter().take_while(|step| step.weight <= weight).count();
    }
}

/// The weights whose gates have to be passed in a run of these steps, ascending, in percent: those of all
/// steps but the first, and 100 for the promotion.
pub(super) fn gate_weights(steps: &[Step]) -> Vec<u8> {
    let mut weights: Vec<u8> = steps.iter().skip(1).map(|step| step.weight).collect();
    if weights.last() != Some(&100) {
        weights.push(100);
    }
    weights
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn steps(weights: &[u8]) -> Vec<Step> {
        weights
            .iter()
            .map(|&weight| Step {
                weight,
                hold: Duration::ZERO,
                min_requests: 0,
                approval: false,
            })
            .collect()
    }

    #[test]
    fn every_raise_but_the_first_has_a_gate_and_so_has_the_promotion() {
        assert_eq!(gate_weights(&steps(&[5, 25, 50, 100])), [25, 50, 100]);
        assert_eq!(gate_weights(&steps(&[5, 25])), [25, 100]);
        assert_eq!(gate_weights(&steps(&[10])), [100]);
    }

    #[test]
    fn the_gate_belongs_to_the_weight_to_reach() {
        let steps = steps(&[5, 25, 50]);
        let mut position = Position::default();
        let mut gates = vec![position.gate_weight(&steps)];
        for _ in 0..3 {
            position.advance();
            gates.push(position.gate_weight(&steps));
        }
        assert_eq!(gates, [25, 25, 50, 100]);
    }

    #[test]
    fn a_weight_that_somebody_else_set_is_placed_among_the_steps() {
        let steps = steps(&[5, 25, 50]);
        let mut position = Position::default();
        position.set_to_weight(&steps, 30);
        assert_eq!(position.current(&steps).map(|(index, _)| index), Some(1));
        position.set_to_weight(&steps, 0);
        assert_eq!(position.current(&steps), None);
    }
}
