//! How long things may take, and how many there may be.

use std::time::Duration;

/// Bounds of a store. [`Default`] is what a daemon uses; tests shorten the waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long one read or write may take, from waiting for a connection to the answer of its commit. Longer than all the
    /// waits below, so that the reason that is told is the real one.
    pub operation: Duration,
    /// How long may be waited for a free connection. SQLite's one writer has a queue when many rollouts look at once.
    pub turn: Duration,
    /// How long a new connection may take to be ready, or an idle one to answer.
    pub connect: Duration,
    /// SQLite's `busy_timeout`: how long another process may hold the file.
    pub busy: Duration,
    /// PostgreSQL's `statement_timeout`.
    pub statement: Duration,
    /// PostgreSQL's `lock_timeout`: how long another session may hold a row or a table.
    pub lock: Duration,
    /// PostgreSQL's `idle_in_transaction_session_timeout`: after this long the server forgets a daemon that vanished in the
    /// middle of a write, and frees its locks.
    pub idle_in_transaction: Duration,
    /// How long a migration may take.
    pub migration: Duration,
    /// Connections to PostgreSQL; and to SQLite those that read, beside the one that writes.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            operation: Duration::from_secs(6),
            turn: Duration::from_secs(4),
            connect: Duration::from_secs(2),
            busy: Duration::from_secs(5),
            statement: Duration::from_secs(4),
            lock: Duration::from_secs(3),
            idle_in_transaction: Duration::from_secs(10),
            // An index over a year's journal takes minutes.
            migration: Duration::from_secs(10 * 60),
            // A commit takes milliseconds: this many serve hundreds of rollouts, and leave a small server's hundred to others.
            connections: 8,
        }
    }
}
