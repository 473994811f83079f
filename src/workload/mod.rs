//! What runs behind the traffic.
//!
//! - [`endpoints`] — addresses outside a cluster: ready when they accept a connection, and nobody's to scale.
//! - [`deployments`] — a pair of Deployments in a cluster.
//! - [`sorts`] — the port on whichever of them a Canary has.

pub mod deployments;
pub mod endpoints;
pub mod sorts;

pub use endpoints::EndpointWorkloads;
