//! What `kubectl wait` waits for, and what tools that apply any kind of resource look at.

use crate::controller::missing::Missing;
use crate::engine::words::pascal;
use crate::engine::{Outcome, Phase, Status};
use crate::kubernetes::status::{
    Condition, ConditionStatus, PROGRESSING, PROMOTED, READY, RECONCILING, STALLED,
};
use crate::spec::{Problem, Timestamp};

/// Problems of one message: nobody mends more at once.
const PROBLEMS_MAX: usize = 5;

/// Why a Canary is ready.
const IN_FORCE: &str = "InForce";

/// Why a Canary is not ready whose workloads are not there. Tools do not take it for an end: whoever applies both makes them soon.
const WORKLOAD_MISSING: &str = "WorkloadMissing";

/// Characters of one message.
const MESSAGE_CHARS_MAX: usize = 2_000;

/// What conditions are made from.
pub(in crate::controller) struct Ground<'a> {
    /// The `metadata.generation` that they speak of.
    pub(in crate::controller) generation: i64,
    /// Why what is written does not hold, where it does not.
    pub(in crate::controller) refused: Option<&'a [Problem]>,
    /// What it names and is not there.
    pub(in crate::controller) missing: &'a Missing,
    /// The newest rollout.
    pub(in crate::controller) rollout: Option<&'a Status>,
    /// What it waits for, or why it ended.
    pub(in crate::controller) reason: Option<&'a str>,
    /// What they were before.
    pub(in crate::controller) before: &'a [Condition],
    /// The time.
    pub(in crate::controller) now: Timestamp,
}

