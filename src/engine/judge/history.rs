//! How noisy the stable version was before the rollout.
//!
//! Preferred per pod: how much more than chance the pods of one arm differ while they serve the same traffic.
//! With one pod, neighbouring stretches of the whole arm are compared instead, which takes its slow wander
//! for noise and is therefore careful. Both are tried over blocks of 1, 2, 4 and 8 looks, because bursts that
//! last longer than a look only show in larger blocks.

use serde::{Deserialize, Serialize};

use super::dispersion::Floor;

/// Lengths of the blocks that are compared, in looks.
const BLOCK_LOOKS: [usize; 4] = [1, 2, 4, 8];

/// Fewest blocks with which pods are compared.
const BLOCKS_MIN_PODS: usize = 8;

/// Fewest blocks with which neighbours in time are compared.
const BLOCKS_MIN_SERIES: usize = 16;

/// Fewest effective comparisons below which a history says nothing.
const WEIGHT_MIN: f64 = 5.0;

/// The weight of the belief that there is no noise beyond chance.
const PRIOR_WEIGHT: f64 = 2.0;

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
            let mut scale = Scale::default();
            if looks.len() / length >= BLOCKS_MIN_PODS {
                for block in looks.chunks_exact(length) {
                    scale.compare_pods(block, pods);
                }
            }
            scale
        }))
    }

    /// From how neighbouring blocks of the whole arm differ.
    #[must_use]
    pub fn of_series(looks: &[Counts]) -> Self {
        Self::noisiest(BLOCK_LOOKS.map(|length| {
            let blocks: Vec<Counts> = looks.chunks_exact(length).map(Counts::sum).collect();
            let mut scale = Scale::default();
            if blocks.len() >= BLOCKS_MIN_SERIES {
                for pair in blocks.windows(2) {
                    scale.compare_neighbours(pair[0], pair[1], length);
                }
            }
            scale
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

    fn noisiest(scales: [Scale; 4]) -> Self {
        let floors = scales.iter().filter_map(Scale::floor);
        floors
            .reduce(|worst, next| if next.phi > worst.phi { next } else { worst })
            .map_or(Self::Unknown, Self::Known)
    }
}

/// The comparisons of one block length: sums over squared deviations, each with its weight (1 where at least
/// one event was expected) and its information (events per look).
#[derive(Debug, Clone, Copy, Default)]
struct Scale {
    weight: f64,
    weighted_squares: f64,
    weighted_information: f64,
}

impl Scale {
    fn compare_pods(&mut self, block: &[Vec<Counts>], pods: usize) {
        let of_pod = |pod| Counts::sum(block.iter().filter_map(|look: &Vec<Counts>| look.get(pod)));
        let total = Counts::sum(block.iter().flatten());
        let (mut chi_square, mut serving) = (0.0, 0);
        for counts in (0..pods).map(of_pod).filter(|counts| counts.requests > 0.0) {
            let expected = total.events * counts.requests / total.requests;
            let deviation = counts.events - expected;
            chi_square += deviation * deviation / expected;
            serving += 1;
        }
        if total.events > 0.0 && serving > 1 {
            let freedom = f64::from(serving - 1);
            let events_per_pod = total.events / pods as f64;
            let weight = events_per_pod.min(1.0) * freedom;
            self.add(weight, chi_square / freedom, events_per_pod / block.len() as f64);
        }
    }

    fn compare_neighbours(&mut self, first: Counts, second: Counts, looks: usize) {
        let both = Counts::sum([&first, &second]);
        if both.requests <= 0.0 {
            return;
        }
        let share = second.requests / both.requests;
        let information = both.events * share * (1.0 - share);
        if information > 0.0 {
            let deviation = second.events - share * both.events;
            let square = deviation * deviation / information;
            self.add(information.min(1.0), square, information / looks as f64);
        }
    }

    fn add(&mut self, weight: f64, square: f64, information: f64) {
        self.weight += weight;
        self.weighted_squares += weight * square;
        self.weighted_information += weight * information;
    }

    /// The noise at this length, 1 where it is not significant and unshrunk where it is.
    fn floor(&self) -> Option<Floor> {
        if self.weight < WEIGHT_MIN {
            return None;
        }
        let phi = (self.weighted_squares + PRIOR_WEIGHT) / (self.weight + PRIOR_WEIGHT);
        if phi < 1.0 + 2.0 * libm::sqrt(3.0 / (self.weight + PRIOR_WEIGHT)) {
            return Some(Floor::NONE);
        }
        let nu = (phi - 1.0) * self.weight / self.weighted_information;
        Some(Floor { phi, nu })
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
