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

/// Decides what follows from what is `seen` now, where `known` was dealt with last. `was_superseded` says that the newest rollout was
/// of this revision, and ended because another one was seen meanwhile.
pub(super) fn decide(
    known: Option<&Seen>,
    seen: &Seen,
    under_way: Option<UnderWay<'_>>,
    was_superseded: bool,
) -> Decision {
    let Some(known) = known.filter(|known| known.workload == seen.workload) else {
        // The first sight of a workload is no change of it.
        return Decision::Record;
    };
    if known == seen && !was_superseded {
        return Decision::Nothing;
    }
    let is_new_revision = was_superseded || known.revision != seen.revision;
    match under_way {
        Some(UnderWay { is_ending: true, .. }) => Decision::Wait,
        Some(running) if is_new_revision && running.is_gated => Decision::Record,
        Some(running) if is_new_revision && running.revision != seen.revision => Decision::Supersede,
        // Somebody started it by hand, and named it so.
        Some(_) if is_new_revision => Decision::Record,
        Some(_) if seen.start.is_some() => Decision::Refuse,
        None if is_new_revision || seen.start.is_some() => Decision::Start { is_new_revision },
        // The annotation was taken away.
        _ => Decision::Record,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(decide(None, &now, None, false), Decision::Record);
        assert_eq!(decide(None, &now, running("a"), false), Decision::Record);
        let of_another = Seen {
            workload: "old-canary".to_owned(),
            ..seen("a", None)
        };
        assert_eq!(decide(Some(&of_another), &now, None, false), Decision::Record);
    }

    #[test]
    fn a_new_revision_starts_and_ends_what_is_under_way_first() {
        let (before, now) = (seen("a", None), seen("b", None));
        let start = Decision::Start {
            is_new_revision: true,
        };
        assert_eq!(
            decide(Some(&before), &before, running("a"), false),
            Decision::Nothing
        );
        assert_eq!(decide(Some(&before), &now, None, false), start);
        assert_eq!(
            decide(Some(&before), &now, running("a"), false),
            Decision::Supersede
        );
        assert_eq!(
            decide(Some(&before), &now, running("by hand"), false),
            Decision::Supersede
        );
        assert_eq!(decide(Some(&before), &now, ending("a"), false), Decision::Wait);
        assert_eq!(decide(Some(&before), &now, running("b"), false), Decision::Record);
    }

    #[test]
    fn the_annotation_starts_when_it_changes_and_not_while_a_rollout_is_under_way() {
        let (before, now) = (seen("a", Some("1")), seen("a", Some("2")));
        let start = Decision::Start {
            is_new_revision: false,
        };
        assert_eq!(decide(Some(&before), &now, None, false), start);
        assert_eq!(decide(Some(&seen("a", None)), &now, None, false), start);
        assert_eq!(decide(Some(&before), &now, running("a"), false), Decision::Refuse);
        assert_eq!(decide(Some(&before), &now, ending("a"), false), Decision::Wait);
        let removed = seen("a", None);
        assert_eq!(decide(Some(&before), &removed, None, false), Decision::Record);
        assert_eq!(
            decide(Some(&before), &removed, running("a"), false),
            Decision::Record
        );
    }

    #[test]
    fn both_at_once_start_one() {
        let (before, now) = (seen("a", Some("1")), seen("b", Some("2")));
        let start = Decision::Start {
            is_new_revision: true,
        };
        assert_eq!(decide(Some(&before), &now, None, false), start);
        assert_eq!(decide(Some(&now), &now, running("b"), false), Decision::Nothing);
    }

    #[test]
    fn whoever_asked_from_outside_ends_it_too() {
        let (before, now) = (seen("a", None), seen("b", None));
        let gated = Some(UnderWay {
            revision: "5d4f8c7b6",
            is_ending: false,
            is_gated: true,
        });
        assert_eq!(decide(Some(&before), &now, gated, false), Decision::Record);
    }

    #[test]
    fn a_revision_that_came_back_while_its_rollout_was_ended_starts_again() {
        let now = seen("a", None);
        let start = Decision::Start {
            is_new_revision: true,
        };
        assert_eq!(decide(Some(&now), &now, ending("a"), false), Decision::Nothing);
        assert_eq!(decide(Some(&now), &now, None, true), start);
        assert_eq!(decide(None, &now, None, true), Decision::Record);
    }
}
