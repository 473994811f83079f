//! Whether a rollback shows in the traffic: the canary's requests stop.
//!
//! A weight that was written and read back is a wish until requests follow it. So the metrics are read on after an abort, until a
//! whole look shows no request of the canary. Nothing here writes a weight; it reads, for a bounded time, and tells.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::arm::PerArm;
use super::effect::{Effect, NoticeKind, Urgency};
use super::judge::counts::Counts;
use super::observed::TrafficState;
use super::rollout::Rollout;
use super::share::ShareWatch;
use super::words;
use crate::spec::Timestamp;

/// Proxies take a new weight within seconds: a canary that has requests after this needs a person.
const TELL_AFTER: Duration = Duration::from_secs(60);

/// Nobody is told before so many looks, however far apart: the first of them also counts what came before the weight.
const TELL_AFTER_LOOKS: u32 = 5;

/// So many times that long the canary is watched: whoever was told has acted by then, and a server of metrics that was replaced is back.
const WATCHED_TIMES: u32 = 15;

/// How the traffic shows a rollback.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Confirmation {
    /// How far it is.
    pub state: ConfirmationState,
    /// When the weight 0 was read back.
    pub since: Timestamp,
    /// When a whole look without a request of the canary was over; none before.
    pub at: Option<Timestamp>,
    /// Requests of the canary that came after `since` for sure, by the first metric that counts them.
    pub requests: f64,
    /// Why it is not known whether there are more, if it is not.
    pub unknown: Option<String>,
    /// A look was answered since: what the next one counts came after it.
    pub(super) is_settled: bool,
    /// Somebody was called.
    pub(super) is_told: bool,
}

/// How far the confirmation of a rollback is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmationState {
    /// Nothing was rolled back, or a canary that had no traffic.
    #[default]
    Needless,
    /// The canary's requests are watched.
    Watched,
    /// They have stopped.
    Confirmed,
    /// They had not, or it was not known, when the watching ended.
    Unconfirmed,
}

impl ConfirmationState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Needless, Self::Watched, Self::Confirmed, Self::Unconfirmed];

    /// The name in documents, logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Needless => "needless",
            Self::Watched => "watched",
            Self::Confirmed => "confirmed",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

/// `confirmed by traffic after 12s`, `not confirmed by traffic yet: 31 requests of the canary since`.
impl fmt::Display for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = words::count(self.requests);
        match self.state {
            ConfirmationState::Needless => return f.write_str("the canary had no traffic"),
            ConfirmationState::Confirmed => {
                let took = self.at.unwrap_or(self.since).since(self.since);
                let took = humantime::format_duration(Duration::from_secs(took.as_secs()));
                write!(f, "confirmed by traffic after {took}")?;
                if self.requests > 0.0 {
                    write!(f, " and {requests} more requests of the canary")?;
                }
                return Ok(());
            }
            ConfirmationState::Watched => f.write_str("not confirmed by traffic yet")?,
            ConfirmationState::Unconfirmed => f.write_str("not confirmed by traffic")?,
        }
        if self.requests > 0.0 {
            write!(f, ": {requests} requests of the canary since")?;
        }
        match &self.unknown {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}

impl Confirmation {
    /// Whether the canary's requests are still waited for to stop.
    pub(super) fn is_watched(&self) -> bool {
        self.state == ConfirmationState::Watched
    }

    /// The watching ends without a word.
    fn give_up(&mut self, why: Option<String>) {
        if self.is_watched() {
            self.state = ConfirmationState::Unconfirmed;
            self.unknown = why.or_else(|| self.unknown.take());
        }
    }

    /// Takes a look in; gives the requests that came after the weight for sure, where they are known.
    fn look(&mut self, counts: &Counts) -> Option<f64> {
        let (PerArm { canary, baseline }, sampled_at) = match counts.known_requests() {
            Ok(known) => known,
            Err(reason) => {
                self.unknown = Some(format!("no data ({reason})"));
                return None;
            }
        };
        self.unknown = None;
        if sampled_at < self.since || !std::mem::replace(&mut self.is_settled, true) {
            return None;
        }
        self.requests += canary;
        if canary > 0.0 {
            return Some(canary);
        }
        // Where nobody calls the service, that nobody calls the canary says nothing.
        if baseline > 0.0 {
            self.state = ConfirmationState::Confirmed;
            self.at = Some(sampled_at);
        } else {
            self.unknown = Some("no data (nobody calls the service)".to_owned());
        }
        Some(canary)
    }
}

