//! Real servers of a cluster: what they do themselves, on which other tests rely, and what they make of Serin's manifests.

mod admission;
pub(crate) mod checkout;
mod configured;
mod cost;
mod deployments;
mod fake;
mod faults;
mod fleet;
mod foreign;
mod identities;
mod install;
mod installed;
mod late_writes;
mod loadtester;
mod parts;
mod replicas;
mod resources;
mod rollouts;
mod routing;
