//! What Serin notes on a stable Deployment: who changed it, into what, and from what.
//!
//! - `serin.dev/epoch` — plus one with every write of ours, so that a write that was meant for an earlier state is refused; absent is 0.
//! - `serin.dev/rollout` — the rollout whose version was copied last.
//! - `serin.dev/copied-template` — the hash of the template that it wrote; absent where that was put back.
//! - `serin.dev/rolled-back` — the newest rollback by hand ([`ROLLED_BACK`]).
//! - `serin.dev/previous-templates` — what was there before ([`Previous`]).

use serde_json::Value;

use super::deployment::Deployment;
use super::patch::Annotation;
use super::previous::{PREVIOUS, Previous};
use super::template::{hash, images};
use crate::engine::{Rollback, Version};
use crate::kubernetes::{ROLLED_BACK, revision, rolled_back};
use crate::spec::Timestamp;

const EPOCH: &str = "serin.dev/epoch";
/// Whose last change of the object it was.
pub(super) const ROLLOUT: &str = "serin.dev/rollout";
const COPIED: &str = "serin.dev/copied-template";

/// A rollback that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackAsked {
    /// Its own id, as a rollout has one.
    pub id: String,
    /// Who asks.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// To the template of so many changes ago; the newest is 1.
    pub back: usize,
}

/// The notes on a Deployment at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Marks {
    /// How often Serin wrote.
    pub(super) epoch: u64,
    rollout: Option<String>,
    copied: Option<String>,
    previous: Previous,
    rolled_back: Option<Rollback>,
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
            rolled_back: rolled_back(|key| deployment.annotation(key)),
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

    /// The note that goes with `asked`, which gives `deployment` the template `to`, beside those of [`copying`](Self::copying).
    pub(super) fn rolling_back(
        &self,
        deployment: &Deployment,
        to: &Value,
        asked: &RollbackAsked,
    ) -> Annotation {
        let version = |template: &Value| Version {
            revision: revision(template),
            images: images(template),
        };
        // A rollback of a rollback is of the same rollout.
        let again = self.rolled_back.as_ref().filter(|before| self.is_of(&before.id));
        let of = again
            .map(|before| before.of.clone())
            .or_else(|| self.rollout.clone());
        note(&Rollback {
            id: asked.id.clone(),
            of: of.unwrap_or_default(),
            by: asked.by.clone(),
            reason: asked.reason.clone(),
            at: asked.at,
            from: version(deployment.template()),
            to: version(to),
            is_put_back: false,
        })
    }

    /// The notes that go with having found `template` in the place of the copy that was written.
    pub(super) fn correcting(&self, template: &Value) -> Vec<Annotation> {
        vec![self.next_epoch(), Annotation::set(COPIED, &hash(template))]
    }

    /// The notes that go with putting the template back that was there before the copy.
    pub(super) fn putting_back(&self) -> Vec<Annotation> {
        let undone = self
            .rolled_back
            .as_ref()
            .filter(|rollback| self.is_of(&rollback.id));
        let undone = undone.map(|rollback| {
            note(&Rollback {
                is_put_back: true,
                ..rollback.clone()
            })
        });
        let mut notes = vec![
            self.next_epoch(),
            Annotation::remove(COPIED),
            Annotation::set(PREVIOUS, &self.previous.without_newest().text()),
        ];
        notes.extend(undone);
        notes
    }

    /// The note of a write that changes nothing else: whoever read the object before it can write no more.
    pub(super) fn fencing(&self) -> Vec<Annotation> {
        vec![self.next_epoch()]
    }

    fn next_epoch(&self) -> Annotation {
        Annotation::set(EPOCH, &self.epoch.saturating_add(1).to_string())
    }
}

fn note(rollback: &Rollback) -> Annotation {
    let text =
        serde_json::to_string(rollback).expect("a rollback has a text: it is made of texts and numbers");
    Annotation::set(ROLLED_BACK, &text)
}
