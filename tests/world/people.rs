//! The people on call: they keep every notice that reaches them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serin::driver::ports::Notifier;
use serin::engine::{Notice, NoticeKind};
use serin::spec::CheckedCanary;

/// A notice that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Delivered {
    pub(crate) key: String,
    pub(crate) notice: Notice,
}

/// Everybody who is told. Clones are the same people.
#[derive(Clone, Default)]
pub(crate) struct People {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    unreachable: bool,
    delivered: Vec<Delivered>,
}

impl People {
    /// From now on nobody answers, and the caller waits.
    pub(crate) fn hang(&self) {
        self.state.lock().unwrap().unreachable = true;
    }

    /// What arrived, in order.
    pub(crate) fn delivered(&self) -> Vec<Delivered> {
        self.state.lock().unwrap().delivered.clone()
    }

    /// The notice of the end, if it arrived.
    pub(crate) fn heard_of_the_end(&self) -> Option<Delivered> {
        self.delivered()
            .into_iter()
            .find(|delivered| matches!(delivered.notice.kind, NoticeKind::Ended(_)))
    }
}

#[async_trait]
impl Notifier for People {
    async fn notify(&self, _canary: &CheckedCanary, key: &str, notice: &Notice) {
        if self.state.lock().unwrap().unreachable {
            std::future::pending::<()>().await;
        }
        let delivered = Delivered {
            key: key.to_owned(),
            notice: notice.clone(),
        };
        self.state.lock().unwrap().delivered.push(delivered);
    }
}
