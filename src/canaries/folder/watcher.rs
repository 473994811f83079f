//! Hears from the system that something in a folder changed.

use std::path::Path;
use std::sync::Arc;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// Wakes `changed` whenever something in `folder` may have changed, for as long as the watcher lives. Where the system has none
/// to give, that is told, and the folder is still read now and then.
pub(super) fn watch(folder: &Path, changed: Arc<Notify>) -> Option<RecommendedWatcher> {
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| match event {
        // Our own reading is an event too; following that one would never end.
        Ok(event) if event.kind.is_access() => {}
        // An error means that events may have been missed, so it is a reason to look.
        Ok(_) | Err(_) => changed.notify_one(),
    });
    let watching = watcher.and_then(|mut watcher| {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
        Ok(watcher)
    });
    watching
        .inspect_err(|error| {
            tracing::warn!(
                folder = %folder.display(),
                "the folder of the Canaries cannot be watched, and is read every {} s instead: {error}",
                super::REREAD.as_secs()
            );
        })
        .ok()
}
