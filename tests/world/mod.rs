//! What stands around the part under test: real servers, ready-made documents, and a whole world in memory.

pub(crate) mod canary;
pub(crate) mod endpoint;
pub(crate) mod journal;
pub(crate) mod life;
pub(crate) mod oracle;
pub(crate) mod people;
pub(crate) mod route;
pub(crate) mod services;
pub(crate) mod whole;
pub(crate) mod workloads;

pub(crate) use whole::World;
