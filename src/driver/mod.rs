//! Where the engine meets the world.

pub mod ports;
