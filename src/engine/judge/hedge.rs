//! Two abort tests at once, so that neither's weakness decides.
//!
//! The tempered test is quick, and right for noise as the stable version's history had it; the robust one
//! needs no such belief. Money is split between them at the start: `E = 0.7·E_tempered + 0.3·E_robust`, an
//! e-process like its parts. A small margin has no room for the robust test (correlated jitter alone would
//! carry it past the boundary), and without a history it has no test at all.

use serde::{Deserialize, Serialize};

use super::abort_test::{AbortTest, Observation};
use super::decayed_rate::DecayedRate;
use super::history::History;
use super::log_sum::log_sum_exp;
use super::proportion::{Boundary, Interval};
use super::robust::RobustTest;

/// The robust test's part of the money.
const ROBUST_SHARE: f64 = 0.3;

/// The smallest relative part of an error-rate boundary that is hedged.
const RHO_MIN: f64 = 1.15;

/// Which processes judge harm; a verdict names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Path {
    /// Both, tempered by the stable version's history.
    Hedged,
    /// Both, tempered by what is assumed where no history is known.
    HedgedWithoutHistory,
    /// The tempered one alone: the margin is small.
    TemperedOnly,
}

/// The margin is too small to be judged while the stable version's noise is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a margin this small needs a history of the stable version")]
pub struct NoHistory;

/// A metric's margin is too small to be judged, since the stable version's noise is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error(
    "the margin of `{metric}` is too narrow to be judged without the stable version's history, which is not known: {reason}; \
     hint: widen it to at least 15 % (error rate) or 5 % (latency)"
)]
pub struct Unprovable {
    /// The metric's template.
    pub metric: String,
    /// Why nothing is known.
    pub reason: String,
}

impl Path {
    /// The path for a margin that is or is not wide enough for the robust test.
    ///
    /// # Errors
    /// [`NoHistory`] where it is not and nothing is known of the noise.
    pub(super) const fn choose(wide: bool, known: bool) -> Result<Self, NoHistory> {
        match (wide, known) {
            (true, true) => Ok(Self::Hedged),
            (true, false) => Ok(Self::HedgedWithoutHistory),
            (false, true) => Ok(Self::TemperedOnly),
            (false, false) => Err(NoHistory),
        }
    }

    /// Whether the robust test takes part.
    #[must_use]
    pub const fn is_hedged(self) -> bool {
        !matches!(self, Self::TemperedOnly)
    }
}

/// The log of the two halves' evidence together.
pub(super) fn join(log_tempered: f64, log_robust: f64) -> f64 {
    log_sum_exp(&[
        libm::log(1.0 - ROBUST_SHARE) + log_tempered,
        libm::log(ROBUST_SHARE) + log_robust,
    ])
}

/// The abort process of a success rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HedgedTest {
    path: Path,
    tempered: AbortTest,
    robust: Option<RobustTest>,
    max_log_evidence: f64,
}

/// What both halves made of one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HedgedObservation {
    /// The tempered half's.
    pub tempered: Observation<7>,
    /// The log of the robust half's evidence after the look, where it takes part.
    pub log_w_robust: Option<f64>,
    /// The log of the evidence that counts.
    pub log_w_hedged: f64,
}

impl HedgedTest {
    /// The process for this boundary at false-abort rate `alpha`, given what is known of the stable version.
    ///
    /// # Errors
    /// [`NoHistory`] where the relative part is below 1.15 and the history says nothing.
    pub fn new(
        boundary: Boundary,
        alpha: f64,
        history: History,
        baseline_rate: DecayedRate,
    ) -> Result<Self, NoHistory> {
        let path = Path::choose(boundary.rho >= RHO_MIN, history.is_known())?;
        let robust = path
            .is_hedged()
            .then(|| RobustTest::new(boundary, alpha, baseline_rate));
        Ok(Self {
            path,
            tempered: AbortTest::new(boundary, alpha, history.abort_floor(), baseline_rate),
            robust,
            max_log_evidence: 0.0,
        })
    }

    /// One look; `None` where it says nothing, and the test is then as it was.
    pub fn observe(&mut self, interval: &Interval, step: bool) -> Option<HedgedObservation> {
        let tempered = self.tempered.observe(interval, step)?;
        if let Some(robust) = &mut self.robust {
            robust.observe(interval, step);
        }
        self.max_log_evidence = self.max_log_evidence.max(self.log_evidence());
        Some(HedgedObservation {
            tempered,
            log_w_robust: self.robust.as_ref().map(RobustTest::log_evidence),
            log_w_hedged: self.log_evidence(),
        })
    }

    /// Which processes judge.
    #[must_use]
    pub const fn path(&self) -> Path {
        self.path
    }

    /// What is tested.
    #[must_use]
    pub const fn boundary(&self) -> &Boundary {
        self.tempered.boundary()
    }

    /// The baseline's rate as it is believed now.
    #[must_use]
    pub fn baseline_rate(&self) -> f64 {
        self.tempered.baseline_rate()
    }

    /// The log of the evidence for harm.
    #[must_use]
    pub fn log_evidence(&self) -> f64 {
        match &self.robust {
            Some(robust) => join(self.tempered.log_evidence(), robust.log_evidence()),
            None => self.tempered.log_evidence(),
        }
    }

    /// The largest that the evidence ever was, for the anytime p-value.
    #[must_use]
    pub const fn max_log_evidence(&self) -> f64 {
        self.max_log_evidence
    }
}

#[cfg(test)]
mod tests {
    use super::super::dispersion::Floor;
    use super::*;

    const KNOWN: History = History::Known(Floor::NONE);

    fn path(rho: f64, history: History) -> Result<Path, NoHistory> {
        let boundary = Boundary { rho, delta: 0.0005 };
        HedgedTest::new(boundary, 0.01, history, DecayedRate::default()).map(|test| test.path())
    }

    #[test]
    fn margin_and_history_choose_the_path() {
        assert_eq!(path(1.15, KNOWN), Ok(Path::Hedged));
        assert_eq!(path(1.15, History::Unknown), Ok(Path::HedgedWithoutHistory));
        assert_eq!(path(1.14, KNOWN), Ok(Path::TemperedOnly));
        assert_eq!(path(1.14, History::Unknown), Err(NoHistory));
    }

    #[test]
    fn the_halves_are_joined_by_their_shares() {
        let expected: f64 = 0.7 * 50.0 + 0.3 * 2.0;
        assert!((join(50.0_f64.ln(), 2.0_f64.ln()) - expected.ln()).abs() < 1e-14);
    }

    #[test]
    fn a_baseline_without_errors_does_not_blind_it() {
        let boundary = Boundary {
            rho: 1.5,
            delta: 0.005,
        };
        let mut test = HedgedTest::new(boundary, 0.01, History::Unknown, DecayedRate::default()).unwrap();
        let clean = Interval {
            n_c: 300.0,
            x_c: 0.0,
            n_b: 2700.0,
            x_b: 0.0,
        };
        for _ in 0..1000 {
            test.observe(&clean, false);
        }
        let looks = (1..=10)
            .find(|_| {
                test.observe(&Interval { x_c: 15.0, ..clean }, false);
                test.log_evidence() >= 100.0_f64.ln()
            })
            .expect("0 to 5 % errors is aborted");
        assert!(looks <= 10, "{looks}");
    }
}
