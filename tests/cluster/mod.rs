//! The tests' cluster itself: what its real servers do, on which other tests rely.

mod checkout;
mod deployments;
mod faults;
mod parts;
mod routing;
