//! A runtime of its own for what the outside may flood.
//!
//! Tasks of one runtime queue behind each other, however short each is. The rollouts, the journal and the probes are not to queue
//! behind a thousand clients: with threads of their own, the kernel sees to it that both get their share.

use std::io;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// A runtime beside the one that it was made in. Dropping it ends what runs there.
pub(super) struct Apart(Option<Runtime>);

impl Apart {
    /// With threads of this name, one a core.
    pub(super) fn start(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .thread_name(name)
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Serves connections of `listener` there, from now on.
    pub(super) fn serve<F>(
        &self,
        listener: TcpListener,
        server: impl FnOnce(TcpListener) -> F,
    ) -> io::Result<JoinHandle<()>>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = self.0.as_ref().expect("there until it is dropped");
        let listener = listener.into_std()?;
        let _entered = runtime.enter();
        Ok(runtime.spawn(server(TcpListener::from_std(listener)?)))
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // A task must not wait for a runtime to end.
            runtime.shutdown_background();
        }
    }
}
