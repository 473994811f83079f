//! What the evidence means for the rollout. The first rule that matches decides:
//!
//! 1. the evidence for harm reaches `1/α`, or a value broke its limit for as many looks as it says: abort;
//! 2. long enough at this weight, no rising evidence, and every metric proven at the gate: step up, or at the
//!    last weight promote;
//! 3. time is up: inconclusive;
//! 4. the evidence for harm is rising: hold;
//! 5. go on looking.
//!
//! The user's own conditions (hold times, requests, approvals, hooks) are the engine's.

use serde::{Deserialize, Serialize};

/// From this much evidence for harm (an e-value, not a logarithm) the canary gets no more traffic.
pub const RISING_EVIDENCE: f64 = 10.0;

/// Fewest looks with data at a weight before the next.
pub const DWELL_MIN: u32 = 2;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Send all traffic to stable.
    Abort,
    /// Go to the next weight.
    Step,
    /// The last gate is passed.
    Promote,
    /// Time is up without proof.
    Inconclusive,
    /// No step: evidence for harm is rising.
    Hold,
    /// Neither proof yet.
    Continue,
}

/// Everything that the rules look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Situation {
    /// The log of the combined evidence for harm.
    pub log_evidence: f64,
    /// The rollout's false-abort rate.
    pub alpha: f64,
    /// The e-value from which evidence is rising; [`RISING_EVIDENCE`] by default.
    pub rising: f64,
    /// Whether a value that may abort broke its limit for long enough; anything is good where the evidence proves harm.
    pub limit_broken: bool,
    /// Looks with data at this weight, the present one included.
    pub dwell: u32,
    /// How many of them a step needs; [`DWELL_MIN`] by default.
    pub dwell_min: u32,
    /// Whether every metric is proven healthy at this step's gate.
    pub gate_passed: bool,
    /// Whether this is the last weight.
    pub last_weight: bool,
    /// Whether the rollout has used up its time.
    pub time_is_up: bool,
}

/// Applies the rules.
#[must_use]
pub fn decide(situation: &Situation) -> Decision {
    let rising = situation.log_evidence >= libm::log(situation.rising);
    if situation.limit_broken || situation.log_evidence >= libm::log(1.0 / situation.alpha) {
        Decision::Abort
    } else if situation.dwell >= situation.dwell_min && !rising && situation.gate_passed {
        if situation.last_weight {
            Decision::Promote
        } else {
            Decision::Step
        }
    } else if situation.time_is_up {
        Decision::Inconclusive
    } else if rising {
        Decision::Hold
    } else {
        Decision::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Situation = Situation {
        log_evidence: 0.0,
        alpha: 0.01,
        rising: RISING_EVIDENCE,
        limit_broken: false,
        dwell: 2,
        dwell_min: DWELL_MIN,
        gate_passed: false,
        last_weight: false,
        time_is_up: false,
    };
    const RISING: f64 = 2.4;
    const PROVEN_HARM: f64 = 4.7;

    #[test]
    fn the_first_rule_that_matches_decides() {
        let all = Situation {
            log_evidence: PROVEN_HARM,
            gate_passed: true,
            time_is_up: true,
            ..QUIET
        };
        assert_eq!(decide(&all), Decision::Abort);
        assert_eq!(
            decide(&Situation {
                log_evidence: 0.0,
                ..all
            }),
            Decision::Step
        );
        assert_eq!(
            decide(&Situation {
                log_evidence: 0.0,
                last_weight: true,
                ..all
            }),
            Decision::Promote
        );
        assert_eq!(
            decide(&Situation {
                log_evidence: RISING,
                ..all
            }),
            Decision::Inconclusive
        );
        assert_eq!(
            decide(&Situation {
                log_evidence: RISING,
                time_is_up: false,
                ..all
            }),
            Decision::Hold
        );
        assert_eq!(decide(&QUIET), Decision::Continue);
        let broken = Situation {
            log_evidence: 0.0,
            limit_broken: true,
            ..all
        };
        assert_eq!(decide(&broken), Decision::Abort);
    }

    #[test]
    fn a_passed_gate_waits_for_its_second_look() {
        let first = Situation {
            dwell: 1,
            gate_passed: true,
            ..QUIET
        };
        assert_eq!(decide(&first), Decision::Continue);
    }
}
