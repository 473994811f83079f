//! One look is a fair bet or worse, whatever the rates, the split and the past.

use proptest::prelude::*;
use serin::engine::judge::abort_test::{self, AbortTest};
use serin::engine::judge::decayed_rate::DecayedRate;
use serin::engine::judge::dispersion::Floor;
use serin::engine::judge::health_test::{self, HealthTest};
use serin::engine::judge::proportion::{Boundary, Interval};

/// A setting in which a look is judged: what is tested, the true rate of the baseline, and what is believed
/// of it.
#[derive(Debug, Clone, Copy)]
struct Setting {
    boundary: Boundary,
    n_c: f64,
    n_b: f64,
    p_b: f64,
    believed: f64,
}

impl Setting {
    fn interval(&self, x_c: f64, x_b: f64) -> Interval {
        Interval {
            n_c: self.n_c,
            x_c,
            n_b: self.n_b,
            x_b,
        }
    }

    /// `ln E[e]` over independent requests, in closed form.
    fn log_mean(&self, stake: f64, p_c: f64) -> f64 {
        let odds = self.n_c / self.n_b * self.boundary.rho;
        self.n_c * (p_c * stake).ln_1p() + self.n_b * (-self.p_b * odds * stake).ln_1p()
            - self.n_c * self.boundary.delta * stake
    }

    /// What rounding may add to it.
    fn rounding(&self, stake: f64) -> f64 {
        1e-13 * (1.0 + (self.n_c + self.n_b) * stake.abs())
    }
}

/// A rate between one in a hundred million and one in two.
fn rate() -> impl Strategy<Value = f64> {
    (-18.5_f64..-0.7).prop_map(f64::exp)
}

fn requests() -> impl Strategy<Value = f64> {
    (0.0_f64..16.0).prop_map(|log| log.exp().round().max(1.0))
}

fn boundary() -> impl Strategy<Value = Boundary> {
    let delta = prop_oneof![Just(0.0), rate()];
    (1.0_f64..4.0, delta).prop_map(|(rho, delta)| Boundary { rho, delta })
}

