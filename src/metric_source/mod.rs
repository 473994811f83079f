//! Where counters are read.

mod layout;
mod patterns;
pub mod scrape;
mod shorten;

pub use scrape::ScrapeSource;
