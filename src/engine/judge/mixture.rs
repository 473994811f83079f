//! Many bets at once, look after look, without losing hope or hoarding money.
//!
//! Nobody knows how bad a bad canary is, so money is spread over experts that each suppose one size of the
//! effect, and some stays cash. Before each look a small part of everything is shared out again by the
//! first proportions (Herbster and Warmuth's fixed share): an expert that was ruined while the
//! canary was healthy can still win when it turns bad an hour later.
//!
//! Mixing, sharing out again, capping gains and throwing money away never help a gambler at fair odds.
//! So the total stays an e-process: `P(it ever reaches 1/α) ≤ α` while the null hypothesis holds
//! (Ville's inequality), however often one looks.

use serde::{Deserialize, Serialize};

use super::log_sum::log_sum_exp;
use super::log_text;

/// How far a ruined expert may exceed the cap: this share of what it has lost. Makes up for late onsets.
const CATCH_UP: f64 = 0.5;

/// The experts' money; the experts' number is fixed at the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mixture {
    /// First shares, as parts of 1. Cash is at 0, the experts follow.
    prior: Vec<f64>,
    /// Money now, as logarithms.
    #[serde(with = "log_text::list")]
    log_weights: Vec<f64>,
    sharing: Sharing,
    limit: Limit,
    #[serde(with = "log_text")]
    log_evidence: f64,
    max_log_evidence: f64,
}

/// Which part of all money is shared out again before a look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sharing {
    /// On an ordinary look.
    pub steady: f64,
    /// On the first look after a change of the weight: a new load may bring a new effect.
    pub on_step: f64,
}

/// What keeps one look, or the past, from deciding alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Limit {
    /// Nothing.
    None,
    /// The log of the factor that one look may gain, plus half of what the expert lost before: a
    /// skewed scrape cannot abort.
    Gain(f64),
    /// The log of the largest total: past health cannot be hoarded against present harm.
    Wealth(f64),
}

impl Mixture {
    /// Starts with all money shared out: `cash` stays idle, the rest goes to the experts in proportion to
    /// `shares`.
    #[must_use]
    pub fn new(cash: f64, shares: impl IntoIterator<Item = f64>, sharing: Sharing, limit: Limit) -> Self {
        let mut prior = vec![cash];
        prior.extend(shares);
        let total: f64 = prior[1..].iter().sum();
        for share in &mut prior[1..] {
            *share *= (1.0 - cash) / total;
        }
        Self {
            log_weights: prior.iter().copied().map(libm::log).collect(),
            prior,
            sharing,
            limit,
            log_evidence: 0.0,
            max_log_evidence: 0.0,
        }
    }

    /// One look: `log_gains` has the logarithm of each expert's e-value, in the order of `new`, and is
    /// left with what the cap allowed. Gives the log of the total.
    pub fn bet(&mut self, log_gains: &mut [f64], step: bool) -> f64 {
        self.share_out(step);
        let experts = self.log_weights.iter_mut().zip(&self.prior).skip(1);
        for ((weight, prior), gain) in experts.zip(log_gains) {
            // The expert's loss is a logarithm more, and no gain below the cap asks for it.
            if let Limit::Gain(cap) = self.limit
                && *gain > cap
            {
                *gain = gain.min(cap + CATCH_UP * (libm::log(*prior) - *weight).max(0.0));
            }
            *weight += *gain;
        }
        self.log_evidence = log_sum_exp(&self.log_weights);
        if let Limit::Wealth(limit) = self.limit {
            self.discard_above(limit);
        }
        self.max_log_evidence = self.max_log_evidence.max(self.log_evidence);
        self.log_evidence
    }

    /// The log of the e-process: 0 at the start.
    #[must_use]
    pub const fn log_evidence(&self) -> f64 {
        self.log_evidence
    }

    /// The largest value that [`log_evidence`](Self::log_evidence) ever had; for the anytime p-value.
    #[must_use]
    pub const fn max_log_evidence(&self) -> f64 {
        self.max_log_evidence
    }

    fn share_out(&mut self, step: bool) {
        let part = if step {
            self.sharing.on_step
        } else {
            self.sharing.steady
        };
        let total = self.log_evidence;
        if part == 0.0 || total == f64::NEG_INFINITY {
            return;
        }
        for (weight, prior) in self.log_weights.iter_mut().zip(&self.prior) {
            let kept = (1.0 - part) * libm::exp(*weight - total);
            *weight = total + libm::log(kept + part * prior);
        }
    }

    fn discard_above(&mut self, limit: f64) {
        let excess = self.log_evidence - limit;
        if excess > 0.0 {
            for weight in &mut self.log_weights {
                *weight -= excess;
            }
            self.log_evidence = log_sum_exp(&self.log_weights);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_SHARING: Sharing = Sharing {
        steady: 0.0,
        on_step: 0.0,
    };
    const SHARING: Sharing = Sharing {
        steady: 0.01,
        on_step: 0.2,
    };

    #[test]
    fn without_sharing_money_is_a_weighted_sum_of_products() {
        let mut mixture = Mixture::new(0.1, [1.0, 3.0], NO_SHARING, Limit::None);
        mixture.bet(&mut [2.0_f64.ln(), 0.5_f64.ln()], false);
        mixture.bet(&mut [3.0_f64.ln(), 0.5_f64.ln()], false);
        let expected: f64 = 0.1 + 0.225 * 6.0 + 0.675 * 0.25;
        assert!((mixture.log_evidence() - expected.ln()).abs() < 1e-14);
    }

    #[test]
    fn a_dead_expert_lives_again_after_sharing() {
        let mut mixture = Mixture::new(0.5, [1.0], SHARING, Limit::None);
        mixture.bet(&mut [f64::NEG_INFINITY], false);
        let total = mixture.log_evidence();
        assert!((total - 0.5_f64.ln()).abs() < 1e-14);
        mixture.bet(&mut [100.0_f64.ln()], true);
        // Of the half that was left, a fifth is shared out again, and half of that is the expert's.
        let expected: f64 = 0.5 * (0.9 + 0.1 * 100.0);
        assert!((mixture.log_evidence() - expected.ln()).abs() < 1e-14);
    }

    #[test]
    fn one_look_gains_at_most_the_cap() {
        let mut mixture = Mixture::new(0.5, [1.0], SHARING, Limit::Gain(3.0));
        let mut gains = [50.0];
        mixture.bet(&mut gains, false);
        assert!((gains[0] - 3.0).abs() < 1e-14);
        assert!(mixture.log_evidence() < 3.0);
    }

    #[test]
    fn a_ruined_expert_may_gain_half_its_loss_more() {
        let mut mixture = Mixture::new(0.5, [1.0], NO_SHARING, Limit::Gain(3.0));
        mixture.bet(&mut [-8.0], false);
        let mut gains = [50.0];
        mixture.bet(&mut gains, false);
        assert!((gains[0] - 7.0).abs() < 1e-14);
    }

    #[test]
    fn wealth_above_the_limit_is_thrown_away_and_the_largest_total_is_remembered() {
        let mut mixture = Mixture::new(0.05, [1.0], SHARING, Limit::Wealth(5.0));
        mixture.bet(&mut [40.0], false);
        assert!((mixture.log_evidence() - 5.0).abs() < 1e-14);
        mixture.bet(&mut [-3.0], false);
        assert!(mixture.log_evidence() < 3.0);
        assert!((mixture.max_log_evidence() - 5.0).abs() < 1e-14);
    }
}
