//! What tests stand on: real servers, fakes named after what they stand for, and short ways to make values.

pub(crate) mod canary;
pub(crate) mod endpoint;
pub(crate) mod watching;
