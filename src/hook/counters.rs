//! What each bound turned away.

use std::sync::atomic::AtomicU64;

/// How often each bound was reached. Each number only rises, from 0 at the start of the process.
#[derive(Debug, Default)]
pub struct Counters {
    /// Too many calls were under way.
    pub calls: AtomicU64,
    /// A hook was to go where none may.
    pub not_allowed: AtomicU64,
}
