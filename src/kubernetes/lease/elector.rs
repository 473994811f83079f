//! Takes part in the election: looks, writes, waits.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::candidate::Candidate;
use super::decide::Decision;
use super::lost::Lost;
use super::record::Record;
use super::standing::{Shown, Standing};
use super::terms::Terms;
use crate::driver::ports::Clock;
use crate::kubernetes::{Cluster, Failure, Kind, Objects};

/// Attempts to give the Lease up: a conflict and a lost answer are got over. After that it runs out.
const RELEASES_MAX: usize = 3;

/// Where a Lease is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasePlace {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// One replica's part in the election.
pub struct Elector {
    objects: Objects,
    place: LeasePlace,
    terms: Terms,
    candidate: Candidate,
    clock: Arc<dyn Clock>,
    shown: watch::Sender<Shown>,
}

impl Elector {
    /// Takes part in nothing yet. `replica` names it for people; what makes the name this process's alone is added.
    #[must_use]
    pub fn new(
        cluster: &Cluster,
        place: LeasePlace,
        replica: &str,
        terms: Terms,
        clock: Arc<dyn Clock>,
    ) -> Self {
        // As client-go does: a process that comes after this one in the same pod is another holder.
        let me = format!("{replica}_{:08x}", rand::random::<u32>());
        Self {
            objects: cluster.objects(Kind::LEASE),
            place,
            terms,
            candidate: Candidate::new(me, terms),
            clock,
            shown: watch::Sender::default(),
        }
    }

    /// The name that the Lease has while this replica holds it.
    #[must_use]
    pub fn me(&self) -> &str {
        self.candidate.me()
    }

