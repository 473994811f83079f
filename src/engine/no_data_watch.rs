//! Which no-data state a look shows, and how long it has lasted.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::arm::PerArm;
use super::judge::counts::Counts;
use super::no_data::{NoData, NoDataState};
use super::silence;
use crate::spec::Timestamp;

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
                .filter_map(|(metric, expected)| silence::classify(metric, expected, weight, settled))
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

#[cfg(test)]
mod tests {
    use super::super::judge::counts::{ArmCounts, Coverage, MetricCounts};
    use super::*;

    const LONGEST: Duration = Duration::from_secs(1000);

    fn at(second: u64, canary: ArmCounts, baseline: ArmCounts) -> Counts {
        Counts {
            taken_at: Timestamp(second * 1000),
            source_down: None,
            metrics: vec![MetricCounts {
                edges_ms: Vec::new(),
                arms: PerArm { canary, baseline },
                value: None,
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
