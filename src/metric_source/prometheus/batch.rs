//! One request for all who share a shape.
//!
//! Whoever asks first asks for all who come in the same moment; each gets the rows of its own arms. Who joins or leaves between two
//! polls changes nothing but the text of the next query.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::answered::{Asker, ROWS_MAX, Reply, answered, arms_of};
use super::client::Client;
use super::query::query;
use super::query_error::QueryError;
use super::shape::Shape;
use super::split::{Fineness, groups};
use super::stats::Outcome;
use crate::gather::Gather;
use crate::metric_source::patterns::Patterns;

/// Answers longer than this are read on a thread that may block: a millisecond's work.
const READ_HERE_BYTES_MAX: usize = 256 << 10;

/// Shapes whose fineness is remembered. A daemon has some dozens; beyond that all are forgotten, and found out again.
const FINENESS_MAX: usize = 1_024;

/// A finer split is kept for so many polls; then a coarser one is tried again, for those who made it too large may have left.
const POLLS_BEFORE_COARSER: u32 = 60;

/// An asker and where its answer goes.
struct Waiting {
    asker: Asker,
    reply: oneshot::Sender<Reply>,
}

/// Those who ask one data source.
pub(super) struct Batches {
    client: Arc<Client>,
    patterns: Arc<Patterns>,
    waiting: Gather<Shape, Waiting>,
    fineness: Mutex<HashMap<Shape, (Fineness, u32)>>,
}

impl Batches {
    pub(super) fn new(client: Arc<Client>, patterns: Arc<Patterns>) -> Self {
        Self {
            client,
            patterns,
            waiting: Gather::default(),
            fineness: Mutex::default(),
        }
    }

    /// What `shape` gives for `asker`, asked together with whoever asks for the same within `gathering`.
    pub(super) async fn ask(self: &Arc<Self>, shape: &Shape, asker: Asker, gathering: Duration) -> Reply {
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { asker, reply };
        if self.waiting.join(shape, waiting) {
            let (this, shape) = (Arc::clone(self), shape.clone());
            // Of its own, so that one asker that gives up takes nothing from the others. The client's time-out ends it.
            tokio::spawn(async move {
                sleep(gathering).await;
                let waiting = this.waiting.close(&shape);
                this.answer_all(&Arc::new(shape), waiting).await;
            });
        }
        answer.await.unwrap_or(Err(QueryError::GivenUp))
    }

    async fn answer_all(&self, shape: &Arc<Shape>, waiting: Vec<Waiting>) {
        let fineness = self.fineness_of(shape);
        let parts = groups(waiting, fineness, |waiting| &waiting.asker);
        join_all(parts.into_iter().map(|part| self.answer(shape, part, fineness))).await;
    }

    /// Answers all of `waiting` by one request, or by several for a part of them each, where one is too large.
    async fn answer(&self, shape: &Arc<Shape>, waiting: Vec<Waiting>, fineness: Fineness) {
        // Who has given up is not asked for.
        let (askers, replies): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .filter(|waiting| !waiting.reply.is_closed())
            .map(|waiting| (waiting.asker, waiting.reply))
            .unzip();
        if askers.is_empty() {
            return;
        }
        let askers: Arc<[Asker]> = askers.into();
        match self.read(shape, &askers).await {
            Ok(readings) => {
                for (reply, reading) in replies.into_iter().zip(readings) {
                    let _ = reply.send(reading);
                }
            }
            Err(error) => {
                let finer = fineness
                    .finer()
                    .filter(|_| error.outcome().is_some_and(Outcome::asks_for_less) && askers.len() > 1);
                let Some(finer) = finer else {
                    for reply in replies {
                        let _ = reply.send(Err(error.clone()));
                    }
                    return;
                };
                self.remember(shape, finer);
                let again = askers.iter().cloned().zip(replies);
                let again = again.map(|(asker, reply)| Waiting { asker, reply }).collect();
                let parts = groups(again, finer, |waiting| &waiting.asker);
                // Boxed, because this is the same function; three deep at most.
                let answers = parts
                    .into_iter()
                    .map(|part| Box::pin(self.answer(shape, part, finer)));
                join_all(answers).await;
            }
        }
    }

    /// What each of `askers` gets, in their order.
    async fn read(&self, shape: &Arc<Shape>, askers: &Arc<[Asker]>) -> Result<Vec<Reply>, QueryError> {
        let text = query(shape, &arms_of(askers), self.client.settings().query_offset);
        let answer = self.client.query(&text).await?;
        let is_long = answer.body().len() > READ_HERE_BYTES_MAX;
        let (patterns, shape, askers) = (Arc::clone(&self.patterns), Arc::clone(shape), Arc::clone(askers));
        let read = move || answered(&answer.vector(ROWS_MAX)?, &shape, &askers, &patterns);
        if !is_long {
            return read();
        }
        spawn_blocking(read).await.unwrap_or(Err(QueryError::GivenUp))
    }

    fn fineness_of(&self, shape: &Shape) -> Fineness {
        let mut known = self.fineness.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((fineness, polls)) = known.get_mut(shape) else {
            return Fineness::Whole;
        };
        *polls -= 1;
        if *polls > 0 {
            return *fineness;
        }
        let coarser = fineness.coarser();
        if coarser == Fineness::Whole {
            known.remove(shape);
        } else {
            (*fineness, *polls) = (coarser, POLLS_BEFORE_COARSER);
        }
        coarser
    }

    fn remember(&self, shape: &Shape, fineness: Fineness) {
        let mut known = self.fineness.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= FINENESS_MAX {
            known.clear();
        }
        known.insert(shape.clone(), (fineness, POLLS_BEFORE_COARSER));
    }
}
