//! What evidence is made of, and what is made of it: history, combination, policy.

use serde_json::Value;
use serin::engine::judge::combine::{self, Part};
use serin::engine::judge::history::{Counts, History};
use serin::engine::judge::policy::{Decision, Situation, decide};

use super::agreement::{Agreement, numbers};
use super::rates::{alpha, pairs};

/// What a file of each kind may configure.
pub(super) const CONFIG_COMBINE: &[&str] = &["alpha", "weights"];
pub(super) const CONFIG_POLICY: &[&str] = &["weights", "alpha", "alpha_h", "hold", "min_dwell", "max_polls"];
pub(super) const CONFIG_DISPERSION: &[&str] = &["pods"];

pub(super) fn combine(file: &Value, agreement: &mut Agreement) {
    let weights = numbers(&file["config"]["weights"]);
    for (index, interval, want) in pairs(file) {
        let parts: Vec<Part> = weights
            .iter()
            .zip(numbers(&interval["log_w"]))
            .map(|(&weight, log_evidence)| Part { weight, log_evidence })
            .collect();
        let combined = combine::combine(&parts);
        let mut want = agreement.interval(index, want);
        want.number("log_w", combined.log_evidence);
        want.exactly(
            "abort",
            combined.log_evidence >= (1.0 / alpha(&file["config"])).ln(),
        );
    }
}

pub(super) fn policy(file: &Value, agreement: &mut Agreement) {
    let config = &file["config"];
    let weights = numbers(&config["weights"]);
    let looks_max = config["max_polls"].as_u64();
    let gate = (1.0 / config["alpha_h"].as_f64().expect("config.alpha_h")).ln();
    let (mut step, mut dwell, mut weight) = (0, 0, weights[0]);
    let mut end = None;
    for (index, interval, want) in pairs(file) {
        dwell += 1;
        let healthy = |metric: &Value| numbers(metric)[step] >= gate;
        let situation = Situation {
            log_evidence: interval["log_w"].as_f64().expect("log_w"),
            alpha: alpha(config),
            rising: config["hold"].as_f64().expect("config.hold"),
            limit_broken: false,
            dwell,
            dwell_min: u32::try_from(config["min_dwell"].as_u64().expect("config.min_dwell")).unwrap(),
            gate_passed: interval["health"].as_array().expect("health").iter().all(healthy),
            last_weight: step + 1 == weights.len(),
            time_is_up: looks_max.is_some_and(|looks| index as u64 + 1 >= looks),
        };
        let decision = end.unwrap_or_else(|| decide(&situation));
        match decision {
            Decision::Step => (step, dwell, weight) = (step + 1, 0, weights[step + 1]),
            Decision::Abort => (end, weight) = (Some(decision), 0.0),
            Decision::Promote | Decision::Inconclusive => end = Some(decision),
            Decision::Hold | Decision::Continue => {}
        }
        let mut want = agreement.interval(index, want);
        want.exactly("decision", serde_json::to_value(decision).unwrap());
        want.number("weight", weight);
    }
}

pub(super) fn dispersion(file: &Value, agreement: &mut Agreement) {
    let (n, x) = (&file["intervals"]["n"], &file["intervals"]["x"]);
    let history = if file["config"]["pods"].as_bool().expect("config.pods") {
        let rows = |table: &Value| -> Vec<Vec<f64>> {
            table
                .as_array()
                .expect("a row a poll")
                .iter()
                .map(numbers)
                .collect()
        };
        let looks: Vec<Vec<Counts>> = rows(n).iter().zip(rows(x)).map(|(n, x)| counts(n, &x)).collect();
        History::of_pods(&looks)
    } else {
        History::of_series(&counts(&numbers(n), &numbers(x)))
    };
    let (phi, nu) = match history {
        History::Unknown => (-1.0, 0.0),
        History::Known(floor) => (floor.phi, floor.nu),
    };
    let mut want = agreement.interval(0, &file["expected"][0]);
    want.number("phi", phi);
    want.number("nu", nu);
}

fn counts(n: &[f64], x: &[f64]) -> Vec<Counts> {
    n.iter()
        .zip(x)
        .map(|(&requests, &events)| Counts { requests, events })
        .collect()
}
