//! Noise beyond chance: how much louder than independent requests the two arms are.
//!
//! Errors come in bursts, and load differs between pods. Evidence that would be right for independent
//! requests is divided by `φ ≥ 1`, which makes it right (to second order) for bursts of that size. `φ` is the
//! largest of what this rollout shows, what the stable version's history showed, and what a jitter of the
//! arms' ratio would do to a look with this much information.

use serde::{Deserialize, Serialize};

use super::decayed_rate::DECAY;
use super::proportion::Interval;

/// The square of a jitter of 5 % between two equal arms: less cannot be told from none.
const JITTER_MIN: f64 = 0.0025;

/// The weight of the belief that there is no noise beyond chance, in looks.
const PRIOR_LOOKS: f64 = 10.0;

/// An excess below this many standard errors is taken for chance.
const SIGNIFICANT: f64 = 2.0;

/// One look's squared deviation counts at most this many times the noise so far: a jump cannot blind the
/// test.
const SURPRISE_MAX: f64 = 9.0;

/// What is assumed of the noise before this rollout shows any.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Floor {
    /// Least inflation of the variance, `≥ 1`.
    pub phi: f64,
    /// Least variance of the log of the two arms' ratio from look to look.
    pub nu: f64,
}

impl Floor {
    /// Nothing is assumed.
    pub const NONE: Self = Self { phi: 1.0, nu: 0.0 };

    /// What an abort has to survive where the stable version's past is not known: bursts of five, and arms
    /// that differ by half from look to look.
    pub const UNKNOWN_HISTORY: Self = Self { phi: 5.0, nu: 0.3 };
}

/// The noise that this rollout has shown so far.
///
/// Deviations are taken around the *fitted* ratio of the arms, so that a real effect is not mistaken for
/// noise.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "[f64; 6]")]
pub struct OnlineDispersion {
    canary: f64,
    baseline: f64,
    information: f64,
    weight: f64,
    weighted_squares: f64,
    weighted_information: f64,
}

/// Written as a list, in the fields' order, as which a struct is read too: a histogram has one of these at each edge, and their names would
/// be longer than they are.
impl From<OnlineDispersion> for [f64; 6] {
    fn from(dispersion: OnlineDispersion) -> Self {
        let OnlineDispersion {
            canary,
            baseline,
            information,
            weight,
            weighted_squares,
            weighted_information,
        } = dispersion;
        [
            canary,
            baseline,
            information,
            weight,
            weighted_squares,
            weighted_information,
        ]
    }
}

impl OnlineDispersion {
    /// By how much this rollout's noise exceeds chance; exactly 1 while the excess is not significant.
    #[must_use]
    pub fn phi(&self) -> f64 {
        let looks = PRIOR_LOOKS + self.weight;
        let phi = (PRIOR_LOOKS + self.weighted_squares) / looks;
        if phi <= 1.0 + SIGNIFICANT * libm::sqrt(2.0 / looks) {
            1.0
        } else {
            phi
        }
    }

    /// What the evidence of a look with this much `information` (see
    /// [`Boundary::information`](super::proportion::Boundary::information)) is divided by.
    #[must_use]
    pub fn tempering(&self, floor: Floor, information: f64) -> f64 {
        let phi = self.phi();
        let jitter = if self.weighted_information > 0.0 {
            (phi - 1.0) * self.weight / self.weighted_information
        } else {
            0.0
        };
        let nu = JITTER_MIN.max(floor.nu).max(jitter);
        phi.max(floor.phi).max(1.0 + nu * information)
    }

    /// Learns from one look in which both arms had requests. `prior_events` is what the canary is believed to
    /// have shown before any count, where the baseline is believed to have shown half an event.
    pub fn observe(&mut self, interval: &Interval, prior_events: f64) {
        let Interval { n_c, x_c, n_b, x_b } = *interval;
        let phi = self.phi();
        self.canary = DECAY * self.canary + x_c * n_b / (n_c + n_b);
        self.baseline = DECAY * self.baseline + x_b * n_c / (n_c + n_b);
        let odds = n_c / n_b * (self.canary + prior_events) / (self.baseline + 0.5);
        let canary_share = odds / (1.0 + odds);
        let information = interval.events() * canary_share * (1.0 - canary_share);
        self.information = DECAY * self.information + information;
        if information > 0.0 {
            let leverage = information / (self.information + 0.5);
            let deviation = x_c - canary_share * interval.events();
            let square = (deviation * deviation / information).min(SURPRISE_MAX * phi);
            let weight = information.min(1.0);
            self.weight = DECAY * self.weight + weight * (1.0 - leverage);
            self.weighted_squares = DECAY * self.weighted_squares + weight * square;
            self.weighted_information =
                DECAY * self.weighted_information + weight * (1.0 - leverage) * information;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(looks: impl IntoIterator<Item = (f64, f64)>) -> OnlineDispersion {
        let mut dispersion = OnlineDispersion::default();
        for (x_c, x_b) in looks {
            let interval = Interval {
                n_c: 1000.0,
                x_c,
                n_b: 1000.0,
                x_b,
            };
            dispersion.observe(&interval, 0.5);
        }
        dispersion
    }

    #[test]
    fn quiet_arms_are_not_tempered_beyond_the_least_jitter() {
        let quiet = after([(10.0, 11.0), (9.0, 10.0), (10.0, 9.0), (11.0, 10.0)]);
        assert_eq!(quiet.phi(), 1.0);
        assert_eq!(quiet.tempering(Floor::NONE, 100.0), 1.0 + 0.0025 * 100.0);
        assert_eq!(quiet.tempering(Floor::NONE, 0.0), 1.0);
    }

    #[test]
    fn a_steady_effect_is_not_noise() {
        assert_eq!(after([(50.0, 10.0); 60]).phi(), 1.0);
    }

    #[test]
    fn bursts_that_change_sides_are_noise() {
        let bursts = (0..60).map(|look| if look % 2 == 0 { (40.0, 5.0) } else { (5.0, 40.0) });
        assert!(after(bursts).phi() > 5.0);
    }

    #[test]
    fn the_floor_holds_from_the_first_look() {
        let fresh = OnlineDispersion::default();
        assert_eq!(fresh.tempering(Floor::UNKNOWN_HISTORY, 1.0), 5.0);
        assert_eq!(fresh.tempering(Floor::UNKNOWN_HISTORY, 100.0), 31.0);
    }
}
