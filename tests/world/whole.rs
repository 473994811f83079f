//! The whole world of one daemon: a route, two services, their workloads, a journal, people, and a clock that a test owns.
//!
//! Every test runs on paused time: an hour passes in milliseconds, and nothing sleeps. When a world ends, the oracle
//! looks at what happened in it.

use std::sync::Arc;
use std::time::Duration;

use serin::clock::SystemClock;
use serin::driver::ports::{Clock, Ports};
use serin::driver::{CommandError, Driver};
use serin::engine::{Action, Arm, Command, Outcome, Phase, Status, Trail};
use serin::spec::{
    AfterDeadline, CheckedCanary, NoDataPolicies, NoDataPolicy, PromotionWorkload, Step, Timestamp,
};

use super::gates::Gates;
use super::journal::UnreliableJournal;
use super::life::{Accident, Life};
use super::oracle;
use super::people::People;
use super::route::FakeRoute;
use super::services::FakeServices;
use super::watching;
use super::workloads::FakeWorkloads;

/// When the world begins: in November 2023.
const BEGIN: Timestamp = Timestamp(1_700_000_000_000);

/// No rollout of a test takes longer, in its own time.
const PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// One daemon and everything around it.
pub(crate) struct World {
    pub(crate) canary: CheckedCanary,
    /// The daemon's clock.
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) route: FakeRoute,
    pub(crate) services: FakeServices,
    pub(crate) workloads: FakeWorkloads,
    pub(crate) gates: Gates,
    pub(crate) journal: UnreliableJournal,
    pub(crate) people: People,
    pub(crate) life: Arc<Life>,
    pub(crate) driver: Arc<Driver>,
    /// The rollout that was started last.
    pub(crate) id: String,
    loses_entries: bool,
}

