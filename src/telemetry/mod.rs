//! What Serin tells of itself: the page of metrics.
//!
//! [`Metrics`] counts what the driver does and gathers, at each scrape, what others count themselves; [`measured()`] wraps the
//! driver's ports in stopwatches. Labels are bounded: by the sets of words that the engine has, by the configured channels,
//! and by [`CANARIES_MAX`](metrics::CANARIES_MAX).

mod canaries;
pub mod definition;
mod measured;
pub mod metrics;
mod sources;

pub use measured::measured;
pub use metrics::Metrics;
pub use sources::{Bounds, Checkup};
