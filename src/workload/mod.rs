//! What runs behind the traffic.
//!
//! - [`endpoints`] — addresses outside a cluster: ready when they accept a connection, and nobody's to scale.

pub mod endpoints;

pub use endpoints::EndpointWorkloads;
