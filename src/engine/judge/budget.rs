//! Who may spend how much of the false-abort rate. Fixed at the start of a rollout.

use serde::{Deserialize, Serialize};

use crate::spec::OnFail;

/// The comparisons' part where there are thresholds too.
const COMPARISONS: f64 = 0.8;

/// What is asked of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Whether it is compared with the baseline.
    pub comparison: bool,
    /// Whether it has an absolute limit.
    pub threshold: bool,
    /// A metric that only holds never aborts, and has no share.
    pub on_fail: OnFail,
}

/// One metric's shares of the false-abort rate; all shares of a rollout sum to 1, or to 0 where nothing may
/// abort.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Shares {
    /// Of its comparison.
    pub comparison: f64,
    /// Of its threshold.
    pub threshold: f64,
}

/// Comparisons share 0.8 equally, thresholds 0.2; where one kind is missing, the other has all.
#[must_use]
pub fn split(claims: &[Claim]) -> Vec<Shares> {
    let spends = |claim: &Claim, asked: bool| asked && claim.on_fail == OnFail::Abort;
    let comparisons = claims
        .iter()
        .filter(|claim| spends(claim, claim.comparison))
        .count();
    let thresholds = claims
        .iter()
        .filter(|claim| spends(claim, claim.threshold))
        .count();
    let for_comparisons = match (comparisons, thresholds) {
        (0, _) => 0.0,
        (_, 0) => 1.0,
        _ => COMPARISONS,
    };
    claims
        .iter()
        .map(|claim| Shares {
            comparison: if spends(claim, claim.comparison) {
                for_comparisons / comparisons as f64
            } else {
                0.0
            },
            threshold: if spends(claim, claim.threshold) {
                (1.0 - for_comparisons) / thresholds as f64
            } else {
                0.0
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Claim = Claim {
        comparison: true,
        threshold: true,
        on_fail: OnFail::Abort,
    };

    fn shares(claims: &[Claim]) -> Vec<(f64, f64)> {
        let rounded = |share: f64| (share * 1e6).round() / 1e6;
        split(claims)
            .iter()
            .map(|shares| (rounded(shares.comparison), rounded(shares.threshold)))
            .collect()
    }

    #[test]
    fn comparisons_have_four_fifths() {
        assert_eq!(shares(&[BOTH, BOTH]), [(0.4, 0.1), (0.4, 0.1)]);
    }

    #[test]
    fn a_missing_kind_leaves_its_share_to_the_other() {
        let compared = Claim {
            threshold: false,
            ..BOTH
        };
        let limited = Claim {
            comparison: false,
            ..BOTH
        };
        assert_eq!(shares(&[compared, compared]), [(0.5, 0.0), (0.5, 0.0)]);
        assert_eq!(shares(&[limited]), [(0.0, 1.0)]);
    }

    #[test]
    fn what_only_holds_takes_no_share() {
        let holds = Claim {
            on_fail: OnFail::Hold,
            ..BOTH
        };
        assert_eq!(shares(&[holds, BOTH]), [(0.0, 0.0), (0.8, 0.2)]);
        assert_eq!(shares(&[holds]), [(0.0, 0.0)]);
    }
}
