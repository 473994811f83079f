//! What Serin is to a cluster, as far as that can be told without one.

mod crd;
mod together;
mod watching;
