//! How much more than chance counts differ between blocks of one length.

use super::dispersion::Floor;
use super::history::Counts;

/// Fewest effective comparisons below which nothing is said.
const WEIGHT_MIN: f64 = 5.0;

/// The weight of the belief that there is no noise beyond chance.
const PRIOR_WEIGHT: f64 = 2.0;

/// An excess below this many standard errors is taken for chance.
const SIGNIFICANT: f64 = 2.0;

/// Sums over the comparisons of one block length: of squared deviations in units of chance, each with its
/// weight (1 where at least one event was expected), and of their information (events per look).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BlockNoise {
    weight: f64,
    weighted_squares: f64,
    weighted_information: f64,
}

impl BlockNoise {
    pub(super) fn compare_pods(&mut self, block: &[Vec<Counts>], pods: usize) {
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

    pub(super) fn compare_neighbours(&mut self, first: Counts, second: Counts, looks: usize) {
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
    pub(super) fn floor(&self) -> Option<Floor> {
        if self.weight < WEIGHT_MIN {
            return None;
        }
        let phi = (self.weighted_squares + PRIOR_WEIGHT) / (self.weight + PRIOR_WEIGHT);
        if phi < 1.0 + SIGNIFICANT * libm::sqrt(3.0 / (self.weight + PRIOR_WEIGHT)) {
            return Some(Floor::NONE);
        }
        let nu = (phi - 1.0) * self.weight / self.weighted_information;
        Some(Floor { phi, nu })
    }
}
