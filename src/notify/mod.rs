//! Who is told.
//!
//! - [`log`] — one line a notice.

pub mod log;

pub use log::LogNotifier;
