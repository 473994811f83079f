//! What the API asks: Canaries that a test can edit, and a history that can hang.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serin::api::{Canaries, KnownCanary};
use serin::document::{Problem, Problems};
use serin::driver::ports::Journal;
use serin::driver::{Delivery, DeliveryState, Entry, Stored};
use serin::driver::{History, HistoryError, Page, RolloutFilter, RolloutRow};
use serin::engine::Effect;
use serin::spec::{CheckedCanary, Known, examine_for};

use crate::world::journal::UnreliableJournal;

/// The namespace of the file that has nothing but problems.
const PROBLEMS_OF: &str = "shop";

/// The Canaries of a folder.
pub(crate) struct FakeCanaries {
    known: Mutex<Vec<KnownCanary>>,
    problems: Mutex<Vec<Problem>>,
    data_sources: Mutex<BTreeSet<String>>,
}

impl FakeCanaries {
    pub(crate) fn of(canary: CheckedCanary) -> Self {
        let known = KnownCanary {
            canary: Arc::new(canary),
            problems: Problems::default(),
        };
        Self {
            known: Mutex::new(vec![known]),
            problems: Mutex::default(),
            data_sources: Mutex::new(BTreeSet::from(["default".to_owned()])),
        }
    }

    /// The configuration has no data source.
    pub(crate) fn ask_nobody(&self) {
        self.data_sources.lock().unwrap().clear();
    }

    /// Another Canary beside them.
    pub(crate) fn add(&self, namespace: &str, name: &str) {
        let mut known = self.known.lock().unwrap();
        let mut canary = (*known[0].canary).clone();
        canary.namespace = namespace.into();
        canary.name = name.into();
        known.push(KnownCanary {
            canary: Arc::new(canary),
            problems: Problems::default(),
        });
    }

    /// The files are gone.
    pub(crate) fn delete(&self) {
        self.known.lock().unwrap().clear();
    }

    /// The newest edit of every Canary is broken, and so is a file that has none.
    pub(crate) fn break_edits(&self) {
        let problem = Problem {
            file: "checkout.yaml".into(),
            line: Some(7),
            field: Some("spec.steps[0].weight".into()),
            expected: "a whole number from 1 to 100".into(),
            found: "`101`".into(),
            hint: None,
        };
        for known in self.known.lock().unwrap().iter_mut() {
            known.problems = Problems::new(vec![problem.clone()]);
        }
        self.problems.lock().unwrap().push(problem);
    }
}

impl Canaries for FakeCanaries {
    fn list(&self) -> Vec<KnownCanary> {
        self.known.lock().unwrap().clone()
    }

    fn get(&self, namespace: &str, name: &str) -> Option<KnownCanary> {
        let known = self.known.lock().unwrap();
        let is_meant =
            |known: &&KnownCanary| known.canary.namespace == namespace && known.canary.name == name;
        known.iter().find(is_meant).cloned()
    }

    fn is_unwritten(&self, namespace: &str, name: &str) -> bool {
        self.get(namespace, name).is_none()
    }

    fn check(&self, document: &str) -> Result<CheckedCanary, Problems> {
        let known = Known {
            channels: BTreeSet::from(["log".to_owned()]),
            data_sources: self.data_sources.lock().unwrap().clone(),
            ..Known::default()
        };
        let mut report = examine_for(&known, [("request", document)]);
        report
            .canaries
            .pop()
            .map(|filed| filed.canary)
            .ok_or(report.problems)
    }

    fn problems(&self, namespace: Option<&str>) -> Problems {
        let problems = self.problems.lock().unwrap().clone();
        let is_asked_for = namespace.is_none_or(|namespace| namespace == PROBLEMS_OF);
        Problems::new(if is_asked_for { problems } else { Vec::new() })
    }
}

/// What is wrong with the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Fails,
    Hangs,
}

/// What a journal knows.
pub(crate) struct FakeHistory {
    journal: UnreliableJournal,
    fault: Mutex<Option<Fault>>,
}

