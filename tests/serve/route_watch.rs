//! Somebody who sees every version of the VirtualService that was there for a moment.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::place::Place;

/// A version of ours stays for at least a look, which is a second.
const PAUSE: Duration = Duration::from_millis(3);

/// One version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) canary: u64,
    pub(crate) stable: u64,
    pub(crate) epoch: u64,
    pub(crate) is_aborted: bool,
}

/// Watches until it is asked what it saw.
pub(crate) struct RouteWatch {
    stop: Arc<AtomicBool>,
    watching: JoinHandle<Vec<Seen>>,
}

impl RouteWatch {
    /// Begins.
    pub(crate) fn over(place: &Place) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (its_stop, path) = (Arc::clone(&stop), place.world.manifests().virtual_service.clone());
        let watching = thread::spawn(move || {
            let mut versions = Vec::new();
            loop {
                let is_over = its_stop.load(Ordering::Relaxed);
                let Ok(text) = fs::read_to_string(&path) else {
                    // The place is gone, and with it the test that wanted to know.
                    return versions;
                };
                let seen = read(&text);
                if versions.last() != Some(&seen) {
                    versions.push(seen);
                }
                if is_over {
                    return versions;
                }
                thread::sleep(PAUSE);
            }
        });
        Self { stop, watching }
    }

    /// What it saw, each version once, after it has checked what holds whatever happens: weights add up, no epoch goes back, and
    /// nothing is raised once there is an abort mark.
    pub(crate) fn versions(self) -> Vec<Seen> {
        self.stop.store(true, Ordering::Relaxed);
        let versions = self.watching.join().unwrap();
        for version in &versions {
            assert_eq!(version.canary + version.stable, 100, "{versions:?}");
        }
        for pair in versions.windows(2) {
            assert!(pair[0].epoch <= pair[1].epoch, "an epoch went back: {versions:?}");
            if pair[0].is_aborted {
                assert!(
                    pair[1].canary <= pair[0].canary,
                    "raised after an abort: {versions:?}"
                );
                assert!(pair[1].is_aborted, "a mark was taken away: {versions:?}");
            }
        }
        versions
    }
}

/// The managed route, as it is written in `text`: stable comes first.
pub(crate) fn read(text: &str) -> Seen {
    let number = |line: &str| -> u64 {
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    };
    let mut weights = text
        .lines()
        .filter(|line| line.trim().starts_with("weight:"))
        .map(number);
    let epoch = text.lines().find(|line| line.contains("serin.dev/epoch"));
    Seen {
        stable: weights.next().unwrap(),
        canary: weights.next().unwrap(),
        epoch: epoch.map_or(0, number),
        is_aborted: text.contains("serin.dev/aborted"),
    }
}
