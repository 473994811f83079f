//! A thread in a cluster's network that works beside the test's own.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// It, with a runtime. Dropping it ends whatever runs there.
pub(super) struct Worker {
    runtime: Option<Runtime>,
}

impl Worker {
    /// The calling thread is in the network, and so is a thread that it starts.
    pub(super) fn start() -> Self {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().unwrap();
        Self {
            runtime: Some(runtime),
        }
    }

    /// Has it do this.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        self.runtime
            .as_ref()
            .expect("there until it is dropped")
            .spawn(work)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A test's own runtime does not let another one be waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
