//! A receiver behind a channel: it takes, refuses, hangs, or breaks, as its test says.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serin::driver::Delivery;
use serin::driver::ports::Clock;
use serin::notify::{Channel, SendError, Sent};
use serin::spec::Timestamp;
use tokio::sync::watch;
use tokio::time::timeout;

use super::PATIENCE;

/// What it does with a delivery.
pub(super) enum Answer {
    Takes,
    TakesAfter(Duration),
    Refuses(SendError),
    Hangs,
    Panics,
}

/// A delivery that reached it.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    pub(super) at: Timestamp,
    pub(super) delivery: Delivery,
}

/// Clones are the same receiver.
#[derive(Clone)]
pub(super) struct Receiver {
    clock: Arc<dyn Clock>,
    answer: Arc<dyn Fn(&Delivery) -> Answer + Send + Sync>,
    arrivals: Arc<watch::Sender<Vec<Arrival>>>,
    present: Arc<AtomicUsize>,
    present_max: Arc<AtomicUsize>,
}

impl Receiver {
    pub(super) fn new(
        clock: &Arc<dyn Clock>,
        answer: impl Fn(&Delivery) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self {
            clock: clock.clone(),
            answer: Arc::new(answer),
            arrivals: Arc::default(),
            present: Arc::default(),
            present_max: Arc::default(),
        }
    }

    /// Takes everything.
    pub(super) fn healthy(clock: &Arc<dyn Clock>) -> Self {
        Self::new(clock, |_| Answer::Takes)
    }

    /// Waits until this many deliveries have reached it.
    pub(super) async fn reached_by(&self, number: usize) -> Vec<Arrival> {
        self.until(|arrivals| arrivals.len() >= number).await
    }

    /// Waits until what reached it is like that.
    pub(super) async fn until(&self, is_so: impl Fn(&[Arrival]) -> bool) -> Vec<Arrival> {
        let mut arrivals = self.arrivals.subscribe();
        let reached = arrivals.wait_for(|arrivals| is_so(arrivals));
        timeout(PATIENCE, reached).await.unwrap().unwrap().clone()
    }

    pub(super) fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.borrow().clone()
    }

    /// The keys of what reached it, in order.
    pub(super) fn keys(&self) -> Vec<String> {
        let arrivals = self.arrivals.borrow();
        arrivals
            .iter()
            .map(|arrival| arrival.delivery.key.clone())
            .collect()
    }

    /// The greatest number of deliveries that it had before it at once.
    pub(super) fn present_max(&self) -> usize {
        self.present_max.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Channel for Receiver {
    async fn send(&self, delivery: &Delivery) -> Result<Sent, SendError> {
        let present = self.present.fetch_add(1, Ordering::Relaxed) + 1;
        self.present_max.fetch_max(present, Ordering::Relaxed);
        let _leaves = Leaves(&self.present);
        self.arrivals.send_modify(|arrivals| {
            arrivals.push(Arrival {
                at: self.clock.now(),
                delivery: delivery.clone(),
            });
        });
        match (self.answer)(delivery) {
            Answer::Takes => Ok(Sent::Taken(None)),
            Answer::TakesAfter(time) => {
                tokio::time::sleep(time).await;
                Ok(Sent::Taken(None))
            }
            Answer::Refuses(error) => Err(error),
            Answer::Hangs => std::future::pending().await,
            Answer::Panics => panic!("a defect of the channel"),
        }
    }
}

struct Leaves<'a>(&'a AtomicUsize);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