impl FakeHistory {
    pub(crate) fn of(journal: &UnreliableJournal) -> Self {
        Self {
            journal: journal.clone(),
            fault: Mutex::default(),
        }
    }

    /// From now on this is wrong with it.
    pub(crate) fn break_down(&self, fault: Fault) {
        *self.fault.lock().unwrap() = Some(fault);
    }

    async fn answer(&self) -> Result<(), HistoryError> {
        let fault = *self.fault.lock().unwrap();
        match fault {
            None => Ok(()),
            Some(Fault::Fails) => Err(HistoryError::Unreadable("the disk is gone".into())),
            Some(Fault::Hangs) => std::future::pending().await,
        }
    }
}

/// The part of `items` that `cursor` and `limit` ask for; cursors count.
fn page<T>(items: Vec<T>, cursor: Option<&str>, limit: usize) -> Result<Page<T>, HistoryError> {
    let begin: usize = match cursor {
        None => 0,
        Some(cursor) => cursor.parse().map_err(|_| HistoryError::Cursor)?,
    };
    let next = (items.len() > begin + limit).then(|| (begin + limit).to_string());
    Ok(Page {
        items: items.into_iter().skip(begin).take(limit).collect(),
        next,
    })
}

#[async_trait]
impl History for FakeHistory {
    async fn rollouts(
        &self,
        filter: &RolloutFilter,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<RolloutRow>, HistoryError> {
        self.answer().await?;
        let stored = self.journal.rollouts().into_iter().rev();
        let rows = stored.filter_map(|id| {
            let stored = self.journal.newest(&id)?;
            let status = stored.rollout.status(stored.at);
            let ending = status.ending.filter(|_| status.phase.is_final());
            Some(RolloutRow {
                outcome: ending.as_ref().map(|ending| ending.outcome),
                cause: ending.map(|ending| ending.cause.to_string()),
                ended_at: status.phase.is_final().then_some(status.phase_since),
                id: status.id,
                namespace: status.namespace,
                name: status.name,
                revision: status.revision,
                phase: status.phase,
                started_at: status.started_at,
            })
        });
        let wanted = rows.filter(|row| {
            filter
                .namespace
                .as_ref()
                .is_none_or(|namespace| *namespace == row.namespace)
                && filter.name.as_ref().is_none_or(|name| *name == row.name)
                && filter.outcome.is_none_or(|outcome| row.outcome == Some(outcome))
                && filter.since.is_none_or(|since| row.started_at >= since)
        });
        page(wanted.collect(), cursor, limit)
    }

    async fn unfinished(&self) -> Result<Vec<Stored>, HistoryError> {
        self.answer().await?;
        Ok(self.journal.unfinished().await.unwrap())
    }

    async fn rollout(&self, id: &str) -> Result<Option<Stored>, HistoryError> {
        self.answer().await?;
        Ok(self.journal.newest(id).map(Arc::unwrap_or_clone))
    }

    async fn entries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Entry>, HistoryError> {
        self.answer().await?;
        page(self.journal.entries(id), cursor, limit)
    }

    async fn deliveries(
        &self,
        id: &str,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Delivery>, HistoryError> {
        self.answer().await?;
        let deliveries = self.journal.entries(id).into_iter().flat_map(|entry| {
            let sequence = entry.sequence;
            let notices = entry.effects.into_iter().filter_map(|effect| match effect {
                Effect::Notify(notice) => Some(notice),
                _ => None,
            });
            let delivery = move |(index, notice)| Delivery {
                key: format!("{}/{sequence}/{index}/log", entry.rollout),
                channel: "log".into(),
                rollout: entry.rollout.clone(),
                namespace: "shop".into(),
                name: "checkout".into(),
                notice,
                created_at: entry.at,
                attempts: 1,
                state: DeliveryState::Delivered,
                last_error: None,
                receipt: None,
                instead_of: None,
            };
            notices.enumerate().map(delivery).collect::<Vec<_>>()
        });
        page(deliveries.collect(), cursor, limit)
    }
}
