//! Following a Deployment until all of its pods are of one template and available.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::deployment::Place;
use super::rolling::{Rolling, rolling};
use super::template::same;
use super::{Deployments, reading};
use crate::kubernetes::Failure;

/// Where a Deployment is at one look.
enum Look {
    Complete,
    Waiting { words: String, certain: bool },
    Over(String),
}

impl Deployments {
    /// Returns once `place` is complete with `template`. `last` is what it waits for at any moment.
    ///
    /// # Errors
    /// Why it is not worth waiting any longer: its pods cannot serve or Kubernetes gave it up, for a while now, or somebody changed it
    /// meanwhile.
    pub(super) async fn follow(
        &self,
        place: Place<'_>,
        template: &Value,
        last: &mut String,
    ) -> Result<(), String> {
        let mut failing_for = Duration::ZERO;
        loop {
            match self.look_at(place, template).await {
                Look::Complete => return Ok(()),
                Look::Over(words) => return Err(words),
                Look::Waiting { words, certain } if certain && failing_for >= self.pace.failing_for => {
                    return Err(words);
                }
                Look::Waiting { words, certain } => {
                    *last = words;
                    failing_for = if certain {
                        failing_for + self.pace.poll
                    } else {
                        Duration::ZERO
                    };
                }
            }
            sleep(self.pace.poll).await;
        }
    }

    /// As [`follow`](Self::follow), for at most `bound`.
    pub(super) async fn follow_within(
        &self,
        place: Place<'_>,
        template: &Value,
        bound: Duration,
    ) -> Result<(), String> {
        let mut last = String::new();
        let followed = timeout(bound, self.follow(place, template, &mut last)).await;
        followed.unwrap_or_else(|_| Err(late(bound, &last)))
    }

    async fn look_at(&self, place: Place<'_>, template: &Value) -> Look {
        let deployment = match self.get(place).await {
            Ok(deployment) => deployment,
            Err(failure @ Failure::NotFound(_)) => return Look::Over(reading::words(place, &failure)),
            Err(failure) => return uncertain(failure.to_string()),
        };
        if !same(deployment.template(), template) {
            return Look::Over("somebody changed its pod template meanwhile".to_owned());
        }
        // Kubernetes' own giving up may still be that of the template before: it has to last as well.
        let (waits_for, given_up) = match rolling(&deployment) {
            Rolling::Complete => return Look::Complete,
            Rolling::Waiting(words) => (words, false),
            Rolling::Stuck(words) => (words, true),
        };
        let pods = match self.newest_pods(place, &deployment).await {
            Ok(pods) => pods.unwrap_or_default(),
            Err(failure) => return uncertain(failure.to_string()),
        };
        let words = match &pods.trouble {
            Some(trouble) => format!("{waits_for}; {}", trouble.words),
            None => waits_for,
        };
        let none_serves = pods.ready == 0 && pods.trouble.is_some_and(|trouble| trouble.certain);
        Look::Waiting {
            words,
            certain: given_up || none_serves,
        }
    }
}

/// What is said of something that took longer than `bound`.
pub(super) fn late(bound: Duration, last: &str) -> String {
    format!("not ready within {} s: {last}", bound.as_secs_f64())
}

fn uncertain(words: String) -> Look {
    Look::Waiting {
        words,
        certain: false,
    }
}
