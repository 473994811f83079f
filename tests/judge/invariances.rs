//! What must not change the evidence.

use proptest::prelude::*;
use serin::engine::judge::abort_test::KAPPAS;
use serin::engine::judge::decayed_rate::DecayedRate;
use serin::engine::judge::health_test::HealthTest;
use serin::engine::judge::hedge::HedgedTest;
use serin::engine::judge::history::History;
use serin::engine::judge::mixture::{Limit, Mixture, Sharing};
use serin::engine::judge::proportion::{Boundary, Interval};

fn look() -> impl Strategy<Value = Interval> {
    (1_u16..500, 0_u16..20, 1_u16..5000, 0_u16..100).prop_map(|(n_c, x_c, n_b, x_b)| Interval {
        n_c: f64::from(n_c),
        x_c: f64::from(x_c.min(n_c)),
        n_b: f64::from(n_b),
        x_b: f64::from(x_b.min(n_b)),
    })
}

fn looks() -> impl Strategy<Value = Vec<Interval>> {
    prop::collection::vec(look(), 2..30)
}

/// The plain mixture: no sharing, no cap, no tempering, no absolute part.
fn plain_evidence(looks: &[Interval]) -> f64 {
    let boundary = Boundary {
        rho: 1.25,
        delta: 0.0,
    };
    let never = Sharing {
        steady: 0.0,
        on_step: 0.0,
    };
    let mut mixture = Mixture::new(0.15, [1.0; KAPPAS.len()], never, Limit::None);
    for look in looks {
        let mut gains = KAPPAS.map(|kappa| boundary.log_e(boundary.stake(kappa, 0.01, look), look));
        mixture.bet(&mut gains, false);
    }
    mixture.log_evidence()
}

/// The plain mixture again, multiplied out: each expert's money is a product over looks of `(κ(1 + o)/(1 +
/// κo))^x_c · ((1 + o)/(1 + κo))^x_b` with `o = r·ρ`, the likelihood ratio of "whose is this event".
fn likelihood_ratio(looks: &[Interval]) -> f64 {
    let money = KAPPAS.map(|kappa| {
        let log_money: f64 = looks
            .iter()
            .map(|look| {
                let odds = look.n_c / look.n_b * 1.25;
                let ratio = ((1.0 + odds) / (1.0 + kappa * odds)).ln();
                look.x_c * (kappa.ln() + ratio) + look.x_b * ratio
            })
            .sum();
        0.85 / 7.0 * log_money.exp()
    });
    (0.15 + money.iter().sum::<f64>()).ln()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_order_of_looks_does_not_matter_to_the_plain_mixture(
        (looks, shuffled) in looks().prop_flat_map(|looks| (Just(looks.clone()), Just(looks).prop_shuffle())),
    ) {
        let (in_order, shuffled) = (plain_evidence(&looks), plain_evidence(&shuffled));
        prop_assert!((in_order - shuffled).abs() <= 1e-9 * in_order.abs().max(1.0));
    }

    #[test]
    fn without_absolute_part_the_plain_mixture_is_a_likelihood_ratio(looks in looks()) {
        let (got, want) = (plain_evidence(&looks), likelihood_ratio(&looks));
        prop_assume!(want.is_finite());
        prop_assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{got} {want}");
    }

    #[test]
    fn looks_that_say_nothing_change_nothing(looks in looks(), at in any::<prop::sample::Index>()) {
        let boundary = Boundary { rho: 1.25, delta: 0.0005 };
        let abort = || HedgedTest::new(boundary, 0.01, History::Unknown, DecayedRate::default()).unwrap();
        let health = || HealthTest::new(boundary, 0.05, History::Unknown.health_floor(), DecayedRate::default());
        let (mut plain, mut with_gaps) = ((abort(), health()), (abort(), health()));
        let gap_at = at.index(looks.len());
        for (index, look) in looks.iter().enumerate() {
            if index == gap_at {
                for silent in silent_looks(look) {
                    prop_assert_eq!(with_gaps.0.observe(&silent, true), None);
                    prop_assert_eq!(with_gaps.1.observe(&silent, true), None);
                }
            }
            let step = index % 7 == 0;
            prop_assert_eq!(plain.0.observe(look, step), with_gaps.0.observe(look, step));
            prop_assert_eq!(plain.1.observe(look, step), with_gaps.1.observe(look, step));
        }
        prop_assert_eq!(plain, with_gaps);
    }
}

fn silent_looks(look: &Interval) -> [Interval; 3] {
    [
        Interval::default(),
        Interval {
            n_c: 0.0,
            x_c: 0.0,
            ..*look
        },
        Interval {
            n_b: 0.0,
            x_b: 0.0,
            ..*look
        },
    ]
}
