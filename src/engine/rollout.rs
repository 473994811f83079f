//! One rollout: the only place that decides by phase.
//!
//! Every event is first taken in (`intake.rs`), then what ends the rollout is looked for (`abort.rs`), then
//! its life goes on from where it stands: `live`, below. What stops a raise is a hold (`holds.rs`), and what
//! allows one is a leave (`raise.rs`). What people's own gates and tests say of it comes by hooks (`hooking.rs`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::confirmation::Confirmation;
use super::effect::{Effect, Leave, Notice, NoticeKind, Urgency};
use super::ending::Ending;
use super::event::Event;
use super::exposure::Served;
use super::hooks::Hooks;
use super::judge::policy::Decision;
use super::judge::{Judge, Unprovable};
use super::no_data_watch::NoDataWatch;
use super::observed::WorkloadState;
use super::owed::Owed;
use super::phase::{HoldReason, Phase};
use super::plan::Position;
use super::rollback::Rollback;
use super::route::Route;
use super::share::ShareWatch;
use super::tally::Tally;
use super::verdict::Verdict;
use super::words;
use crate::spec::{CheckedCanary, Mode, Timestamp};

/// One run of one Canary for one revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    pub(super) id: String,
    /// Shared with whoever acts for it: a rollout is copied at every look.
    pub(super) canary: Arc<CheckedCanary>,
    pub(super) revision: String,
    /// What stable runs, in the same words; none where nobody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<String>,
    /// The revision of the canary's workload that is judged, and the only one that may be promoted; none where it has none, or was not
    /// seen yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) judged: Option<String>,
    pub(super) started_at: Timestamp,
    pub(super) phase: Phase,
    pub(super) phase_since: Timestamp,
    pub(super) position: Position,
    pub(super) route: Route,
    pub(super) history: HistoryState,
    pub(super) judge: Option<Judge>,
    /// Shared with every status since the look that it is of.
    pub(super) verdict: Option<Arc<Verdict>>,
    pub(super) no_data: NoDataWatch,
    pub(super) share: ShareWatch,
    pub(super) tallies: Arc<Vec<Tally>>,
    pub(super) workload: Option<WorkloadState>,
    pub(super) workload_unseen: Option<String>,
    pub(super) last_look: Option<LastLook>,
    pub(super) at_weight: AtWeight,
    #[serde(default)]
    pub(super) served: Served,
    pub(super) paused: bool,
    pub(super) spec_changed: bool,
    /// The step whose approval was given, by index.
    pub(super) approved: Option<usize>,
    /// Set when a no-data policy lowered the canary: it stays at 0 until somebody resumes.
    pub(super) lowered_without_data: bool,
    /// `maxDuration` passed at a look that gave no proof: the rollout stays where it is.
    pub(super) deadline_passed: bool,
    pub(super) ending: Option<Ending>,
    pub(super) promotion: Option<PromotionStage>,
    pub(super) promotion_leave: Leave,
    pub(super) next_poll: Timestamp,
    pub(super) polling: bool,
    pub(super) notified_holds: Vec<HoldReason>,
    pub(super) rollback_paged: bool,
    /// What is still to be done to the workloads.
    #[serde(default, skip_serializing_if = "Owed::is_empty")]
    pub(super) owed: Owed,
    /// The newest rollback of what it promoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rolled_back: Option<Rollback>,
    /// Whether the traffic shows its rollback; none of a rollout of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) confirmation: Option<Confirmation>,
    /// What its hooks were asked, and what they answered.
    #[serde(default, skip_serializing_if = "Hooks::is_empty")]
    pub(super) hooks: Hooks,
}

/// Whether the stable version's past is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum HistoryState {
    /// Not asked for yet.
    Unasked,
    /// Asked for.
    Asked,
    /// Known, or known not to exist.
    Known,
    /// Not known, and a margin is too narrow to do without.
    Needed(Unprovable),
}

/// The newest look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct LastLook {
    pub(super) taken_at: Timestamp,
    /// Every metric had requests of the baseline.
    pub(super) baseline_seen: bool,
    /// It showed no no-data state, and every metric had requests of the canary, and below 100 % of the baseline.
    pub(super) with_data: bool,
}

/// What was seen since the weight was read back.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct AtWeight {
    pub(super) since: Timestamp,
    pub(super) looks_with_data: u32,
    pub(super) requests: f64,
    /// A look has been answered whole since: what the next one counts was served at this weight alone.
    pub(super) settled: bool,
}

/// How far a promotion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PromotionStage {
    /// The stable workload takes the canary's version.
    Copying,
    /// Traffic goes where it stays.
    Settling,
}

