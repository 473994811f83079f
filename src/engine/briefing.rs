//! What people on call need beside a notice's sentence: where the rollout stands, what its metrics say, what it cost, and what one
//! can do.

use serde::{Deserialize, Serialize};

use super::effect::NoticeKind;
use super::exposure::Exposure;
use super::phase::{HoldReason, Outcome, Phase};
use super::rollout::Rollout;
use super::table::Table;
use super::verdict::VerdictKind;
use super::words;
use crate::spec::{Mode, Timestamp, Traffic, Workload};

/// Where a rollout stood as a notice was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Briefing {
    /// What is rolled out.
    pub revision: String,
    /// What stable ran as the rollout began, in the same words; none where nobody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Whether Serin only observes: nothing is moved, whatever is told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observing: bool,
    /// The step under way, counted from 1; none before the first raise.
    pub step: Option<usize>,
    /// How many steps there are.
    pub steps: usize,
    /// The canary's weight in percent, as it was read or written last.
    pub weight: u8,
    /// The newest verdict.
    pub verdict: Option<VerdictKind>,
    /// What the metrics say.
    pub table: Table,
    /// Where the traffic is, and whether that is known.
    pub traffic: String,
    /// What the canary was given, and what that cost.
    pub exposure: Exposure,
    /// PromQL that draws the metric that speaks most against the canary, or the first one; none where no server of PromQL has it.
    #[serde(default)]
    pub query: Option<String>,
    /// Commands, each as it is typed, the likeliest first.
    pub commands: Vec<String>,
}

impl Briefing {
    /// `1.4.2 → 1.5.0`, or what is rolled out alone.
    #[must_use]
    pub fn change(&self) -> String {
        words::change(self.from.as_deref(), &self.revision)
    }
}

impl Rollout {
    /// What to know beside news of `kind`.
    pub(super) fn briefing(&self, kind: &NoticeKind, now: Timestamp) -> Briefing {
        let step = self.position.current(&self.canary.steps);
        Briefing {
            revision: self.revision.clone(),
            from: self.from.clone(),
            observing: self.canary.mode == Mode::Observe,
            step: step.map(|(index, _)| index + 1),
            steps: self.canary.steps.len(),
            weight: self.route.weight(),
            verdict: self.verdict.as_ref().map(|verdict| verdict.kind),
            table: self.verdict.as_deref().map(Table::of).unwrap_or_default(),
            traffic: self.traffic_in_words(),
            exposure: self.exposure(now),
            query: self.query(),
            commands: self.commands(kind),
        }
    }

    fn query(&self) -> Option<String> {
        let blamed = self.verdict.as_ref().and_then(|verdict| verdict.blame);
        let metrics = &self.canary.analysis.metrics;
        metrics.get(blamed.unwrap_or_default())?.graph()
    }

    /// Where the traffic is by now.
    fn traffic_in_words(&self) -> String {
        let weight = self.route.weight();
        if self.canary.mode == Mode::Observe {
            return format!("the canary has {weight} %; Serin only observes");
        }
        if let Some(failing) = self.route.failing() {
            return format!("the canary had {weight} % last; not written: {}", failing.reason);
        }
        if let Some(unread) = self.route.unread() {
            return format!("the canary had {weight} % last; not read: {}", unread.reason);
        }
        match (self.phase, weight) {
            (Phase::Aborting, 1..) => format!("the canary has {weight} %; 0 % is being written"),
            (Phase::Aborting | Phase::Aborted | Phase::Inconclusive, _) => {
                let read_back = "rolled back: the canary has 0 %, written and read back";
                let confirmation = self.rollback_confirmation();
                confirmation.map_or_else(
                    || read_back.to_owned(),
                    |confirmation| format!("{read_back}; {confirmation}"),
                )
            }
            _ => format!("the canary has {weight} %, as read back"),
        }
    }

