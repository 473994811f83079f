//! The tests' cluster itself: what its real servers do, on which other tests rely.

pub(crate) mod checkout;
mod faults;
mod parts;
mod routing;
