//! Where counters are read.

mod layout;
mod patterns;
pub mod prometheus;
pub mod scrape;
mod shorten;

pub use scrape::ScrapeSource;
