//! What a journal is given over two whole rollouts: recorded from a driver in the fakes' world, once a process.

use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use serde_json::Value;
use serin::driver::ports::{Journal, JournalError, Ports};
use serin::driver::{Driver, Entry, Stored};
use serin::engine::{Effect, Outcome};

use crate::world::{World, watching};

/// What one call of [`Journal::append`] brought.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Append {
    pub(super) entries: Vec<Entry>,
    pub(super) state: Arc<Stored>,
}

/// The channels of every Canary here.
pub(super) const CHANNELS: [&str; 2] = ["oncall", "team"];

static ABORTED: LazyLock<Vec<Append>> = LazyLock::new(|| record(0.05, Outcome::Aborted));
static PROMOTED: LazyLock<Vec<Append>> = LazyLock::new(|| record(0.0, Outcome::Promoted));

/// Everything that happened to a rollout that was rolled back, as the rollout `id` of `default/NAME`, where the id is
/// `NAME-MILLISECONDS` of its start.
pub(super) fn aborted(id: &str) -> Vec<Append> {
    let renamed = ABORTED.iter().map(|append| append.renamed(id));
    renamed.collect()
}

/// The same of a rollout that became the new stable.
pub(super) fn promoted(id: &str) -> Vec<Append> {
    let renamed = PROMOTED.iter().map(|append| append.renamed(id));
    renamed.collect()
}

/// The first half of [`promoted`]: it has not ended, and its evidence has dead experts.
pub(super) fn under_way(id: &str) -> Vec<Append> {
    let mut appends = promoted(id);
    appends.truncate(appends.len() / 2);
    appends
}

/// The whole of `appends` in one.
pub(super) fn together(appends: &[Append]) -> Append {
    Append {
        entries: appends.iter().flat_map(|append| append.entries.clone()).collect(),
        state: appends.last().unwrap().state.clone(),
    }
}

/// The number of notices in `appends`.
pub(super) fn notices(appends: &[Append]) -> usize {
    let effects = appends
        .iter()
        .flat_map(|append| append.entries.iter().flat_map(|entry| &entry.effects));
    effects
        .filter(|effect| matches!(effect, Effect::Notify(_)))
        .count()
}

impl Append {
    /// As another rollout, of another Canary, at another time: `NAME-MILLISECONDS`.
    fn renamed(&self, id: &str) -> Self {
        let (name, started_at) = id.rsplit_once('-').unwrap();
        let started_at: i64 = started_at.parse().unwrap();
        let was = self.state.rollout.id().to_owned();
        let moved = started_at - was.rsplit_once('-').unwrap().1.parse::<i64>().unwrap();
        let mut state = serde_json::to_value(&*self.state).unwrap();
        rename(&mut state, &was, id, name, moved);
        let mut entries = serde_json::to_value(&self.entries).unwrap();
        rename(&mut entries, &was, id, name, moved);
        Self {
            entries: serde_json::from_value(entries).unwrap(),
            state: Arc::new(serde_json::from_value(state).unwrap()),
        }
    }
}

/// Gives every id, every name and every time in a document its new value.
fn rename(value: &mut Value, was: &str, id: &str, name: &str, moved: i64) {
    match value {
        Value::String(text) if text == was => *text = id.to_owned(),
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| rename(value, was, id, name, moved)),
        Value::Object(fields) => {
            let is_canary = fields.contains_key("namespace") && fields.contains_key("workloads");
            for (field, value) in fields {
                match (field.as_str(), value.as_i64()) {
                    ("name", _) if is_canary => *value = name.into(),
                    ("at" | "started_at" | "phase_since", Some(time)) => *value = (time + moved).into(),
                    _ => rename(value, was, id, name, moved),
                }
            }
        }
        _ => {}
    }
}

/// On a thread of its own: the world lives on paused time, and a store waits for real disks.
fn record(errors: f64, expected: Outcome) -> Vec<Append> {
    let recording = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build();
        runtime.unwrap().block_on(async {
            let mut world = World::new()
                .with(|canary| {
                    canary.notify = CHANNELS.map(str::to_owned).to_vec();
                    watching::ask_too(canary, [watching::latency()]);
                })
                .errors(errors);
            let ports = world.life.ports();
            let recorder = Arc::new(Recorder {
                journal: ports.journal.clone(),
                appends: Mutex::default(),
            });
            world.driver = Arc::new(Driver::new(Ports {
                journal: recorder.clone(),
                ..ports
            }));
            let world = world.start();
            assert_eq!(world.end().await, expected);
            while !world.status().is_over() {
                world.pass(1).await;
            }
            let appends = recorder.appends.lock().unwrap();
            appends.clone()
        })
    });
    recording.join().unwrap()
}

struct Recorder {
    journal: Arc<dyn Journal>,
    appends: Mutex<Vec<Append>>,
}

#[async_trait]
impl Journal for Recorder {
    async fn append(&self, entries: &[Entry], state: &Arc<Stored>) -> Result<(), JournalError> {
        self.appends.lock().unwrap().push(Append {
            entries: entries.to_vec(),
            state: Arc::clone(state),
        });
        self.journal.append(entries, state).await
    }

    async fn unfinished(&self) -> Result<Vec<Stored>, JournalError> {
        self.journal.unfinished().await
    }
}
