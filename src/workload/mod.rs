//! What runs behind the traffic.
