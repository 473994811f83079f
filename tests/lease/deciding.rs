//! The rule, as a table of facts.

use std::time::Duration;

use serin::kubernetes::lease::{Candidate, Decision, LeaseState, Record, Terms, decide};
use serin::spec::Timestamp;

const ME: &str = "serin-0_1";
const OTHER: &str = "serin-1_2";
/// When the Lease was seen to change last, by this replica's own time.
const SEEN: Timestamp = Timestamp(1_000_000);

fn record(holder: &str, seconds: u64) -> Record {
    Record {
        holder: holder.to_owned(),
        duration: Duration::from_secs(seconds),
        transitions: 3,
        // A clock that is years off: nobody is to look at it.
        acquired_at: "2001-01-01T00:00:00.000000Z".to_owned(),
        renewed_at: "2001-01-01T00:00:00.000000Z".to_owned(),
    }
}

fn lease(holder: &str, seconds: u64) -> LeaseState {
    LeaseState {
        record: record(holder, seconds),
        version: "7".to_owned(),
        unchanged_since: SEEN,
    }
}

fn after(seconds: f64) -> Timestamp {
    SEEN + Duration::from_secs_f64(seconds)
}

#[test]
fn what_is_done_follows_from_the_holder_and_from_how_long_nothing_changed() {
    let follow = |seconds| Decision::Follow {
        until: after(seconds),
    };
    for (fact, lease, seconds, expected) in [
        ("none is there", None, 0.0, Decision::Create),
        (
            "nobody's is free at once",
            Some(lease("", 1)),
            0.0,
            Decision::Take,
        ),
        ("mine, just now", Some(lease(ME, 15)), 0.0, Decision::Renew),
        ("mine, long ago", Some(lease(ME, 15)), 1000.0, Decision::Renew),
        ("another's, just now", Some(lease(OTHER, 15)), 0.0, follow(15.0)),
        (
            "another's, nearly over",
            Some(lease(OTHER, 15)),
            14.999,
            follow(15.0),
        ),
        ("another's, over", Some(lease(OTHER, 15)), 15.0, Decision::Take),
        (
            "as long as it says itself",
            Some(lease(OTHER, 60)),
            59.9,
            follow(60.0),
        ),
        (
            "a second if it says so",
            Some(lease(OTHER, 1)),
            1.0,
            Decision::Take,
        ),
    ] {
        assert_eq!(decide(lease.as_ref(), ME, after(seconds)), expected, "{fact}");
    }
}

fn candidate() -> Candidate {
    Candidate::new(ME.to_owned(), Terms::default())
}

#[test]
fn a_lease_that_was_old_when_it_was_first_seen_is_left_alone_for_its_whole_time() {
    let mut me = candidate();
    me.read(Some((record(OTHER, 15), "7".to_owned())), SEEN);
    let until = after(15.0);
    assert_eq!(me.decide(SEEN), Decision::Follow { until });
}

#[test]
fn only_a_change_of_the_record_is_a_sign_of_life_and_not_one_of_the_object() {
    let mut me = candidate();
    me.read(Some((record(OTHER, 15), "7".to_owned())), SEEN);
    me.read(Some((record(OTHER, 15), "8".to_owned())), after(10.0));
    assert_eq!(me.decide(after(15.0)), Decision::Take);
    let renewed = Record {
        renewed_at: "1999-01-01T00:00:00.000000Z".to_owned(),
        ..record(OTHER, 15)
    };
    me.read(Some((renewed, "9".to_owned())), after(16.0));
    let until = after(31.0);
    assert_eq!(me.decide(after(30.0)), Decision::Follow { until });
}

#[test]
fn it_leads_from_when_an_answered_write_was_sent_and_never_by_what_it_reads() {
    let mut me = candidate();
    me.read(Some((record(ME, 15), "7".to_owned())), SEEN);
    assert!(!me.leads(SEEN));
    me.sends();
    me.wrote(record(ME, 15), "8".to_owned(), SEEN, after(4.0));
    assert!(me.leads(after(9.999)) && !me.leads(after(10.0)));
}

#[test]
fn a_write_without_an_answer_is_looked_at_before_anything_else_is_done() {
    let mut me = candidate();
    me.wrote(record(ME, 15), "8".to_owned(), SEEN, SEEN);
    assert!(!me.must_read());
    me.sends();
    assert!(me.must_read() && me.leads(after(9.0)));
}

#[test]
fn it_leads_no_more_once_it_sees_the_lease_in_other_hands_or_in_none() {
    for lease in [
        Some((record(OTHER, 15), "9".to_owned())),
        Some((record("", 1), "9".to_owned())),
        None,
    ] {
        let mut me = candidate();
        me.wrote(record(ME, 15), "8".to_owned(), SEEN, SEEN);
        me.read(lease.clone(), after(1.0));
        assert!(!me.leads(after(1.0)), "{lease:?}");
    }
}

#[test]
fn a_lease_that_is_taken_counts_the_change_and_one_that_is_renewed_does_not() {
    let mut me = candidate();
    me.read(Some((record(OTHER, 15), "7".to_owned())), SEEN);
    let taken = me.wish(&Decision::Take, after(20.0)).unwrap();
    assert_eq!((taken.holder.as_str(), taken.transitions), (ME, 4));
    assert_eq!(taken.duration, Duration::from_secs(15));
    me.wrote(taken.clone(), "8".to_owned(), after(20.0), after(20.0));
    let renewed = me.wish(&Decision::Renew, after(22.0)).unwrap();
    assert_eq!(renewed.transitions, 4);
    assert_eq!(renewed.acquired_at, taken.acquired_at);
    assert_ne!(renewed.renewed_at, taken.renewed_at);
}
