//! What Serin notes on a stable Deployment: who changed it, into what, and from what.
//!
//! - `serin.dev/epoch` — plus one with every write of ours, so that a write that was meant for an earlier state is refused; absent is 0.
//! - `serin.dev/rollout` — the rollout whose version was copied last.
//! - `serin.dev/copied-template` — the hash of the template that it wrote; absent where that was put back.
//! - `serin.dev/previous-templates` — what was there before ([`Previous`]).

use serde_json::Value;

use super::deployment::Deployment;
use super::patch::Annotation;
use super::previous::{PREVIOUS, Previous};
use super::template::hash;

const EPOCH: &str = "serin.dev/epoch";
/// Whose last change of the object it was.
pub(super) const ROLLOUT: &str = "serin.dev/rollout";
const COPIED: &str = "serin.dev/copied-template";

/// The notes on a Deployment at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Marks {
    /// How often Serin wrote.
    pub(super) epoch: u64,
    rollout: Option<String>,
    copied: Option<String>,
    previous: Previous,
}

impl Marks {
    /// The notes on `deployment`.
    ///
    /// # Errors
    /// If somebody else wrote something there that is none.
    pub(super) fn read(deployment: &Deployment) -> Result<Self, String> {
        let epoch = deployment.annotation(EPOCH).unwrap_or("0");
        let epoch = epoch.parse().map_err(|_| {
            format!("expected a whole number in the annotation `{EPOCH}`, found `{epoch}`; hint: remove it")
        })?;
        Ok(Self {
            epoch,
            rollout: deployment.annotation(ROLLOUT).map(str::to_owned),
            copied: deployment.annotation(COPIED).map(str::to_owned),
            previous: Previous::read(deployment.annotation(PREVIOUS))?,
        })
    }

    /// Whether `rollout` was the last to write a copy, put back since or not.
    pub(super) fn is_of(&self, rollout: &str) -> bool {
        self.rollout.as_deref() == Some(rollout)
    }

    /// Whether the copy of `rollout` was written, and was not put back since.
    pub(super) fn is_copied_by(&self, rollout: &str) -> bool {
        self.is_of(rollout) && self.copied.is_some()
    }

    /// Whether `template` is the copy that was written.
    pub(super) fn is_the_copy(&self, template: &Value) -> bool {
        self.copied == Some(hash(template))
    }

    /// The template that was there before the copy.
    pub(super) fn before(&self) -> Option<&Value> {
        self.previous.before(1)
    }

    /// The template that was there so many changes ago; the newest is 1.
    ///
    /// # Errors
    /// If that is not remembered.
    pub(super) fn previous(&self, back: usize) -> Result<&Value, String> {
        self.previous.before(back).ok_or_else(|| {
            format!(
                "expected a pod template of {back} changes ago in the annotation `{PREVIOUS}`, found {}; \
                 hint: `kubectl rollout undo` knows those that Serin did not change",
                self.previous.len()
            )
        })
    }

    /// The notes that go with writing the copy `template` for `rollout` in the place of what `deployment` has.
    ///
    /// # Errors
    /// If there is no room to remember what it has.
    pub(super) fn copying(
        &self,
        deployment: &Deployment,
        template: &Value,
        rollout: &str,
    ) -> Result<Vec<Annotation>, String> {
        let previous = self
            .previous
            .with(deployment.template(), deployment.annotations())?;
        Ok(vec![
            self.next_epoch(),
            Annotation::set(ROLLOUT, rollout),
            Annotation::set(COPIED, &hash(template)),
            Annotation::set(PREVIOUS, &previous.text()),
        ])
    }

    /// The notes that go with having found `template` in the place of the copy that was written.
    pub(super) fn correcting(&self, template: &Value) -> Vec<Annotation> {
        vec![self.next_epoch(), Annotation::set(COPIED, &hash(template))]
    }

    /// The notes that go with putting the template back that was there before the copy.
    pub(super) fn putting_back(&self) -> Vec<Annotation> {
        vec![
            self.next_epoch(),
            Annotation::remove(COPIED),
            Annotation::set(PREVIOUS, &self.previous.without_newest().text()),
        ]
    }

    /// The note of a write that changes nothing else: whoever read the object before it can write no more.
    pub(super) fn fencing(&self) -> Vec<Annotation> {
        vec![self.next_epoch()]
    }

    fn next_epoch(&self) -> Annotation {
        Annotation::set(EPOCH, &self.epoch.saturating_add(1).to_string())
    }
}
