//! Follows the VirtualService files as a mesh would, and remembers when each weight came into force.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use serin::clock::Stopwatch;
use tokio::sync::watch;

/// A canary's weight that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Weight {
    /// In percent.
    pub(crate) canary: u8,
    /// Since when, by the world's clock.
    pub(crate) since: Duration,
}

/// Tells `weights`, by the names of their files, for as long as what is returned lives.
pub(crate) fn follow(
    folder: &Path,
    weights: BTreeMap<String, watch::Sender<Weight>>,
    clock: Stopwatch,
) -> anyhow::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let Ok(event) = event else { return };
        // Reading is an event too; following that one would never end.
        if event.kind.is_access() {
            return;
        }
        for path in event.paths {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let Some(weight) = weights.get(name) else { continue };
            // Between two renames there is a moment without a file; the second brings another event.
            if let Some(canary) = fs::read_to_string(&path).ok().as_deref().and_then(canary_weight) {
                let since = clock.elapsed();
                weight.send_if_modified(|weight| {
                    let is_new = weight.canary != canary;
                    if is_new {
                        *weight = Weight { canary, since };
                    }
                    is_new
                });
            }
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// The canary's destination is the last one.
fn canary_weight(text: &str) -> Option<u8> {
    let lines = text.lines().rev();
    let weight = lines
        .filter_map(|line| line.trim().strip_prefix("weight:"))
        .next()?;
    weight.trim().parse().ok()
}