impl Rollout {
    /// A new rollout, with the effects that begin it. What the canary's workload is at the first sight of it is what is judged.
    #[must_use]
    pub fn start(id: String, canary: CheckedCanary, change: Change, now: Timestamp) -> (Self, Vec<Effect>) {
        let mut rollout = Self {
            id,
            revision: change.to,
            from: change.from,
            judged: None,
            started_at: now,
            phase: Phase::Preparing,
            phase_since: now,
            position: Position::default(),
            route: Route::default(),
            history: HistoryState::Unasked,
            judge: None,
            verdict: None,
            no_data: NoDataWatch::default(),
            share: ShareWatch::default(),
            tallies: Arc::default(),
            workload: None,
            workload_unseen: None,
            last_look: None,
            at_weight: AtWeight::default(),
            served: Served::default(),
            paused: false,
            spec_changed: false,
            approved: None,
            lowered_without_data: false,
            deadline_passed: false,
            ending: None,
            promotion: None,
            promotion_leave: Leave::Gate,
            next_poll: now,
            polling: false,
            notified_holds: Vec::new(),
            rollback_paged: false,
            owed: Owed::default(),
            rolled_back: None,
            confirmation: None,
            hooks: Hooks::default(),
            canary: Arc::new(canary),
        };
        if rollout.calls_hooks() {
            rollout.hooks = Hooks::of(rollout.canary.hooks.len());
        }
        let mut effects =
            vec![rollout.notice(NoticeKind::Started, Urgency::Info, words::started(&rollout), now)];
        rollout.poll_if_due(now, &mut effects);
        (rollout, effects)
    }

    /// A new rollout is of this revision of the canary's workload, and of whatever is seen there first no more.
    pub fn judge_only(&mut self, revision: String) {
        self.judged = Some(revision);
    }

    /// Takes an event in and says what is to be done. A function of the rollout, the event and `now` alone.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        if self.phase.is_final() {
            return self.after_the_end(event, now);
        }
        let mut effects = Vec::new();
        let looked = matches!(event, Event::Look(_));
        self.take_in(event, now, &mut effects);
        if self.phase != Phase::Aborting && !self.phase.is_final() {
            self.end_if_due(looked, now, &mut effects);
        }
        if !self.phase.is_final() {
            effects.extend(self.route.retry(now));
            effects.extend(self.owed.retry(now));
            self.live(looked, now, &mut effects);
            if looked && self.phase != Phase::Aborting && !self.phase.is_final() {
                self.ask_hooks(now, &mut effects);
            }
            self.count_waiting(now);
            self.tell_of_holds(now, &mut effects);
            self.poll_if_due(now, &mut effects);
        } else {
            self.watch_on(now, &mut effects);
        }
        effects
    }

    /// When [`Event::Wake`] is due; `None` once the rollout has ended, but for what it owes and is due again, and for what is watched.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        let owed = self.owed.retry_at();
        if self.phase.is_final() {
            let watched = self.is_watched().then_some(self.next_poll);
            return [owed, watched].into_iter().flatten().min();
        }
        [
            Some(self.next_poll),
            self.route.retry_at(),
            self.rollback_page_at(),
            owed,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The only match on phase. A step, a bake and a promotion begin at a look: what people and pods did in
    /// between is taken up by the next one.
    fn live(&mut self, looked: bool, now: Timestamp, effects: &mut Vec<Effect>) {
        match (self.phase, self.decide(now)) {
            (Phase::Preparing, Decision::Step) if looked => self.step(now, effects),
            (Phase::Preparing, _) => self.ask_for_history(effects),
            (Phase::Analysing, Decision::Step) if looked => self.step(now, effects),
            (Phase::Analysing | Phase::Baking, Decision::Promote) if looked => {
                self.all_gates_passed(now, effects);
            }
            (Phase::Analysing | Phase::Baking, _) => {}
            (Phase::Promoting, _) => self.promote(looked, now, effects),
            (Phase::Aborting, _) => self.roll_back(now, effects),
            (Phase::Succeeded | Phase::Aborted | Phase::Inconclusive, _) => {}
        }
    }

    pub(super) fn poll_if_due(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if now < self.next_poll {
            return;
        }
        self.next_poll = now.next_multiple_of(self.canary.analysis.interval);
        if !self.polling {
            self.polling = true;
            effects.push(Effect::Poll);
        }
    }

    pub(super) fn enter(&mut self, phase: Phase, now: Timestamp) {
        if self.phase != phase {
            self.phase = phase;
            self.phase_since = now;
        }
        if phase.is_final() {
            self.served.over(now);
        }
    }

    pub(super) fn controls(&self) -> bool {
        self.canary.mode == Mode::Control
    }

    pub(super) fn notice(&self, kind: NoticeKind, urgency: Urgency, text: String, now: Timestamp) -> Effect {
        let briefing = Some(Box::new(self.briefing(&kind, now)));
        Effect::Notify(Notice {
            kind,
            urgency,
            text,
            briefing,
        })
    }
}
