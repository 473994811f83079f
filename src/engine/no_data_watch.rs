//! Which no-data state a look shows, and how long it has lasted.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::arm::PerArm;
use super::judge::counts::{ArmCounts, Counts, Coverage, MetricCounts};
use super::no_data::{NoData, NoDataState};
use crate::spec::Timestamp;

/// An arm is silent, rather than merely quiet, once it should have had this many requests by its weight and
/// had none: by chance that happens once in half a billion times (e^-20).
const EXPECTED_BEFORE_SILENT: f64 = 20.0;

/// Tells the states apart and counts how long each lasts.
///
/// A state's time is what was spent in it since the last look with data: an outage between two silent
/// looks adds nothing to the silence.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct NoDataWatch {
    /// Per metric and arm: requests that the arm should have had since it last had any.
    expected: Vec<PerArm<f64>>,
    current: Option<NoData>,
    last_look_at: Timestamp,
    /// Time spent in each state since the last look with data.
    spent: Vec<(NoDataState, Duration)>,
}

impl NoDataWatch {
    /// Takes a look at a canary weight (percent), and says which state it shows. Of a look that is not `settled`,
    /// part was served at another weight: then nobody knows how many requests an arm should have had. Time
    /// beyond `longest` between two looks is time in which nobody looked, and counts for no state.
    pub(super) fn observe(
        &mut self,
        counts: &Counts,
        weight: u8,
        settled: bool,
        longest: Duration,
    ) -> Option<&NoData> {
        self.expected
            .resize_with(counts.metrics.len().max(self.expected.len()), PerArm::default);
        let worst = match &counts.source_down {
            Some(reason) => Some(NoData {
                state: NoDataState::SourceDown,
                reason: reason.clone(),
            }),
            None => counts
                .metrics
                .iter()
                .zip(&mut self.expected)
                .filter_map(|(metric, expected)| classify(metric, expected, weight, settled))
                .min_by_key(|no_data| no_data.state),
        };
        let elapsed = counts.taken_at.since(self.last_look_at).min(longest);
        let previous = self.current.as_ref().map(|no_data| no_data.state);
        match &worst {
            None => self.spent.clear(),
            Some(NoData { state, .. }) if previous == Some(*state) => self.spend(*state, elapsed),
            Some(NoData { state, .. }) => self.spend(*state, Duration::ZERO),
        }
        self.last_look_at = counts.taken_at;
        self.current = worst;
        self.current.as_ref()
    }

    /// What the arms should have had, they should have had at another weight.
    pub(super) fn weight_changed(&mut self) {
        self.expected.clear();
    }

    /// The state that the newest look showed.
    pub(super) const fn current(&self) -> Option<&NoData> {
        self.current.as_ref()
    }

    /// How long the current state has lasted, at the newest look.
    pub(super) fn lasted(&self) -> Duration {
        let Some(no_data) = &self.current else {
            return Duration::ZERO;
        };
        self.spent
            .iter()
            .find(|(state, _)| *state == no_data.state)
            .map_or(Duration::ZERO, |(_, spent)| *spent)
    }

    fn spend(&mut self, state: NoDataState, time: Duration) {
        match self.spent.iter_mut().find(|(other, _)| *other == state) {
            Some((_, spent)) => *spent += time,
            None => self.spent.push((state, time)),
        }
    }
}

