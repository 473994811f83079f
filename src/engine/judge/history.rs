//! How noisy the stable version was before the rollout.
//!
//! Preferred per pod: how much more than chance the pods of one arm differ while they serve the same traffic.
//! With one pod, neighbouring stretches of the whole arm are compared instead, which takes its slow wander
//! for noise and is therefore careful. Both are tried over blocks of 1, 2, 4 and 8 looks, because bursts that
//! last longer than a look only show in larger blocks.

use serde::{Deserialize, Serialize};

use super::block_noise::BlockNoise;
use super::dispersion::Floor;

/// Lengths of the blocks that are compared, in looks.
const BLOCK_LOOKS: [usize; 4] = [1, 2, 4, 8];

/// Fewest blocks with which pods are compared.
const BLOCKS_MIN_PODS: usize = 8;

/// Fewest blocks with which neighbours in time are compared.
const BLOCKS_MIN_SERIES: usize = 16;

/// What one arm, or one pod of it, counted in one look.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// All requests.
    pub requests: f64,
    /// The bad ones among them.
    pub events: f64,
}

impl Counts {
    /// All of them together.
    pub(super) fn sum<'a>(counts: impl IntoIterator<Item = &'a Self>) -> Self {
        counts.into_iter().fold(Self::default(), |sum, one| Self {
            requests: sum.requests + one.requests,
            events: sum.events + one.events,
        })
    }
}

/// What the stable version's past says about noise.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum History {
    /// Nothing: there is none, or it has too few events.
    #[default]
    Unknown,
    /// How noisy it was.
    Known(Floor),
}

impl History {
    /// From the looks before the rollout, oldest first; each has one entry a pod, in the same order (a pod
    /// that was not there has 0 requests).
    #[must_use]
    pub fn estimate(looks: &[Vec<Counts>]) -> Self {
        if looks.iter().any(|pods| pods.len() > 1) {
            Self::of_pods(looks)
        } else {
            let series: Vec<Counts> = looks.iter().map(Counts::sum).collect();
            Self::of_series(&series)
        }
    }

    /// From how the pods of one arm differ inside each block.
    #[must_use]
    pub fn of_pods(looks: &[Vec<Counts>]) -> Self {
        let pods = looks.iter().map(Vec::len).max().unwrap_or(0);
        Self::noisiest(BLOCK_LOOKS.map(|length| {
            let mut noise = BlockNoise::default();
            if looks.len() / length >= BLOCKS_MIN_PODS {
                for block in looks.chunks_exact(length) {
                    noise.compare_pods(block, pods);
                }
            }
            noise
        }))
    }

    /// From how neighbouring blocks of the whole arm differ.
    #[must_use]
    pub fn of_series(looks: &[Counts]) -> Self {
        Self::noisiest(BLOCK_LOOKS.map(|length| {
            let blocks: Vec<Counts> = looks.chunks_exact(length).map(Counts::sum).collect();
            let mut noise = BlockNoise::default();
            if blocks.len() >= BLOCKS_MIN_SERIES {
                for pair in blocks.windows(2) {
                    noise.compare_neighbours(pair[0], pair[1], length);
                }
            }
            noise
        }))
    }

    /// What an abort test has to assume at least.
    #[must_use]
    pub const fn abort_floor(self) -> Floor {
        match self {
            Self::Unknown => Floor::UNKNOWN_HISTORY,
            Self::Known(floor) => floor,
        }
    }

    /// What a health test assumes at least. Without a history it relies on the noise that the rollout itself
    /// shows: a wrong proof raises a weight, behind which the abort test keeps watching.
    #[must_use]
    pub const fn health_floor(self) -> Floor {
        match self {
            Self::Unknown => Floor::NONE,
            Self::Known(floor) => floor,
        }
    }

    /// Whether there is one.
    #[must_use]
    pub const fn is_known(self) -> bool {
        matches!(self, Self::Known(_))
    }

    fn noisiest(lengths: [BlockNoise; BLOCK_LOOKS.len()]) -> Self {
        let floors = lengths.iter().filter_map(BlockNoise::floor);
        floors
            .reduce(|worst, next| if next.phi > worst.phi { next } else { worst })
            .map_or(Self::Unknown, Self::Known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counts(requests: f64, events: f64) -> Counts {
        Counts { requests, events }
    }

    #[test]
    fn pods_that_agree_show_no_noise() {
        let looks = vec![vec![counts(100.0, 2.0), counts(100.0, 2.0)]; 60];
        assert_eq!(History::estimate(&looks), History::Known(Floor::NONE));
    }

    #[test]
    fn a_hot_pod_is_noise_in_every_block_and_the_longest_shows_it_most() {
        let looks = vec![vec![counts(100.0, 8.0), counts(100.0, 0.0)]; 64];
        let History::Known(floor) = History::estimate(&looks) else {
            panic!("enough events");
        };
        // Blocks of eight: 64 events where 32 are expected, and none beside it: z = 32 + 32, eight times.
        let phi = (8.0 * 64.0 + 2.0) / (8.0 + 2.0);
        assert!((floor.phi - phi).abs() < 1e-12);
        // 32 events a pod and block are 4 a look.
        assert!((floor.nu - (phi - 1.0) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn one_pod_is_compared_with_its_own_past() {
        let looks: Vec<Vec<Counts>> = (0..64)
            .map(|look| vec![counts(100.0, if look % 2 == 0 { 20.0 } else { 0.0 })])
            .collect();
        let History::Known(floor) = History::estimate(&looks) else {
            panic!("enough events");
        };
        // Neighbours: 20 events where 10 are expected, h = 5: z = 100 / 5.
        let phi = (63.0 * 20.0 + 2.0) / (63.0 + 2.0);
        assert!((floor.phi - phi).abs() < 1e-12);
    }

    #[test]
    fn too_short_or_too_quiet_a_past_says_nothing() {
        assert_eq!(History::of_series(&[counts(100.0, 1.0); 15]), History::Unknown);
        assert_eq!(History::of_series(&[counts(100.0, 0.0); 600]), History::Unknown);
        assert_eq!(History::estimate(&[]), History::Unknown);
        assert_eq!(
            History::of_pods(&vec![vec![counts(0.0, 0.0); 3]; 60]),
            History::Unknown
        );
    }

    #[test]
    fn without_a_past_an_abort_assumes_the_worst_and_health_nothing() {
        assert_eq!(History::Unknown.abort_floor(), Floor::UNKNOWN_HISTORY);
        assert_eq!(History::Unknown.health_floor(), Floor::NONE);
    }
}
