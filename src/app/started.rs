//! What a daemon says once it is ready.

use std::net::SocketAddr;

/// What a daemon is doing, for whoever started it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Where the API listens.
    pub api: SocketAddr,
    /// Whether it answers by TLS.
    pub is_secure: bool,
    /// Where probes and metrics are answered.
    pub health: SocketAddr,
    /// Where the store is, without a password.
    pub store: String,
    /// Number of Canaries.
    pub canaries: usize,
    /// Number of problems in what is written.
    pub problems: usize,
    /// Number of rollouts that the journal says have not ended, and that go on.
    pub recovered: usize,
    /// Whether this replica leads; where none is elected, it does.
    pub leads: bool,
    /// The name of the one that leads, where one is elected and known.
    pub leader: Option<String>,
}
