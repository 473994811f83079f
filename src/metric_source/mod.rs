//! Where counters are read.

mod deadline;
mod layout;
mod patterns;
pub mod prometheus;
pub mod scrape;
mod shorten;
mod sources;

pub use patterns::PatternError;
pub use prometheus::PrometheusSource;
pub use scrape::ScrapeSource;
pub use sources::MetricSources;
