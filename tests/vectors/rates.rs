//! Streams of one success rate.

use serde_json::Value;
use serin::engine::judge::abort_test::{AbortTest, Tuning};
use serin::engine::judge::decayed_rate::DecayedRate;
use serin::engine::judge::dispersion::Floor;
use serin::engine::judge::health_test::HealthTest;
use serin::engine::judge::mixture::Sharing;
use serin::engine::judge::proportion::{Boundary, Interval};
use serin::engine::judge::robust::RobustTest;

use super::agreement::Agreement;

/// What a file of these kinds may configure.
pub(super) const CONFIG: &[&str] = &["rho", "delta", "alpha", "phi_hist", "nu_hist", "params"];

/// What 50 digits leave of a stake of exactly −1: everything below is rounding.
const LAST_DIGIT: f64 = 1e-49;

pub(super) fn abort(file: &Value, agreement: &mut Agreement) {
    let config = &file["config"];
    let rate = DecayedRate::default();
    let mut test = AbortTest::with_tuning(
        boundary(config),
        alpha(config),
        floor(config),
        rate,
        tuning(config),
    );
    let mut crossing = Crossing::of(file);
    for (index, interval, want) in intervals(file) {
        let mut want = agreement.interval(index, want);
        let observation = interval.and_then(|(interval, step)| test.observe(&interval, step));
        want.exactly("skipped", observation.is_none());
        want.number("log_w", test.log_evidence());
        crossing.observe(index, test.log_evidence());
        if let Some(observation) = observation {
            want.number("phi", observation.phi);
            want.number("pi_b", observation.pi_b);
            want.numbers("log_e", &observation.log_e);
        }
    }
    crossing.compare(file, agreement);
}

pub(super) fn health(file: &Value, agreement: &mut Agreement) {
    let config = &file["config"];
    let boundary = boundary(config);
    let rate = DecayedRate::default();
    let share = tuning(config).sharing.steady;
    let mut test = HealthTest::with_share(boundary, alpha(config), floor(config), rate, share);
    let mut crossing = Crossing::of(file);
    for (index, interval, want) in intervals(file) {
        let mut want = agreement.interval(index, want);
        let observation = interval.and_then(|(interval, step)| test.observe(&interval, step));
        want.exactly("skipped", observation.is_none());
        want.number("log_w", test.log_evidence());
        crossing.observe(index, test.log_evidence());
        if let (Some(observation), Some((interval, _))) = (observation, interval) {
            want.number("phi", observation.phi);
            want.number("pi_b", observation.pi_b);
            want.numbers_unless("log_e", &observation.log_e, |expert, want| {
                expert == 0 && is_rounded_death(want * observation.phi, &boundary, &interval)
            });
        }
    }
    crossing.compare(file, agreement);
}

pub(super) fn robust(file: &Value, agreement: &mut Agreement) {
    let config = &file["config"];
    let mut test = RobustTest::new(boundary(config), alpha(config), DecayedRate::default());
    for (index, interval, want) in intervals(file) {
        let mut want = agreement.interval(index, want);
        let evidence = interval.and_then(|(interval, step)| test.observe(&interval, step));
        want.exactly("skipped", evidence.is_none());
        want.number("log_w", test.log_evidence());
    }
}

/// Whether a finite log e-value is what rounding made of "everything was staked on no event, and one came".
fn is_rounded_death(log_e: f64, boundary: &Boundary, interval: &Interval) -> bool {
    let without_canary_events = boundary.log_e(
        -1.0,
        &Interval {
            x_c: 0.0,
            ..*interval
        },
    );
    (log_e - without_canary_events) / interval.x_c <= LAST_DIGIT.ln()
}

/// When the evidence first reached the file's threshold.
pub(super) struct Crossing {
    threshold: Option<f64>,
    first: Option<usize>,
}

impl Crossing {
    pub(super) fn of(file: &Value) -> Self {
        Self {
            threshold: file["threshold"].as_f64(),
            first: None,
        }
    }

    pub(super) fn observe(&mut self, index: usize, log_evidence: f64) {
        if self.threshold.is_some_and(|threshold| log_evidence >= threshold) {
            self.first.get_or_insert(index);
        }
    }

    pub(super) fn compare(self, file: &Value, agreement: &mut Agreement) {
        if let Some(want) = file.get("first_crossing") {
            agreement.of_whole_file("first_crossing", self.first, want);
        }
    }
}

pub(super) fn alpha(config: &Value) -> f64 {
    config["alpha"].as_f64().expect("config.alpha")
}

/// The number of a field that may be missing.
fn or(value: &Value, default: f64) -> f64 {
    value.as_f64().unwrap_or(default)
}

fn boundary(config: &Value) -> Boundary {
    Boundary {
        rho: config["rho"].as_f64().expect("config.rho"),
        delta: config["delta"].as_f64().expect("config.delta"),
    }
}

fn floor(config: &Value) -> Floor {
    Floor {
        phi: or(&config["phi_hist"], Floor::NONE.phi),
        nu: or(&config["nu_hist"], Floor::NONE.nu),
    }
}

fn tuning(config: &Value) -> Tuning {
    let default = Tuning::default();
    let params = &config["params"];
    Tuning {
        cash: or(&params["cash_abort"], default.cash),
        sharing: Sharing {
            steady: or(&params["sigma"], default.sharing.steady),
            on_step: or(&params["sigma_step"], default.sharing.on_step),
        },
        cap: params.get("ecap_frac").map_or(default.cap, Value::as_f64),
    }
}

/// Position, counts (none for a gap) and step mark, and what is expected.
fn intervals(file: &Value) -> impl Iterator<Item = (usize, Option<(Interval, bool)>, &Value)> {
    pairs(file).map(|(index, interval, want)| {
        let count = |field: &str| interval[field].as_f64();
        let counts = || {
            Some(Interval {
                n_c: count("n_c")?,
                x_c: count("x_c")?,
                n_b: count("n_b")?,
                x_b: count("x_b")?,
            })
        };
        let shown = (!is_gap(interval)).then(|| {
            let counts = counts().unwrap_or_else(|| panic!("interval {index}: counts"));
            (counts, is_step(interval))
        });
        (index, shown, want)
    })
}

pub(super) fn pairs(file: &Value) -> impl Iterator<Item = (usize, &Value, &Value)> {
    let intervals = file["intervals"].as_array().expect("intervals");
    let expected = file["expected"].as_array().expect("expected");
    assert_eq!(intervals.len(), expected.len(), "one expectation an interval");
    intervals
        .iter()
        .zip(expected)
        .enumerate()
        .map(|(index, (interval, want))| (index, interval, want))
}

pub(super) fn is_gap(interval: &Value) -> bool {
    interval["gap"].as_bool().unwrap_or(false)
}

pub(super) fn is_step(interval: &Value) -> bool {
    interval["step"].as_bool().unwrap_or(false)
}
