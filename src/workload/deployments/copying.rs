//! Stable takes another pod template: the canary's, or one that it had before.

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::denials::Denials;
use super::deployment::{Deployment, Place};
use super::marks::{Marks, RollbackAsked};
use super::patch::{Wanted, operations};
use super::template::{copied, same};
use super::waiting::late;
use super::{Deployments, reading};
use crate::kubernetes::{Failure, revision};

/// Writers that change the object in turn (its controller writes its status all the time) let one of them through; whoever loses
/// this many races in a row has met somebody who fights.
pub(super) const RACES_MAX: u32 = 20;

/// Where the template is from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    /// From the canary, as it is now, if it is of the revision that was judged.
    Canary {
        place: Place<'a>,
        judged: Option<&'a str>,
    },
    /// From what stable had before, for this rollback.
    Previous(&'a RollbackAsked),
}

/// Why stable did not take a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// The canary's is not the one that was judged.
    #[error("expected the canary's pod template to be of revision {judged}, which was judged, found {found}")]
    OtherRevision { judged: String, found: String },
    /// Why not; stable is as it was before.
    #[error("{0}")]
    PutBack(String),
    /// Why not; and stable may have it in part.
    #[error("{0}")]
    NotPutBack(String),
}

/// Nothing was copied so far, or it was put back.
impl From<String> for Refused {
    fn from(reason: String) -> Self {
        Self::PutBack(reason)
    }
}

/// One attempt to copy: what is known of it while it is under way.
#[derive(Default)]
struct Attempt {
    /// What it waits for.
    last: String,
    /// Whether a write was sent, which may have happened or happen yet.
    sent: bool,
}

/// What one try brought.
enum Tried {
    /// Stable has this template.
    Copied(Value),
    /// Another try may bring it.
    Again { words: String, when: When },
}

/// When another try may bring more.
enum When {
    /// At once: somebody else was faster.
    AtOnce,
    /// After a while, whatever it is that has to pass.
    Later,
    /// After a while, unless the server goes on to deny it.
    UnlessDenied,
}

/// The template to copy, as far as it can be told now.
enum Found {
    Template(Value),
    NotYet { words: String, when: When },
}

impl Deployments {
    /// Gives `stable` the template from `source` for `rollout`, and returns it once stable is ready with it; puts stable back where it
    /// does not become ready.
    ///
    /// # Errors
    /// Why not, and what was done about it.
    pub(super) async fn take(
        &self,
        stable: Place<'_>,
        source: Source<'_>,
        rollout: &str,
    ) -> Result<Value, Refused> {
        let mut attempt = Attempt::default();
        let bound = self.pace.ready_within;
        let taken = timeout(bound, self.copy_and_follow(stable, source, rollout, &mut attempt)).await;
        let refused = match taken.unwrap_or_else(|_| Err(late(bound, &attempt.last).into())) {
            Ok(template) => return Ok(template),
            Err(refused) => refused,
        };
        if !attempt.sent {
            return Err(refused);
        }
        let back = self.put_back_and_wait(stable, rollout).await;
        Err(match (refused, back) {
            // Whoever is told of it puts stable back once more.
            (other @ Refused::OtherRevision { .. }, _) => other,
            (reason, Ok(back)) => Refused::PutBack(format!("{reason}; {back}")),
            (reason, Err(not_back)) => {
                Refused::NotPutBack(format!("{reason}; and it is not as it was before: {not_back}"))
            }
        })
    }

    async fn copy_and_follow(
        &self,
        stable: Place<'_>,
        source: Source<'_>,
        rollout: &str,
        attempt: &mut Attempt,
    ) -> Result<Value, Refused> {
        let template = self.copy(stable, source, rollout, attempt).await?;
        self.follow(stable, &template, &mut attempt.last).await?;
        Ok(template)
    }

    /// Writes the copy, unless it is there, and gives what stable has then.
    async fn copy(
        &self,
        stable: Place<'_>,
        source: Source<'_>,
        rollout: &str,
        attempt: &mut Attempt,
    ) -> Result<Value, Refused> {
        let mut epoch = None;
        let mut races = 0;
        let mut denials = Denials::default();
        loop {
            match self
                .try_copy(stable, source, rollout, &mut epoch, &mut attempt.sent)
                .await?
            {
                Tried::Copied(template) => return Ok(template),
                Tried::Again {
                    words,
                    when: When::AtOnce,
                } if races == RACES_MAX => return Err(words.into()),
                Tried::Again {
                    when: When::AtOnce, ..
                } => races += 1,
                Tried::Again {
                    words,
                    when: When::UnlessDenied,
                } if denials.are_certain(self.pace) => return Err(words.into()),
                Tried::Again { words, .. } => {
                    attempt.last = words;
                    sleep(self.pace.poll).await;
                }
            }
        }
    }

