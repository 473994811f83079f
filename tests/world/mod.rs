//! What tests stand on: the fakes, each named after what it stands for, and short ways to make values.

pub(crate) mod canary;