    /// Who leads, now and later.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            lease: self.lease(),
            shown: self.shown.subscribe(),
            clock: Arc::clone(&self.clock),
        }
    }

    /// Returns once this replica leads, which may be never. From then on it is to [`keep`](Self::keep) that at once.
    pub async fn lead(&mut self) {
        loop {
            self.attempt().await;
            if self.candidate.leads(self.clock.now()) {
                tracing::info!(lease = self.lease(), replica = self.me(), "leads");
                return;
            }
            sleep(self.terms.pause(rand::random())).await;
        }
    }

    /// Renews the Lease for as long as that succeeds; gives why it did not. Safe to drop.
    pub async fn keep(&mut self) -> Lost {
        let clock = Arc::clone(&self.clock);
        while let Some(until) = self.candidate.leads_until() {
            let renewing = async {
                sleep(self.terms.pause(rand::random())).await;
                self.attempt().await;
            };
            tokio::select! {
                biased;
                () = clock.sleep_until(until) => break,
                () = renewing => {}
            }
        }
        self.lost()
    }

    /// Gives the Lease up, if it is this replica's, so that another one leads at once.
    pub async fn release(mut self) {
        for _ in 0..RELEASES_MAX {
            match timeout(self.terms.attempt(), self.give_up()).await {
                Ok(Ok(())) => return,
                Ok(Err(failure)) => tracing::warn!(lease = self.lease(), "not given up: {failure}"),
                Err(_) => tracing::warn!(lease = self.lease(), "not given up: {}", self.no_answer()),
            }
            sleep(self.terms.pause(rand::random()) / 10).await;
        }
        tracing::warn!(lease = self.lease(), "the Lease is left to run out");
    }

    /// One look, and what follows from it, within its time; shows what came of it.
    async fn attempt(&mut self) {
        let attempt = timeout(self.terms.attempt(), self.look_and_write()).await;
        let fault = match attempt {
            Ok(Ok(())) => None,
            // Somebody else was faster: the next look shows who.
            Ok(Err(Failure::Conflict(_))) => None,
            Ok(Err(failure)) => Some(failure.to_string()),
            Err(_) => Some(self.no_answer()),
        };
        self.show(fault);
    }

    async fn look_and_write(&mut self) -> Result<(), Failure> {
        if self.candidate.must_read() {
            let led = self.candidate.leads_until().is_some();
            self.look().await?;
            if led && self.candidate.leads_until().is_none() {
                // Taken back at once it would look as if nothing had been: others may have led in between.
                return Ok(());
            }
        }
        let now = self.clock.now();
        let decision = self.candidate.decide(now);
        match self.candidate.wish(&decision, now) {
            Some(record) => self.write(&decision, &record).await,
            None => Ok(()),
        }
    }

    async fn look(&mut self) -> Result<(), Failure> {
        let lease = match self.objects.get(&self.place.namespace, &self.place.name).await {
            Ok(object) => Some((Record::of(&object), version(&object))),
            Err(Failure::NotFound(_)) => None,
            Err(failure) => return Err(failure),
        };
        self.candidate.read(lease, self.clock.now());
        Ok(())
    }

    async fn write(&mut self, decision: &Decision, record: &Record) -> Result<(), Failure> {
        let LeasePlace { namespace, name } = &self.place;
        let sent_at = self.clock.now();
        let patch = self.candidate.lease().map(|seen| record.patch(seen));
        self.candidate.sends();
        let object = match (decision, patch) {
            (Decision::Create, _) | (_, None) => {
                self.objects.create(namespace, &record.object(&self.place)).await
            }
            (_, Some(patch)) => self.objects.patch(namespace, name, &patch).await,
        }?;
        self.candidate
            .wrote(Record::of(&object), version(&object), sent_at, self.clock.now());
        Ok(())
    }

    async fn give_up(&mut self) -> Result<(), Failure> {
        if self.candidate.must_read() {
            self.look().await?;
        }
        let Some(seen) = self.candidate.lease() else {
            return Ok(());
        };
        if seen.record.holder != self.candidate.me() {
            return Ok(());
        }
        let record = seen.record.released(self.clock.now());
        self.write(&Decision::Take, &record).await?;
        self.show(None);
        tracing::info!(lease = self.lease(), "given up");
        Ok(())
    }

    fn show(&self, fault: Option<String>) {
        let seen = self.candidate.lease().map(|seen| seen.record.holder.clone());
        let holder = seen.filter(|holder| !holder.is_empty());
        self.shown.send_modify(|shown| {
            if let Some(fault) = fault
                .as_ref()
                .filter(|fault| shown.fault.as_ref() != Some(*fault))
            {
                tracing::warn!(lease = self.lease(), "cannot tell who leads: {fault}");
            }
            if let Some(holder) = holder
                .as_ref()
                .filter(|holder| shown.holder.as_ref() != Some(*holder))
            {
                tracing::info!(lease = self.lease(), leader = holder, "held by {holder}");
            }
            *shown = Shown {
                has_looked: shown.has_looked || fault.is_none(),
                holder,
                leads_until: self.candidate.leads_until(),
                fault,
            };
        });
    }

    fn lost(&self) -> Lost {
        let lease = self.lease();
        if self.candidate.leads_until().is_some() {
            let fault = self.shown.borrow().fault.clone();
            return Lost::NotRenewed {
                lease,
                within: self.terms.renew_deadline,
                reason: fault.unwrap_or_else(|| "this process was stopped meanwhile".to_owned()),
            };
        }
        let holder = match self.candidate.lease().map(|seen| seen.record.holder.as_str()) {
            None => "it is not there any more".to_owned(),
            Some("") => "nobody holds it".to_owned(),
            Some(holder) => format!("{holder} holds it"),
        };
        Lost::Taken { lease, holder }
    }

    fn lease(&self) -> String {
        format!("{}/{}", self.place.namespace, self.place.name)
    }

    fn no_answer(&self) -> String {
        format!(
            "no answer from the API server within {:.1} s",
            self.terms.attempt().as_secs_f64()
        )
    }
}

fn version(object: &Value) -> String {
    let version = &object["metadata"]["resourceVersion"];
    version.as_str().unwrap_or_default().to_owned()
}
