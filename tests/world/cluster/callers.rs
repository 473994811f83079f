//! People who call a service of the mesh, at a steady rate and through the proxy, so that its weights decide who
//! answers.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Client;
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval};

use super::Istio;
use super::worker::Worker;
use crate::world::envoy::Service;
use crate::world::patience::until;

/// Requests under way at once; one that would be more is not sent, and counted.
const IN_FLIGHT_MAX: usize = 64;

/// How long a caller waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// What callers have got so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Answers {
    /// Good answers, by the version that gave them.
    pub(crate) good: BTreeMap<String, u64>,
    /// Answers with any other status than 200, by the first word in them: a version, or whatever the proxy says.
    pub(crate) bad: BTreeMap<String, u64>,
    /// Requests that got no answer.
    pub(crate) failed: u64,
    /// Requests that were not sent, since [`IN_FLIGHT_MAX`] were under way.
    pub(crate) dropped: u64,
}

/// The callers. Dropping it ends the calls.
pub(crate) struct Callers {
    answers: Arc<Mutex<Answers>>,
    _worker: Worker,
}

impl Answers {
    /// Answers of a version, good and bad.
    pub(crate) fn of(&self, version: &str) -> u64 {
        [&self.good, &self.bad]
            .iter()
            .filter_map(|answers| answers.get(version))
            .sum()
    }

    /// All answers, good and bad.
    pub(crate) fn all(&self) -> u64 {
        self.good.values().chain(self.bad.values()).sum()
    }
}

impl Callers {
    /// Begins to call a service through the mesh's proxy, so many times a second.
    pub(crate) fn call(mesh: &Istio, service: &Service, per_second: NonZeroU32) -> Self {
        let answers = Arc::<Mutex<Answers>>::default();
        let worker = Worker::start();
        worker.spawn(call_on(
            Calls::to(mesh, service),
            per_second,
            Arc::clone(&answers),
        ));
        Self {
            answers,
            _worker: worker,
        }
    }

    /// What they have got so far.
    pub(crate) fn answers(&self) -> Answers {
        self.answers.lock().unwrap().clone()
    }

    /// Waits until so many more answers have come than there are now.
    pub(crate) async fn until_answered(&self, more: u64) {
        let now = self.answers().all();
        until(&format!("{more} answers more"), async || {
            (self.answers().all() >= now + more).then_some(())
        })
        .await;
    }
}

/// How requests are sent.
#[derive(Clone)]
struct Calls {
    client: Client,
    url: String,
    host: String,
}

impl Calls {
    fn to(mesh: &Istio, service: &Service) -> Self {
        Self {
            client: Client::builder().no_proxy().timeout(PATIENCE).build().unwrap(),
            url: format!("http://{}/", mesh.envoy().address()),
            host: service.full_name(),
        }
    }

    /// One request, counted.
    async fn one(self, answers: Arc<Mutex<Answers>>) {
        let request = self.client.get(&self.url).header("host", &self.host);
        let answer = async {
            let answer = request.send().await?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.text().await?))
        };
        let answer = answer.await;
        let mut answers = answers.lock().unwrap();
        let Ok((status, text)) = answer else {
            answers.failed += 1;
            return;
        };
        let word = text.split_whitespace().next().unwrap_or_default().to_owned();
        let counted = if status == 200 {
            &mut answers.good
        } else {
            &mut answers.bad
        };
        *counted.entry(word).or_default() += 1;
    }
}

/// Calls so many times, not more than [`IN_FLIGHT_MAX`] at once, and gives what was answered.
pub(crate) async fn call(mesh: &Istio, service: &Service, times: usize) -> Answers {
    use futures::stream::{StreamExt, iter};
    let answers = Arc::<Mutex<Answers>>::default();
    let calls = Calls::to(mesh, service);
    let all = iter((0..times).map(|_| calls.clone().one(Arc::clone(&answers))));
    all.buffer_unordered(IN_FLIGHT_MAX).collect::<()>().await;
    Arc::into_inner(answers)
        .expect("no call is left")
        .into_inner()
        .unwrap()
}

async fn call_on(calls: Calls, per_second: NonZeroU32, answers: Arc<Mutex<Answers>>) {
    let slots = Arc::new(Semaphore::new(IN_FLIGHT_MAX));
    let mut ticks = interval(Duration::from_secs(1) / per_second.get());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    loop {
        ticks.tick().await;
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
            answers.lock().unwrap().dropped += 1;
            continue;
        };
        let (calls, answers) = (calls.clone(), Arc::clone(&answers));
        tokio::spawn(async move {
            calls.one(answers).await;
            drop(slot);
        });
    }
}
