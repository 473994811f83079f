//! What follows from what is seen. Pure.

use crate::driver::Seen;

/// The rollout that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnderWay<'a> {
    /// What is rolled out.
    pub(super) revision: &'a str,
    /// Whether all traffic is on its way back to stable already.
    pub(super) is_ending: bool,
    /// Whether somebody outside asked for it, who also says when it is another revision's turn.
    pub(super) is_gated: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing is new.
    Nothing,
    /// What is seen is kept, and starts nothing.
    Record,
    /// A rollout is started, because of the pod template or because of the annotation.
    Start {
        /// Whether the pod template is another one.
        is_new_revision: bool,
    },
    /// The rollout under way is of another revision, and ends first.
    Supersede,
    /// The rollout under way is ending; then it is decided again.
    Wait,
    /// The annotation asks for a rollout while one is under way: it is kept, and starts nothing.
    Refuse,
}

/// What the newest rollout says of the next, under way or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Newest {
    /// It was of what is seen now, and ended because another revision was seen meanwhile.
    pub(super) was_superseded: bool,
    /// It was asked for from outside, by whoever moves the traffic and names each revision that is to be judged: the next one as well.
    pub(super) is_led: bool,
}

/// Decides what follows from what is `seen` now, where `known` was dealt with last.
pub(super) fn decide(
    known: Option<&Seen>,
    seen: &Seen,
    under_way: Option<UnderWay<'_>>,
    newest: Newest,
) -> Decision {
    let Newest {
        was_superseded,
        is_led,
    } = newest;
    let Some(known) = known.filter(|known| known.workload == seen.workload) else {
        // The first sight of a workload is no change of it.
        return Decision::Record;
    };
    if known == seen && !was_superseded {
        return Decision::Nothing;
    }
    let is_new_revision = was_superseded || known.revision != seen.revision;
    let is_asked_for = seen.start.is_some() && seen.start != known.start;
    match under_way {
        Some(UnderWay { is_ending: true, .. }) => Decision::Wait,
        Some(running) if is_new_revision && running.is_gated => Decision::Record,
        Some(running) if is_new_revision && running.revision != seen.revision => Decision::Supersede,
        // Somebody started it by hand, and named it so.
        Some(_) if is_new_revision => Decision::Record,
        Some(_) if seen.start.is_some() => Decision::Refuse,
        // One judgement a revision, and it begins once it is named.
        None if is_led && !is_asked_for => Decision::Record,
        None if is_new_revision || seen.start.is_some() => Decision::Start { is_new_revision },
        // The annotation was taken away.
        _ => Decision::Record,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUPERSEDED: Newest = Newest {
        was_superseded: true,
        is_led: false,
    };

    const LED: Newest = Newest {
        was_superseded: false,
        is_led: true,
    };

    fn seen(revision: &str, start: Option<&str>) -> Seen {
        Seen {
            workload: "checkout-canary".to_owned(),
            revision: revision.to_owned(),
            start: start.map(str::to_owned),
        }
    }

    const fn running(revision: &str) -> Option<UnderWay<'_>> {
        Some(UnderWay {
            revision,
            is_ending: false,
            is_gated: false,
        })
    }

    const fn ending(revision: &str) -> Option<UnderWay<'_>> {
        Some(UnderWay {
            revision,
            is_ending: true,
            is_gated: false,
        })
    }

    #[test]
    fn first_sight_only_records_whatever_is_under_way() {
        let now = seen("b", Some("1"));
        assert_eq!(decide(None, &now, None, Newest::default()), Decision::Record);
        assert_eq!(
            decide(None, &now, running("a"), Newest::default()),
            Decision::Record
        );
        let of_another = Seen {
            workload: "old-canary".to_owned(),
            ..seen("a", None)
        };
        assert_eq!(
            decide(Some(&of_another), &now, None, Newest::default()),
            Decision::Record
        );
    }

    #[test]
    fn a_new_revision_starts_and_ends_what_is_under_way_first() {
        let (before, now) = (seen("a", None), seen("b", None));
        let start = Decision::Start {
            is_new_revision: true,
        };
        assert_eq!(
            decide(Some(&before), &before, running("a"), Newest::default()),
            Decision::Nothing
        );
        assert_eq!(decide(Some(&before), &now, None, Newest::default()), start);
        assert_eq!(
            decide(Some(&before), &now, running("a"), Newest::default()),
            Decision::Supersede
        );
        assert_eq!(
            decide(Some(&before), &now, running("by hand"), Newest::default()),
            Decision::Supersede
        );
        assert_eq!(
            decide(Some(&before), &now, ending("a"), Newest::default()),
            Decision::Wait
        );
        assert_eq!(
            decide(Some(&before), &now, running("b"), Newest::default()),
            Decision::Record
        );
    }

    #[test]
    fn the_annotation_starts_when_it_changes_and_not_while_a_rollout_is_under_way() {
        let (before, now) = (seen("a", Some("1")), seen("a", Some("2")));
        let start = Decision::Start {
            is_new_revision: false,
        };
        assert_eq!(decide(Some(&before), &now, None, Newest::default()), start);
        assert_eq!(
            decide(Some(&seen("a", None)), &now, None, Newest::default()),
            start
        );
        assert_eq!(
            decide(Some(&before), &now, running("a"), Newest::default()),
            Decision::Refuse
        );
        assert_eq!(
            decide(Some(&before), &now, ending("a"), Newest::default()),
            Decision::Wait
        );
        let removed = seen("a", None);
        assert_eq!(
            decide(Some(&before), &removed, None, Newest::default()),
            Decision::Record
        );
        assert_eq!(
            decide(Some(&before), &removed, running("a"), Newest::default()),
            Decision::Record
        );
    }

    #[test]
    fn both_at_once_start_one() {
        let (before, now) = (seen("a", Some("1")), seen("b", Some("2")));
        let start = Decision::Start {
            is_new_revision: true,
        };
        assert_eq!(decide(Some(&before), &now, None, Newest::default()), start);
        assert_eq!(
            decide(Some(&now), &now, running("b"), Newest::default()),
            Decision::Nothing
        );
    }

    #[test]
    fn whoever_asked_from_outside_ends_it_too() {
        let (before, now) = (seen("a", None), seen("b", None));
        let gated = Some(UnderWay {
            revision: "5d4f8c7b6",
            is_ending: false,
            is_gated: true,
        });
        assert_eq!(
            decide(Some(&before), &now, gated, Newest::default()),
            Decision::Record
        );
    }

    #[test]
    fn a_revision_that_came_back_while_its_rollout_was_ended_starts_again() {
        let now = seen("a", None);
        let start = Decision::Start {
            is_new_revision: true,
        };
        assert_eq!(
            decide(Some(&now), &now, ending("a"), Newest::default()),
            Decision::Nothing
        );
        assert_eq!(decide(Some(&now), &now, None, SUPERSEDED), start);
        assert_eq!(decide(None, &now, None, SUPERSEDED), Decision::Record);
    }

    #[test]
    fn whoever_names_the_revisions_starts_them_too_and_the_annotation_does_all_the_same() {
        let before = seen("a", None);
        assert_eq!(
            decide(Some(&before), &seen("b", None), None, LED),
            Decision::Record
        );
        let kept = seen("a", Some("1"));
        assert_eq!(
            decide(Some(&kept), &seen("b", Some("1")), None, LED),
            Decision::Record
        );
        for (now, is_new_revision) in [(seen("a", Some("1")), false), (seen("b", Some("1")), true)] {
            let start = Decision::Start { is_new_revision };
            assert_eq!(decide(Some(&before), &now, None, LED), start);
        }
    }
}
