//! The evidence of several questions in one number.
//!
//! Each question has a fixed share of the money: `E = Σ w·E_m`, `Σ w = 1`. The sum is an e-process under any
//! dependence between the questions, and never weaker than a weighted Bonferroni correction.

use serde::{Deserialize, Serialize};

use super::log_sum::log_sum_exp;

/// One question's part.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its share of the false-abort rate, in `[0, 1]`.
    pub weight: f64,
    /// The log of its evidence; minus infinity for evidence that does not count.
    pub log_evidence: f64,
}

impl Part {
    /// `ln(w·E)`.
    fn log_share(&self) -> f64 {
        libm::log(self.weight) + self.log_evidence
    }
}

/// The evidence of all questions together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Combined {
    /// `ln Σ w·E_m`; minus infinity without any part that counts.
    pub log_evidence: f64,
    /// The part that contributes most, by its position; `None` where none contributes.
    pub blame: Option<usize>,
}

/// Adds up the parts.
#[must_use]
pub fn combine(parts: &[Part]) -> Combined {
    let mut blame = None;
    let mut largest = f64::NEG_INFINITY;
    for (index, share) in parts.iter().map(Part::log_share).enumerate() {
        if share > largest {
            (blame, largest) = (Some(index), share);
        }
    }
    let shares: Vec<f64> = parts.iter().map(Part::log_share).collect();
    Combined {
        log_evidence: log_sum_exp(&shares),
        blame,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(weight: f64, evidence: f64) -> Part {
        Part {
            weight,
            log_evidence: evidence.ln(),
        }
    }

    #[test]
    fn evidence_is_a_weighted_sum_and_the_largest_share_is_to_blame() {
        let combined = combine(&[part(0.4, 10.0), part(0.4, 20.0), part(0.2, 30.0)]);
        assert!((combined.log_evidence - 18.0_f64.ln()).abs() < 1e-14);
        assert_eq!(combined.blame, Some(1));
    }

    #[test]
    fn what_does_not_count_is_never_to_blame() {
        let combined = combine(&[part(0.0, 1e9), part(0.5, 0.0)]);
        assert_eq!(combined.log_evidence, f64::NEG_INFINITY);
        assert_eq!(combined.blame, None);
    }
}
