//! Stable gets the pod template back that it had before a copy.

use std::fmt;

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::copying::RACES_MAX;
use super::denials::Denials;
use super::deployment::{Deployment, Place};
use super::marks::Marks;
use super::patch::{Annotation, Wanted, operations};
use super::template::same;
use super::{Deployments, reading};
use crate::kubernetes::Failure;

/// What was done to put it back.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PutBack {
    /// This rollout did not change it, and whatever it sent and got no answer to can change it no more.
    Untouched,
    /// It has its template again that it had before: this one, by now.
    Back(Value),
}

/// Why it was not put back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub(super) struct NotBack {
    pub(super) words: String,
    /// Whether trying again does not help: somebody else's change is left as it is, or the server will not do it.
    pub(super) is_lasting: bool,
}

impl NotBack {
    const fn passing(words: String) -> Self {
        Self {
            words,
            is_lasting: false,
        }
    }
}

impl fmt::Display for PutBack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Untouched => "its pod template was not changed",
            Self::Back(_) => "its previous pod template was put back and is ready",
        })
    }
}

impl Deployments {
    /// Undoes what `rollout` did to `stable`, if it did, and returns once that is ready.
    ///
    /// # Errors
    /// Why it is not as it was, or not ready yet.
    pub(super) async fn put_back_and_wait(
        &self,
        stable: Place<'_>,
        rollout: &str,
    ) -> Result<PutBack, NotBack> {
        let mut last = String::new();
        let bound = self.pace.written_within;
        let back = timeout(bound, self.put_back(stable, rollout, &mut last)).await;
        let late = || format!("not written within {} s: {last}", bound.as_secs_f64());
        let back = back.unwrap_or_else(|_| Err(NotBack::passing(late())))?;
        if let PutBack::Back(template) = &back {
            let ready = self.follow_within(stable, template, self.pace.back_within).await;
            let not_ready = |reason| format!("its previous pod template was put back: {reason}");
            ready.map_err(|reason| NotBack::passing(not_ready(reason)))?;
        }
        Ok(back)
    }

    async fn put_back(
        &self,
        stable: Place<'_>,
        rollout: &str,
        last: &mut String,
    ) -> Result<PutBack, NotBack> {
        let mut races = 0;
        let mut denials = Denials::default();
        loop {
            match self.try_put_back(stable, rollout).await {
                Ok(back) => return Ok(back),
                Err(Failure::Conflict(_)) if races < RACES_MAX => races += 1,
                Err(Failure::Unreachable(words) | Failure::Unknown(words)) => {
                    *last = words;
                    sleep(self.pace.poll).await;
                }
                Err(Failure::Denied(words)) if !denials.are_certain(self.pace) => {
                    *last = words;
                    sleep(self.pace.poll).await;
                }
                Err(failure) => {
                    return Err(NotBack {
                        words: reading::words(stable, &failure),
                        is_lasting: matches!(failure, Failure::NotFound(_) | Failure::Refused(_)),
                    });
                }
            }
        }
    }

    async fn try_put_back(&self, stable: Place<'_>, rollout: &str) -> Result<PutBack, Failure> {
        let own = self.get(stable).await?;
        let Change {
            template,
            annotations,
            is_ours,
        } = change(&own, rollout).map_err(Failure::Refused)?;
        let wanted = template.as_ref().map(Wanted::Template);
        let operations = operations(&own, wanted.as_ref(), &annotations);
        let patch = self.deployments.patch(stable.namespace, stable.name, &operations);
        let after = Deployment::from(patch.await?);
        Ok(if is_ours {
            PutBack::Back(after.template().clone())
        } else {
            PutBack::Untouched
        })
    }
}

/// What is written to undo a copy.
struct Change {
    template: Option<Value>,
    annotations: Vec<Annotation>,
    /// Whether there was a copy: this undoes it, or it is undone already.
    is_ours: bool,
}

/// What undoes the copy of `rollout` on `stable`. Something is always written: a copy that is still on its way can land no more then.
fn change(stable: &Deployment, rollout: &str) -> Result<Change, String> {
    let marks = Marks::read(stable)?;
    if !marks.is_copied_by(rollout) {
        return Ok(Change {
            template: None,
            annotations: marks.fencing(),
            is_ours: marks.is_of(rollout),
        });
    }
    let before = marks.before().ok_or(
        "somebody removed what was noted of its previous pod template; hint: `kubectl rollout undo`",
    )?;
    let is_back = same(stable.template(), before);
    if !is_back && !marks.is_the_copy(stable.template()) {
        return Err(
            "somebody changed its pod template after it was copied, and that is left as it is".to_owned(),
        );
    }
    Ok(Change {
        template: (!is_back).then(|| before.clone()),
        annotations: marks.putting_back(),
        is_ours: true,
    })
}