    /// What one can do about news of `kind`.
    fn commands(&self, kind: &NoticeKind) -> Vec<String> {
        let name = format!("{}/{}", self.canary.namespace, self.canary.name);
        let serin = |verb: &str| typed(verb, &name);
        let of_the_past = |verb: &str| format!("serin {verb} {}", self.id);
        match kind {
            NoticeKind::Test => Vec::new(),
            NoticeKind::Started | NoticeKind::Stepped { .. } | NoticeKind::Baking => {
                vec![serin("watch"), serin("pause"), serin("abort")]
            }
            NoticeKind::HoldOver(_) => vec![serin("watch"), serin("abort")],
            NoticeKind::Holding(hold) => {
                let mut commands = self.about(hold.reason);
                commands.extend(way_out(hold.reason).iter().map(|verb| serin(verb)));
                commands
            }
            NoticeKind::Ended(Outcome::Promoted) => {
                let back = matches!(self.canary.workloads.stable, Workload::Deployment(_));
                let back = back.then(|| serin("rollback"));
                [Some(of_the_past("history")), back]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            NoticeKind::Ended(Outcome::Aborted | Outcome::Inconclusive) => {
                vec![serin("get"), of_the_past("replay"), serin("start")]
            }
            NoticeKind::RollbackUnconfirmed => {
                let mut commands = self.look_at_route();
                commands.push("serin doctor".to_owned());
                commands
            }
            NoticeKind::StableNotRestored => match &self.canary.workloads.stable {
                Workload::Deployment(stable) => vec![
                    self.kubectl("rollout status deployment/", &stable.name),
                    self.kubectl("rollout undo deployment/", &stable.name),
                ],
                Workload::Endpoints(_) => Vec::new(),
            },
            NoticeKind::RollbackConfirmed => vec![serin("get"), of_the_past("replay"), serin("start")],
            NoticeKind::StableRestored | NoticeKind::RolledBack => vec![serin("get")],
        }
    }

    /// How to look at what stops a rollout for `reason`.
    fn about(&self, reason: HoldReason) -> Vec<String> {
        match reason {
            HoldReason::UnconfirmedWeight | HoldReason::Drift => self.look_at_route(),
            HoldReason::NotReady | HoldReason::Capacity => match &self.canary.workloads.canary {
                Workload::Deployment(canary) => vec![self.kubectl("describe deployment ", &canary.name)],
                Workload::Endpoints(_) => Vec::new(),
            },
            HoldReason::NoData | HoldReason::NoHistory => vec!["serin doctor".to_owned()],
            _ => Vec::new(),
        }
    }

    fn look_at_route(&self) -> Vec<String> {
        match &self.canary.traffic {
            Traffic::Istio(route) => vec![format!(
                "kubectl --namespace {} get virtualservice {} --output yaml",
                route.namespace, route.virtual_service
            )],
            Traffic::File(file) => vec![format!("cat {}", file.path)],
        }
    }

    fn kubectl(&self, verb: &str, name: &str) -> String {
        format!("kubectl --namespace {} {verb}{name}", self.canary.namespace)
    }
}

/// A command about a Canary. Those that change something want to know why.
fn typed(verb: &str, name: &str) -> String {
    match verb {
        "get" | "watch" | "abort" | "rollback" => format!("serin {verb} {name}"),
        _ => format!("serin {verb} {name} --reason '…'"),
    }
}

/// What ends a hold for `reason`, as verbs of the command line.
const fn way_out(reason: HoldReason) -> &'static [&'static str] {
    match reason {
        HoldReason::Paused | HoldReason::Drift | HoldReason::Hook => &["resume", "abort"],
        HoldReason::Approval => &["approve", "abort"],
        HoldReason::Deadline | HoldReason::SpecChanged => &["promote", "abort"],
        HoldReason::NoData
        | HoldReason::NoHistory
        | HoldReason::NotReady
        | HoldReason::Capacity
        | HoldReason::EvidenceRising
        | HoldReason::SharedIncident
        | HoldReason::UnconfirmedWeight => &["watch", "abort"],
    }
}
