//! The one integration binary; modules hang off it.

mod demo;
