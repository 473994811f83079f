//! What the driver does, numbered, with the newest of it kept: so that whoever watches can go on where it stopped.
//!
//! Every reader has a place in one ring of events. Who is slower than the ring is told how much it missed, and gets the
//! status of every rollout anew; nobody else waits for it, and nothing is kept for it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::view::{NoticeEvent, StatusEvent};
use crate::driver::{Driver, Progress};
use crate::engine::Status;
use crate::spec::Timestamp;

/// Events kept: half a minute of a hundred rollouts at ten-second intervals, in one megabyte. Whoever was away for longer gets every status
/// anew.
const EVENTS_MAX: usize = 512;

/// Rollouts whose newest status is kept; as many as the driver holds.
const STATUSES_MAX: usize = 10_000;

/// One event.
#[derive(Debug)]
pub(super) struct HubEvent {
    /// Counts up from 0, with gaps where events were lost before they came here.
    pub(super) number: u64,
    progress: Arc<Progress>,
    /// The place of the notice that it tells of; none for the status.
    notice: Option<usize>,
    /// Written once, for the first reader who wants it.
    data: OnceLock<String>,
}

impl HubEvent {
    fn new(number: u64, progress: &Arc<Progress>, notice: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            number,
            progress: Arc::clone(progress),
            notice,
            data: OnceLock::new(),
        })
    }

    /// The rollout that it is about.
    pub(super) fn status(&self) -> &Status {
        &self.progress.status
    }

    /// `status` or `notice`.
    pub(super) const fn kind(&self) -> &'static str {
        match self.notice {
            None => "status",
            Some(_) => "notice",
        }
    }

    /// What it says, as JSON.
    pub(super) fn data(&self) -> &str {
        let Progress {
            at,
            looked,
            notices,
            status,
            ..
        } = &*self.progress;
        self.data.get_or_init(|| {
            let written = match self.notice.and_then(|place| notices.get(place)) {
                None => serde_json::to_string(&StatusEvent::new(*at, *looked, status)),
                Some(notice) => serde_json::to_string(&NoticeEvent::new(*at, status, notice)),
            };
            written.expect("structs of texts and numbers have a JSON form: their types say so")
        })
    }
}

/// The ring.
pub(super) struct Hub {
    began_at: Timestamp,
    ring: Mutex<Ring>,
    /// The number of the next event.
    next: watch::Sender<u64>,
}

#[derive(Default)]
struct Ring {
    events: VecDeque<Arc<HubEvent>>,
    next: u64,
    /// By namespace and name.
    statuses: BTreeMap<(String, String), Arc<HubEvent>>,
}

/// What a reader finds at its place.
#[derive(Debug)]
pub(super) enum Found {
    /// Events from there on; none at the end.
    Events(Vec<Arc<HubEvent>>),
    /// So many of them are gone.
    Missed(u64),
}

impl Hub {
    /// A hub that follows `driver` until `stop`. To be called inside the runtime.
    pub(super) fn follow(driver: Arc<Driver>, now: Timestamp, stop: CancellationToken) -> Arc<Self> {
        let progress = driver.subscribe();
        let hub = Arc::new(Self {
            began_at: now,
            ring: Mutex::default(),
            next: watch::Sender::new(0),
        });
        hub.begin_anew(0, driver.statuses(), now);
        tokio::spawn(Arc::clone(&hub).run(driver, progress, stop));
        hub
    }

    /// Every rollout's status now, and the place of what comes after.
    pub(super) fn statuses(&self) -> (Vec<Arc<HubEvent>>, u64) {
        let ring = self.ring();
        (ring.statuses.values().cloned().collect(), ring.next)
    }

    /// What there is from `place` on.
    pub(super) fn read(&self, place: u64, limit: usize) -> Found {
        let ring = self.ring();
        let first = ring.events.front().map_or(ring.next, |event| event.number);
        let Some(read) = place.checked_sub(first) else {
            return Found::Missed(first - place);
        };
        let rest = ring
            .events
            .iter()
            .skip(usize::try_from(read).unwrap_or(usize::MAX));
        Found::Events(rest.take(limit).cloned().collect())
    }

    /// An event's id for its readers: another process gives other ones.
    pub(super) fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.began_at.0)
    }

    /// The place behind the event of this id; none where this process gave no such id.
    pub(super) fn place_after(&self, id: &str) -> Option<u64> {
        let (began_at, number) = id.split_once('-')?;
        let number: u64 = number.parse().ok()?;
        let is_ours = began_at.parse() == Ok(self.began_at.0) && number < self.ring().next;
        is_ours.then_some(number + 1)
    }

    /// Tells of every new event.
    pub(super) fn news(&self) -> watch::Receiver<u64> {
        self.next.subscribe()
    }

    async fn run(
        self: Arc<Self>,
        driver: Arc<Driver>,
        mut progress: Receiver<Arc<Progress>>,
        stop: CancellationToken,
    ) {
        let mut newest_at = Timestamp::default();
        while let Some(received) = stop.run_until_cancelled(progress.recv()).await {
            match received {
                Ok(progress) => {
                    newest_at = progress.at;
                    self.add(&progress);
                    if self.ring().statuses.len() > STATUSES_MAX {
                        self.begin_anew(0, driver.statuses(), newest_at);
                    }
                }
                Err(RecvError::Lagged(missed)) => self.begin_anew(missed, driver.statuses(), newest_at),
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn add(&self, progress: &Arc<Progress>) {
        let mut ring = self.ring();
        ring.tell(progress);
        for place in 0..progress.notices.len() {
            let event = HubEvent::new(ring.next, progress, Some(place));
            ring.push(event);
        }
        self.next.send_replace(ring.next);
    }

    /// Nothing is known of what was before, `missed` events of which were lost on the way here.
    fn begin_anew(&self, missed: u64, statuses: Vec<Status>, at: Timestamp) {
        let mut ring = self.ring();
        ring.next += missed;
        ring.statuses.clear();
        for status in statuses {
            ring.tell(&Arc::new(Progress {
                at,
                looked: false,
                notices: Vec::new(),
                effects: Vec::new(),
                status: Arc::new(status),
            }));
        }
        ring.events.clear();
        self.next.send_replace(ring.next);
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// Adds the status that something led to, unless it is what it was.
    fn tell(&mut self, progress: &Arc<Progress>) {
        let canary = (progress.status.namespace.clone(), progress.status.name.clone());
        let newest = self.statuses.get(&canary);
        if !progress.looked && newest.is_some_and(|newest| *newest.status() == *progress.status) {
            return;
        }
        let event = HubEvent::new(self.next, progress, None);
        self.statuses.insert(canary, Arc::clone(&event));
        self.push(event);
    }

    fn push(&mut self, event: Arc<HubEvent>) {
        self.next = event.number + 1;
        self.events.push_back(event);
        if self.events.len() > EVENTS_MAX {
            self.events.pop_front();
        }
    }
}
