//! Real servers of a cluster: what they do themselves, on which other tests rely, and what they make of Serin's manifests.

<<<<<<< HEAD
mod admission;
mod checkout;
=======
pub(crate) mod checkout;
>>>>>>> bcb7673b347f313c194b00adb3928dfafaf60a4e
mod faults;
mod install;
mod installed;
mod parts;
mod replicas;
mod resources;
mod rollouts;
mod routing;
