//! Where counters are read.

pub mod scrape;

pub use scrape::ScrapeSource;