fn classify(metric: &MetricCounts, expected: &mut PerArm<f64>, weight: u8, settled: bool) -> Option<NoData> {
    let PerArm { canary, baseline } = &metric.arms;
    // At 0 the canary, and at 100 the baseline, is not expected to say anything.
    let asks_canary = weight > 0;
    let asks_baseline = weight < 100;
    let silent = |arm: &ArmCounts| match &arm.coverage {
        Coverage::Silent { reason } => Some(reason.clone()),
        _ => None,
    };
    let no_data = |state, reason: String| Some(NoData { state, reason });

    match (silent(canary).filter(|_| asks_canary), silent(baseline)) {
        (Some(canary), Some(baseline)) => {
            return no_data(
                NoDataState::SourceDown,
                format!("no arm answers: {canary}; {baseline}"),
            );
        }
        (Some(reason), None) => return no_data(NoDataState::CanarySilent, reason),
        (None, Some(reason)) if asks_baseline => {
            let state = if asks_canary {
                NoDataState::BaselineSilent
            } else {
                NoDataState::SourceDown
            };
            return no_data(state, reason);
        }
        _ => {}
    }
    for (arm, asked, name) in [
        (canary, asks_canary, "canary"),
        (baseline, asks_baseline, "baseline"),
    ] {
        match &arm.coverage {
            Coverage::Partial { reason } if asked => {
                return no_data(NoDataState::SourceDown, format!("{name}: {reason}"));
            }
            Coverage::Stale if asked => {
                return no_data(NoDataState::Stale, format!("{name}: the samples do not move"));
            }
            _ => {}
        }
    }
    let requests = PerArm {
        canary: canary.requests,
        baseline: baseline.requests,
    };
    unserved(requests, weight).or_else(|| settled.then(|| quiet(requests, expected, weight)).flatten())
}

/// Both arms answered: does anybody call the service at all?
fn unserved(requests: PerArm<f64>, weight: u8) -> Option<NoData> {
    let PerArm { canary, baseline } = requests;
    let reason = match weight {
        _ if canary == 0.0 && baseline == 0.0 => "no request on either arm",
        100 if canary == 0.0 => "no request on the canary, which has all the traffic",
        0 if baseline == 0.0 => "no request on the baseline, which has all the traffic",
        _ => return None,
    };
    Some(NoData {
        state: NoDataState::NoTraffic,
        reason: reason.to_owned(),
    })
}

