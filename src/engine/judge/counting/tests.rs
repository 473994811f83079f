use super::*;
use crate::engine::judge::counts::Dropped;
use crate::engine::reading::SourceDown;

const T0: u64 = 1_000_000;

fn pod(second: u64, requests: f64, errors: f64) -> PodReading {
    PodReading {
        started_at: None,
        sampled_at: Timestamp(T0 + second * 1000),
        requests: CounterSum {
            value: requests,
            series: 2,
        },
        parts: vec![CounterSum {
            value: errors,
            series: 1,
        }],
    }
}

fn arm(pods: &[(&str, PodReading)]) -> ArmReading {
    let pods = pods
        .iter()
        .map(|(name, reading)| ((*name).to_owned(), reading.clone()))
        .collect();
    ArmReading {
        pods,
        missing: BTreeMap::new(),
    }
}

fn look(second: u64, canary: ArmReading) -> Look {
    let arms = PerArm {
        canary,
        baseline: ArmReading::default(),
    };
    Look {
        taken_at: Timestamp(T0 + second * 1000),
        readings: Ok(vec![MetricReading::Counters(CounterReading {
            edges_ms: Vec::new(),
            arms,
            read_at: Timestamp(T0 + second * 1000),
        })]),
    }
}

fn canary(counting: &mut Counting, second: u64, pods: &[(&str, PodReading)]) -> ArmCounts {
    counting
        .take(look(second, arm(pods)))
        .metrics
        .remove(0)
        .arms
        .canary
}

fn after_first_look(pods: &[(&str, PodReading)]) -> Counting {
    let mut counting = Counting::default();
    counting.take(look(0, arm(pods)));
    counting
}

#[test]
fn the_first_look_is_a_base_and_counts_nothing() {
    let counts = canary(&mut Counting::default(), 0, &[("a", pod(0, 1000.0, 10.0))]);
    assert_eq!(
        (counts.requests, counts.bad, counts.dropped.new_bases),
        (0.0, vec![0.0], 1)
    );
}

#[test]
fn the_difference_counts() {
    let mut counting = after_first_look(&[("a", pod(0, 1000.0, 10.0)), ("b", pod(0, 50.0, 0.0))]);
    let counts = canary(
        &mut counting,
        1,
        &[("a", pod(1, 1100.0, 11.0)), ("b", pod(1, 53.0, 1.0))],
    );
    assert_eq!((counts.requests, counts.bad), (103.0, vec![2.0]));
}

#[test]
fn a_smaller_value_is_a_reset_and_the_value_counts() {
    let mut counting = after_first_look(&[("a", pod(0, 1000.0, 10.0))]);
    let counts = canary(&mut counting, 1, &[("a", pod(1, 40.0, 4.0))]);
    assert_eq!(
        (counts.requests, counts.bad, counts.pods_changed),
        (40.0, vec![4.0], true)
    );
}

#[test]
fn another_process_start_is_a_reset_even_where_the_value_grew() {
    let mut before = pod(0, 10.0, 0.0);
    before.started_at = Some(Timestamp(T0 - 100_000));
    let mut after = pod(10, 30.0, 1.0);
    after.started_at = Some(Timestamp(T0 + 5_000));
    let mut counting = after_first_look(&[("a", before)]);
    assert_eq!(canary(&mut counting, 10, &[("a", after)]).requests, 30.0);
}

#[test]
fn a_sum_that_lost_a_member_is_a_gap_and_not_a_reset() {
    let mut counting = after_first_look(&[("a", pod(0, 1000.0, 10.0))]);
    let mut lost = pod(1, 600.0, 10.0);
    lost.requests.series = 1;
    let counts = canary(&mut counting, 1, &[("a", lost.clone())]);
    assert_eq!((counts.requests, counts.dropped.gaps), (0.0, 1));
    let mut next = pod(2, 610.0, 10.0);
    next.requests.series = 1;
    assert_eq!(
        canary(&mut counting, 2, &[("a", next)]).requests,
        10.0,
        "the gap became the base"
    );
}

#[test]
fn a_new_error_series_in_a_known_pod_counts_whole() {
    let mut fresh = pod(0, 0.0, 0.0);
    fresh.requests.series = 0;
    fresh.parts[0].series = 0;
    let mut counting = after_first_look(&[("a", fresh)]);
    let counts = canary(&mut counting, 1, &[("a", pod(1, 7.0, 2.0))]);
    assert_eq!((counts.requests, counts.bad), (7.0, vec![2.0]));
}

#[test]
fn a_new_pod_counts_only_if_it_is_known_to_be_young() {
    let mut counting = after_first_look(&[("a", pod(0, 1.0, 0.0))]);
    let mut young = pod(10, 5.0, 0.0);
    young.started_at = Some(Timestamp(T0 + 3_000));
    let mut old = pod(10, 500.0, 0.0);
    old.started_at = Some(Timestamp(T0 - 3_000));
    let counts = canary(
        &mut counting,
        10,
        &[
            ("a", pod(10, 1.0, 0.0)),
            ("old", old),
            ("unknown", pod(10, 9.0, 0.0)),
            ("young", young),
        ],
    );
    assert_eq!((counts.requests, counts.dropped.new_bases), (5.0, 2));
}

