//! Where counters are read.

pub mod prometheus;
pub mod scrape;

pub use scrape::ScrapeSource;
