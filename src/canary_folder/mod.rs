//! A folder of Canaries, followed.
//!
//! Promises: what it gives is always whole and checked. An edit that is broken is refused, file by file: the problem is told, and
//! what the file said before goes on to hold, as does everything else. A Canary is gone only when nobody could
//! misunderstand: its file was read without it twice, seconds apart.
//!
//! It leaves to others what a change means for a rollout under way.
//!
//! A change is seen within a second where the system tells of it, and within half a minute where it does not (a
//! network's file system, a folder that was put in another's place).

pub mod files;
mod snapshot;
mod watcher;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

pub use snapshot::Snapshot;

use crate::spec::Known;

/// Editors and deployments change files in bursts; a burst is over when nothing changed for this long.
const QUIET: Duration = Duration::from_millis(200);

/// A folder that never comes to rest is read all the same.
const BURST_MAX: Duration = Duration::from_secs(2);

/// A folder that tells of no change is read this often.
const REREAD: Duration = Duration::from_secs(30);

/// A Canary that is gone ends a rollout. Editors and synchronisers take files away for a moment; this is longer.
const ABSENCE: Duration = Duration::from_secs(2);

/// A folder of Canaries. Dropping it stops the following.
#[derive(Debug)]
pub struct CanaryFolder {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    _following: AbortOnDropHandle<()>,
}

impl CanaryFolder {
    /// Reads the folder, and follows it from then on. What is wrong in it, or with it, is in the snapshot. A Canary may
    /// name what is `known` and nothing else.
    ///
    /// # Errors
    /// If the process has no working directory for a relative `path` to start at, or ends.
    pub async fn follow(path: &Path, known: Known) -> io::Result<Self> {
        let folder = Folder {
            path: std::path::absolute(path)?,
            known,
        };
        let changed = Arc::new(Notify::new());
        // Watched before it is read, so that no change falls between.
        let watcher = watcher::watch(&folder.path, Arc::clone(&changed));
        let first = read(&folder, Arc::default()).await?;
        first.tell_since(&Snapshot::default());
        let (sender, snapshots) = watch::channel(first);
        let following = async move {
            // The watching goes on for as long as this task does.
            let _watcher = watcher;
            follow(&folder, &changed, &sender).await;
        };
        Ok(Self {
            snapshots,
            _following: AbortOnDropHandle::new(tokio::spawn(following)),
        })
    }

    /// The Canaries as they are now.
    #[must_use]
    pub fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// The Canaries as they are now, and every later state of them that is not overtaken by the next.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }
}

/// What is followed, and what is known beside it.
#[derive(Clone)]
struct Folder {
    path: PathBuf,
    known: Known,
}

async fn follow(folder: &Folder, changed: &Notify, snapshots: &watch::Sender<Arc<Snapshot>>) {
    loop {
        // Told of a change or not, it is read.
        let _ = timeout(REREAD, changed.notified()).await;
        let _ = timeout(BURST_MAX, at_rest(changed)).await;
        let before = Arc::clone(&snapshots.borrow());
        let Ok(mut after) = read(folder, Arc::clone(&before)).await else {
            return;
        };
        if after.lacks_any_of(&before) {
            sleep(ABSENCE).await;
            match read(folder, Arc::clone(&before)).await {
                Ok(again) => after = again,
                Err(_) => return,
            }
        }
        if after != before {
            after.tell_since(&before);
            snapshots.send_replace(after);
        }
    }
}

async fn at_rest(changed: &Notify) {
    while timeout(QUIET, changed.notified()).await.is_ok() {}
}

/// The folder's next state. Fails only when the process ends.
async fn read(folder: &Folder, before: Arc<Snapshot>) -> io::Result<Arc<Snapshot>> {
    let Folder { path, known } = folder.clone();
    let reading = spawn_blocking(move || {
        let read = files::read(std::slice::from_ref(&path));
        Arc::new(before.after(&path, &known, read))
    });
    reading.await.map_err(io::Error::other)
}