#[test]
fn a_pod_that_was_silent_for_a_while_is_made_up_for() {
    let mut counting = after_first_look(&[("a", pod(0, 100.0, 0.0)), ("b", pod(0, 100.0, 0.0))]);
    counting.take(Look {
        taken_at: Timestamp(T0 + 1000),
        readings: Err(SourceDown {
            reason: "down".into(),
        }),
    });
    canary(&mut counting, 2, &[("a", pod(2, 110.0, 0.0))]);
    let counts = canary(
        &mut counting,
        3,
        &[("a", pod(3, 120.0, 0.0)), ("b", pod(3, 130.0, 0.0))],
    );
    assert_eq!(counts.requests, 40.0);
}

#[test]
fn a_value_is_kept_as_it_is_and_one_that_is_no_number_becomes_a_reason() {
    let value = PerArm {
        canary: Ok(512.0),
        baseline: Ok(f64::NAN),
    };
    let counts = Counting::default().take(Look {
        taken_at: Timestamp(T0),
        readings: Ok(vec![MetricReading::Value(value)]),
    });
    let kept = counts.metrics[0].value.as_ref().unwrap();
    assert_eq!(kept.canary, Ok(512.0));
    assert!(kept.baseline.as_ref().unwrap_err().contains("NaN"));
}

#[test]
fn samples_that_do_not_move_are_stale() {
    let mut counting = after_first_look(&[("a", pod(0, 100.0, 0.0))]);
    assert_eq!(
        canary(&mut counting, 1, &[("a", pod(0, 100.0, 0.0))]).coverage,
        Coverage::Stale
    );
}

#[test]
fn an_arm_with_more_than_a_fifth_missing_is_partial() {
    let mut partial = arm(&[
        ("a", pod(0, 1.0, 0.0)),
        ("b", pod(0, 1.0, 0.0)),
        ("c", pod(0, 1.0, 0.0)),
    ]);
    partial.missing.insert("d".into(), "timed out".into());
    assert_eq!(
        coverage(&partial),
        Coverage::Partial {
            reason: "1 of 4 did not answer; d: timed out".into()
        }
    );
    partial.pods.insert("e".into(), pod(0, 1.0, 0.0));
    assert_eq!(coverage(&partial), Coverage::Answered);
}

#[test]
fn latency_counts_requests_slower_than_each_edge() {
    let reading = |second: u64, cumulative: [f64; 2], total: f64| PodReading {
        parts: cumulative.map(|value| CounterSum { value, series: 1 }).to_vec(),
        ..pod(second, total, 0.0)
    };
    let look = |second: u64, reading| Look {
        taken_at: Timestamp(T0 + second * 1000),
        readings: Ok(vec![MetricReading::Counters(CounterReading {
            edges_ms: vec![100.0, 200.0],
            arms: PerArm {
                canary: arm(&[("a", reading)]),
                baseline: ArmReading::default(),
            },
            read_at: Timestamp(T0 + second * 1000),
        })]),
    };
    let mut counting = Counting::default();
    counting.take(look(0, reading(0, [0.0, 0.0], 0.0)));
    let counts = counting.take(look(1, reading(1, [60.0, 90.0], 100.0)));
    assert_eq!(counts.metrics[0].arms.canary.bad, vec![40.0, 10.0]);
}

#[test]
fn the_time_of_a_gap_and_the_requests_of_a_new_base_are_told() {
    let mut counting = after_first_look(&[("a", pod(0, 1000.0, 10.0))]);
    let mut lost = pod(7, 600.0, 10.0);
    lost.requests.series = 1;
    let counts = canary(&mut counting, 8, &[("a", lost), ("b", pod(8, 44.0, 0.0))]);
    let dropped = Dropped {
        gaps: 1,
        gap_ms: 7_000,
        new_bases: 1,
        new_base_requests: 44.0,
    };
    assert_eq!((counts.requests, counts.dropped), (0.0, dropped));
}

#[test]
fn an_arm_without_series_is_absent_and_what_starts_after_that_counts_whole() {
    let mut counting = Counting::default();
    assert_eq!(canary(&mut counting, 0, &[]).coverage, Coverage::Absent);
    let mut young = pod(10, 5.0, 1.0);
    young.started_at = Some(Timestamp(T0 + 3_000));
    assert_eq!(canary(&mut counting, 10, &[("a", young)]).requests, 5.0);
}

#[test]
fn samples_are_as_old_as_the_source_says_however_far_apart_the_clocks_are() {
    let mut counting = after_first_look(&[("a", pod(0, 100.0, 0.0))]);
    let mut late = look(20, arm(&[("a", pod(17, 110.0, 0.0))]));
    // The polls are of a clock that is an hour ahead.
    late.taken_at = Timestamp(T0 + 3_620_000);
    let counts = counting.take(late);
    assert_eq!(counts.sampled_at(), Timestamp(T0 + 3_617_000));
}
