//! Where traffic is moved.
