//! People's gates and tests: each hook answers as the test says, and everything that it was told is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serin::driver::ports::{HookReply, HookRequest, Hooks};
use serin::engine::HookOutcome;

/// A call that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Called {
    pub(crate) hook: String,
    pub(crate) key: String,
    pub(crate) phase: &'static str,
    pub(crate) news: BTreeMap<&'static str, String>,
}

/// How a gate answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    Closed,
    /// It never answers.
    Hangs,
}

/// All gates: open until the test says otherwise. Clones are the same gates.
#[derive(Clone, Default)]
pub(crate) struct Gates {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    gates: BTreeMap<String, Gate>,
    called: Vec<Called>,
}

impl Gates {
    /// From now on this hook answers so.
    pub(crate) fn set(&self, hook: &str, gate: Gate) {
        self.state.lock().unwrap().gates.insert(hook.to_owned(), gate);
    }

    /// Everything that arrived, in order.
    pub(crate) fn called(&self) -> Vec<Called> {
        self.state.lock().unwrap().called.clone()
    }

    /// How often a hook was called.
    pub(crate) fn calls_of(&self, hook: &str) -> usize {
        self.called().iter().filter(|called| called.hook == hook).count()
    }
}

#[async_trait]
impl Hooks for Gates {
    async fn call(&self, request: &HookRequest<'_>) -> HookReply {
        let name = &request.hook.name;
        let gate = {
            let mut state = self.state.lock().unwrap();
            state.called.push(Called {
                hook: name.clone(),
                key: request.key.to_owned(),
                phase: request.phase.name(),
                news: request.news.clone(),
            });
            state.gates.get(name).copied().unwrap_or(Gate::Open)
        };
        match gate {
            Gate::Open => HookReply {
                outcome: HookOutcome::Passed,
                detail: "200 OK: Approved".into(),
            },
            Gate::Closed => HookReply {
                outcome: HookOutcome::Failed,
                detail: "403 Forbidden: Forbidden".into(),
            },
            Gate::Hangs => std::future::pending().await,
        }
    }
}
