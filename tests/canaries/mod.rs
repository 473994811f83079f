//! Canaries that people write, break and take away.

mod cluster;
mod folder;