fn setting() -> impl Strategy<Value = Setting> {
    (boundary(), requests(), requests(), rate(), rate()).prop_map(|(boundary, n_c, n_b, p_b, believed)| {
        Setting {
            boundary,
            n_c,
            n_b,
            p_b,
            believed,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_abort_bet_gains_while_the_canary_is_within_its_boundary(setting in setting(), part in 0.0_f64..=1.0) {
        let p_c = (part * setting.boundary.tolerated_rate(setting.p_b)).min(1.0);
        for kappa in abort_test::KAPPAS {
            let stake = setting.boundary.stake(kappa, setting.believed, &setting.interval(0.0, 0.0));
            prop_assert!(stake > 0.0);
            prop_assert!(setting.log_mean(stake, p_c) <= setting.rounding(stake), "stake {stake}, p_c {p_c}");
        }
    }

    #[test]
    fn no_health_bet_gains_while_the_canary_is_at_or_beyond_its_boundary(
        setting in setting(),
        part in 0.0_f64..=1.0,
    ) {
        let tolerated = setting.boundary.tolerated_rate(setting.p_b);
        prop_assume!(tolerated <= 1.0);
        let p_c = tolerated + part * (1.0 - tolerated);
        for kappa in health_test::KAPPAS {
            let stake = setting.boundary.stake(kappa, setting.believed, &setting.interval(0.0, 0.0));
            prop_assert!((-1.0..0.0).contains(&stake));
            prop_assert!(setting.log_mean(stake, p_c) <= setting.rounding(stake), "stake {stake}, p_c {p_c}");
        }
    }

    #[test]
    fn a_stake_is_the_one_that_grows_fastest(
        setting in setting(),
        kappa in prop_oneof![0.05_f64..0.95, 1.05_f64..30.0],
    ) {
        // Growth per canary request if the canary's rate is kappa times the tolerated one, by golden section.
        let Setting { boundary, n_c, n_b, believed, .. } = setting;
        let r = n_c / n_b;
        let supposed = kappa * boundary.tolerated_rate(believed);
        let growth = |stake: f64| {
            supposed * stake.ln_1p() + believed / r * (-r * boundary.rho * stake).ln_1p() - boundary.delta * stake
        };
        let (low, high) = if kappa > 1.0 { (0.0, 1.0 / (r * boundary.rho)) } else { (-1.0, 0.0) };
        let best = golden_section(growth, low, high.min(2.0 * kappa));
        let stake = boundary.stake(kappa, believed, &setting.interval(0.0, 0.0));
        let scale = supposed + believed / r + boundary.delta;
        prop_assert!(growth(stake) >= growth(best) - 1e-12 * scale, "stake {stake}, best {best}");
    }
}

fn golden_section(growth: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    for _ in 0..80 {
        let (left, right) = (high - ratio * (high - low), low + ratio * (high - low));
        if growth(left) > growth(right) {
            high = right;
        } else {
            low = left;
        }
    }
    (low + high) / 2.0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn the_closed_form_is_the_mean_of_the_e_value(
        boundary in boundary(),
        p_c in 0.0_f64..0.5,
        p_b in 0.0_f64..0.5,
        kappa in prop_oneof![0.05_f64..0.95, 1.05_f64..30.0],
    ) {
        let setting = Setting { boundary, n_c: 12.0, n_b: 25.0, p_b, believed: 0.1 };
        let stake = boundary.stake(kappa, setting.believed, &setting.interval(0.0, 0.0));
        let mean = mean_over_looks(setting, p_c, |look| boundary.log_e(stake, look).exp());
        prop_assert!((mean / setting.log_mean(stake, p_c).exp() - 1.0).abs() < 1e-10);
    }

    #[test]
    fn an_abort_tests_money_does_not_grow_on_average_whatever_came_before(
        boundary in boundary(),
        past in prop::collection::vec((0_u8..6, 0_u8..12, any::<bool>()), 0..12),
        p_b in 0.001_f64..0.15,
        step in any::<bool>(),
    ) {
        let setting = Setting { boundary, n_c: 10.0, n_b: 30.0, p_b, believed: 0.0 };
        let p_c = boundary.tolerated_rate(p_b).min(1.0);
        let mut test = AbortTest::new(boundary, 0.01, Floor::NONE, DecayedRate::default());
        for (x_c, x_b, step) in past {
            test.observe(&setting.interval(f64::from(x_c), f64::from(x_b)), step);
        }
        let before = test.log_evidence();
        let mean = mean_over_looks(setting, p_c, |look| {
            let mut test = test.clone();
            test.observe(look, step);
            (test.log_evidence() - before).exp()
        });
        prop_assert!(mean <= 1.0 + 1e-12, "{mean}");
    }

    #[test]
    fn a_fresh_health_tests_money_does_not_grow_on_average(boundary in boundary(), p_b in 0.001_f64..0.15) {
        let setting = Setting { boundary, n_c: 10.0, n_b: 30.0, p_b, believed: 0.0 };
        let p_c = boundary.tolerated_rate(p_b).min(1.0);
        let mean = mean_over_looks(setting, p_c, |look| {
            let mut test = HealthTest::new(boundary, 0.05, Floor::NONE, DecayedRate::default());
            test.observe(look, false);
            test.log_evidence().exp()
        });
        // The tempering looks at this look's events, which may gain up to 2e-5 while no noise is assumed.
        prop_assert!(mean <= 1.0 + 2e-5, "{mean}");
    }
}

/// The mean of a value over every look that independent requests can make, by enumeration.
fn mean_over_looks(setting: Setting, p_c: f64, value: impl Fn(&Interval) -> f64) -> f64 {
    let canary = binomial(setting.n_c as u32, p_c);
    let baseline = binomial(setting.n_b as u32, setting.p_b);
    let mut mean = 0.0;
    for (x_c, p_x_c) in canary.iter().enumerate() {
        for (x_b, p_x_b) in baseline.iter().enumerate() {
            mean += p_x_c * p_x_b * value(&setting.interval(x_c as f64, x_b as f64));
        }
    }
    mean
}

/// The probabilities of 0..=n events, by adding one request after another.
fn binomial(n: u32, p: f64) -> Vec<f64> {
    let mut probabilities = vec![1.0];
    for _ in 0..n {
        let mut next = vec![0.0; probabilities.len() + 1];
        for (events, probability) in probabilities.iter().enumerate() {
            next[events] += probability * (1.0 - p);
            next[events + 1] += probability * p;
        }
        probabilities = next;
    }
    probabilities
}
