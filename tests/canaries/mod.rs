//! Canaries that people write, break and take away.

mod folder;
