//! A folder of Canaries, followed.
//!
//! Promises: broken edits are refused file by file, and a Canary is gone only when its file was read without it twice, seconds
//! apart.
//!
//! A change is seen within a second where the system tells of it, and within half a minute where it does not (a
//! network's file system, a folder that was put in another's place).

pub mod files;
mod place;
mod watcher;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use self::files::Files;
use super::followed::Followed;
use super::snapshot::{Rules, Snapshot};
use crate::spec::Known;

/// Editors and deployments change files in bursts; a burst is over when nothing changed for this long.
const QUIET: Duration = Duration::from_millis(200);

/// A folder that never comes to rest is read all the same.
const BURST_MAX: Duration = Duration::from_secs(2);

/// A folder that tells of no change is read this often.
const REREAD: Duration = Duration::from_secs(30);

/// A Canary that is gone ends a rollout. Editors and synchronisers take files away for a moment; this is longer.
const ABSENCE: Duration = Duration::from_secs(2);

/// Reads the folder, and follows it from then on. What is wrong in it, or with it, is in the snapshot. A Canary may
/// name what is `known` and nothing else.
///
/// # Errors
/// If the process has no working directory for a relative `path` to start at, or ends.
pub async fn follow(path: &Path, known: Known) -> io::Result<Followed> {
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
    Ok(Followed::new(snapshots, async move {
        // The watching goes on for as long as this task does.
        let _watcher = watcher;
        keep_up(&folder, &changed, &sender).await;
    }))
}

/// What is followed, and what is known beside it.
#[derive(Clone)]
struct Folder {
    path: PathBuf,
    known: Known,
}

async fn keep_up(folder: &Folder, changed: &Notify, snapshots: &watch::Sender<Arc<Snapshot>>) {
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
        Arc::new(after(&before, &path, &known, read))
    });
    reading.await.map_err(io::Error::other)
}

/// The state that follows when `read` was read from `folder`.
fn after(before: &Snapshot, folder: &Path, known: &Known, read: Files) -> Snapshot {
    let Files {
        texts,
        problems,
        has_empty_folder,
    } = read;
    if has_empty_folder && before.canaries().is_empty() {
        return Snapshot::of_nothing(problems);
    }
    let folder = folder.display().to_string();
    if texts.is_empty() || problems.iter().any(|problem| problem.file == folder) {
        // Missing or empty: more likely a volume that went away than that nobody wants a canary any more.
        return before.unchanged(problems);
    }
    let rules = Rules {
        known,
        place: &place::at_its_file,
        // A file is somebody's as a whole: one is not put back because another leans on it.
        is_leaned_on: &|_| false,
    };
    let texts = texts.into_iter().map(|(file, text)| (file, text.into()));
    before.after(&rules, texts.collect(), problems)
}