impl Rollout {
    /// Its rollback is to be confirmed by the traffic, should there be one. A rollout of before goes without.
    pub fn confirm_rollback(&mut self) {
        self.confirmation = Some(Confirmation::default());
    }

    /// All traffic is on stable, and read back: the canary's requests are watched from now on, where it had some.
    pub(super) fn watch_rollback(&mut self, now: Timestamp) {
        let had_traffic = self.served.had_any();
        if let Some(confirmation) = self.confirmation.as_mut().filter(|_| had_traffic) {
            confirmation.state = ConfirmationState::Watched;
            confirmation.since = now;
            self.share = ShareWatch::default();
        }
    }

    /// Whether the traffic shows its rollback, where there is one to be shown.
    pub(super) fn rollback_confirmation(&self) -> Option<&Confirmation> {
        let confirmation = self.confirmation.as_ref()?;
        (confirmation.state != ConfirmationState::Needless).then_some(confirmation)
    }

    /// Whether it has ended and is read on, to see the canary's requests stop.
    pub(super) fn is_watched(&self) -> bool {
        self.confirmation.as_ref().is_some_and(Confirmation::is_watched)
    }

    /// A look after the end.
    pub(super) fn rollback_looked(&mut self, counts: &Counts, now: Timestamp, effects: &mut Vec<Effect>) {
        self.polling = false;
        let Some(confirmation) = self.confirmation.as_mut().filter(|it| it.is_watched()) else {
            return;
        };
        let Some(requests) = confirmation.look(counts) else {
            return;
        };
        if confirmation.state == ConfirmationState::Confirmed {
            let text = words::rollback_confirmed(self, now);
            effects.push(self.notice(NoticeKind::RollbackConfirmed, Urgency::Info, text, now));
            return;
        }
        self.share.observe(counts.requests(), counts.answered_at(0));
        self.tell_of_requests(requests, now, effects);
    }

    /// Somebody is called, once, where the canary still has traffic that no other route and no probe explains.
    fn tell_of_requests(&mut self, newest: f64, now: Timestamp, effects: &mut Vec<Effect>) {
        let (tell_after, mismatch) = (self.tell_after(), self.share_mismatch());
        let Some((confirmation, mismatch)) = self.confirmation.as_mut().zip(mismatch) else {
            return;
        };
        let is_due = newest > 0.0 && now.since(confirmation.since) >= tell_after;
        if is_due && !std::mem::replace(&mut confirmation.is_told, true) {
            let text = words::rollback_not_followed(self, &mismatch, now);
            effects.push(self.notice(NoticeKind::RollbackUnconfirmed, Urgency::Page, text, now));
        }
    }

    /// The route was read after the end.
    pub(super) fn rollback_read(&mut self, state: &TrafficState) {
        let is_older = self
            .route
            .proven()
            .is_some_and(|proven| state.epoch < proven.epoch);
        if let Some(confirmation) = self
            .confirmation
            .as_mut()
            .filter(|_| state.canary_weight > 0 && !is_older)
        {
            confirmation.give_up(Some(format!(
                "the canary was given {} % again",
                state.canary_weight
            )));
        }
    }

    /// Another rollout of the Canary began.
    pub(super) fn superseded(&mut self, by: &str) {
        if let Some(confirmation) = &mut self.confirmation {
            confirmation.give_up(Some(format!("{by} began before")));
        }
    }

    /// Reads on, until the time is up.
    pub(super) fn watch_on(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let watched_for = self.tell_after() * WATCHED_TIMES;
        if let Some(confirmation) = &mut self.confirmation
            && now.since(confirmation.since) >= watched_for
        {
            confirmation.give_up(None);
        }
        if self.is_watched() {
            self.poll_if_due(now, effects);
        }
    }

    fn tell_after(&self) -> Duration {
        TELL_AFTER.max(self.canary.analysis.interval * TELL_AFTER_LOOKS)
    }
}