impl World {
    /// Two healthy versions, steps 5, 25, 50 and 100, a look every ten seconds, and a daemon without a rollout.
    pub(crate) fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start_at(BEGIN));
        let route = FakeRoute::new(clock.clone());
        let services = FakeServices::new(clock.clone(), route.clone());
        let (workloads, people) = (FakeWorkloads::default(), People::default());
        let gates = Gates::default();
        let journal = UnreliableJournal::default();
        let ports = Ports {
            metric_source: Arc::new(services.clone()),
            traffic: Arc::new(route.clone()),
            workloads: Arc::new(workloads.clone()),
            hooks: Arc::new(gates.clone()),
            journal: Arc::new(journal.clone()),
            notifier: Arc::new(people.clone()),
            clock: clock.clone(),
        };
        let life = Life::begin(ports, None);
        Self {
            canary: checkout(),
            driver: Arc::new(Driver::new(life.ports())),
            clock,
            route,
            services,
            workloads,
            gates,
            journal,
            people,
            life,
            id: String::new(),
            loses_entries: false,
        }
    }

    /// With another Canary.
    pub(crate) fn with(mut self, edit: impl FnOnce(&mut CheckedCanary)) -> Self {
        edit(&mut self.canary);
        self
    }

    /// With a canary that answers this share of its requests with errors.
    pub(crate) fn errors(self, errors: f64) -> Self {
        self.services.fail(Arm::Canary, errors);
        self
    }

    /// With an accident at the daemon's call of this number.
    pub(crate) fn accident(mut self, call: usize, accident: Accident) -> Self {
        self.life = Life::begin(self.ports(), Some((call, accident)));
        self.driver = Arc::new(Driver::new(self.life.ports()));
        self
    }

    /// With a journal that is down for so long that entries are lost.
    pub(crate) fn loses_entries(mut self) -> Self {
        self.loses_entries = true;
        self
    }

    /// With a rollout under way.
    pub(crate) fn start(mut self) -> Self {
        self.id = self.driver.start(self.canary.clone(), "v2".into()).unwrap();
        self
    }

    /// One in which stable takes the canary's version, which does not end before it is let.
    pub(crate) async fn in_the_copy() -> Self {
        let world = Self::new()
            .with(|canary| canary.promotion.workload = PromotionWorkload::Copy)
            .start();
        world.workloads.hold_promotions();
        world
            .until("promoting", |world| world.phase() == Phase::Promoting)
            .await;
        world.pass(5).await;
        world
    }

    /// Where the rollout stands.
    pub(crate) fn status(&self) -> Status {
        let statuses = self.driver.statuses();
        statuses.into_iter().find(|status| status.id == self.id).unwrap()
    }

    /// Lets time pass.
    pub(crate) async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// Lets time pass until the world is like that.
    pub(crate) async fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let begun = self.clock.now();
        while !is_so(self) {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let waited = self.clock.now().since(begun);
            assert!(
                waited < PATIENCE,
                "still not {what}: {:#?}",
                self.driver.statuses()
            );
        }
    }

    /// Lets time pass until the canary has this weight, as the engine knows it.
    pub(crate) async fn weight(&self, weight: u8) {
        let what = format!("at {weight} %");
        self.until(&what, |world| {
            world.status().weight == weight && world.status().step.is_some()
        })
        .await;
    }

    /// Lets time pass until the rollout has ended, and says how.
    pub(crate) async fn end(&self) -> Outcome {
        self.until("ended", |world| world.status().phase.is_final()).await;
        // The news and the clearing up.
        self.pass(1).await;
        self.status().ending.unwrap().outcome
    }

    /// Lets somebody give a command.
    pub(crate) async fn command(&self, action: Action) -> Result<(), CommandError> {
        self.driver.command(&self.id, by_ada(action)).await
    }

    /// Gives a command and does not wait for an answer.
    pub(crate) fn send(&self, action: Action) {
        let command = serin::engine::Event::Command(by_ada(action));
        self.driver.tell(&self.id, command).unwrap();
    }

    /// Ends the daemon's life where it stands, if it has not ended already, and begins another in the same world. Gives
    /// the number of rollouts that it goes on with.
    pub(crate) async fn restart(&mut self) -> usize {
        self.restart_with(None).await
    }

    /// The same, where the next life has an accident too.
    pub(crate) async fn restart_with(&mut self, accident: Option<(usize, Accident)>) -> usize {
        self.life.end();
        self.life = Life::begin(self.ports(), accident);
        self.driver = Arc::new(Driver::new(self.life.ports()));
        self.driver.recover().await.unwrap()
    }

    /// How the rollout ended, by the journal.
    pub(crate) fn journalled_outcome(&self) -> Option<Outcome> {
        let stored = self.journal.newest(&self.id)?;
        let status = stored.rollout.status(self.clock.now());
        status
            .ending
            .filter(|_| status.phase.is_final())
            .map(|ending| ending.outcome)
    }

    /// Whether the rollout was aborted in the object: weight 0, with its mark.
    pub(crate) fn is_aborted(&self) -> bool {
        self.route.weight() == 0 && self.route.state().is_aborted(&self.id)
    }

    pub(crate) fn phase(&self) -> Phase {
        self.status().phase
    }

    fn ports(&self) -> Ports {
        Ports {
            metric_source: Arc::new(self.services.clone()),
            traffic: Arc::new(self.route.clone()),
            workloads: Arc::new(self.workloads.clone()),
            hooks: Arc::new(self.gates.clone()),
            journal: Arc::new(self.journal.clone()),
            notifier: Arc::new(self.people.clone()),
            clock: self.clock.clone(),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            oracle::check_route(&self.route, &self.journal);
            if !self.loses_entries {
                oracle::check_journal(&self.journal);
            }
        }
    }
}

fn by_ada(action: Action) -> Command {
    Command {
        action,
        by: "ada".into(),
        reason: String::new(),
        trail: Trail::default(),
    }
}

fn checkout() -> CheckedCanary {
    let mut checkout = watching::watching(
        &["http://canary"],
        &["http://stable"],
        vec![watching::success_rate()],
    );
    checkout.steps = [5, 25, 50, 100]
        .map(|weight| Step {
            weight,
            hold: Duration::ZERO,
            min_requests: 0,
            approval: false,
        })
        .to_vec();
    checkout.promotion.bake = Duration::from_secs(30);
    let hold = NoDataPolicy {
        after: Duration::from_secs(15 * 60),
        then: AfterDeadline::Hold,
    };
    checkout.analysis.no_data = NoDataPolicies {
        source_down: hold,
        stale: hold,
        no_traffic: hold,
        canary_silent: NoDataPolicy {
            after: Duration::from_secs(2 * 60),
            then: AfterDeadline::Abort,
        },
        baseline_silent: hold,
    };
    checkout
}