/// Somebody does: did both arms have the requests that their weights ask for?
fn quiet(requests: PerArm<f64>, expected: &mut PerArm<f64>, weight: u8) -> Option<NoData> {
    if weight == 0 || weight == 100 {
        return None;
    }
    let share = f64::from(weight) / 100.0;
    let had = |arm: f64, expected: &mut f64, should: f64| {
        *expected = if arm > 0.0 { 0.0 } else { *expected + should };
        *expected < EXPECTED_BEFORE_SILENT
    };
    let PerArm { canary, baseline } = requests;
    if !had(canary, &mut expected.canary, baseline * share / (1.0 - share)) {
        let reason = format!(
            "no request on the canary, where {weight} % of the traffic should have brought {:.0}",
            expected.canary
        );
        return Some(NoData {
            state: NoDataState::CanarySilent,
            reason,
        });
    }
    if !had(baseline, &mut expected.baseline, canary * (1.0 - share) / share) {
        let reason = format!(
            "no request on the baseline, where {} % of the traffic should have brought {:.0}",
            100 - weight,
            expected.baseline
        );
        return Some(NoData {
            state: NoDataState::BaselineSilent,
            reason,
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_secs(1000);

    fn at(second: u64, canary: ArmCounts, baseline: ArmCounts) -> Counts {
        Counts {
            taken_at: Timestamp(second * 1000),
            source_down: None,
            metrics: vec![MetricCounts {
                edges_ms: Vec::new(),
                arms: PerArm { canary, baseline },
            }],
        }
    }

    fn requests(requests: f64) -> ArmCounts {
        ArmCounts {
            requests,
            bad: vec![0.0],
            ..ArmCounts::default()
        }
    }

    fn silent() -> ArmCounts {
        ArmCounts {
            coverage: Coverage::Silent {
                reason: "refused".into(),
            },
            ..requests(0.0)
        }
    }

    fn state(canary: ArmCounts, baseline: ArmCounts, weight: u8) -> Option<NoDataState> {
        NoDataWatch::default()
            .observe(&at(1, canary, baseline), weight, true, LONGEST)
            .map(|no_data| no_data.state)
    }

    #[test]
    fn the_states_are_told_apart() {
        let stale = || ArmCounts {
            coverage: Coverage::Stale,
            ..requests(0.0)
        };
        assert_eq!(state(requests(5.0), requests(95.0), 5), None);
        assert_eq!(state(silent(), silent(), 5), Some(NoDataState::SourceDown));
        assert_eq!(
            state(silent(), requests(95.0), 5),
            Some(NoDataState::CanarySilent)
        );
        assert_eq!(
            state(requests(5.0), silent(), 5),
            Some(NoDataState::BaselineSilent)
        );
        assert_eq!(state(stale(), requests(95.0), 5), Some(NoDataState::Stale));
        assert_eq!(
            state(requests(0.0), requests(0.0), 5),
            Some(NoDataState::NoTraffic)
        );
        assert_eq!(
            state(requests(50.0), silent(), 100),
            None,
            "at 100 nobody asks the baseline"
        );
        assert_eq!(
            state(silent(), requests(50.0), 0),
            None,
            "at 0 nobody asks the canary"
        );
    }

    #[test]
    fn a_quiet_canary_is_silent_only_once_it_should_have_had_twenty_requests() {
        let mut watch = NoDataWatch::default();
        assert_eq!(
            watch.observe(&at(1, requests(0.0), requests(190.0)), 5, true, LONGEST),
            None,
            "ten were due"
        );
        let no_data = watch
            .observe(&at(2, requests(0.0), requests(190.0)), 5, true, LONGEST)
            .cloned();
        assert_eq!(
            no_data.map(|no_data| no_data.state),
            Some(NoDataState::CanarySilent)
        );
        assert_eq!(
            watch.observe(&at(3, requests(1.0), requests(190.0)), 5, true, LONGEST),
            None
        );
        assert_eq!(
            watch.observe(&at(4, requests(0.0), requests(190.0)), 5, true, LONGEST),
            None,
            "the count starts anew"
        );
    }

    #[test]
    fn an_outage_between_two_silent_looks_adds_nothing_to_the_silence() {
        let mut watch = NoDataWatch::default();
        watch.observe(&at(0, silent(), requests(95.0)), 5, true, LONGEST);
        watch.observe(&at(10, silent(), requests(95.0)), 5, true, LONGEST);
        assert_eq!(watch.lasted(), Duration::from_secs(10));
        watch.observe(&at(20, silent(), silent()), 5, true, LONGEST);
        watch.observe(&at(900, silent(), silent()), 5, true, LONGEST);
        watch.observe(&at(910, silent(), requests(95.0)), 5, true, LONGEST);
        watch.observe(&at(920, silent(), requests(95.0)), 5, true, LONGEST);
        assert_eq!(watch.lasted(), Duration::from_secs(20));
        watch.observe(&at(930, requests(5.0), requests(95.0)), 5, true, LONGEST);
        assert_eq!(watch.lasted(), Duration::ZERO);
    }
    #[test]
    fn nothing_is_expected_of_a_look_that_was_partly_served_at_another_weight() {
        let mut watch = NoDataWatch::default();
        let straddling = at(1, requests(0.0), requests(1000.0));
        assert_eq!(watch.observe(&straddling, 5, false, LONGEST), None);
        let silent = watch.observe(&at(2, requests(0.0), requests(1000.0)), 5, true, LONGEST);
        assert!(silent.is_some());
    }

    #[test]
    fn time_in_which_nobody_looked_counts_for_no_state() {
        let mut watch = NoDataWatch::default();
        let twenty_seconds = Duration::from_secs(20);
        watch.observe(&at(0, silent(), requests(95.0)), 5, true, twenty_seconds);
        watch.observe(&at(7200, silent(), requests(95.0)), 5, true, twenty_seconds);
        assert_eq!(watch.lasted(), twenty_seconds);
    }
}