impl Ground<'_> {
    /// All conditions: ours, and those of others as they were.
    pub(super) fn conditions(&self) -> Vec<Condition> {
        let mut conditions = vec![self.ready()];
        match self.rollout {
            Some(status) => {
                conditions.extend(self.of_rollout(status));
                conditions.extend(self.of_tools(Some(status)));
            }
            None => {
                let ours =
                    |condition: &&Condition| condition.r#type == PROGRESSING || condition.r#type == PROMOTED;
                let known: Vec<Condition> = self.before.iter().filter(ours).cloned().collect();
                if known.is_empty() {
                    conditions.extend(self.of_none());
                }
                conditions.extend(known);
                conditions.extend(self.of_tools(None));
            }
        }
        conditions.extend(self.foreign());
        conditions
    }

    /// Those of what no rollout is of: a template.
    pub(in crate::controller) fn of_template(&self) -> Vec<Condition> {
        let mut conditions = vec![self.ready()];
        conditions.extend(self.of_tools(None));
        conditions.extend(self.foreign());
        conditions
    }

    fn foreign(&self) -> impl Iterator<Item = Condition> {
        let ours = [READY, PROGRESSING, PROMOTED, RECONCILING, STALLED];
        let is_foreign = move |condition: &&Condition| !ours.contains(&condition.r#type.as_str());
        self.before.iter().filter(is_foreign).cloned()
    }

    fn ready(&self) -> Condition {
        let of_workloads = |condition: &&Condition| {
            condition.r#type == READY && [IN_FORCE, WORKLOAD_MISSING].contains(&condition.reason.as_str())
        };
        let (status, reason, message) = match (self.refused, self.missing) {
            (Some(problems), _) => (ConditionStatus::False, "InvalidSpec", words(problems)),
            (None, Missing::These(these)) => (ConditionStatus::False, WORKLOAD_MISSING, these.clone()),
            (None, Missing::Nothing) => (
                ConditionStatus::True,
                IN_FORCE,
                "what is written is in force".to_owned(),
            ),
            // Whoever was here before has looked.
            (None, Missing::Unknown) => match self.before.iter().find(of_workloads) {
                Some(before) => (before.status, before.reason.as_str(), before.message.clone()),
                None => (
                    ConditionStatus::Unknown,
                    "NotSeen",
                    "its Deployments were not looked at yet".to_owned(),
                ),
            },
        };
        self.condition(READY, status, reason, &message)
    }

    fn of_none(&self) -> [Condition; 2] {
        let message = "no rollout yet: one starts when the canary's pod template changes";
        [
            self.condition(PROGRESSING, ConditionStatus::False, "NoRollout", message),
            self.condition(PROMOTED, ConditionStatus::Unknown, "NoRollout", message),
        ]
    }

    fn of_rollout(&self, status: &Status) -> [Condition; 2] {
        let message = self.reason.unwrap_or_default();
        let (progressing, promoted, reason) = match status.phase {
            Phase::Succeeded => (
                ConditionStatus::False,
                ConditionStatus::True,
                "Promoted".to_owned(),
            ),
            Phase::Aborted | Phase::Inconclusive => (
                ConditionStatus::False,
                ConditionStatus::False,
                pascal(status.phase.name()),
            ),
            phase => {
                let hold = status.holds.first().map(|hold| hold.reason.name());
                let name = hold.unwrap_or_else(|| phase.name());
                (ConditionStatus::True, ConditionStatus::Unknown, pascal(name))
            }
        };
        [
            self.condition(PROGRESSING, progressing, &reason, message),
            self.condition(PROMOTED, promoted, &reason, message),
        ]
    }

    /// Those that are there only while they are so.
    fn of_tools(&self, status: Option<&Status>) -> Vec<Condition> {
        let mut conditions = Vec::new();
        if status.is_some_and(|status| !status.phase.is_final()) {
            let message = "a rollout is under way";
            conditions.push(self.condition(RECONCILING, ConditionStatus::True, "Rollout", message));
        }
        let outcome = status.filter(|status| status.phase.is_final());
        let outcome = outcome
            .and_then(|status| status.ending.as_ref())
            .map(|ending| ending.outcome);
        let stalled = match (self.refused, outcome) {
            (Some(problems), _) => Some(("InvalidSpec", words(problems))),
            (None, Some(Outcome::Aborted)) => Some(("Aborted", self.reason.unwrap_or_default().to_owned())),
            (None, Some(Outcome::Inconclusive)) => {
                Some(("Inconclusive", self.reason.unwrap_or_default().to_owned()))
            }
            (None, Some(Outcome::Promoted) | None) => None,
        };
        if let Some((reason, message)) = stalled {
            conditions.push(self.condition(STALLED, ConditionStatus::True, reason, &message));
        }
        conditions
    }

    fn condition(&self, name: &str, status: ConditionStatus, reason: &str, message: &str) -> Condition {
        let before = self.before.iter().find(|condition| condition.r#type == name);
        let since = before.filter(|before| before.status == status);
        Condition {
            r#type: name.to_owned(),
            status,
            observed_generation: Some(self.generation),
            last_transition_time: since
                .map_or_else(|| seconds(self.now), |since| since.last_transition_time.clone()),
            reason: reason.to_owned(),
            message: message.chars().take(MESSAGE_CHARS_MAX).collect(),
        }
    }
}

/// What is wrong, for whoever edited the object: they know which one it is.
pub(in crate::controller) fn words(problems: &[Problem]) -> String {
    if problems.is_empty() {
        return "refused, as so much else is that there is no room to say why; `serin check` does".to_owned();
    }
    let one = |problem: &Problem| {
        let field = problem
            .field
            .as_ref()
            .map_or_else(String::new, |field| format!("{field}: "));
        let hint = problem
            .hint
            .as_ref()
            .map_or_else(String::new, |hint| format!("; hint: {hint}"));
        format!(
            "{field}expected {}, found {}{hint}",
            problem.expected, problem.found
        )
    };
    let mut told: Vec<String> = problems.iter().take(PROBLEMS_MAX).map(one).collect();
    if problems.len() > PROBLEMS_MAX {
        told.push(format!("and {} more", problems.len() - PROBLEMS_MAX));
    }
    told.join("\n")
}

/// A time as Kubernetes has it: in whole seconds.
pub(super) fn seconds(at: Timestamp) -> String {
    let text = Timestamp(at.0 / 1_000 * 1_000).to_string();
    text.replace(".000Z", "Z")
}
