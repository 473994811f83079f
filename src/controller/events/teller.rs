//! Sends Events, one after the other.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, OptionFuture};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::News;
use super::event::{event, series};
use super::reasons::{invalid_spec, of_notice};
use super::series::{Sending, Series};
use crate::canaries::cluster::{Resource, Resources};
use crate::controller::Parts;
use crate::controller::telling::words;
use crate::driver::Progress;
use crate::kubernetes::{Backoff, Failure, Kind};
use crate::spec::Timestamp;

/// Events that wait to be sent. Beyond them the oldest is left out: what is new is what people look for.
const WAITING_MAX: usize = 500;

/// Attempts at one Event, over some seconds. A server that is away is waited for: behind it, all others wait as well.
const ATTEMPTS: u32 = 5;

struct Teller<'a> {
    parts: &'a Parts,
    series: Series,
    /// What is wrong with each Canary, as it was told.
    refused: BTreeMap<String, String>,
    waiting: VecDeque<Job>,
    left_out: u64,
}

/// One request.
struct Job {
    sending: Sending,
    resource: Arc<Resource>,
    at: Timestamp,
}

/// Works for as long as it is polled. `news` is what others have to tell.
pub(in crate::controller) async fn run(parts: &Parts, mut news: mpsc::Receiver<News>) {
    let mut teller = Teller {
        parts,
        series: Series::default(),
        refused: BTreeMap::new(),
        waiting: VecDeque::new(),
        left_out: 0,
    };
    let mut resources = parts.resources.clone();
    // What was refused before this began is told as well.
    resources.mark_changed();
    let mut progress = parts.driver.subscribe();
    let mut sending: OptionFuture<BoxFuture<'_, ()>> = None.into();
    let mut is_sending = false;
    loop {
        if !is_sending && let Some(job) = teller.waiting.pop_front() {
            sending = Some(send(parts, job).boxed()).into();
            is_sending = true;
        }
        let next = teller.series.next();
        // What changed since is left for the branch below to see.
        let now = Arc::clone(&resources.borrow());
        tokio::select! {
            changed = resources.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = Arc::clone(&resources.borrow_and_update());
                teller.tell_of_refusals(&now);
            }
            happened = with_notices(&mut progress) => match happened {
                Some(progress) => {
                    for notice in &progress.notices {
                        teller.tell(&now, of_notice(&progress.status, notice));
                    }
                }
                None => return,
            },
            Some(news) = news.recv() => teller.tell(&now, news),
            _ = &mut sending, if is_sending => is_sending = false,
            () = parts.clock.sleep_until(next.unwrap_or_default()), if next.is_some() => teller.count(&now),
        }
    }
}

/// The next progress of which there is something to tell: few looks have any. None once there is no more. Safe to drop and to call again.
async fn with_notices(progress: &mut Receiver<Arc<Progress>>) -> Option<Arc<Progress>> {
    loop {
        match progress.recv().await {
            Ok(progress) if progress.notices.is_empty() => {}
            Ok(progress) => return Some(progress),
            Err(RecvError::Lagged(number)) => {
                tracing::warn!("{number} steps of progress went by without Events");
            }
            Err(RecvError::Closed) => return None,
        }
    }
}

impl Teller<'_> {
    fn tell_of_refusals(&mut self, resources: &Resources) {
        self.refused
            .retain(|name, _| resources.refused.contains_key(name));
        for (name, problems) in &resources.refused {
            let text = words(problems);
            if self.refused.get(name) != Some(&text) {
                self.tell(resources, invalid_spec(name, text.clone()));
                self.refused.insert(name.clone(), text);
            }
        }
    }

    fn tell(&mut self, resources: &Resources, news: News) {
        // An Event needs an object that it is of.
        let Some(resource) = resources.canaries.get(&news.canary).cloned() else {
            return;
        };
        let at = self.parts.clock.now();
        if let Some(sending) = self.series.take(news, at) {
            self.queue(Job {
                sending,
                resource,
                at,
            });
        }
    }

    /// Tells of what was said again.
    fn count(&mut self, resources: &Resources) {
        let at = self.parts.clock.now();
        for sending in self.series.due(at) {
            let Sending::Again { canary, .. } = &sending else {
                continue;
            };
            if let Some(resource) = resources.canaries.get(canary).cloned() {
                self.queue(Job {
                    sending,
                    resource,
                    at,
                });
            }
        }
    }

    fn queue(&mut self, job: Job) {
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.pop_front();
            self.left_out += 1;
            if self.left_out.is_power_of_two() {
                tracing::warn!(left_out = self.left_out, "more Events than the API server takes");
            }
        }
        self.waiting.push_back(job);
    }
}

/// Sends one; one that is not taken is left out.
async fn send(parts: &Parts, job: Job) {
    let mut backoff = Backoff::default();
    let mut attempts = 0;
    loop {
        let failure = match try_send(parts, &job).await {
            // One that is there already was written by an attempt without an answer; one that is not is forgotten by the server.
            Ok(()) | Err(Failure::Conflict(_) | Failure::NotFound(_)) => return,
            Err(failure) => failure,
        };
        attempts += u32::from(!matches!(failure, Failure::Unreachable(_)));
        if matches!(failure, Failure::Refused(_)) || attempts == ATTEMPTS {
            tracing::warn!(canary = job.resource.name, "an Event is left out: {failure}");
            return;
        }
        backoff.pause().await;
    }
}

async fn try_send(parts: &Parts, job: &Job) -> Result<(), Failure> {
    let events = parts.cluster.objects(Kind::EVENT);
    let namespace = &job.resource.namespace;
    match &job.sending {
        Sending::New { name, news } => {
            let event = event(name, &job.resource, &parts.replica, news, job.at);
            events.create(namespace, &event).await?;
        }
        Sending::Again {
            name, count, last, ..
        } => {
            events.patch(namespace, name, &[series(*count, *last)]).await?;
        }
    }
    Ok(())
}
