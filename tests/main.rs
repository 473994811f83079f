//! The one integration binary; the areas hang off it.

mod judge;
mod vectors;
