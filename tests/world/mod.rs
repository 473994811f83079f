//! What tests stand on: real servers, fakes named after what they stand for, a whole world in memory, and short ways
//! to make values.

pub(crate) mod alertmanager;
pub(crate) mod api_server;
pub(crate) mod canary;
pub(crate) mod certificates;
pub(crate) mod cluster;
pub(crate) mod controllers;
pub(crate) mod daemon;
pub(crate) mod endpoint;
pub(crate) mod envoy;
pub(crate) mod fault_proxy;
pub(crate) mod gated_journal;
pub(crate) mod gates;
pub(crate) mod home;
pub(crate) mod journal;
pub(crate) mod life;
pub(crate) mod load;
pub(crate) mod log;
pub(crate) mod marked;
pub(crate) mod oracle;
pub(crate) mod patience;
pub(crate) mod people;
pub(crate) mod pod;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod programs;
pub(crate) mod prometheus;
pub(crate) mod promql;
pub(crate) mod proxy;
pub(crate) mod route;
pub(crate) mod samples;
pub(crate) mod server;
pub(crate) mod services;
pub(crate) mod skipping;
pub(crate) mod small_disk;
pub(crate) mod target;
pub(crate) mod times;
pub(crate) mod victoria;
pub(crate) mod watching;
pub(crate) mod whole;
pub(crate) mod workloads;

pub(crate) use whole::World;
