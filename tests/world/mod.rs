//! What stands around the part under test: real servers and ready-made documents.

pub(crate) mod canary;
pub(crate) mod endpoint;
