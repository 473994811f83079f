//! The one integration binary; its modules hang off it.

mod spec;
mod world;
