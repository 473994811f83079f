//! A log that a test reads.

use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};

use super::marked::{fail_with, find};

/// A second listener, who hears nothing. While there is one alone, `tracing` asks the thread that comes to a line first whether anybody
/// listens, and keeps the answer for all: a test without a log beside one with a log would silence it.
static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// A log that keeps what it is given. Its last owner sweeps it for secrets.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Kept>);

#[derive(Default)]
struct Kept(Mutex<Vec<u8>>);

impl Drop for Kept {
    fn drop(&mut self) {
        let found = find(&self.0.lock().unwrap());
        fail_with(
            &found
                .into_iter()
                .map(|found| format!("the log: {found}"))
                .collect::<Vec<_>>(),
        );
    }
}

impl Log {
    /// A log of this thread, on which the whole test runs, with whatever is at least so grave.
    pub(crate) fn of(level: tracing::Level) -> (Self, DefaultGuard) {
        LazyLock::force(&ANOTHER);
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(level)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// Everything so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines with this in them.
    pub(crate) fn lines(&self, with: &str) -> Vec<String> {
        let text = self.text();
        let lines = text.lines().filter(|line| line.contains(with));
        lines.map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