    /// One try. `epoch` is what the first one found: whoever finds another one has been overtaken by a Serin that decided anew.
    async fn try_copy(
        &self,
        stable: Place<'_>,
        source: Source<'_>,
        rollout: &str,
        epoch: &mut Option<u64>,
        sent: &mut bool,
    ) -> Result<Tried, Refused> {
        let own = match self.get(stable).await {
            Ok(own) => own,
            Err(failure) => {
                let words = reading::words(stable, &failure);
                return match not_read(&failure) {
                    Some(when) => Ok(Tried::Again { words, when }),
                    None => Err(words.into()),
                };
            }
        };
        let marks = Marks::read(&own)?;
        if marks.is_copied_by(rollout) {
            *sent = true;
            let is_ours = marks.is_the_copy(own.template());
            let foreign = || {
                "somebody changed its pod template after it was copied"
                    .to_owned()
                    .into()
            };
            return is_ours
                .then(|| Tried::Copied(own.template().clone()))
                .ok_or_else(foreign);
        }
        if *epoch.get_or_insert(marks.epoch) != marks.epoch {
            let reason = "another Serin wrote to it meanwhile; nothing is copied";
            return Err(reason.to_owned().into());
        }
        fit(&own)?;
        let template = match self.find(&own, &marks, source).await? {
            Found::Template(template) => template,
            Found::NotYet { words, when } => return Ok(Tried::Again { words, when }),
        };
        if same(own.template(), &template) {
            return Ok(Tried::Copied(template));
        }
        let mut annotations = marks.copying(&own, &template, rollout)?;
        if let Source::Previous(asked) = source {
            annotations.push(marks.rolling_back(&own, &template, asked));
        }
        let operations = operations(&own, Some(&Wanted::Template(&template)), &annotations);
        let patch = self.deployments.patch(stable.namespace, stable.name, &operations);
        *sent = true;
        match patch.await {
            Ok(after) => Ok(Tried::Copied(self.noted(stable, after.into(), &template).await)),
            Err(Failure::Conflict(words)) => Ok(Tried::Again {
                words,
                when: When::AtOnce,
            }),
            Err(Failure::Unreachable(words) | Failure::Unknown(words)) => Ok(Tried::Again {
                words,
                when: When::Later,
            }),
            Err(Failure::Denied(words)) => Ok(Tried::Again {
                words,
                when: When::UnlessDenied,
            }),
            Err(Failure::NotFound(words) | Failure::Refused(words)) => Err(words.into()),
        }
    }

    /// The template from `source`, for stable as it was read.
    async fn find(&self, own: &Deployment, marks: &Marks, source: Source<'_>) -> Result<Found, Refused> {
        let (canary, judged) = match source {
            Source::Canary { place, judged } => (place, judged),
            Source::Previous(asked) => return Ok(Found::Template(marks.previous(asked.back)?.clone())),
        };
        match self.get(canary).await {
            Ok(new) => {
                is_judged(&new, judged)?;
                Ok(match unsettled(&new) {
                    None => Found::Template(copied(own, &new)),
                    Some(words) => Found::NotYet {
                        words,
                        when: When::Later,
                    },
                })
            }
            Err(failure) => {
                let words = format!("{canary}: {}", reading::words(canary, &failure));
                match not_read(&failure) {
                    Some(when) => Ok(Found::NotYet { words, when }),
                    None => Err(words.into()),
                }
            }
        }
    }

    /// What stable has after the write. Where somebody on the way (an admission webhook) made another template of it, that one is
    /// noted as the copy; if the note fails, putting it back will leave it to a person.
    async fn noted(&self, stable: Place<'_>, after: Deployment, wanted: &Value) -> Value {
        let template = after.template().clone();
        if !same(&template, wanted)
            && let Err(words) = self.note(stable, after).await
        {
            tracing::warn!("{stable}: what became of its new pod template on the way is not noted: {words}");
        }
        template
    }

    /// Notes the template of `copied` as the copy, for as long as it is that and nobody but its controller writes.
    async fn note(&self, stable: Place<'_>, mut copied: Deployment) -> Result<(), String> {
        let template = copied.template().clone();
        let marks = Marks::read(&copied)?;
        let mut races = 0;
        loop {
            let operations = operations(&copied, None, &marks.correcting(&template));
            let noted = self.deployments.patch(stable.namespace, stable.name, &operations);
            match noted.await {
                Ok(_) => return Ok(()),
                Err(Failure::Conflict(_)) if races < RACES_MAX => races += 1,
                Err(failure) => return Err(failure.to_string()),
            }
            copied = self.get(stable).await.map_err(|failure| failure.to_string())?;
            if Marks::read(&copied)? != marks || !same(copied.template(), &template) {
                return Err("somebody changed it meanwhile".to_owned());
            }
        }
    }
}

/// Whether stable can take traffic with another template.
fn fit(stable: &Deployment) -> Result<(), String> {
    if stable.is_paused() {
        return Err(
            "its rollout is paused, and it would not take another template; hint: `kubectl rollout resume`"
                .to_owned(),
        );
    }
    if stable.replicas() == 0 {
        return Err(
            "it asks for 0 replicas, and could not take the traffic back; hint: `kubectl scale`".to_owned(),
        );
    }
    Ok(())
}

/// Whether the canary's template, as it was read, is the one that was judged. It is this reading of it that is copied.
fn is_judged(canary: &Deployment, judged: Option<&str>) -> Result<(), Refused> {
    let found = revision(canary.template());
    match judged {
        Some(judged) if judged == found => Ok(()),
        Some(judged) => Err(Refused::OtherRevision {
            judged: judged.to_owned(),
            found,
        }),
        None => Err("nobody remembers which pod template of the canary was judged"
            .to_owned()
            .into()),
    }
}

/// Why the canary's newest template is not what serves now, and so not what was judged.
fn unsettled(canary: &Deployment) -> Option<String> {
    let there = canary.status("replicas");
    let serves = canary.is_observed()
        && canary.status("readyReplicas") > 0
        && canary.status("updatedReplicas") == there;
    (!serves).then(|| "the canary rolls out another pod template, or none of its pods is ready".to_owned())
}

/// When it may be read after all, if it may.
const fn not_read(failure: &Failure) -> Option<When> {
    match failure {
        Failure::Unreachable(_) => Some(When::Later),
        Failure::Denied(_) => Some(When::UnlessDenied),
        Failure::NotFound(_) | Failure::Conflict(_) | Failure::Refused(_) | Failure::Unknown(_) => None,
    }
}
